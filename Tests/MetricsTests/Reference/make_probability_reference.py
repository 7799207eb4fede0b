#!/usr/bin/env python3
"""Makes the figures that RankingMetricsTests and ProbabilitySumsTests compare with, by scikit-learn.

    pip install "scikit-learn>=1.8"
    python3 make_probability_reference.py

200 random cases. Probabilities are float32 (as a model has them), stored as base64, sample after sample; scikit-learn
has them as float64.
"""

import base64
import json
import math
import pathlib
import warnings

import numpy as np
from sklearn import metrics

random = np.random.default_rng(14)


def calibration_error(truth, p):
    """Guo et al. 2017, with intervals as scikit-learn's calibration_curve has them; scikit-learn has no such figure."""
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == truth
    bins = np.searchsorted(np.linspace(0, 1, 16)[1:-1], confidence)
    gaps = [abs(correct[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).sum() for b in set(bins)]
    return sum(gaps) / len(truth)


def one_against_rest(figure, truth, p, classes):
    """None for a class without samples or without others."""
    return [
        float(figure(truth == c, p[:, c])) if 0 < (truth == c).sum() < len(truth) else None for c in range(classes)
    ]


def mean(figures):
    present = [figure for figure in figures if figure is not None]
    return sum(present) / len(present) if present else None


def case(kind, truth, p):
    classes = p.shape[1]
    stored = p.astype("<f4")
    p = stored.astype(np.float64)
    labels = list(range(classes))
    auc = one_against_rest(metrics.roc_auc_score, truth, p, classes)
    precision = one_against_rest(metrics.average_precision_score, truth, p, classes)
    if None not in auc and classes > 2 and np.allclose(p.sum(axis=1), 1, rtol=0, atol=1e-9):
        for average in [None, "macro"]:
            all_at_once = metrics.roc_auc_score(truth, p, multi_class="ovr", average=average, labels=labels)
            assert np.allclose(all_at_once, auc if average is None else mean(auc), rtol=0, atol=1e-14)
    return {
        "kind": kind,
        "labels": truth.tolist(),
        "probabilities": base64.b64encode(stored.tobytes()).decode(),
        "roc_auc": auc,
        "average_precision": precision,
        "macro_roc_auc": mean(auc),
        "macro_average_precision": mean(precision),
        "log_loss": float(metrics.log_loss(truth, p, labels=labels)),
        "brier": float(metrics.brier_score_loss(truth, p, labels=labels, scale_by_half=False)),
        "calibration_error": float(calibration_error(truth, p)),
    }


def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def random_case(number):
    kinds = ["skewed", "ties", "absent classes", "one class", "constant", "certain", "extreme", "two classes"]
    kind = kinds[number % len(kinds)]
    classes = 2 if kind == "two classes" else int(random.integers(2, 7))
    samples = int(random.integers(1, 5)) if number % 5 == 0 else int(random.integers(5, 45))
    shares = 1 / np.arange(1, classes + 1) ** random.uniform(0, 2)
    truth = random.choice(classes, samples, p=shares / shares.sum())
    if kind == "absent classes":
        truth = random.choice([0, classes - 1], samples)
    if kind == "one class":
        truth[:] = random.integers(classes)
    logits = random.normal(size=(samples, classes)) + 1.5 * np.eye(classes)[truth]
    if kind == "ties":
        p = np.array([random.multinomial(8, row) for row in softmax(logits).astype(float) * (1 - 1e-7)]) / 8
    elif kind == "constant":
        p = np.tile(softmax(random.normal(size=(1, classes))), (samples, 1))
    elif kind == "certain":
        p = np.eye(classes)[softmax(logits).argmax(axis=1)]
    else:
        p = softmax(logits * (40 if kind == "extreme" else 1))
    return case(kind, truth, p)


with warnings.catch_warnings():
    # Float32 rows do not add up to 1 in float64.
    warnings.filterwarnings("ignore", message="The y_prob values do not sum to one")
    cases = [random_case(number) for number in range(200)]
assert all(math.isfinite(c["log_loss"]) for c in cases)
path = pathlib.Path(__file__).parent / "probability_reference.json"
path.write_text(json.dumps(cases, separators=(",", ":")).replace('{"kind"', '\n{"kind"') + "\n")
