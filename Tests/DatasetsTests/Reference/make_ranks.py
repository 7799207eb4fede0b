"""Writes ranks.json: columns, and what scikit-learn's QuantileTransformer makes of numbers by them (scikit-learn 1.9.1)."""
import json
import pathlib

import numpy as np
from sklearn.preprocessing import QuantileTransformer

random = np.random.default_rng(7)
columns = {
    "few values": random.normal(size=60),
    "many values": random.normal(size=1500) ** 3,
    "ties": random.integers(-3, 4, size=1300).astype(float),
    "two values": np.r_[np.zeros(30), np.ones(10)],
    "two samples": np.array([-2.0, 5.0]),
}
cases = []
for name, values in columns.items():
    values = values.astype(np.float32).astype(np.float64)
    transformer = QuantileTransformer(
        n_quantiles=min(1000, len(values)), output_distribution="normal", subsample=None
    ).fit(values[:, None])
    # Not within 1e-7 of the least and the largest: scikit-learn counts such numbers as these.
    inputs = np.unique(np.r_[values[:40], np.linspace(values.min() - 1, values.max() + 1, 37), values.min(), values.max()])
    inputs = inputs.astype(np.float32).astype(np.float64)
    cases.append({
        "name": name, "values": values.tolist(), "inputs": inputs.tolist(),
        "outputs": transformer.transform(inputs[:, None])[:, 0].tolist(),
    })
pathlib.Path(__file__).with_name("ranks.json").write_text(json.dumps(cases, indent=0) + "\n")
