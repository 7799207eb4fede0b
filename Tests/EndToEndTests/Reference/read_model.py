"""A reader of model.safetensors by nothing but docs/formats.md, in plain Python: prints the confusion matrix of a CSV
file (rows: true classes, columns: predictions). read_model.py MODEL CSV LABEL

With temperatures behind them: the mean log loss of calibrated probabilities at each. Samples of a class of weight 0 have
no probability, and are left out."""

import bisect
import csv
import json
import math
import statistics
import struct
import sys

MISSING = {"", "NA"}


def load(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = struct.unpack(f"<{(end - start) // 4}f", data[8 + length + start : 8 + length + end])
        if len(entry["shape"]) == 2:
            rows, columns = entry["shape"]
            values = [values[row * columns : (row + 1) * columns] for row in range(rows)]
        tensors[name] = values
    assert metadata["format"] == "cw-dist-train" and metadata["format_version"] == "1"
    keys = ("model", "features", "classes", "columns", "class_weights", "class_counts")
    about = {key: json.loads(metadata[key]) for key in keys}
    about["prior_weights"] = json.loads(metadata["prior_weights"]) if "prior_weights" in metadata else None
    about["decision"] = json.loads(metadata["decision"]) if "decision" in metadata else None
    return tensors, about


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def rank(column, x):
    quantiles, last = column["quantiles"], sum(column["counts"]) - 1
    firsts = [sum(column["counts"][:place]) / last for place in range(len(quantiles))]
    lasts = [(sum(column["counts"][: place + 1]) - 1) / last for place in range(len(quantiles))]
    if x <= quantiles[0] or x >= quantiles[-1]:
        share = float(x > quantiles[0])
    else:
        place = bisect.bisect_right(quantiles, x) - 1
        share = (firsts[place] + lasts[place]) / 2
        if x > quantiles[place]:
            way = (x - quantiles[place]) / (quantiles[place + 1] - quantiles[place])
            share = lasts[place] + (firsts[place + 1] - lasts[place]) * way
    return float32(statistics.NormalDist().inv_cdf(min(max(share, 1e-7), 1 - 1e-7)))


def encode(column, text):
    missing = text in MISSING
    if column["kind"] in ("numeric", "piecewise"):
        offset = column.get("offset", 0)
        x = column["fill"] if missing else float32(float(text) - offset) + offset
        features = [float32((x - column["mean"]) / column["scale"])]
        edges = column.get("edges", [])
        for bin, (left, right) in enumerate(zip(edges, edges[1:])):
            share = (x - left) / (right - left)
            share = share if bin == 0 else max(share, 0)
            features.append(float32(share if bin == len(edges) - 2 else min(share, 1)))
    elif column["kind"] == "level":
        levels = column["levels"]
        if missing and column["marks_missing"]:
            return [len(levels) + 1]
        return [levels.index(text) if not missing and text in levels else len(levels)]
    elif column["kind"] == "quantile":
        offset = column.get("offset", 0)
        features = [0.0 if missing else rank(column, float32(float(text) - offset) + offset)]
    elif column["kind"] == "one-hot":
        features = [float(not missing and text == level) for level in column["levels"]]
        if column.get("other"):
            features.append(float(not missing and text not in column["levels"]))
    else:
        features = [0.0] * column["count"]
        if not missing:
            features[fnv1a(text) // 2 % column["count"]] = 1.0
    return features + ([float(missing)] if column["marks_missing"] else [])


def activate(kind, x):
    if kind == "relu":
        return max(x, 0.0)
    return math.tanh(x) if kind == "tanh" else x * (1 + math.erf(x / math.sqrt(2))) / 2


def embed(tensors, model, features, prefix=""):
    """What layer 0 takes of the features of a row."""
    if not model.get("embedding"):
        return features
    (numbers, feature, row, outputs) = (0, 0, 0, [])
    for column in model["embedding"]["columns"]:
        if "table" in column:
            table = tensors[f"{prefix}embeddings.{column['table']['name']}.weight"]
            assert len(table) == column["table"]["rows"]
            outputs += table[int(features[feature])]
            feature += 1
            continue
        y = list(tensors[f"{prefix}embeddings.bias"][numbers])
        for _ in range(column["numbers"]["features"]):
            weights = tensors[f"{prefix}embeddings.weight"][row]
            y = [sum_ + features[feature] * weight for sum_, weight in zip(y, weights)]
            feature, row = feature + 1, row + 1
        outputs += y
        numbers += 1
    assert feature == len(features)
    return outputs


def logits(tensors, model, a):
    a = embed(tensors, model, a)
    layers = len(model["hidden"]) + 1
    for layer in range(layers):
        weight, bias = tensors[f"layers.{layer}.weight"], tensors[f"layers.{layer}.bias"]
        a = [sum(w * x for w, x in zip(row, a)) + b for row, b in zip(weight, bias)]
        if layer < layers - 1:
            a = [activate(model["activation"], x) for x in a]
    return a


def log_probability(about, z, truth, temperature):
    """Of the true class, by the rule "calibrated"; None where the class has none."""
    weights = about["prior_weights"] or about["class_weights"] or [1 / n if n else 0 for n in about["class_counts"]]
    if weights[truth] == 0:
        return None
    a = [(x - math.log(w)) / temperature if w > 0 else -math.inf for x, w in zip(z, weights)]
    return a[truth] - max(a) - math.log(sum(math.exp(x - max(a)) for x in a))


def decide(about, z):
    offsets = about["decision"]["offsets"] if about["decision"] else [0] * len(z)
    shifted = [x + o for x, o in zip(z, offsets)]
    return shifted.index(max(shifted))


def main():
    model_path, csv_path, label = sys.argv[1:4]
    temperatures = [float(text) for text in sys.argv[4:]]
    tensors, about = load(model_path)
    classes = about["classes"]
    counts = [[0] * len(classes) for _ in classes]
    likelihoods = []
    for row in csv.DictReader(open(csv_path, newline="")):
        features = [x for column in about["columns"] for x in encode(column, row[column["name"]])]
        assert len(features) == about["model"]["featureCount"] == len(about["features"])
        z = logits(tensors, about["model"], features)
        truth = classes.index(row[label])
        counts[truth][decide(about, z)] += 1
        likelihoods.append([log_probability(about, z, truth, t) for t in temperatures])
    if temperatures:
        counted = [row for row in likelihoods if None not in row]
        print(json.dumps([-sum(column) / len(counted) for column in zip(*counted)]))
    else:
        print(json.dumps(counts))


if __name__ == "__main__":
    main()
