"""Writes held_out.json: what scikit-learn's LogisticRegression(class_weight="balanced") reaches on held-out rows.

    pip install scikit-learn pandas
    python held_out.py FOLDER

FOLDER holds the public data sets that RealDataTests names. Of a table, every fifth row is held out; the
others have a test file. Numbers are standardized, missing ones the mean; categories are one-hot.
"""

import gzip
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_svmlight_files
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MISSING = ["", "?", "NA", "NaN", "null"]
# Whether the file names its columns.
TABLES = {
    "covertype-93k.csv.gz": True,
    "kdd99-10pct.csv.gz": False,
    "adult-train.csv.gz": False,
    "car.csv": False,
    "yeast.csv": False,
    "ecoli.csv": False,
    "glass.csv": False,
    "shuttle.tsv.gz": True,
    "ann_thyroid.tsv.gz": True,
    "satimage.tsv.gz": True,
}
SPARSE = {
    "pendigits.svm.gz": "pendigits.t.svm.gz",
    "dna.scale.svm.gz": "dna.scale.t.svm.gz",
    "reuters-r8.train.svm.gz": "reuters-r8.test.svm.gz",
}
IMAGES = {"mnist-train-images-idx3-ubyte.gz": "mnist-test3k-images-idx3-ubyte.gz"}


def regression():
    return LogisticRegression(class_weight="balanced", max_iter=1000)


def table(path, has_header):
    data = pd.read_csv(
        path, sep="\t" if ".tsv" in path.name else ",", header=0 if has_header else None, skipinitialspace=True,
        na_values=MISSING, keep_default_na=False)
    x, y = data.iloc[:, :-1], data.iloc[:, -1]
    x.columns = [str(name) for name in x.columns]
    held_out = np.arange(1, len(data) + 1) % 5 == 0
    numeric = [name for name in x if pd.api.types.is_numeric_dtype(x[name])]
    categories = [name for name in x if name not in numeric]
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), numeric),
            (make_pipeline(SimpleImputer(strategy="constant", fill_value=""), OneHotEncoder(handle_unknown="ignore")),
             categories)),
        regression())
    model.fit(x[~held_out], y[~held_out])
    return balanced_accuracy_score(y[held_out], model.predict(x[held_out]))


def sparse(training, validation):
    x, y, held_out, labels = load_svmlight_files([str(training), str(validation)])
    if x.nnz > 0.1 * x.shape[0] * x.shape[1]:
        scaler = StandardScaler().fit(x.toarray())
        x, held_out = scaler.transform(x.toarray()), scaler.transform(held_out.toarray())
    return balanced_accuracy_score(labels, regression().fit(x, y).predict(held_out))


def idx(path):
    data = gzip.open(path).read()
    dimensions = data[3]
    shape = np.frombuffer(data, ">i4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape[0], -1)


def images(training, validation):
    def labels(path):
        return idx(str(path).replace("images-idx3", "labels-idx1")).ravel()

    scaler = StandardScaler()
    x = scaler.fit_transform(idx(training).astype(np.float32))
    model = LogisticRegression(class_weight="balanced", max_iter=100).fit(x, labels(training))
    return balanced_accuracy_score(
        labels(validation), model.predict(scaler.transform(idx(validation).astype(np.float32))))


def main():
    folder = Path(sys.argv[1])
    found = {}
    jobs = [(name, lambda n=name, h=header: table(folder / n, h)) for name, header in TABLES.items()]
    jobs += [(name, lambda n=name, v=v: sparse(folder / n, folder / v)) for name, v in SPARSE.items()]
    jobs += [(name, lambda n=name, v=v: images(folder / n, folder / v)) for name, v in IMAGES.items()]
    for name, job in jobs:
        if len(sys.argv) > 2 and name not in sys.argv[2:]:
            continue
        start = time.time()
        found[name] = round(float(job()), 4)
        print(f"{name} {found[name]} ({time.time() - start:.0f} s)", flush=True)
    Path(__file__).with_name("held_out.json").write_text(json.dumps(found, indent=1) + "\n")


main()
