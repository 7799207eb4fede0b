"""Tables of more columns than most, of which few say something: real ones, and some that are drawn.

The same rows for the same versions of numpy and scikit-learn. A real one is made of files in the folder of the tables.
"""

import gzip
from pathlib import Path

import numpy as np
from sklearn.datasets import load_svmlight_file, make_classification


def skewed(generator, labels, most):
    """Rows, in order: of the class at place i no more than `most` / (1 + i)."""
    kept = [
        generator.permutation(np.flatnonzero(labels == label))[: most // (1 + place)]
        for place, label in enumerate(np.unique(labels))
    ]
    return np.sort(np.concatenate(kept))


def dna(data, generator):
    """Which of two ends of a gene a piece of DNA is, if any: 180 columns of 0 and 1."""
    parts = [load_svmlight_file(gzip.open(data / f"dna.scale{part}.svm.gz"), n_features=180) for part in ("", ".t")]
    return np.concatenate([x.toarray() for x, _ in parts]), np.concatenate([y for _, y in parts])


def reuters(data, generator):
    """Of what 2,500 texts are: how often each has the thousand most frequent words, eight classes."""
    x, y = load_svmlight_file(gzip.open(data / "reuters-r8.train.svm.gz"))
    words = np.argsort(-np.asarray((x > 0).sum(axis=0)).ravel(), kind="stable")[:1000]
    rows = np.sort(generator.permutation(len(y))[:2500])
    return x[rows][:, words].toarray(), y[rows]


def mnist(data, generator):
    """Handwritten digits, 784 pixels each, of all 271 zeros down to 40 nines."""

    def values(name, start):
        return np.frombuffer(gzip.open(data / f"mnist-test3k-{name}-ubyte.gz").read(), np.uint8, offset=start)

    pixels, labels = values("images-idx3", 16).reshape(-1, 784), values("labels-idx1", 8)
    rows = skewed(generator, labels, 400)
    return pixels[rows], labels[rows]


def drawn(**options):
    """As scikit-learn draws tables: columns that say something together, combinations of them, and noise."""

    def make(data, generator):
        return make_classification(flip_y=0.02, random_state=np.random.RandomState(generator.integers(1 << 31)), **options)

    return make


def middle(data, generator):
    """What no mean tells: one row in ten has four numbers of 200 near 0."""
    y = (generator.random(3000) < 0.1).astype(int)
    x = generator.normal(size=(3000, 200))
    x[:, :4] *= np.where(y == 1, 0.4, 1.2)[:, None]
    return x[:, generator.permutation(200)], y


def levels(data, generator):
    """A category of 400 levels that tells three classes apart, beside 30 others and 110 numbers."""
    codes = generator.integers(0, 400, size=(6000, 31))
    shares = generator.dirichlet([0.6, 0.25, 0.1], size=400)
    y = (generator.random(6000)[:, None] > shares[codes[:, 0]].cumsum(axis=1)).sum(axis=1).clip(0, 2)
    numbers = generator.normal(size=(6000, 110)) + 0.3 * y[:, None] * (np.arange(110) < 4)
    # Texts, that nobody takes for numbers.
    return np.concatenate([np.char.add("level", codes.astype(str)).astype(object), numbers.astype(object)], axis=1), y


MAKERS = {
    "dna": dna,
    "reuters_1000": reuters,
    "mnist_skewed": mnist,
    "drawn_200x2000": drawn(n_samples=200, n_features=2000, n_informative=20, n_redundant=20, weights=[0.8], class_sep=1.5),
    "drawn_300x5000": drawn(
        n_samples=300, n_features=5000, n_informative=50, n_redundant=50, n_classes=3, weights=[0.6, 0.3], class_sep=1.5
    ),
    "drawn_1000x500": drawn(n_samples=1000, n_features=500, n_informative=25, n_redundant=25, weights=[0.9], class_sep=1.5),
    "drawn_2000x500": drawn(  # As madelon of a competition of 2003 was: clusters at the corners of a cube.
        n_samples=2000, n_features=500, n_informative=5, n_redundant=15, n_clusters_per_class=8, weights=[0.75], class_sep=1.5
    ),
    "drawn_3000x300": drawn(
        n_samples=3000, n_features=300, n_informative=30, n_redundant=30, n_classes=4, weights=[0.6, 0.25, 0.1], class_sep=1.5
    ),
    "drawn_10000x200": drawn(
        n_samples=10000, n_features=200, n_informative=30, n_redundant=30, n_classes=4, n_clusters_per_class=3,
        weights=[0.7, 0.2, 0.07],
    ),
    "middle_3000x200": middle,
    "levels_6000x141": levels,
}  # fmt: skip


def make(table, data):
    """The lines of a table: names of columns, and a row of texts for each line, the label last."""
    x, y = MAKERS[table](Path(data), np.random.default_rng(list(table.encode())))
    header = [f"column{i + 1}" for i in range(x.shape[1])] + ["target"]
    return header, [[*(value if isinstance(value, str) else f"{value:.5g}" for value in row), f"class{label:.0f}"] for row, label in zip(x, y)]
