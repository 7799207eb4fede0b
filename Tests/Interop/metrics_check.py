"""Compares the figures of `evaluate` with scikit-learn's, in 200 random cases: absent classes, one class, ties, rows of
one and of many, class weights.

    python3 metrics_check.py PROGRAM

PROGRAM is the path of cw-dist-train. The model of a case is one whose logits are the features themselves; what it makes
of each row, as `predict` says it, goes to scikit-learn. Exit code 1 if a figure differs by more than 1e-9; `loss` and
`log_loss`, which training computes in Float32, by more than 1e-6.
"""

import csv
import io
import json
import math
import subprocess
import sys
import tempfile
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import safetensors
import safetensors.numpy
from sklearn import metrics

CASES = 200
KINDS = ["skewed", "ties", "absent classes", "one class", "constant", "sure", "two classes", "rare classes"]


def run(program, *arguments, **options):
    result = subprocess.run([program, *arguments], capture_output=True, text=True, **options)
    assert result.returncode == 0, f"{arguments}: {result.returncode} {result.stderr}"
    return result.stdout


def names(classes):
    return ["a", "b, c", 'say "d"', "é", "5", "f"][:classes]


def write_rows(path, logits, labels):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f"z{index}" for index in range(logits.shape[1])] + ["kind"])
        for row, label in zip(logits, labels):
            writer.writerow([*(repr(float(value)) for value in row), label])


def make_models(program, folder):
    """The metadata of a model of each number of classes."""
    found = {}
    for classes in range(2, 7):
        rows = numpy.random.default_rng(classes).normal(size=(60, classes)).astype("float32")
        write_rows(folder / f"{classes}.csv", rows, [names(classes)[row % classes] for row in range(60)])
        options = ["--standardize", "no", "--epochs", "1", "--quiet", "--run-dir", str(classes)]
        run(program, f"{classes}.csv", "--recipe", "plain", *options, cwd=folder)
        with safetensors.safe_open(folder / f"{classes}/model.safetensors", "numpy") as file:
            found[classes] = file.metadata()
            assert json.loads(found[classes]["classes"]) == sorted(names(classes), key=lambda name: name.encode())
    return found


def random_case(number):
    """Logits, labels and class weights."""
    random = numpy.random.default_rng([14, number])
    kind = KINDS[number % len(KINDS)]
    classes = 2 if kind == "two classes" else int(random.integers(2, 7))
    rows = int(random.integers(1, 5)) if number % 5 == 0 else int(random.integers(5, 60))
    shares = 1 / numpy.arange(1, classes + 1) ** (4 if kind == "rare classes" else random.uniform(0, 2))
    labels = random.choice(classes, rows, p=shares / shares.sum())
    if kind == "absent classes":
        labels = random.choice([0, classes - 1], rows)
    if kind == "one class":
        labels[:] = random.integers(classes)
    logits = random.normal(size=(rows, classes)) + 1.5 * numpy.eye(classes)[labels]
    if kind == "ties":
        logits = numpy.round(logits)
    elif kind == "constant":
        logits[:] = logits[0]
    elif kind == "sure":
        logits *= 5
    weights = random.uniform(0.1, 10, classes) if number % 2 else numpy.ones(classes)
    return kind, logits.astype("float32"), labels, weights


def calibration_error(labels, p):
    """Guo et al. 2017, in 15 bins; scikit-learn has no such figure."""
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == labels
    bins = numpy.searchsorted(numpy.linspace(0, 1, 16)[1:-1], confidence)
    gaps = [abs(correct[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).sum() for b in set(bins)]
    return sum(gaps) / len(labels)


def one_against_rest(figure, labels, p):
    """None for a class without samples or without others."""
    counts = [(labels == c).sum() for c in range(p.shape[1])]
    return [float(figure(labels == c, p[:, c])) if 0 < n < len(labels) else None for c, n in enumerate(counts)]


def mean(figures):
    present = [figure for figure in figures if figure is not None]
    return sum(present) / len(present) if present else None


def predict(program, folder, number, kind, order):
    text = run(program, "predict", f"{number}.safetensors", f"{number}.csv", "--probabilities", kind, "--quiet", cwd=folder)
    rows = list(csv.DictReader(io.StringIO(text)))
    # The digits are those that tell a Float32 from its neighbours.
    p = numpy.array([[row[f"probability:{name}"] for name in order] for row in rows], dtype="float32")
    return numpy.array([order.index(row["prediction"]) for row in rows]), p.astype("float64")


def expected(labels, predicted, p, prior, weights):
    classes = list(range(p.shape[1]))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=classes, zero_division=0
    )
    recalls = recall[support > 0]
    auc = one_against_rest(metrics.roc_auc_score, labels, p)
    average_precision = one_against_rest(metrics.average_precision_score, labels, p)
    return {
        "samples": len(labels),
        "confusion_matrix": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "balanced_accuracy": recalls.mean(),
        "macro_f1": metrics.f1_score(labels, predicted, average="macro", zero_division=0),
        "weighted_f1": metrics.f1_score(labels, predicted, average="weighted", zero_division=0),
        "g_mean": math.prod(recalls) ** (1 / len(recalls)),
        "mcc": metrics.matthews_corrcoef(labels, predicted),
        "kappa": metrics.cohen_kappa_score(labels, predicted) if len(set(labels) | set(predicted)) > 1 else 0,
        "log_loss": metrics.log_loss(labels, p, labels=classes),
        "loss": metrics.log_loss(labels, p, labels=classes, sample_weight=weights[labels]),
        "brier": metrics.brier_score_loss(labels, p, labels=classes, scale_by_half=False),
        "ece": calibration_error(labels, p),
        "roc_auc": mean(auc),
        "average_precision": mean(average_precision),
        "corrected_probabilities": {
            "log_loss": metrics.log_loss(labels, prior, labels=classes),
            "brier": metrics.brier_score_loss(labels, prior, labels=classes, scale_by_half=False),
            "ece": calibration_error(labels, prior),
        },
        "per_class": [
            {
                "precision": precision[c],
                "recall": recall[c],
                "f1": f1[c],
                "support": int(support[c]),
                "roc_auc": auc[c],
                "average_precision": average_precision[c],
            }
            for c in classes
        ],
    }


def differences(found, wanted, place=""):
    """Figures that differ, in words. What is None may be null or missing."""
    if isinstance(wanted, dict):
        return [text for key, value in wanted.items() for text in differences(found.get(key), value, f"{place}.{key}")]
    if isinstance(wanted, list):
        pairs = zip(found, wanted, strict=True)
        return [text for index, pair in enumerate(pairs) for text in differences(*pair, f"{place}[{index}]")]
    if wanted is None:
        return [] if found is None else [f"{place}: {found}, and there is none"]
    tolerance = 1e-6 * max(1, abs(wanted)) if place in (".log_loss", ".loss") else 1e-9
    return [] if found is not None and abs(found - wanted) <= tolerance else [f"{place}: {found}, not {wanted}"]


def write_model(path, tensors, metadata):
    """A model's file, with the checksum that docs/formats.md asks for."""
    zeros = "00000000"
    safetensors.numpy.save_file(tensors, path, {**metadata, "checksum": zeros})
    content = path.read_bytes()
    key = b'"checksum":"'
    assert content.count(key + zeros.encode()) == 1
    checksum = f"{zlib.crc32(content):08x}".encode()
    path.write_bytes(content.replace(key + zeros.encode(), key + checksum))


def check(program, folder, models, number):
    kind, logits, labels, weights = random_case(number)
    classes = logits.shape[1]
    order = json.loads(models[classes]["classes"])
    metadata = {**models[classes], "class_weights": json.dumps(weights.tolist())}
    tensors = {"layers.0.weight": numpy.eye(classes, dtype="float32"), "layers.0.bias": numpy.zeros(classes, "float32")}
    write_model(folder / f"{number}.safetensors", tensors, metadata)
    write_rows(folder / f"{number}.csv", logits, [order[label] for label in labels])
    predicted, p = predict(program, folder, number, "raw", order)
    _, prior = predict(program, folder, number, "prior", order)
    found = json.loads(run(program, "evaluate", f"{number}.safetensors", f"{number}.csv", "--json", cwd=folder))
    # That the model is what it should be.
    exact = numpy.exp(logits - logits.max(axis=1, keepdims=True).astype("float64"))
    assert numpy.abs(p - exact / exact.sum(axis=1, keepdims=True)).max() < 1e-6
    assert (logits[numpy.arange(len(labels)), predicted] == logits.max(axis=1)).all()
    wanted = expected(labels, predicted, p, prior, weights)
    return [f"case {number}, {kind}: {text}" for text in differences(found, wanted)]


def main():
    program = str(Path(sys.argv[1]).resolve())
    warnings.filterwarnings("ignore", message="The y_prob values do not sum to one")
    warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        models = make_models(program, folder)
        with ThreadPoolExecutor(2) as threads:
            results = list(threads.map(lambda number: check(program, folder, models, number), range(CASES)))
    for text in (wrong := [text for result in results for text in result])[:20]:
        print(f"FAIL  {text}")
    print(f"{sum(not result for result in results)} of {CASES} cases of metrics agree with scikit-learn")
    sys.exit(1 if wrong else 0)


main()
