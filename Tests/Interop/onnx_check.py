"""Checks exported ONNX files by programs of others: onnx's checker, and onnxruntime, whose classes and probabilities are
compared with those computed from model.safetensors by docs/formats.md alone (read_model.py), in Float64, and with those
of `predict`.

    python3 onnx_check.py PROGRAM

PROGRAM is the path of cw-dist-train. For each case data is written, a model trained and exported; rows that training
never saw, some with missing values and unknown categories, are judged in batches of 0, 1, 7 and all. The lines of
Python that `export` prints are run, too. Needs numpy, onnx, onnxruntime and pandas. Exit code 1 if anything failed.
"""

import csv
import datetime
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx_cases import CASES, ROWS

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "Tests/EndToEndTests/Reference"))
import read_model

TOLERANCE = 1e-5
KINDS = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}


# --- What the model's file says ---------------------------------------------------------------------------------------


def number(column, text):
    """The text of a number as formats.md has it, by the unit of its column."""
    unit = column.get("unit")
    if unit == "percent":
        return text.rstrip(" %")
    if unit == "date":
        return repr((datetime.datetime.fromisoformat(text) - datetime.datetime(1970, 1, 1)).total_seconds())
    if unit == "time-of-day":
        hours, minutes = text.split(":")
        return str(int(hours) * 3600 + int(minutes) * 60)
    return text


def softmax(z):
    exponentials = numpy.exp(z - z.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class Model:
    """A model.safetensors, read by read_model.py."""

    def __init__(self, path):
        self.tensors, about = read_model.load(path)
        self.shape, self.classes, self.columns = about["model"], about["classes"], about["columns"]
        with open(path, "rb") as file:
            header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        metadata = header["__metadata__"]
        self.weights = json.loads(metadata["class_weights"])
        self.counts = json.loads(metadata["class_counts"])
        self.temperature = json.loads(metadata.get("temperature", "null"))
        self.members = json.loads(metadata.get("members", "null"))
        self.offsets = numpy.array(json.loads(metadata.get("decision", "{}")).get("offsets", [0] * len(self.classes)))
        self.data = json.loads(metadata["data"])
        self.missing = set(self.data.get("missing", [""]))
        self.missing_numbers = {float(text) for text in self.missing if re.fullmatch(r"-?[\d.]+", text)}

    def features(self, folder):
        """[N, D], and the fields of each row (None for arrays)."""
        if not (folder / "rows.csv").exists():
            rows = numpy.load(folder / "rows.npy").reshape(ROWS, -1).astype("float64")
            if not self.columns:
                return rows, None
            read_model.MISSING = {"nan"}
            encoded = [
                [x for column, value in zip(self.columns, row) for x in read_model.encode(column, repr(value))]
                for row in rows.tolist()
            ]
            return numpy.array(encoded), None
        read_model.MISSING = self.missing
        names = None if self.data["has_names"] else self.data["column_names"]
        file = open(folder / "rows.csv", newline="", encoding="utf-8")
        separator = self.data.get("delimiter", ",")
        fields = list(csv.DictReader(file, names, delimiter=separator, skipinitialspace=True))
        return numpy.array([self.encode(row) for row in fields]), fields

    def text(self, column, row):
        """A field without its unit; one that the model has for missing is empty."""
        text = row[column["name"]]
        if text in self.missing:
            return ""
        if column["kind"] not in ("numeric", "piecewise"):
            return text
        text = number(column, text)
        text = text.replace(",", ".") if self.data["decimal"] == "comma" else text
        return "" if float(text) in self.missing_numbers else text

    def encode(self, row):
        return [x for column in self.columns for x in read_model.encode(column, self.text(column, row))]

    def logits(self, rows):
        """[N, C]: of several members the logarithm of their mean probabilities."""
        if self.members is None:
            return self.network(rows, "")
        members = [softmax(self.network(rows, f"members.{member}.")) for member in range(self.members)]
        return numpy.log(numpy.mean(members, axis=0))

    def network(self, a, prefix):
        layers = len(self.shape["hidden"]) + 1
        a = numpy.array([read_model.embed(self.tensors, self.shape, row, prefix) for row in a.tolist()])
        for layer in range(layers):
            name = f"{prefix}layers.{layer}"
            a = a @ numpy.array(self.tensors[f"{name}.weight"]).T + self.tensors[f"{name}.bias"]
            if layer < layers - 1:
                a = numpy.vectorize(lambda x: read_model.activate(self.shape["activation"], x))(a)
        return a

    def probabilities(self, z, kind):
        if kind != "raw":
            weights = self.weights or [1 / count if count else 0 for count in self.counts]
            z = z - [math.log(weight) if weight else math.inf for weight in weights]
        if kind == "calibrated":
            z = z / self.temperature
        return softmax(z)


# --- Checks -----------------------------------------------------------------------------------------------------------


def feed(session, model, folder, fields):
    """What each input is given."""
    ports = session.get_inputs()
    if [port.name for port in ports] == ["features"]:
        if fields is None:
            return {"features": numpy.load(folder / "rows.npy").reshape(ROWS, -1).astype("float32")}
        texts = [[model.text(column, row) or "nan" for column in model.columns] for row in fields]
        return {"features": numpy.array(texts, dtype="float64").astype("float32")}
    assert len(ports) == len(model.columns)
    inputs = {}
    for place, (port, column) in enumerate(zip(ports, model.columns)):
        # "label" is an output.
        assert port.name == column["name"] + ("_" if column["name"] == "label" else ""), port.name
        if fields is None:
            values = numpy.load(folder / "rows.npy")[:, place].tolist()
        else:
            values = [model.text(column, row) for row in fields]
            if column["kind"] in ("numeric", "piecewise"):
                values = [float(value or "nan") for value in values]
        inputs[port.name] = numpy.array(values, dtype=KINDS[port.type]).reshape(-1, 1)
    return inputs


def compare(what, model, z, expected, label, probabilities):
    assert probabilities.shape == expected.shape, f"{what}: shape {probabilities.shape}"
    error = numpy.abs(probabilities - expected).max(initial=0)
    assert error <= TOLERANCE, f"{what}: probabilities differ by {error}"
    assert (numpy.abs(probabilities.sum(axis=1) - 1) < 1e-5).all(), f"{what}: probabilities do not sum to 1"
    z = z + model.offsets
    two = numpy.sort(z, axis=1)[:, -2:]
    clear = two[:, 1] - two[:, 0] > 1e-4
    assert clear.sum() >= 0.9 * len(z), f"{what}: hardly a row has a clear class"
    names = numpy.array(model.classes, dtype=object)[z.argmax(axis=1)]
    assert label.shape == (len(z),), f"{what}: shape {label.shape}"
    wrong = [(str(found), name) for found, name in zip(label[clear], names[clear]) if str(found) != name]
    assert not wrong, f"{what}: {len(wrong)} classes differ: {wrong[:3]}"
    return error


# What `export` printed for each case.
printed = {}


def check(program, name, write, options):
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        def run(*arguments, status=0):
            result = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True)
            assert result.returncode == status, f"{arguments}: {result.returncode} {result.stderr}"
            return result.stdout

        data = write(folder)
        run(*data, "--recipe", "plain", *options, "--epochs", "6", "--run-dir", "run", "--quiet")
        model = Model(folder / "run/model.safetensors")
        features, fields = model.features(folder)
        z = model.logits(features)
        kinds = ["raw", "prior"] + ["calibrated"] * (model.temperature is not None)
        worst = 0
        for kind in kinds:
            file = folder / f"{kind}.onnx"
            output = run("export", "run", file.name, "--probabilities", kind)
            onnx.checker.check_model(str(file), full_check=True)
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            inputs = feed(session, model, folder, fields)
            expected = model.probabilities(z, kind)
            for count in [0, 1, 7, ROWS]:
                part = {key: value[:count] for key, value in inputs.items()}
                label, probabilities = session.run(["label", "probabilities"], part)
                what = f"{kind}, {count} rows"
                worst = max(worst, compare(what, model, z[:count], expected[:count], label, probabilities))
            # What the program itself says of the rows: label and probabilities are those of all.
            [rows] = [name for name in ["rows.csv", "rows.svm", "rows.npy"] if (folder / name).exists()][:1]
            lines = csv.reader(run("predict", "run", rows, "--probabilities", kind, "--quiet").splitlines())
            assert next(lines) == ["prediction"] + [f"probability:{name}" for name in model.classes]
            said = [(line[0], [float(field) for field in line[1:]]) for line in lines]
            own = numpy.array([probabilities for _, probabilities in said])
            own_label = numpy.array([label for label, _ in said], dtype=object)
            compare(f"{kind}, predict", model, z, expected, own_label, own)
            worst = max(worst, compare(f"{kind}, predict's", model, z, own, label, probabilities))
            # What a user is told to type.
            code, values = output.split("In Python", 1)[1].split("\n", 1)[1].strip(), {}
            printed[name, kind] = code.replace(file.name, "model.onnx")
            os.chdir(folder)
            exec(code, values)
            compare(f"{kind}, as printed", model, z, expected, values["label"], values["probabilities"])
        if model.temperature is None:
            run("export", "run", "c.onnx", "--probabilities", "calibrated", status=78)
        return worst, kinds


def check_messages():
    """Our messages are those of onnx: names, numbers and types of fields."""
    message, stack = None, []
    for line in (TOP / "Sources/ONNX/Messages/onnx.proto").read_text().splitlines():
        if found := re.match(r" *(message|enum|oneof) (\w+) {", line):
            stack.append(found[2])
        elif re.match(r" *}", line):
            stack.pop()
        elif found := re.match(r" *(?:(optional|repeated) )?([\w.]+) (\w+) = (\d+);", line):
            owners = [owner for owner in stack if owner != "value"]
            field = getattr(onnx, owners[0]).DESCRIPTOR
            for owner in owners[1:]:
                field = field.nested_types_by_name[owner]
            field = field.fields_by_name[found[3]]
            types = {1: "double", 2: "float", 3: "int64", 5: "int32", 9: "string", 12: "bytes"}
            named = field.message_type or field.enum_type
            assert field.number == int(found[4]), line
            assert (named.name if named else types[field.type]) == found[2], line
            assert (found[1] == "repeated") == field.is_repeated, line
            message = owners[0]
        elif found := re.match(r" *(\w+) = (\d+);", line):
            owner = getattr(onnx, stack[0]).DESCRIPTOR.enum_types_by_name[stack[1]]
            assert owner.values_by_name[found[1]].number == int(found[2]), line
    assert message == "TensorShapeProto" and not stack


def main():
    program = str(Path(sys.argv[1]).resolve())
    check_messages()
    failures = 0
    for name, (write, options) in CASES.items():
        try:
            worst, kinds = check(program, name, write, options)
            print(f"ok    {name}: {', '.join(kinds)}; largest difference {worst:.1e}")
        except Exception as error:
            failures += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}")
    block = re.search(r"```python\n(.*?)\n```", (TOP / "docs/onnx.md").read_text(), re.DOTALL)[1]
    if block != printed.get(("categories alone", "raw")):
        failures += 1
        print("FAIL  the lines of docs/onnx.md are not those that export prints")
    print(f"{failures} failures in {len(CASES)} cases (onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__})")
    sys.exit(1 if failures else 0)


main()
