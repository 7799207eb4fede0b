"""Compares the answers to imbalance with each other, on tables: see launch/bench --imbalance.

Every table is split five times, by class; each choice trains one network on the training part, and is judged by the rest.
What is measured goes to a cache, a line each; what is there already is not measured again.
"""

import argparse
import statistics
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "Benchmarks" / "quality"))
from cache import Cache
from choices import CHOICES, COMMON, REFERENCE
from contenders import Contender
from measuring import measured
from report import Comparison, machine, markdown, ranks
from tables import SPLITS, load, split

# Those whose largest class has eight times the rows of the smallest, or more; the largest are left out for their time.
SKEWED = [
    "allrep", "coil2000", "solar_flare_2", "wine_quality_red", "ecoli", "glass", "yeast", "car", "ann_thyroid", "shuttle",
]  # fmt: skip
EVEN = ["cmc", "german", "phoneme", "vehicle", "splice", "chess"]

FIGURES = [
    ("balanced_accuracy", "balanced accuracy", True),
    ("macro_f1", "macro F1", True),
    ("rarest_recall", "recall of the rarest", True),
    ("log_loss", "log loss", False),
]

EXPLANATION = f"""
Each table is split by class up to five times, a quarter held out. Each choice trains with `{" ".join(COMMON)}` and its own
options on the training part, and is judged by the rest. Log loss is that of `predict --probabilities prior`, which undoes
what the choice does to the classes' frequencies. Figures are means over splits and tables; ranks are among the choices of
each table, 1 the best. “Better” and “worse” are tables where the mean over the splits differs from that of
“{REFERENCE}” by more than 0.01. Thresholds and τ are found on a fifth of the training part, which these three do not train on.
"""

parser = argparse.ArgumentParser(prog="launch/bench --imbalance", description=__doc__)
parser.add_argument("--program", type=Path, required=True, help="the built program")
parser.add_argument("--data", type=Path, default=TOP.parent / "shared" / "data", help="folder of the tables")
parser.add_argument("--work", type=Path, default=TOP / ".build" / "quality", help="folder for splits and runs")
parser.add_argument("--cache", type=Path, help="file of what was measured (default: imbalance.jsonl in --work)")
parser.add_argument("--only", type=lambda text: text.split(","), default=SKEWED + EVEN, help="these tables: NAME,…")
parser.add_argument("--splits", type=lambda text: range(int(text)), default=range(SPLITS), help="the first so many splits")
parser.add_argument("--cores", type=int, default=1, help="ranks of each run")
parser.add_argument("--limit", type=float, default=600, help="seconds after which a run is ended, and has failed")
parser.add_argument("--output", type=Path, default=TOP / "Benchmarks" / "imbalance.md", help="file of the report")
options = parser.parse_args()


def skew(table):
    """Rows of the largest class over those of the smallest."""
    _, rows = load(table, options.data)
    counts = {}
    for row in rows:
        counts[row[-1]] = counts.get(row[-1], 0) + 1
    return max(counts.values()) / min(counts.values())


def summary(comparison, tables):
    """A line for each choice: means, mean ranks, and where it is better and worse than the reference."""
    rows = {name: [name] for name in comparison.contenders}
    for figure, _, larger in FIGURES:
        of = {table: {n: comparison.mean(figure, table, n) for n in comparison.contenders} for table in tables}
        places = [dict(zip(values, ranks(values.values(), larger))) for values in of.values()]
        best = (max if larger else min)(statistics.mean(of[t][n] for t in tables) for n in comparison.contenders)
        for name in comparison.contenders:
            mean = statistics.mean(of[table][name] for table in tables)
            shown = f"{mean:.4f}"
            rows[name] += [f"**{shown}**" if mean == best else shown, f"{statistics.mean(p[name] for p in places):.1f}"]
    for figure in ("balanced_accuracy", "macro_f1"):
        for name in comparison.contenders:
            found = [comparison.mean(figure, t, name) - comparison.mean(figure, t, REFERENCE) for t in tables]
            rows[name].append(f"{sum(x > 0.01 for x in found)} / {sum(x < -0.01 for x in found)}")
    header = ["choice", *(word for _, title, _ in FIGURES for word in (title, "rank"))]
    return markdown([*header, "better / worse, balanced", "better / worse, F1"], rows.values())


cache = Cache(options.cache or options.work / "imbalance.jsonl")
choices = [
    Contender(name, [*COMMON, *own], options.program.resolve(), probabilities="prior") for name, own in CHOICES.items()
]
# Split by split, so that what is cut off early has every table.
for number in options.splits:
    for table in options.only:
        part = split(table, number, options.data, options.work / "splits")
        for choice in choices:
            if "failed" not in cache.figures.get((table, number, choice.name), {"failed": "not measured"}):
                continue
            found = measured(choice, part, options.cores, options.limit)
            cache.add({"table": table, "split": number, "contender": choice.name} | found)
            print(f"{table} {number} {choice.name}: {found.get('failed') or found['balanced_accuracy']}", flush=True)

parts = ["# What launch/bench --imbalance measured", machine(cache), EXPLANATION.strip()]
for title, tables in (("Skewed tables", SKEWED), ("Tables that are nearly even", EVEN)):
    comparison = Comparison(cache, list(CHOICES), [table for table in tables if table in options.only], options.splits)
    compared = comparison.compared
    if not compared:
        continue
    named = ", ".join(f"{table} ({skew(table):,.0f} : 1)" for table in compared)
    splits = sorted({len(comparison.splits[table]) for table in compared})
    of_splits = "–".join(map(str, {splits[0]: 0, splits[-1]: 0}))
    parts += [f"## {title}", f"{named}; {of_splits} splits each.", summary(comparison, compared)]
    for table, lacking in comparison.missing.items():
        parts.append(f"Not compared: {table} ({'; '.join(f'{name}: {why}' for name, why in lacking.items())})")
options.output.write_text("\n\n".join(parts) + "\n")
print(f"written to {options.output}", file=sys.stderr)
