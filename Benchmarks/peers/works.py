"""The work that the trainers are compared on, and the data for it."""

import numpy as np


class Work:
    def __init__(self, inputs, hidden, classes, rows, batch):
        self.inputs, self.hidden, self.classes = inputs, hidden, classes
        self.rows = rows
        # Samples of a process in one step.
        self.batch = batch

    def parameters(self):
        widths = [self.inputs, *self.hidden, self.classes]
        return sum((a + 1) * b for a, b in zip(widths, widths[1:]))

    def flops_per_sample(self):
        """Multiplications and additions of forward and backward, without a gradient of the input."""
        widths = [self.inputs, *self.hidden, self.classes]
        products = [a * b for a, b in zip(widths, widths[1:])]
        return 2 * (3 * sum(products) - products[0])


WORKS = {
    "linear 10-3": Work(10, [], 3, rows=100_000, batch=32),
    "linear 54-7": Work(54, [], 7, rows=581_012, batch=1024),
    "mlp 784-512-256-10": Work(784, [512, 256], 10, rows=60_000, batch=256),
    "mlp 1024-2048-2048-100": Work(1024, [2048, 2048], 100, rows=20_000, batch=256),
}

# A table of 54 columns, each number as 32 bins beside itself: what PyTorch is given in memory, and cw-dist-train makes of
# the 54 as a batch is gathered.
ENCODED = "encoded 54 x 32 bins, mlp 256-256"
WORKS_OF_PYTORCH = WORKS | {ENCODED: Work(54 * 33, [256, 256], 7, rows=40_000, batch=256)}


def make_data(work, rows=None, seed=0):
    """Features, labels of classes each half as frequent as the one before, and their weights."""
    rows = rows or work.rows
    generator = np.random.default_rng(seed)
    features = generator.standard_normal((rows, work.inputs), dtype=np.float32)
    shares = 0.5 ** np.minimum(np.arange(work.classes), 8)
    labels = generator.choice(work.classes, size=rows, p=shares / shares.sum())
    counts = np.maximum(np.bincount(labels, minlength=work.classes), 1)
    weights = (rows / (work.classes * counts)).astype(np.float32)
    return features, labels.astype(np.int64), weights
