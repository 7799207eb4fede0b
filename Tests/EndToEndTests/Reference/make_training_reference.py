#!/usr/bin/env python3
"""Makes the figures that TrainingReferenceTests compares with: weights after some epochs of
training, in float64, by PyTorch's own losses and optimizers on whole global batches.

    pip install "torch==2.13.0+cpu" numpy safetensors
    python3 make_training_reference.py

writes features.npy, labels.npy, ignored_labels.npy, linear.safetensors, mlp.safetensors and
training_reference.json beside itself. PyTorch knows nothing of shards: the order of an
epoch (sample j of shard v has the key (2j+1)/(2n)) is all that is repeated here.
"""

import itertools
import json
import math
import pathlib
from fractions import Fraction

import numpy as np
import torch
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent
N, D, C, HIDDEN = 203, 6, 4, 8
V, B, EPOCHS = 8, 26, 4
EXPLICIT = [0.5, 1.0, 3.0, 7.25]
IGNORED = 9

random = np.random.default_rng(20)
labels = random.permutation(np.repeat(np.arange(C), [140, 40, 16, 7]))
centers = random.normal(size=(C, D))
features = (centers[labels] + random.normal(size=(N, D))).astype(np.float32)
ignored_labels = np.where(random.random(N) < 0.15, IGNORED, labels)


def linear_parameters(inputs, outputs):
    bound = 1 / math.sqrt(inputs)
    return (
        random.uniform(-bound, bound, size=(outputs, inputs)).astype(np.float32),
        random.uniform(-bound, bound, size=outputs).astype(np.float32),
    )


INITIAL = {
    "linear": [linear_parameters(D, C)],
    "mlp": [linear_parameters(D, HIDDEN), linear_parameters(HIDDEN, C)],
}


def part(index, total, count):
    return index * total // count, (index + 1) * total // count


def batches(accumulate):
    """The rows of each step: a batch is B samples of the epoch's order, a step some batches."""
    shards = [range(*part(v, N, V)) for v in range(V)]
    order = sorted((Fraction(2 * j + 1, 2 * len(rows)), v, row) for v, rows in enumerate(shards) for j, row in enumerate(rows))
    for start in range(0, N, B * accumulate):
        yield [row for _, _, row in order[start : start + B * accumulate]]


def class_weights(scheme, counts):
    n = counts.double()
    if scheme == "none":
        return torch.ones_like(n)
    if scheme in ("inverse", "per-batch"):
        return torch.where(n > 0, 1 / n, 0)
    if scheme == "balanced":
        return n.sum() / ((n > 0).sum() * n)
    if scheme == "smoothed":
        return 1.1 / (n + 0.1)
    return torch.tensor(EXPLICIT, dtype=torch.float64)


def learning_rate(case, step, total):
    peak, warmup = case.get("learning_rate", 0.01), case.get("warmup", 0)
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / (total - warmup)
    return {
        "constant": peak,
        "linear": peak * (1 - progress),
        "cosine": peak * (1 + math.cos(math.pi * progress)) / 2,
    }[case.get("schedule", "constant")]


def sum_of_losses(case, z, y, weights, counts, ignore_index):
    """Of a batch, as the papers have them (see Tests/KernelsTests/Reference/make_loss_reference.py)."""
    loss, n = case.get("loss", "cross-entropy"), counts.double()
    if loss == "focal":
        kept = y != ignore_index
        log_p = torch.nn.functional.log_softmax(z[kept], dim=1).gather(1, y[kept][:, None])[:, 0]
        return (weights[y[kept]] * (1 - log_p.exp()) ** case.get("gamma", 2) * -log_p).sum()
    if loss in ("balanced-softmax", "logit-adjusted"):
        z = z + case.get("tau", 1) * (n / n.sum()).log()
    if loss == "ldam":
        margins = case.get("margin", 0.5) * case.get("scale", 30) * (n.min() / n) ** 0.25
        z = z - torch.nn.functional.one_hot(torch.where(y == ignore_index, 0, y), C) * margins
    return torch.nn.functional.cross_entropy(
        z, y, weight=weights, ignore_index=ignore_index, label_smoothing=case["smoothing"], reduction="sum"
    )


def train(case):
    y_all = torch.tensor(ignored_labels if case.get("ignore") else labels)
    x_all = torch.tensor(features, dtype=torch.float64)
    ignore_index = IGNORED if case.get("ignore") else -100
    kept = y_all[y_all != ignore_index]
    counts = torch.bincount(kept, minlength=C)

    parameters = [
        torch.tensor(array, dtype=torch.float64, requires_grad=True)
        for layer in INITIAL[case["model"]]
        for array in layer
    ]
    decay = case.get("weight_decay", 0)
    optimizer = {
        "adam": lambda: torch.optim.Adam(parameters, weight_decay=decay),
        "adamw": lambda: torch.optim.AdamW(parameters, weight_decay=decay),
        "sgd": lambda: torch.optim.SGD(parameters, lr=1, momentum=case.get("momentum", 0), weight_decay=decay),
    }[case["optimizer"]]()

    accumulate = case.get("accumulate", 1)
    steps = list(batches(accumulate))
    total = case.get("epochs", EPOCHS) * len(steps)
    for number in range(total):
        rows = steps[number % len(steps)]
        x, y = x_all[rows], y_all[rows]
        kept = y[y != ignore_index]
        scheme = case["scheme"]
        weights = class_weights(scheme, torch.bincount(kept, minlength=C) if scheme == "per-batch" else counts)
        if number // len(steps) + 1 < case.get("reweight_from", 1):
            weights = torch.ones_like(weights)

        for layer in range(0, len(parameters), 2):
            x = x @ parameters[layer].T + parameters[layer + 1]
            if layer + 2 < len(parameters):
                x = {"relu": torch.relu, "tanh": torch.tanh, "gelu": torch.nn.functional.gelu}[
                    case.get("activation", "relu")
                ](x)
        loss = sum_of_losses(case, x, y, weights, counts, ignore_index)
        divisor = {"weights": weights[kept].sum(), "count": len(kept), "sum": 1}[case["normalization"]]
        optimizer.zero_grad()
        (loss / divisor).backward()
        if "clip" in case:
            torch.nn.utils.clip_grad_norm_(parameters, case["clip"])
        optimizer.param_groups[0]["lr"] = learning_rate(case, number, total)
        optimizer.step()
    return [p.detach().flatten().tolist() for p in parameters]


def arguments(case):
    scheme = case["scheme"]
    options = {
        "class-weights": ",".join(map(str, EXPLICIT)) if scheme == "explicit" else scheme,
        "label-smoothing": case["smoothing"],
        "optimizer": case["optimizer"],
        "loss-normalization": case["normalization"],
        "learning-rate": case.get("learning_rate", 0.01),
        "weight-decay": case.get("weight_decay", 0),
        "momentum": case.get("momentum", 0),
        "accumulate": case.get("accumulate", 1),
        "schedule": case.get("schedule", "constant"),
        "warmup-steps": case.get("warmup", 0),
    }
    if case["model"] == "mlp":
        options |= {"hidden": HIDDEN, "activation": case.get("activation", "relu")}
    names = {
        "loss": "loss", "gamma": "focal-gamma", "tau": "logit-tau", "margin": "ldam-margin", "scale": "ldam-scale",
        "reweight_from": "reweight-from-epoch", "epochs": "epochs",
    }
    options |= {option: case[key] for key, option in names.items() if key in case}
    if case.get("ignore"):
        options["ignore-index"] = IGNORED
    if "clip" in case:
        options["clip-norm"] = case["clip"]
    return [f"--{key}={value}" for key, value in options.items()]


OPTIMIZERS = {
    "adam": {"optimizer": "adam", "weight_decay": 0.001},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
    "sgd": {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.001},
}
cases = [
    {"model": "linear", "scheme": scheme, "smoothing": smoothing, "normalization": normalization, **OPTIMIZERS[kind]}
    for scheme, smoothing, kind, normalization in itertools.product(
        ["none", "inverse", "balanced", "smoothed", "per-batch", "explicit"],
        [0, 0.1],
        OPTIMIZERS,
        ["weights", "count", "sum"],
    )
]
base = {"scheme": "balanced", "smoothing": 0, "normalization": "weights", **OPTIMIZERS["adam"]}
cases += [
    {**base, "model": "mlp"},
    {**base, "model": "mlp", "activation": "tanh", "smoothing": 0.1},
    {**base, "model": "mlp", "activation": "gelu", "scheme": "per-batch"},
    {**base, "model": "mlp", "clip": 0.1, **OPTIMIZERS["sgd"]},
    {**base, "model": "mlp", "accumulate": 3, "schedule": "cosine", "warmup": 3},
    {**base, "model": "linear", "clip": 0.05, "schedule": "linear"},
    {**base, "model": "linear", "ignore": True},
    {**base, "model": "linear", "ignore": True, "scheme": "per-batch", "smoothing": 0.1},
    {**base, "model": "linear", "ignore": True, "normalization": "count", "smoothing": 0.1},
    {**base, "model": "linear", "accumulate": 2, "scheme": "per-batch"},
]
LOSSES = [
    {"loss": "focal"}, {"loss": "focal", "gamma": 0.5}, {"loss": "balanced-softmax"}, {"loss": "logit-adjusted", "tau": 1.5},
    {"loss": "ldam"}, {"loss": "ldam", "margin": 1.0, "scale": 4.0},
]
# 8 steps an epoch: 64 of them.
long = {**base, "epochs": 8}
cases += [
    {**long, "model": model, **loss, "scheme": scheme, "normalization": normalization, **OPTIMIZERS[kind]}
    for model, loss, (scheme, normalization, kind) in itertools.product(
        ["linear", "mlp"],
        LOSSES,
        [("none", "weights", "adam"), ("balanced", "count", "sgd"), ("per-batch", "weights", "adamw")],
    )
]
cases += [{**long, "model": "linear", **loss, "ignore": True} for loss in LOSSES]
cases += [{**long, "model": "linear", **loss, "smoothing": 0.1, "normalization": "sum"} for loss in LOSSES[2:]]
cases += [
    {**long, "model": "linear", "loss": "ldam", "reweight_from": 5},
    {**long, "model": "mlp", "loss": "ldam", "scheme": "per-batch", "reweight_from": 4},
    {**long, "model": "linear", "reweight_from": 8, "accumulate": 2},
]

np.save(HERE / "features.npy", features)
np.save(HERE / "labels.npy", labels.astype(np.int64))
np.save(HERE / "ignored_labels.npy", ignored_labels.astype(np.int32))
for model, layers in INITIAL.items():
    tensors = {}
    for index, (weight, bias) in enumerate(layers):
        tensors |= {f"layers.{index}.weight": weight, f"layers.{index}.bias": bias}
    save_file(tensors, HERE / f"{model}.safetensors")


def name(case):
    known = ("model", "scheme", "smoothing", "optimizer", "normalization")
    extras = [f"{key} {value}" for key, value in case.items() if key not in (*known, "weight_decay", "momentum")]
    return " ".join([str(case[key]) for key in known] + extras)


reference = {
    "common": ["--shards", str(V), "--batch-size", str(B), "--epochs", str(EPOCHS), "--sampler", "sequential", "--standardize", "no"],
    "cases": [
        {
            "name": name(case),
            "model": case["model"],
            "labels": "ignored_labels.npy" if case.get("ignore") else "labels.npy",
            "arguments": arguments(case),
            "parameters": train(case),
        }
        for case in cases
    ],
}
(HERE / "training_reference.json").write_text(json.dumps(reference, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
print(len(cases), "cases")
