"""Figures of predictions: what share of each class is found, and what the probabilities are worth."""

import numpy as np
import pandas

# The least probability that log loss counts: float32 has no better one beside 1.
LEAST = 2.0**-23


def figures(predictions, test):
    """Balanced accuracy, macro F1, recall of the rarest class, and log loss of a file of predictions, for the test part (a CSV file) that they are of.

    The first column of predictions is the class; then comes the probability of each, named by it (ours: probability:NAME).
    Means are over the classes that the test part has.
    """
    frame = pandas.read_csv(predictions, dtype=str, keep_default_na=False)
    labels = pandas.read_csv(test, dtype=str, keep_default_na=False)["target"].to_numpy()
    predicted = frame.iloc[:, 0].to_numpy()
    if len(predicted) != len(labels):
        raise ValueError(f"{predictions} has {len(predicted)} rows, and {test} {len(labels)}")
    recalls, scores = [], []
    for label in np.unique(labels):
        hits = np.sum((labels == label) & (predicted == label))
        recalls.append(hits / np.sum(labels == label))
        scores.append(2 * hits / (np.sum(labels == label) + np.sum(predicted == label)))
    # Ours are called probability:CLASS, so that no class can be mistaken for the prediction.
    probabilities = frame.iloc[:, 1:].astype(float).rename(columns=lambda name: name.removeprefix("probability:"))
    places = probabilities.columns.get_indexer(labels)
    if np.any(places < 0):
        raise ValueError(f"{predictions} has no probability of class {labels[places < 0][0]}")
    own = probabilities.to_numpy()[np.arange(len(labels)), places]
    return {
        "balanced_accuracy": float(np.mean(recalls)),
        "macro_f1": float(np.mean(scores)),
        "rarest_recall": float(recalls[np.argmin(np.unique(labels, return_counts=True)[1])]),
        "log_loss": float(-np.mean(np.log(np.clip(own, LEAST, 1)))),
    }
