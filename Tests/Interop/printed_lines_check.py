"""Runs the lines of Python that `export` prints, and compares what they give with `predict`.

    python3 printed_lines_check.py PROGRAM

PROGRAM is the path of cw-dist-train. Each table is written in another way: dates in several forms, thousands and decimal
commas, quotes that mean nothing, categories, minus signs of typesetters. Exit code 1 if a probability differs by more than 1e-5.
"""

import csv
import datetime
import io
import os
import random
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy

TOLERANCE = 1e-5


def dates(random_):
    """ISO dates, with and without a time and a zone, one that stands for none, and a missing one."""
    moment = datetime.datetime(2026, 1, 1) + datetime.timedelta(seconds=random_.randrange(10**7))
    forms = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S.25", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+02:00"]
    return random_.choice([moment.strftime(form) for form in forms] + ["9999-12-31", ""])


def german(number):
    return f"{number:,.1f}".replace(",", " ").replace(".", ",").replace(" ", ".")


# The delimiter, names, the fields of a row before its class, and the options of train.
TABLES = {
    "dates": (",", "when,n,kind", lambda r: [dates(r), f"{r.random():.3f}"], []),
    "semicolons": (";", "price;n;kind", lambda r: [german(r.uniform(1, 9_000)), str(r.randrange(9))], []),
    "quotes": (",", "pipe,n,kind", lambda r: [r.choice(['"u"', "u", '9" pipe']), f"{r.random():.3f}"], ["--quotes", "no"]),
    "categories": (",", "zip,color,kind", lambda r: [f"{r.randrange(30):05}", r.choice(["red", "green", ""])], []),
    "dollars": (",", "price,share,kind", lambda r: [f'"${r.randrange(1, 9_000):,}"', f"{r.randrange(100)} %"], []),
    "minus": (",", "x,n,kind", lambda r: [f"{r.gauss(0, 1):.2f}".replace("-", "\u2212"), f"{r.random():.3f}"], []),
}


def main(program):
    failures = 0
    for name, (delimiter, names, fields, options) in TABLES.items():
        random_ = random.Random(5)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            rows = [delimiter.join([*fields(random_), random_.choice("ab")]) for _ in range(300)]
            Path("rows.csv").write_text("\n".join([names, *rows, ""]), encoding="utf-8")

            def run(*arguments):
                result = subprocess.run([program, *arguments], capture_output=True, text=True)
                assert result.returncode == 0, f"{arguments}: {result.returncode} {result.stderr}"
                return result.stdout

            run("rows.csv", "--recipe", "plain", "--quiet", "--run-dir", "run", *options)
            printed = run("export", "run", "model.onnx").splitlines()
            start = next(i for i, line in enumerate(printed) if line.strip().startswith("import "))
            end = next(i for i, line in enumerate(printed) if line.strip().startswith("label, probabilities = "))
            scope = {}
            exec(textwrap.dedent("\n".join(printed[start : end + 1])), scope)
            predicted = list(csv.reader(io.StringIO(run("predict", "run", "rows.csv", "--quiet"))))
            expected = numpy.array([[float(field) for field in line[1:]] for line in predicted[1:]])
            found = numpy.asarray(scope["probabilities"])
            difference = abs(found - expected).max() if found.shape == expected.shape else numpy.inf
            print(f"printed lines: {name}: probabilities differ by at most {difference:.1e}")
            failures += not difference <= TOLERANCE
            os.chdir("/")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
