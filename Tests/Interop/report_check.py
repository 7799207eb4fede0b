"""Has html5lib, which parses by the HTML standard's own algorithm, read the reports of runs of 2 to 100 classes, and
compares their precision-recall curves with scikit-learn's.

    python3 report_check.py PROGRAM

PROGRAM is the path of cw-dist-train. Exit code 1 for a parse error, a chart without a name, or a point of a curve that
scikit-learn has not, to 1e-12.
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import html5lib
import numpy
from sklearn import metrics


def run(program, *arguments):
    result = subprocess.run([program, *arguments], capture_output=True, text=True)
    assert result.returncode == 0, f"{arguments}: {result.returncode} {result.stderr}"
    return result.stdout


def write(path, classes):
    """Normal clusters, each class rarer than the one before."""
    random = numpy.random.default_rng(classes)
    priors = 0.93 ** numpy.arange(classes)
    labels = random.choice(classes, 4000, p=priors / priors.sum())
    rows = random.normal(size=(classes, 8))[labels] * 2 + random.normal(size=(4000, 8))
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"x{column}" for column in range(8)] + ["label"])
        for row, label in zip(rows, labels):
            writer.writerow([f"{value:.4f}" for value in row] + [f"c <{label}> & co"])
    return [f"c <{label}> & co" for label in labels]


def check(program, folder, classes):
    labels = write(folder / "data.csv", classes)
    place = folder / str(classes)
    options = ["--recipe", "plain", "--epochs", "3", "--quiet"]
    run(program, str(folder / "data.csv"), "--run-dir", str(place), *options)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    page = parser.parse((place / "report.html").read_text())
    assert not parser.errors, parser.errors
    charts = [part for part in page.iter() if part.get("role") == "img"]
    assert len(charts) >= 4 and all(part.get("aria-label") for part in charts)

    report = json.loads((place / "report.json").read_text())
    rows = list(csv.DictReader(io.StringIO(run(program, "predict", str(place), str(folder / "data.csv")))))
    points = 0
    assert len(report["curves"]) == (1 if classes == 2 else 5)
    for curve in report["curves"]:
        name = report["classes"][curve["class"]]["name"]
        scores = numpy.array([row[f"probability:{name}"] for row in rows]).astype(numpy.float32)
        truth = numpy.array([label == name for label in labels])
        precisions, recalls, thresholds = metrics.precision_recall_curve(truth, scores)
        for point in curve["points"]:
            place_of = numpy.searchsorted(thresholds, numpy.float32(point["threshold"]))
            assert thresholds[place_of] == numpy.float32(point["threshold"])
            precision = point["found"] / (point["found"] + point["wrong"])
            assert abs(precision - precisions[place_of]) < 1e-12, (name, point)
            assert abs(point["found"] / curve["positives"] - recalls[place_of]) < 1e-12, (name, point)
            points += 1
        assert abs(curve["average_precision"] - metrics.average_precision_score(truth, scores)) < 1e-12, name
    return points


def main(program):
    with tempfile.TemporaryDirectory() as name:
        points = [check(program, Path(name), classes) for classes in (2, 7, 23, 100)]
    print(f"reports of 2, 7, 23 and 100 classes: no parse error, {sum(points)} points of curves as scikit-learn's")


if __name__ == "__main__":
    main(sys.argv[1])
