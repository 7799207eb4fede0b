"""Prints how often intervals of 95 % hold the truth, in per cent of simulated samples: those of the plain bootstrap of rows,
and those of MetricIntervals.swift, of accuracy, balanced accuracy, macro F1, G-mean and MCC. The figures of docs/runs.md.

    python3 interval_coverage.py [SAMPLES]
"""
import sys

import numpy as np

RANDOM = np.random.default_rng(1)
DRAWS = 500
# Samples, shares of the classes, and how much of each is found.
CASES = {
    "20 of 1000, 0.9": (1000, [0.88, 0.1, 0.02], [0.95, 0.8, 0.9]),
    "20 of 1000, 0.6": (1000, [0.88, 0.1, 0.02], [0.95, 0.8, 0.6]),
    "20 of 1000, 0.97": (1000, [0.88, 0.1, 0.02], [0.95, 0.9, 0.97]),
    "20 of 1000, 0.1": (1000, [0.88, 0.1, 0.02], [0.99, 0.8, 0.1]),
    "5 of 500, 0.6": (500, [0.99, 0.01], [0.98, 0.6]),
    "5 of 500, 0.9": (500, [0.99, 0.01], [0.98, 0.9]),
    "100 classes of 10": (1000, [0.01] * 100, [0.8] * 100),
}


def metrics(table):
    """Of matrices [..., C, C]."""
    table = table.astype(float)
    samples = table.sum((-1, -2))
    support, predicted = table.sum(-1), table.sum(-2)
    hits = np.diagonal(table, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = hits / support
        f1 = 2 * hits / (support + predicted)
        g_mean = np.exp(np.nanmean(np.log(recall), -1))
        squares = (samples**2 - (predicted**2).sum(-1)) * (samples**2 - (support**2).sum(-1))
        mcc = (hits.sum(-1) * samples - (support * predicted).sum(-1)) / np.sqrt(squares)
    return np.stack(
        [hits.sum(-1) / samples, np.nanmean(recall, -1), np.nanmean(f1, -1), g_mean, np.nan_to_num(mcc)], -1)


def smoothed(table):
    classes = len(table)
    more = np.full((classes, classes), 0.5 / (classes - 1))
    np.fill_diagonal(more, 0.5)
    support = table.sum(1, keepdims=True)
    return np.where(support > 0, support * (table + more) / (support + 1), 0)


def draws(shares, samples):
    return RANDOM.multinomial(samples, shares.ravel() / shares.sum(), size=DRAWS).reshape(DRAWS, *shares.shape)


def plain(table, found):
    return np.percentile(metrics(draws(table, table.sum())), [2.5, 97.5], axis=0)


def ours(table, found):
    shift = found - metrics(smoothed(table))
    if found[3] == 0:
        shift[3] = 0
    moved = np.clip(metrics(draws(smoothed(table), table.sum())) + shift, [0, 0, 0, 0, -1], 1)
    low, high = np.percentile(moved, [2.5, 97.5], axis=0)
    return np.minimum(low, found), np.maximum(high, found)


def population(priors, recalls):
    """What is missed goes to the others by the roots of their shares."""
    table = np.diag(np.array(recalls))
    for actual in range(len(priors)):
        others = [index for index in range(len(priors)) if index != actual]
        weights = np.sqrt([priors[index] for index in others])
        table[actual, others] = (1 - recalls[actual]) * weights / weights.sum()
    return table * np.array(priors)[:, None]


def main(trials):
    for name, (samples, priors, recalls) in CASES.items():
        shares = population(priors, recalls)
        truth = metrics(shares)
        held = {plain: np.zeros(5), ours: np.zeros(5)}
        for _ in range(trials):
            table = RANDOM.multinomial(samples, shares.ravel()).reshape(shares.shape)
            found = metrics(table)
            for method, count in held.items():
                low, high = method(table, found)
                count += (low <= truth) & (truth <= high)
        print(name, *(f"{method.__name__} {np.round(100 * count / trials, 1)}" for method, count in held.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
