#!/usr/bin/env python3
"""Makes the figures that LossReferenceTests compares with: sums of losses over a batch and their gradients with respect
to the logits, in float64, by PyTorch's cross_entropy and autograd.

    pip install "torch==2.13.0+cpu" numpy
    python3 make_loss_reference.py

writes loss_reference.json beside itself. Each loss is written as its paper has it, and not as the kernels have it.
"""

import itertools
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(16)


def focal(z, y, weights, counts, smoothing, gamma):
    """Lin et al. 2017: -alpha_t (1 - p_t)^gamma log p_t, of the softmax."""
    log_p = F.log_softmax(z, dim=1).gather(1, y[:, None])[:, 0]
    # 1 - p_t as the sum of the others, which float64 has to all digits.
    others = F.softmax(z, dim=1).scatter(1, y[:, None], 0).sum(dim=1).clamp(min=1e-300)
    return (weights[y] * others**gamma * -log_p).sum()


def prior(z, y, weights, counts, smoothing, tau):
    """Menon et al. 2021, Ren et al. 2020 (tau = 1): cross-entropy of z + tau log pi. A class without a sample
    counts as the most frequent one, so that its logit is lowered."""
    pi = torch.where(counts > 0, counts, counts.max()) / counts.sum()
    return F.cross_entropy(z + tau * pi.log(), y, weight=weights, label_smoothing=smoothing, reduction="sum")


def ldam(z, y, weights, counts, smoothing, margin, scale):
    """Cao et al. 2019, LDAMLoss of github.com/kaidic/LDAM-DRW, with x = z / s."""
    present = counts[counts > 0]
    m = 1 / counts.clamp(min=1) ** 0.25
    m = torch.where(counts > 0, m * (margin / (1 / present**0.25).max()), torch.full_like(m, margin))
    x = z / scale
    index = F.one_hot(y, z.shape[1]).bool()
    output = torch.where(index, x - m[y][:, None], x)
    return F.cross_entropy(scale * output, y, weight=weights, label_smoothing=smoothing, reduction="sum")


LOSSES = {"focal": focal, "balanced-softmax": prior, "logit-adjusted": prior, "ldam": ldam}
PARAMETERS = [
    ("focal", {"gamma": 0.0}), ("focal", {"gamma": 0.5}), ("focal", {"gamma": 2.0}), ("focal", {"gamma": 5.0}),
    ("balanced-softmax", {"tau": 1.0}), ("logit-adjusted", {"tau": 0.5}), ("logit-adjusted", {"tau": 2.0}),
    ("ldam", {"margin": 0.5, "scale": 30.0}), ("ldam", {"margin": 0.2, "scale": 1.0}),
]
SIZES = [(2, 5), (3, 16), (7, 33)]

cases = []
for (name, parameters), (classes, samples), spread, smoothing in itertools.product(PARAMETERS, SIZES, [1, 12, 1e4], [0, 0.1]):
    if name == "focal" and smoothing:
        continue
    counts = np.sort((10 ** random.uniform(0, 5, size=classes)).astype(int))[::-1].copy()
    if classes == 7:
        counts[5] = 0
    weights = random.uniform(0.2, 4, size=classes)
    weights[counts == 0] = 0
    logits = (spread * random.normal(size=(samples, classes))).astype(np.float32)
    labels = random.choice(np.flatnonzero(counts), size=samples)
    ignored = random.random(samples) < 0.2
    ignored[0] = False
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    rows = torch.tensor(np.flatnonzero(~ignored))
    loss = LOSSES[name](
        z[rows], torch.tensor(labels)[rows], torch.tensor(weights), torch.tensor(counts, dtype=torch.float64), smoothing, **parameters
    )
    loss.backward()
    cases.append(
        {
            "loss": name, "parameters": parameters, "smoothing": smoothing, "counts": counts.tolist(), "weights": weights.tolist(),
            "logits": logits.astype(float).tolist(), "labels": np.where(ignored, -1, labels).tolist(),
            "sum": loss.item(), "gradient": [[float(f"{g:.9g}") for g in row] for row in z.grad.tolist()],
        }
    )
text = json.dumps(cases, allow_nan=False, separators=(",", ":")).replace('{"loss"', '\n{"loss"')
(HERE / "loss_reference.json").write_text(text + "\n")
print(len(cases), "cases")
