"""Compares how well cw-dist-train and its peers find the classes of tables: see launch/bench --quality.

Every table is split five times, by class; each contender reads the training part as a file, in a process of its own, and
writes predictions for the rest. What is measured goes to a cache, a line each; what is there already is not measured again.
"""

import argparse
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "Benchmarks" / "quality"))
from cache import Cache
from contenders import contenders
from measuring import measured
from report import report
from tables import SPLITS, TABLES, WIDE, own_table, split


parser = argparse.ArgumentParser(prog="launch/bench --quality", description=__doc__)
parser.add_argument("--program", type=Path, required=True, help="the built program")
parser.add_argument("--data", type=Path, default=TOP.parent / "shared" / "data", help="folder of the tables")
parser.add_argument("--work", type=Path, default=TOP / ".build" / "quality", help="folder for splits and runs")
parser.add_argument("--cache", type=Path, help="file of what was measured (default: cache.jsonl in --work)")
parser.add_argument(
    "--only",
    type=lambda text: text.split(","),
    help="these tables: NAME,…; another name is that of a table of yours, NAME.csv in --data, comma-separated, with names of "
    "columns in the first line and the label in the last column",
)
parser.add_argument("--wide", action="store_true", help="tables of many columns (Benchmarks/quality/wide.py); into quality-wide.md")
parser.add_argument("--splits", type=lambda text: range(int(text)), default=range(SPLITS), help="the first so many splits")
parser.add_argument(
    "--contenders",
    type=lambda text: text.split(","),
    help="these alone, in the report, too: NAME,… (ours, peers: all of them)",
)
parser.add_argument("--variant", action="append", default=[], help='one more of ours: "NAME=OPTIONS"')
parser.add_argument("--cores", type=int, default=2, help="cores that each may use")
parser.add_argument("--limit", type=float, default=1800, help="seconds after which a contender is ended, and has failed")
parser.add_argument("--again", action="store_true", help="measure what is in the cache, too")
parser.add_argument("--retime", action="store_true", help="measure seconds alone, on a machine that does nothing else")
parser.add_argument("--report", action="store_true", help="measure nothing, write the report")
parser.add_argument("--output", type=Path, help="file of the report (default: quality.md, in Benchmarks)")
options = parser.parse_args()

everyone = contenders(options.program.resolve(), options.variant)
groups = {
    "ours": [name for name, contender in everyone.items() if contender.is_ours],
    "peers": [name for name, contender in everyone.items() if not contender.is_ours],
}
chosen = [name for entry in options.contenders or everyone for name in groups.get(entry, [entry])]
for name in chosen:
    if name not in everyone:
        parser.error(f"no contender is called “{name}”: there are {'; '.join(everyone)}")
tables = []
ours = [*TABLES, *WIDE]
for name in options.only or (WIDE if options.wide else TABLES):
    path = options.data / f"{name}.csv"
    if name not in ours and not path.exists():
        parser.error(f"no table is called “{name}”, and there is no {path}: there are {', '.join(ours)}")
    tables.append(name if name in ours else own_table(path))
output = options.output or TOP / "Benchmarks" / ("quality-wide.md" if options.wide else "quality.md")


cache = Cache(options.cache or options.work / "cache.jsonl")
if not options.report:
    # Split by split, so that what is cut off early has every table.
    for number in options.splits:
        for table in tables:
            for name in chosen:
                known = cache.timings if options.retime else cache.figures
                if (table, number, name) in known and not options.again:
                    continue
                part = split(table, number, options.data, options.work / "splits")
                found = measured(everyone[name], part, options.cores, options.limit)
                line = {"table": table, "split": number, "contender": name} | found
                if options.retime:
                    if "failed" in found:
                        print(f"{table} {number} {name}: {found['failed']}", file=sys.stderr, flush=True)
                        continue
                    line = {key: line[key] for key in ("table", "split", "contender", "seconds", "cores", "date")}
                    line["timing"] = True
                cache.add(line)
                shown = line.get("failed") or f"{line.get('balanced_accuracy', 0):.4f} {line['seconds']:.1f} s"
                print(f"{table} {number} {name}: {shown}", file=sys.stderr, flush=True)

output.write_text(report(cache, chosen, tables, options.splits))
print(f"written to {output}", file=sys.stderr)
