"""Writes stored.npz, deflated.npz, wide.npz and images.npz: arrays, archived in the ways there are; and texts.npz, objects.npz
and scipy.npz, which hold what is not read.

    pip install numpy scipy
    python make_archives.py
"""

import zipfile
from pathlib import Path

import numpy as np
import scipy.sparse

folder = Path(__file__).parent
x = np.array([[1, -2.5], [3, 4], [0.25, 7]], dtype=np.float32)
y = np.array([2, 0, 2])
np.savez(folder / "stored.npz", x=x, y=y)
np.savez_compressed(folder / "deflated.npz", x=x, y=y)
# Two matrices, one of them of three dimensions.
np.savez_compressed(folder / "images.npz", x_train=np.arange(12, dtype=">i2").reshape(3, 2, 2), x_test=x, y_train=y)
np.savez(folder / "texts.npz", x=x, y=np.array(["a", "b", "a"]))
np.savez(folder / "objects.npz", x=x[:2], y=np.array([1, 0]), meta=np.array(["made up", None], dtype=object))
scipy.sparse.save_npz(folder / "scipy.npz", scipy.sparse.csr_matrix(x))
# Sizes in 64 bits, as in archives of more than 4 GiB.
zipfile.ZIP64_LIMIT = 0
np.savez(folder / "wide.npz", x=x, y=y)
