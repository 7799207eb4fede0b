#!/usr/bin/env python3
"""Makes the figures that TemperatureFitTests compare with, by scipy, in float64.

    pip install numpy scipy
    python3 make_temperature_reference.py

Random logits (float32, as base64, sample after sample), labels (-1: ignored) and class weights; and the temperature
within 0.01 ... 100 for which the log loss of softmax((z - log w) / T) is least, with that loss. Classes of weight 0 have
no probability, and their samples no say.
"""

import base64
import json
import pathlib

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_softmax, logsumexp, softmax

random = np.random.default_rng(20)


def case(kind, logits, labels, weights):
    stored = logits.astype("<f4")
    present = weights > 0
    counted = (labels >= 0) & present[labels]
    a = stored[counted][:, present].astype(np.float64) - np.log(weights[present])
    y = (np.cumsum(present) - 1)[labels[counted]]
    rows = np.arange(len(y))

    def loss(t):
        return float(-log_softmax(a / t, axis=1)[rows, y].mean())

    def slope(log_t):
        """Of the mean loss, by log T."""
        t = np.exp(log_t)
        return float(-((softmax(a / t, axis=1) * a).sum(axis=1) - a[rows, y]).mean() / t)

    low, high = np.log(0.01), np.log(100)
    if slope(low) >= 0:
        log_t = low
    elif slope(high) <= 0:
        log_t = high
    else:
        log_t = brentq(slope, low, high, xtol=1e-13, rtol=1e-14)
    # How much the loss would rise for a change of log T: where it would not, T may be anything.
    step = 1e-3
    rise = min(loss(np.exp(min(log_t + step, high))), loss(np.exp(max(log_t - step, low)))) - loss(np.exp(log_t))
    return {
        "kind": kind,
        "classes": logits.shape[1],
        "logits": base64.b64encode(stored.tobytes()).decode(),
        "labels": labels.tolist(),
        "weights": weights.tolist(),
        "temperature": float(np.exp(log_t)),
        "log_loss": loss(np.exp(log_t)),
        "log_loss_at_1": loss(1.0),
        "is_sharp": bool(rise > 1e-9),
    }


def random_case(number):
    kinds = ["sure", "unsure", "weighted", "weight 0", "ignored", "two classes", "many classes", "right", "wrong", "few"]
    kind = kinds[number % len(kinds)]
    classes = {"two classes": 2, "many classes": 23}.get(kind, int(random.integers(3, 8)))
    samples = int(random.integers(2, 6)) if kind == "few" else 600 if number < 2 else int(random.integers(40, 200))
    weights = np.exp(random.normal(size=classes) * (2 if kind == "weighted" else 0.5))
    if kind == "weight 0":
        weights[random.integers(classes)] = 0
    truth = random.normal(size=(samples, classes)) * 1.5
    labels = np.array([random.choice(classes, p=softmax(row)) for row in truth])
    # What a model of these frequencies would say that is too sure, or not sure enough; with its weights in it.
    scale = {"sure": 4.0, "unsure": 0.08, "right": 1.0}.get(kind, float(np.exp(random.normal())))
    logits = truth * scale + np.log(np.where(weights > 0, weights, 1))
    if kind == "right":
        labels = np.where(weights > 0, truth, -np.inf).argmax(axis=1)
        logits[np.arange(samples), labels] += 0.5
    if kind == "wrong":
        labels = truth.argmin(axis=1)
    if kind == "ignored":
        labels[random.random(samples) < 0.4] = -1
    return case(kind, logits, labels, weights)


cases = [random_case(number) for number in range(40)]
path = pathlib.Path(__file__).parent / "temperature_reference.json"
path.write_text(json.dumps(cases, separators=(",", ":")).replace('{"kind"', '\n{"kind"') + "\n")
for c in cases:
    print(c["kind"], c["temperature"], c["log_loss"], c["log_loss_at_1"], c["is_sharp"])
