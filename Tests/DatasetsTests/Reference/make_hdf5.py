"""Writes table.h5: features and labels in the forms that HDF5 has.

    pip install h5py numpy
    python make_hdf5.py
"""

from pathlib import Path

import h5py
import numpy as np

with h5py.File(Path(__file__).with_name("table.h5"), "w", track_order=False) as file:
    file.create_dataset("x", data=np.array([[1, -2.5], [3, 4], [0.25, 7]], dtype=">f8"))
    file.create_dataset("y", data=np.array([2, 0, 2], dtype=np.int16))
    images = (np.arange(1200) % 251).astype(np.uint8).reshape(300, 2, 2)
    group = file.create_group("images")
    group.create_dataset("x", data=images, chunks=(64, 2, 2), compression="gzip", shuffle=True)
    group.create_dataset("y", data=np.arange(300) % 3)
    file.create_dataset("names", data=[b"a", b"b", b"c"])
