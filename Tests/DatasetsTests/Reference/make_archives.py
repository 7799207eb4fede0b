"""Writes stored.npz, deflated.npz, wide.npz and images.npz: arrays, archived in the ways there are.

    pip install numpy
    python make_archives.py
"""

import zipfile
from pathlib import Path

import numpy as np

folder = Path(__file__).parent
x = np.array([[1, -2.5], [3, 4], [0.25, 7]], dtype=np.float32)
y = np.array([2, 0, 2])
np.savez(folder / "stored.npz", x=x, y=y)
np.savez_compressed(folder / "deflated.npz", x=x, y=y)
# Two matrices, one of them of three dimensions.
np.savez_compressed(folder / "images.npz", x_train=np.arange(12, dtype=">i2").reshape(3, 2, 2), x_test=x, y_train=y)
# Sizes in 64 bits, as in archives of more than 4 GiB.
zipfile.ZIP64_LIMIT = 0
np.savez(folder / "wide.npz", x=x, y=y)
