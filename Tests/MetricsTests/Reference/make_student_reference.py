"""Prints the figures of ResampledTestTests.swift, by scipy."""
import numpy as np
from scipy import stats

for t, degrees in [(0.0, 1), (0.5, 1), (12.7, 1), (1e6, 1), (4.302652729911275, 2), (2.5, 2), (0.01, 4), (2.776, 4),
                   (30.0, 4), (1.0, 9), (2.262, 9), (8.0, 9), (1.96, 29), (3.3, 99), (0.2, 999), (6.0, 999)]:
    print(f"    ({t!r}, {float(degrees)!r}, {float(2 * stats.t.sf(t, degrees))!r}),")
d = np.array([0.031, 0.012, 0.004, 0.022, 0.017])
print("plain", float(stats.ttest_rel(d, np.zeros(5)).pvalue))
error = np.sqrt((1 / 5 + 0.25) * d.var(ddof=1))
print("corrected", float(2 * stats.t.sf(d.mean() / error, 4)))
