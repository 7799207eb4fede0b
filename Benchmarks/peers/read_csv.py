"""Seconds that a reader takes for a CSV file of floats and a label, into arrays; or makes such a file."""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("reader", choices=["pandas", "pyarrow", "polars", "make"])
parser.add_argument("file")
parser.add_argument("--rows", type=int, default=400_000)
options = parser.parse_args()
THREADS = 2
# Read when polars is imported.
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import numpy as np


def make(path, rows, columns=54, classes=7):
    generator = np.random.default_rng(0)
    with open(path, "w") as file:
        file.write(",".join([*(f"c{i}" for i in range(columns)), "label"]) + "\n")
        for start in range(0, rows, 20_000):
            count = min(20_000, rows - start)
            table = np.column_stack(
                [generator.standard_normal((count, columns)), generator.integers(0, classes, count)]
            )
            np.savetxt(file, table, fmt=["%.6g"] * columns + ["%d"], delimiter=",")


if options.reader == "make":
    make(options.file, options.rows)
    raise SystemExit

if options.reader == "pandas":
    import pandas

    names = pandas.read_csv(options.file, nrows=0).columns
    types = {name: np.float32 for name in names[:-1]} | {names[-1]: np.int64}

    def read():
        # The C engine has one thread.
        table = pandas.read_csv(options.file, engine="c", dtype=types)
        return table.iloc[:, :-1].to_numpy(), table.iloc[:, -1].to_numpy()

    version = pandas.__version__
elif options.reader == "pyarrow":
    import pyarrow
    from pyarrow import csv

    pyarrow.set_cpu_count(THREADS)

    def read():
        # Without a copy into one matrix: columns as they are.
        return csv.read_csv(options.file)

    version = pyarrow.__version__
else:
    import polars

    def read():
        return polars.read_csv(options.file)

    version = polars.__version__

times = []
for _ in range(4):
    start = time.perf_counter()
    read()
    times.append(time.perf_counter() - start)
# The first reading brings the file into memory.
print(json.dumps({"seconds": sorted(times[1:])[1], "version": f"{options.reader} {version}"}))
