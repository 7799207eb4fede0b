"""Sparse rows as texts have them, in svmlight; and scikit-learn's SGDClassifier on them, seconds for an epoch.

    sparse_text.py make FILE [--words N]    as many rows, words and classes as Reuters R8, or among N words
    sparse_text.py sklearn FILE
"""

import argparse
import json
import time

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["make", "sklearn"])
parser.add_argument("file")
parser.add_argument("--words", type=int, default=14_575)
options = parser.parse_args()

if options.what == "make":
    generator = np.random.default_rng(0)
    rows, words, classes = 5_485, options.words, 8
    # Hashed words lie anywhere.
    spread = 1 if words == parser.get_default("words") else 2_654_435_761
    shares = 0.5 ** np.arange(classes)
    labels = generator.choice(classes, size=rows, p=shares / shares.sum())
    with open(options.file, "w") as file:
        for label in labels:
            # Words by Zipf's law, some of them of the class.
            drawn = (generator.zipf(1.3, 60) * spread + label * (generator.random(60) < 0.3) * 40) % words + 1
            features, counts = np.unique(drawn, return_counts=True)
            values = np.log1p(counts)
            values /= np.linalg.norm(values)
            file.write(f"{label} " + " ".join(f"{f}:{v:.6g}" for f, v in zip(features, values)) + "\n")
else:
    import sklearn
    from sklearn.datasets import load_svmlight_file
    from sklearn.linear_model import SGDClassifier
    from sklearn.utils.class_weight import compute_class_weight

    x, y = load_svmlight_file(options.file, dtype=np.float32)
    # The solver takes no larger ones.
    x.indices, x.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
    classes = np.unique(y)
    weights = compute_class_weight("balanced", classes=classes, y=y)
    model = SGDClassifier(loss="log_loss", class_weight=dict(zip(classes, weights)), max_iter=20, tol=None, random_state=0)
    model.fit(x, y)
    start = time.perf_counter()
    model.fit(x, y)
    seconds = (time.perf_counter() - start) / 20
    print(json.dumps({"seconds": seconds, "version": f"scikit-learn {sklearn.__version__}"}))
