#!/usr/bin/env python3
"""L-BFGS against scikit-learn's LogisticRegression(solver="lbfgs"): the same penalty, the same optimum.

  logistic_regression.py write logistic_regression.json      figures of two small tables, for the tests
  logistic_regression.py check PROGRAM DATA [--time] [NAME]   the largest difference of a probability on public tables, of
                                                             which DATA is the folder; exit code 1 where it is over 1e-4,
                                                             77 where nothing could be compared

The penalty of scikit-learn is |W|^2/(2C) beside the weighted sum of losses, that of --weight-decay L is L/2 |W|^2 beside
the weighted mean: L = 1/(C W), W the sum of the samples' weights. Of two classes scikit-learn has a single vector, the
difference of ours, and the same penalty is L = 2/(C W).
"""
import json
import os
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    from sklearn.datasets import load_svmlight_file
    from sklearn.linear_model import LogisticRegression
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

LIMIT = 1e-4
# The optimum, to what probabilities of float32 show.
TOLERANCE = 3e-8
TABLES = [
    ("ann_thyroid", "ann_thyroid.tsv.gz"), ("satimage", "satimage.tsv.gz"), ("dna", "dna.scale.svm.gz"),
    ("reuters-r8", "reuters-r8.train.svm.gz"), ("pendigits", "pendigits.svm.gz"), ("yeast", "yeast.csv"),
    ("glass", "glass.csv"), ("magic", "tables/magic.tsv.gz"), ("wine_quality_red", "tables/wine_quality_red.tsv.gz"),
    ("german", "tables/german.tsv.gz"), ("vehicle", "tables/vehicle.tsv.gz"),
]


def fit(x, y, c, balanced, tolerance=1e-8, iterations=20000):
    model = LogisticRegression(
        C=c, class_weight="balanced" if balanced else None, solver="lbfgs", tol=tolerance, max_iter=iterations)
    return model.fit(x, y)


def weight_decay(c, y):
    return (2 if len(np.unique(y)) == 2 else 1) / (c * len(y))


def write(path):
    rng = np.random.default_rng(7)
    cases = []
    for name, n, d, shares, c, balanced in [
        ("three classes, balanced", 160, 4, [0.8, 0.15, 0.05], 1.0, True),
        ("two classes", 120, 3, [0.85, 0.15], 10.0, False),
    ]:
        y = rng.choice(len(shares), size=n, p=shares)
        centers = rng.normal(size=(len(shares), d))
        x = np.round(centers[y] + rng.normal(size=(n, d)), 3)
        p = fit(x, y, c, balanced).predict_proba(x)
        cases.append({
            "name": name, "features": x.tolist(), "labels": y.tolist(), "weight_decay": weight_decay(c, y),
            "class_weights": "balanced" if balanced else "none",
            "probabilities": [[float(f"{v:.9g}") for v in row] for row in p]})
    with open(path, "w") as file:
        json.dump(cases, file, separators=(",", ":"))
        file.write("\n")


def read(path):
    """Features in float32 of mean 0 and variance 1, or where they are many and sparse as they are; classes from 0."""
    if ".svm" in path:
        x, y = load_svmlight_file(path, dtype=np.float32)
        y = np.unique(y, return_inverse=True)[1]
        if x.shape[1] > 1000:
            return x, y
        x = x.toarray().astype(np.float64)
    else:
        import pandas as pd
        header = 0 if ".tsv" in path or "covertype" in path else None
        table = pd.read_csv(path, sep="\t" if ".tsv" in path else ",", header=header)
        x = table.iloc[:, :-1].to_numpy(dtype=np.float64)
        y = np.unique(table.iloc[:, -1].astype(str), return_inverse=True)[1]
    scale = x.std(axis=0)
    return ((x - x.mean(axis=0)) / np.where(scale > 0, scale, 1)).astype(np.float32), y


def train(program, folder, data, decay, tolerance, epochs=20000):
    run = os.path.join(folder, "run")
    start = time.perf_counter()
    subprocess.run(
        [program, *data, "--standardize", "no", "--optimizer", "lbfgs", "--weight-decay", repr(decay), "--tolerance",
         repr(tolerance), "--epochs", str(epochs), "--run-dir", run, "--overwrite", "--quiet"],
        check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    with open(os.path.join(run, "summary.json")) as file:
        return seconds, json.load(file)


def check(program, data, names, timed):
    print(f"{'table':18} {'rows':>7} {'columns':>7} {'classes':>7} {'difference':>10} {'steps':>6} {'passes':>6}  ended by"
          + ("  at tolerance 1e-4: scikit-learn's fit, our loop and whole process" if timed else ""))
    compared = failed = 0
    for name, file in TABLES:
        path = os.path.join(data, file)
        if not os.path.exists(path) or (names and name not in names):
            continue
        x, y = read(path)
        decay = weight_decay(1.0, y)
        with tempfile.TemporaryDirectory() as folder:
            if isinstance(x, np.ndarray):
                np.save(os.path.join(folder, "x.npy"), x)
                np.save(os.path.join(folder, "y.npy"), y.astype(np.int32))
                source = [os.path.join(folder, "x.npy"), "--labels", os.path.join(folder, "y.npy")]
            else:
                source = [path]
            _, summary = train(program, folder, source, decay, TOLERANCE)
            predictions = os.path.join(folder, "p.csv")
            subprocess.run(
                [program, "predict", os.path.join(folder, "run"), source[0], "--output", predictions], check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ours = np.loadtxt(predictions, delimiter=",", skiprows=1, usecols=range(1, y.max() + 2))
            theirs = fit(x.astype(np.float64), y, 1.0, True).predict_proba(x.astype(np.float64))
            difference = abs(ours - theirs).max()
            compared += 1
            failed += not difference <= LIMIT
            descent = summary["descent"]
            line = (f"{name:18} {x.shape[0]:7} {x.shape[1]:7} {y.max() + 1:7} {difference:10.1e} {summary['steps']:6} "
                    f"{descent['evaluations']:6}  {descent['ended_by']:9}")
            if timed:
                seconds, summary = train(program, folder, source, decay, 1e-4)
                loop = summary["descent"]["evaluations"] * len(y) / summary["samples_per_second"]
                doubles = x.astype(np.float64)
                start = time.perf_counter()
                model = fit(doubles, y, 1.0, True, 1e-4)
                line += (f"  {time.perf_counter() - start:8.3f} s ({model.n_iter_[0]} steps)  {loop:6.3f} s of {seconds:.3f} s"
                         f" ({summary['steps']} steps)")
            print(line, flush=True)
    if compared == 0:
        sys.exit(77)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--time"]
    if arguments[:1] == ["write"] and len(arguments) == 2:
        write(arguments[1])
    elif arguments[:1] == ["check"] and len(arguments) >= 3:
        check(arguments[1], arguments[2], arguments[3:], "--time" in sys.argv)
    else:
        sys.exit(__doc__)
