"""Runs the lines of Python that docs/models.md gives, and compares what they give with what the program says.

    python3 python_check.py PROGRAM

PROGRAM is the path of cw-dist-train. The lines are taken out of docs/models.md: a comment "Tests/Interop runs this: NAME"
stands before each block. Logits are compared with those of read_model.py, in Float64; probabilities and classes with
`predict`; figures of the training part with those that the run has left. Where PyTorch is not there, or the program has
no `export`, that is said. Exit code 1 if anything differs.
"""

import csv
import importlib.util
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from sklearn import metrics

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests/EndToEndTests/Reference"))
import read_model

LOGITS = 1e-4
PROBABILITIES = 1e-5
MODELS = {
    "linear": [],
    "one hidden layer, relu": ["--hidden", "9"],
    "two hidden layers, gelu": ["--hidden", "12,7", "--activation", "gelu"],
    "two hidden layers, tanh": ["--hidden", "12,7", "--activation", "tanh", "--dropout", "0.1"],
}


def block(name):
    """The lines that stand behind the comment of that name."""
    text = (TOP / "docs/models.md").read_text(encoding="utf-8")
    found = re.findall(rf"<!-- Tests/Interop runs this: {name} -->\n```python\n(.*?)```\n", text, re.DOTALL)
    assert len(found) == 1, f"docs/models.md has {len(found)} blocks \"{name}\""
    return found[0]


def run(program, folder, *arguments):
    result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, f"{arguments}: {result.returncode} {result.stderr}"
    return result.stdout


def write_table(path, has_categories, rows=500, seed=3):
    random_ = random.Random(seed)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["size", "amount", *(["color", "zip"] if has_categories else []), "kind"])
        for row in range(rows):
            size, amount = random_.gauss(3, 2), random_.randrange(1, 200)
            color, code = random_.choice(["red", "grün", "sea, blue"]), random_.choice(["00501", "10001", "90210"])
            about = (size > 5) + 2 * (amount > 150 and color != "red") if random_.random() < 0.8 else random_.randrange(3)
            fields = [f"{size:.3f}", str(amount)]
            if has_categories:
                fields = [field if random_.random() > 0.1 else "" for field in [*fields, color, code]]
            writer.writerow([*fields, ["usual", "some", "rare"][about % 3]])


def predictions(program, folder, classes):
    rows = list(csv.DictReader(io.StringIO(run(program, folder, "predict", "runs/data", "rows.csv", "--quiet"))))
    p = numpy.array([[row[f"probability:{name}"] for name in classes] for row in rows], dtype="float32")
    return [row["prediction"] for row in rows], p


def compare(probabilities, labels, classes, said):
    """With what `predict` says."""
    said_labels, said_probabilities = said
    error = numpy.abs(probabilities - said_probabilities).max()
    assert error <= PROBABILITIES, f"probabilities differ by {error}"
    top = numpy.sort(said_probabilities, axis=1)
    clear = top[:, -1] - top[:, -2] > 1e-4
    assert clear.mean() > 0.9, "hardly a row has a clear class"
    wrong = [pair for pair, counts in zip(zip(labels, said_labels), clear) if counts and pair[0] != pair[1]]
    assert not wrong, f"{len(wrong)} classes differ: {wrong[:3]}"
    return error


def check_pytorch(program, folder, options):
    import torch

    write_table(folder / "data.csv", has_categories=False)
    write_table(folder / "rows.csv", has_categories=False, seed=4)
    run(program, folder, "data.csv", "--recipe", "plain", *options, "--epochs", "8", "--learning-rate", "0.02", "--quiet", "--run-dir", "runs/data")
    tensors, about = read_model.load(folder / "runs/data/model.safetensors")
    summary = json.loads((folder / "runs/data/summary.json").read_text())
    weights = {row["name"]: row["weight"] for row in json.loads((folder / "runs/data/class_weights.json").read_text())["classes"]}
    for name in ["data.csv", "rows.csv"]:
        rows = list(csv.DictReader(open(folder / name, newline="")))
        x = torch.tensor([[float(row["size"]), float(row["amount"])] for row in rows], dtype=torch.float64)
        values = {"x": x}
        exec(block("pytorch") + block("features"), values)
        with torch.no_grad():
            logits = values["model"].eval()(values["features"])
        exact = [
            read_model.logits(tensors, about["model"], [v for c in about["columns"] for v in read_model.encode(c, row[c["name"]])])
            for row in rows
        ]
        error = numpy.abs(logits.numpy() - exact).max()
        assert error <= LOGITS, f"logits differ by {error}"
        probabilities = torch.softmax(logits.double(), 1).numpy()
        labels = [about["classes"][index] for index in logits.argmax(1)]
        if name == "rows.csv":
            return error, compare(probabilities, labels, about["classes"], predictions(program, folder, about["classes"]))
        # The run's own figures of these rows.
        truth = [row["kind"] for row in rows]
        figures = {
            "loss": metrics.log_loss(truth, probabilities, labels=about["classes"], sample_weight=[weights[label] for label in truth]),
            "log_loss": metrics.log_loss(truth, probabilities, labels=about["classes"]),
            "accuracy": metrics.accuracy_score(truth, labels),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, labels),
            "macro_f1": metrics.f1_score(truth, labels, average="macro"),
            "mcc": metrics.matthews_corrcoef(truth, labels),
        }
        for key, figure in figures.items():
            assert abs(summary["train"][key] - figure) <= 1e-5, f"{key} of the run is {summary['train'][key]}, not {figure}"


def check_onnx(program, folder):
    write_table(folder / "data.csv", has_categories=True)
    write_table(folder / "rows.csv", has_categories=True, seed=4)
    options = ["--categorical", "zip", "--hidden", "9", "--epochs", "8", "--learning-rate", "0.02"]
    run(program, folder, "data.csv", "--recipe", "plain", *options, "--quiet", "--run-dir", "runs/data")
    run(program, folder, "export", "runs/data", "model.onnx")
    classes = read_model.load(folder / "runs/data/model.safetensors")[1]["classes"]
    values = {}
    os.chdir(folder)
    exec(block("onnx"), values)
    return compare(values["probabilities"], list(values["label"]), classes, predictions(program, folder, classes))


def attempt(name, body):
    with tempfile.TemporaryDirectory() as path:
        os.chdir(path)
        try:
            print(f"ok    docs/models.md, {name}: {body(Path(path))}")
            return True
        except Exception as error:
            print(f"FAIL  docs/models.md, {name}: {type(error).__name__}: {error}")
            return False
        finally:
            os.chdir(TOP)


def main():
    program = str(Path(sys.argv[1]).resolve())
    good = True
    for name, options in MODELS.items():
        if importlib.util.find_spec("torch") is None:
            print("left out: PyTorch is not there")
            break
        def body(folder):
            return "logits within {:.0e}, probabilities within {:.0e}".format(*check_pytorch(program, folder, options))
        good = attempt(f"PyTorch, {name}", body) and good
    commands = json.loads(run(program, TOP, "--experimental-dump-help"))["command"]["subcommands"]
    if "export" in [command["commandName"] for command in commands]:
        good = attempt("ONNX", lambda folder: f"probabilities within {check_onnx(program, folder):.0e}") and good
    else:
        print("left out: this program has no export")
    sys.exit(0 if good else 1)


main()
