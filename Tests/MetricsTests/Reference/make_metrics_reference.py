#!/usr/bin/env python3
"""Makes the figures that ConfusionMatrixTests compares with, by scikit-learn.

    pip install scikit-learn
    python3 make_metrics_reference.py
"""

import json
import pathlib

import numpy as np
from sklearn import metrics

random = np.random.default_rng(3)


def case(name, truth, prediction, classes):
    labels = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, prediction, labels=labels, zero_division=0
    )
    return {
        "name": name,
        "confusion": metrics.confusion_matrix(truth, prediction, labels=labels).tolist(),
        "accuracy": metrics.accuracy_score(truth, prediction),
        "balanced_accuracy": metrics.recall_score(truth, prediction, labels=sorted(set(truth)), average="macro", zero_division=0),
        "macro_f1": metrics.f1_score(truth, prediction, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(truth, prediction, average="weighted", zero_division=0),
        "mcc": metrics.matthews_corrcoef(truth, prediction),
        "kappa": metrics.cohen_kappa_score(truth, prediction) if len(set(truth) | set(prediction)) > 1 else 0,
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
    }


def skewed(classes, samples, noise):
    shares = 1 / np.arange(1, classes + 1) ** 2
    truth = random.choice(classes, samples, p=shares / shares.sum())
    return truth, np.where(random.random(samples) < noise, random.choice(classes, samples), truth)


cases = [case(f"{c} classes, {n} samples", *skewed(c, n, noise), c) for c, n, noise in [(2, 50, 0.3), (3, 400, 0.5), (10, 5000, 0.2)]]
cases += [
    case("a class never predicted", np.array([0, 0, 1, 1, 2]), np.array([0, 0, 1, 0, 0]), 3),
    case("a class never true", np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1]), 3),
    case("a class that does not occur", np.array([0, 1, 0, 1]), np.array([0, 1, 1, 1]), 4),
    case("all right", np.array([0, 1, 2, 2]), np.array([0, 1, 2, 2]), 3),
    case("all wrong", np.array([0, 1, 0]), np.array([1, 0, 1]), 2),
    case("one prediction only", np.array([0, 1, 1, 2]), np.array([1, 1, 1, 1]), 3),
]
path = pathlib.Path(__file__).parent / "metrics_reference.json"
path.write_text(json.dumps(cases, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
