"""Prints the figures of IntervalTests.swift, by scipy: Wilson's interval, and that of Clopper and Pearson."""
from scipy.stats import binomtest

for count, total, level in [(0, 20, 0.95), (1, 20, 0.95), (10, 20, 0.95), (18, 20, 0.95), (20, 20, 0.95), (3, 7, 0.9),
                            (1, 1, 0.95), (480, 500, 0.99), (999_999, 1_000_000, 0.8), (17, 20, 0.5)]:
    test = binomtest(count, total)
    wilson = test.proportion_ci(level, method="wilson")
    exact = test.proportion_ci(level, method="exact")
    print(f"    ({count}, {total}, {level}, {float(wilson.low)!r}, {float(wilson.high)!r}),"
          f"  // exact: {float(exact.low):.4f} {float(exact.high):.4f}")
