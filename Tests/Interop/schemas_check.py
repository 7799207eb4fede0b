"""Holds what runs of several kinds write to the schemas of docs/schemas, which allow no key that they do not describe.

    python3 schemas_check.py PROGRAM

PROGRAM is the path of cw-dist-train. Exit code 1 for a file that its schema does not allow, or a property of a schema
that no run of these has: then the schema promises what is not there.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
from jsonschema import Draft202012Validator

TOP = Path(__file__).resolve().parents[2]
NAMES = ["metrics", "log", "summary", "report", "compare", "evaluate", "weights"]
SMALL = "synthetic:samples=600,classes=3,seed=2"
# Of a program that was built outside of git.
UNSEEN = {("log", "commit"), ("summary", "commit")}


class Schema:
    def __init__(self, name):
        self.name = name
        self.content = json.loads((TOP / f"docs/schemas/{name}.schema.json").read_text())
        Draft202012Validator.check_schema(self.content)
        self.validator = Draft202012Validator(self.content)
        self.seen = set()

    def check(self, value, place):
        errors = sorted(self.validator.iter_errors(value), key=lambda error: list(error.absolute_path))
        details = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in errors[:3]]
        assert not errors, f"{place} against {self.name}.schema.json: {details}"
        self.note(value)

    def note(self, value):
        """The names that values have, at whatever depth."""
        if isinstance(value, dict):
            self.seen |= set(value)
            for part in value.values():
                self.note(part)
        elif isinstance(value, list):
            for part in value:
                self.note(part)

    def described(self):
        names = set()

        def visit(part):
            if isinstance(part, dict):
                names.update(part.get("properties", {}))
                for inner in part.values():
                    visit(inner)
            elif isinstance(part, list):
                for inner in part:
                    visit(inner)

        visit(self.content)
        return names


def run(program, *arguments, status=0):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == status, f"{arguments}: {result.returncode} {result.stderr}"
    return result.stdout


def lines(path):
    """None of a file that was not begun: a run may fail in its first epoch."""
    return [] if not path.exists() else [json.loads(line) for line in path.read_text().splitlines()]


def check(folder, schemas, is_complete=True):
    """The files of a run."""
    for name in ("metrics", "log"):
        for number, line in enumerate(lines(folder / f"{name}.jsonl"), 1):
            schemas[name].check(line, f"{folder.name}/{name}.jsonl:{number}")
    for name in ("summary", "report"):
        path = folder / f"{name}.json"
        assert path.exists() == is_complete, path
        if is_complete:
            schemas[name].check(json.loads(path.read_text()), f"{folder.name}/{name}.json")


def write_table(path):
    random = numpy.random.default_rng(5)
    with open(path, "w") as file:
        file.write("size,colour,kind\n")
        for _ in range(600):
            kind = random.choice(["common", "rare"], p=[0.85, 0.15])
            size = random.normal() + (1.2 if kind == "rare" else 0)
            file.write(f"{size:.4f},{random.choice(['red', 'green', 'blue'])},{kind}\n")


def write_dates(path):
    random = numpy.random.default_rng(7)
    with open(path, "w") as file:
        file.write("when,time,grade,colour,kind\n")
        for row in range(200):
            when = f"2026-0{random.integers(1, 9)}-1{random.integers(9)}"
            colour = random.choice(["red", "green", ""])
            file.write(f"{when},{random.integers(10, 20)}:30,{random.integers(4)},{colour},{'ab'[row % 5 == 0]}\n")


def write_sparse(path):
    random = numpy.random.default_rng(6)
    with open(path, "w") as file:
        for _ in range(300):
            label = int(random.integers(3))
            columns = sorted(set(random.integers(1, 40, 5)) | {41 + label})
            file.write(f"{label} " + " ".join(f"{column}:{random.normal():.3f}" for column in columns) + "\n")


def main(program):
    schemas = {name: Schema(name) for name in NAMES}
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)

        def train(folder, *arguments, status=0):
            run(program, *arguments, "--run-dir", top / folder, "--quiet", status=status)
            check(top / folder, schemas, is_complete=status == 0)

        train("plain", SMALL, "--epochs", "3", "--momentum", "0.5")
        train("judged", SMALL, "--epochs", "40", "--validation-fraction", "0.2", "--test-fraction", "0.2",
              "--early-stopping", "macro-f1", "--patience", "3", "--log-loss-penalty", "0.2", "--learning-rate", "0.05",
              "--confidence", "0.9")
        # Where offsets pay: without weights nobody finds the rare classes.
        train("tuned", "synthetic:samples=3000,classes=3,priors=0.9/0.07/0.03,seed=2", "--epochs", "8",
              "--validation-fraction", "0.3", "--test-fraction", "0.2", "--tune-thresholds", "balanced-accuracy",
              "--class-weights", "none")
        train("per-batch", SMALL, "--epochs", "2", "--class-weights", "per-batch")
        train("lbfgs", SMALL, "--optimizer", "lbfgs", "--epochs", "40", "--tolerance", "0.001")
        train("last", SMALL, "--epochs", "2", "--validation-fraction", "0.2", "--keep-model", "last")
        train("resumed", SMALL, "--epochs", "5", "--max-steps", "30")
        train("resumed", SMALL, "--epochs", "5", "--max-steps", "10000", "--resume", "auto")
        train("stopped", "synthetic:samples=5000", "--epochs", "1000000", "--max-time", "1", status=75)
        train("failed", SMALL, "--learning-rate", "1e38", "--optimizer", "sgd", status=65)
        train("diverged and skipped", SMALL, "--learning-rate", "1e38", "--optimizer", "sgd", "--on-nonfinite", "skip")
        for metric in ("weighted-f1", "g-mean", "mcc", "kappa", "roc-auc", "average-precision"):
            train(metric, SMALL, "--epochs", "2", "--early-stopping", metric)
        train("sampled", SMALL, "--epochs", "2", "--sampler", "class-balanced")
        train("decoupled", SMALL, "--hidden", "8", "--epochs", "3", "--retrain-classifier", "2", "--validation-fraction",
              "0.2", "--tau-normalization", "auto")
        train("decoupled members", SMALL, "--hidden", "8", "--epochs", "3", "--retrain-classifier", "2", "--members", "2")
        write_sparse(top / "rows.svmlight")
        train("sparse", top / "rows.svmlight", "--epochs", "3")
        write_table(top / "rows.csv")
        train("table", top / "rows.csv", "--recipe", "table", "--epochs", "3", "--members", "2",
              "--tune-thresholds", "balanced-accuracy")
        run(program, "compare", SMALL, "--class-weights", "none,balanced", "--seeds", "2", "--epochs", "2",
            "--validation-fraction", "0.2", "--run-dir", top / "compare", "--quiet")
        run(program, "compare", top / "rows.csv", "--class-weights", "none,balanced", "--folds", "3", "--epochs", "2",
            "--recipe", "plain", "--run-dir", top / "folds", "--quiet")
        run(program, "compare", SMALL, "--try", "learning-rate=0.001,1e38", "--optimizer", "sgd", "--epochs", "2",
            "--validation-fraction", "0.2", "--run-dir", top / "diverged", "--quiet", status=65)
        run(program, "compare", SMALL, "--try", "learning-rate=0.001,0.01,0.1,1", "--halving", "--epochs", "6", "--seeds", "2",
            "--validation-fraction", "0.2", "--run-dir", top / "halving", "--quiet")
        write_dates(top / "dates.csv")
        train("dates", top / "dates.csv", "--epochs", "2", "--validation-fraction", "0.3", "--tune-thresholds",
              "balanced-accuracy", "--class-weights", "none", "--recipe", "plain")
        for folder, data, *options in [
            ("table", top / "rows.csv", "--confidence", "0.9"), ("tuned", SMALL), ("plain", SMALL, "--ranking", "no"),
            ("dates", top / "dates.csv"),
        ]:
            printed = run(program, "evaluate", top / folder, data, "--json", *options)
            schemas["evaluate"].check(json.loads(printed), f"evaluate {folder} --json")
        for data, *options in [(SMALL,), (top / "rows.csv", "--drop", "colour"), (top / "dates.csv",), (top / "rows.svmlight",)]:
            printed = run(program, "weights", data, "--json", *options)
            schemas["weights"].check(json.loads(printed), f"weights {data} --json")
        for folder in ("compare", "folds", "diverged", "halving"):
            table = json.loads((top / folder / "compare.json").read_text())
            schemas["compare"].check(table, f"{folder}/compare.json")
            for row in table["runs"]:
                check(top / folder / row["folder"], schemas, is_complete=row["outcome"] == "completed")
    missing = {
        (schema.name, key) for schema in schemas.values() for key in schema.described() - schema.seen
    } - UNSEEN
    assert not missing, f"described, and in no file: {sorted(missing)}"
    print(f"what is written and printed is as {len(NAMES)} schemas have it, and every property in one of them")


if __name__ == "__main__":
    main(sys.argv[1])
