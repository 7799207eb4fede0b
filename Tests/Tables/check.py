"""Checks that a program reads tables as their writers meant them, or refuses and says what settles it.

    python3 check.py PROGRAM [--cases N] [--seed S] [--only KIND] [--skip KIND] [--kinds]

PROGRAM is the path of cw-dist-train, or a command that takes its place. For each case it runs
`PROGRAM weights FILE --json`, with no option, and compares what it reports with the truth (tables.py says what that is;
findings.py holds the fixed cases, which are run first). A case passes if the report is the truth, or if the program
ends with exit code 65, names options, and, run again with those options set to what is true, reports the truth. A clear
case must be read at once. What is read must be the same with another number of shards. Whatever else happens is a failure: it is printed as a short difference, and its file is kept
beside the truth. Exit code 1 if anything failed.

Kinds that pandas writes are left out, with a line that says so, where pandas is missing (pip install pandas).
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import findings
import tables

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", " ": "space"}
BAD_DATA = 65


@dataclass
class Answer:
    status: int
    report: dict | None
    errors: str
    command: list


def ask(program, path, options=(), seconds=60):
    """What the program says of a file."""
    command = [*program, "weights", str(path), "--json", *options]
    try:
        run = subprocess.run(command, capture_output=True, timeout=seconds, cwd=path.parent)
    except subprocess.TimeoutExpired:
        return Answer(-1, None, f"no answer within {seconds} s", command)
    errors = run.stderr.decode(errors="replace")
    if "\x1b" in errors:
        return Answer(-1, None, "control characters of the file reach the terminal: " + repr(errors[:200]), command)
    try:
        report = json.loads(run.stdout) if run.returncode == 0 else None
    except ValueError:
        return Answer(-1, None, "exit code 0, and no JSON: " + run.stdout.decode(errors="replace")[:200], command)
    return Answer(run.returncode, report, errors, command)


# Comparing


def same_text(one, other):
    """Spaces around a text do not count."""
    return one is not None and other is not None and str(one).strip() == str(other).strip()


# Features may be kept as 32-bit floats around an offset: so much of a column's spread may be lost, but none of what
# sets its values apart.
LOST_OF_SPREAD = 1e-6
LOST_OF_SIZE = 1e-12


def column_differences(expected, found):
    for key in ("missing", "level_count"):
        if key in expected and found.get(key) != expected[key]:
            yield f"{key} {expected[key]}", found.get(key)
    lowest, highest = expected.get("minimum", 0), expected.get("maximum", 0)
    tolerance = LOST_OF_SPREAD * (highest - lowest) + LOST_OF_SIZE * max(abs(lowest), abs(highest))
    for key in ("minimum", "maximum", "mean"):
        if key in expected:
            value = found.get(key)
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not abs(value - expected[key]) <= tolerance:
                yield f"{key} {expected[key]!r}", value
    if "levels" in expected:
        levels = [str(level).strip() for level in found.get("levels") or []]
        wanted = [level.strip() for level in expected["levels"]]
        if len(wanted) <= 100:
            if levels != wanted:
                yield f"levels {wanted[:6]}", levels[:6]
        elif len(levels) > 100 or not levels or set(levels) - set(wanted) or levels != sorted(levels, key=str.encode):
            yield f"100 of the levels {wanted[:6]}", levels[:6]


def differences(expected, report):
    """Pairs of what is true and what was reported; only what `expected` holds is compared."""
    found = report.get("table")
    if set(expected) == {"classes"}:
        # Of no text: nothing is said of its columns.
        found = {}
    elif not isinstance(found, dict):
        yield "an object \"table\"", found
        return
    if "rows" in expected and found.get("rows") != expected["rows"]:
        yield f"{expected['rows']} rows", found.get("rows")
    if "rows" in expected and report.get("samples", expected["rows"]) != expected["rows"]:
        yield f"{expected['rows']} samples", report.get("samples")
    if "header" in expected and found.get("header") is not expected["header"]:
        yield f"header {expected['header']}", found.get("header")
    if "delimiter" in expected and found.get("delimiter") not in (
        expected["delimiter"], DELIMITERS.get(expected["delimiter"])
    ):
        yield f"delimiter {expected['delimiter']!r}", found.get("delimiter")
    if expected.get("decimal") and found.get("decimal") not in (
        expected["decimal"], {".": "point", ",": "comma"}[expected["decimal"]]
    ):
        yield f"decimal {expected['decimal']!r}", found.get("decimal")
    if "classes" in expected:
        classes = {str(entry["name"]).strip(): entry["count"] for entry in report.get("classes", []) if entry["count"]}
        wanted = {str(name).strip(): count for name, count in expected["classes"].items()}
        if classes != wanted:
            yield f"classes {short(wanted)}", short(classes)
    label = expected.get("label") or {}
    found_label = found.get("label") or {}
    if label.get("name") is not None and not same_text(found_label.get("name"), label["name"]):
        yield f"label {label['name']!r}", found_label.get("name")
    if label.get("column") is not None and found_label.get("column") != label["column"]:
        yield f"label in column {label['column']}", found_label.get("column")
    left_out = sorted(entry.get("column") for entry in found.get("left_out") or [])
    if "left_out" in expected and left_out != expected["left_out"]:
        yield f"columns {expected['left_out']} left out", left_out
    if "columns" in expected:
        yield from columns_differences(expected["columns"], found.get("columns") or [], found_label)


def columns_differences(expected, found, label):
    if len(found) == len(expected) + 1 and found[-1].get("name") == label.get("name"):
        # The label may be listed, too.
        found = found[:-1]
    if len(found) != len(expected):
        yield f"{len(expected)} features", [column.get("name") for column in found]
        return
    for place, (wanted, column) in enumerate(zip(expected, found)):
        title = f"feature {place} ({wanted.get('name') or column.get('name')})"
        if wanted.get("name") is not None and not same_text(column.get("name"), wanted["name"]):
            yield f"{title}", column.get("name")
        if "kind" in wanted and column.get("kind") != wanted["kind"]:
            yield f"{title}: a {wanted['kind']}", column.get("kind")
            continue
        for one, other in column_differences(wanted, column):
            yield f"{title}: {one}", other


def short(value, most=6):
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value[key]}" for key in sorted(value)[:most]) + (", …" if len(value) > most else "")
    return value


# Following advice


def advised(errors, truth):
    """The options that a refusal names, set to what is true; empty where it names none of use."""
    options = []
    named = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", errors))
    offset = 1 if truth.get("left_out") else 0
    # By places: names of whole numbers would be taken for places of other columns.
    by_kind = defaultdict(list)
    for place, column in enumerate(truth["columns"]):
        by_kind[column["kind"]].append(str(place + offset))
    if "--header" in named:
        options += ["--header", "yes" if truth["header"] else "no"]
    if "--delimiter" in named and truth["delimiter"] in DELIMITERS:
        options += ["--delimiter", " " if truth["delimiter"] == " " else DELIMITERS[truth["delimiter"]]]
    if "--decimal" in named:
        options += ["--decimal", "comma" if truth["mark"] == "," else "point"]
    if "--quotes" in named:
        options += ["--quotes", "yes"]
    if "--categorical" in named and by_kind["category"]:
        options += ["--categorical", ",".join(by_kind["category"])]
    if "--numeric" in named and by_kind["number"]:
        options += ["--numeric", ",".join(by_kind["number"])]
    if "--drop" in named and truth.get("left_out"):
        options += ["--drop", ",".join(map(str, truth["left_out"]))]
    return options


@dataclass
class Outcome:
    case: object
    # "read", "settled" (refused; the advice settles it), "refused" (and no advice can settle it), "failed"
    result: str
    lines: list
    command: list


def same_by_shards(case, follow):
    """The failure where other shards than the usual ones lose something; else None."""
    shards = str([1, 2, 3, 5, 13, 31][len(case.data) % 6])
    answer = follow(["--shards", shards])
    if answer.status != 0:
        lines = [f"with --shards {shards}: exit code {answer.status}: {answer.errors.strip()[:400]}"]
    else:
        lines = [
            f"with --shards {shards}: true: {one}; reported: {other}"
            for one, other in differences(case.truth, answer.report)]
    return Outcome(case, "failed", lines, answer.command) if lines else None


def judge(case, answer, follow):
    """`follow`: asks again with options."""

    def failed(*lines):
        return Outcome(case, "failed", list(lines), answer.command)

    if answer.status == 0:
        found = list(differences(case.truth, answer.report))
        if found:
            return failed(*[f"true: {one}; reported: {other}" for one, other in found])
        return same_by_shards(case, follow) or Outcome(case, "read", [], answer.command)
    if answer.status != BAD_DATA:
        return failed(f"exit code {answer.status}: {answer.errors.strip()[:400]}")
    if case.clear:
        return failed(f"refused, and is clear: {answer.errors.strip()[:400]}")
    if not answer.errors.strip():
        return failed("refused without a word")
    options = []
    while answer.status == BAD_DATA:
        more = advised(answer.errors, case.truth)
        new = [part for name, value in zip(more[::2], more[1::2]) if name not in options for part in (name, value)]
        if not new:
            if not case.has_advice:
                return Outcome(case, "refused", [], answer.command)
            return failed(
                f"refused{' with ' + ' '.join(options) if options else ''}, and no option that it names settles it: "
                + answer.errors.strip()[:400])
        options += new
        answer = follow(options)
    if answer.status != 0:
        return failed(f"with {' '.join(options)}: exit code {answer.status}: {answer.errors.strip()[:400]}")
    expected = dict(case.truth)
    if "--drop" in options:
        expected.pop("left_out", None)
    found = list(differences(expected, answer.report))
    if found:
        return failed(*[f"with {' '.join(options)}: true: {one}; reported: {other}" for one, other in found])
    return Outcome(case, "settled", [], answer.command)


def finding_differences(expected, answer):
    found = list(differences({key: value for key, value in expected.items() if key != "said"}, answer.report))
    words = answer.errors + json.dumps([answer.report.get(key) for key in ("warnings", "notes")], ensure_ascii=False)
    if expected.get("said", "") not in words:
        found.append((f"a word of {expected['said']!r}", answer.errors.strip()[:200] or "nothing"))
    return found


def judge_finding(finding, answer):
    """Fixed cases say themselves whether they may be read, and whether they may be refused."""
    wanted = finding.refused
    if answer.status == 0:
        if not finding.expected:
            return Outcome(finding, "failed", [f"read, and must be refused: {summary(answer.report)}"], answer.command)
        tries = [finding_differences(expected, answer) for expected in finding.expected]
        if all(tries):
            lines = [f"true: {one}; reported: {other}" for one, other in min(tries, key=len)]
            return Outcome(finding, "failed", lines, answer.command)
        return Outcome(finding, "read", [], answer.command)
    if wanted is None:
        lines = [f"exit code {answer.status}, and must be read: {answer.errors.strip()[:400]}"]
        return Outcome(finding, "failed", lines, answer.command)
    if answer.status not in finding.statuses:
        lines = [f"exit code {answer.status}: {answer.errors.strip()[:400]}"]
        return Outcome(finding, "failed", lines, answer.command)
    if wanted not in answer.errors or not answer.errors.strip():
        lines = [f"refused without {wanted!r}: {answer.errors.strip()[:400]}"]
        return Outcome(finding, "failed", lines, answer.command)
    return Outcome(finding, "refused", [], answer.command)


def summary(report):
    table = report.get("table") or {}
    return f"{table.get('rows', report.get('samples'))} rows, header {table.get('header')}, " + ", ".join(
        f"{column.get('name')}: {column.get('kind')}" for column in table.get("columns", []))


# Running


class Runs:
    """Runs of one program, in a folder of its own; what fails stays there."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder

    def write(self, case, truth):
        path = self.folder / (case.name + case.suffix)
        path.write_bytes(case.data)
        path.with_name(case.name + ".truth.json").write_text(json.dumps(truth, indent=1))
        return path

    def remove(self, path, case):
        path.unlink()
        path.with_name(case.name + ".truth.json").unlink()

    def random(self, kind, seed, number):
        case = tables.random_case(kind, seed, number)
        path = self.write(case, case.truth)
        outcome = judge(case, ask(self.program, path), lambda options: ask(self.program, path, options))
        if outcome.result != "failed":
            self.remove(path, case)
        return outcome

    def fixed(self, finding):
        path = self.write(finding, {
            "alternatives": finding.expected, "refused": finding.refused, "status": finding.statuses[-1]})
        outcome = judge_finding(finding, ask(self.program, path, finding.options))
        if outcome.result != "failed":
            self.remove(path, finding)
        return outcome


def report_failure(outcome, folder):
    case = outcome.case
    print(f"\nFAILED {case.name}{' (clear)' if getattr(case, 'clear', False) else ''}")
    for line in outcome.lines[:6]:
        print(f"  {line}")
    if len(outcome.lines) > 6:
        print(f"  and {len(outcome.lines) - 6} more differences")
    for line in case.data[:600].decode("utf-8", "backslashreplace").splitlines()[:4]:
        print(f"  | {line[:150]}")
    print(f"  {shlex.join(outcome.command)}")


def print_summary(outcomes):
    """Refusals by kind: a reader that refuses everything would be of no use."""
    by_kind = defaultdict(Counter)
    for outcome in outcomes:
        counts = by_kind[outcome.case.kind]
        counts[outcome.result] += 1
        counts["clear"] += getattr(outcome.case, "clear", False)
    titles = ["cases", "clear", "read", "refused, settled by its advice", "refused", "failed"]
    width = max(len(kind) for kind in by_kind)
    print(f"\n{'kind':<{width}}  " + "  ".join(titles))
    rows = [*by_kind.items(), ("all", sum(by_kind.values(), Counter()))]
    for kind, counts in rows:
        results = [counts[key] for key in ("read", "settled", "refused", "failed")]
        figures = [sum(results), counts["clear"], *results]
        print(f"{kind:<{width}}  " + "  ".join(f"{figure:>{len(title)}}" for figure, title in zip(figures, titles)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", nargs="?")
    parser.add_argument("--cases", type=int, default=1000, help="random cases, over all kinds (default 1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append", metavar="KIND", help="findings, or a kind of table; may be repeated")
    parser.add_argument("--skip", action="append", default=[], metavar="KIND")
    parser.add_argument("--number", type=int, help="with --only: that case alone")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time (default 2)")
    parser.add_argument("--failures", type=int, default=25, help="print so many failures (default 25)")
    parser.add_argument("--folder", type=Path, help="where failing files are kept (default: a new one)")
    parser.add_argument("--kinds", action="store_true", help="names of the kinds, and nothing else")
    arguments = parser.parse_args()
    if arguments.kinds:
        print("\n".join(["findings", *tables.KINDS]))
        return 0
    if not arguments.program:
        parser.error("which program?")
    known = {"findings", *tables.KINDS}
    unknown = [kind for kind in (arguments.only or []) + arguments.skip if kind not in known]
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}; --kinds lists them")
    kinds = [kind for kind in arguments.only or ["findings", *tables.KINDS] if kind not in arguments.skip]
    missing = [kind for kind in kinds if tables.needs_pandas(kind) and not tables.HAS_PANDAS]
    if missing:
        print(f"pandas is not installed: left out {', '.join(missing)}")
        kinds = [kind for kind in kinds if kind not in missing]

    program = shlex.split(arguments.program)
    program = [os.path.abspath(part) if os.path.exists(part) else part for part in program]
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="tables-"))
    folder.mkdir(parents=True, exist_ok=True)
    runs = Runs(program, folder.resolve())

    jobs = []
    if "findings" in kinds:
        jobs += [lambda finding=finding: runs.fixed(finding) for finding in findings.FINDINGS]
    random_kinds = [kind for kind in kinds if kind != "findings"]
    if random_kinds:
        for place in range(arguments.cases if arguments.number is None else 1):
            kind = random_kinds[place % len(random_kinds)]
            number = place // len(random_kinds) if arguments.number is None else arguments.number
            jobs.append(lambda kind=kind, number=number: runs.random(kind, arguments.seed, number))
    outcomes = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for outcome in pool.map(lambda job: job(), jobs):
            outcomes.append(outcome)
            if outcome.result == "failed" and sum(one.result == "failed" for one in outcomes) <= arguments.failures:
                report_failure(outcome, folder)
                sys.stdout.flush()
    if not outcomes:
        print("no case was run")
        return 1
    print_summary(outcomes)
    failed = sum(outcome.result == "failed" for outcome in outcomes)
    if failed:
        print(f"\n{failed} of {len(outcomes)} cases failed; their files and truths are in {folder}")
    elif not arguments.folder:
        folder.rmdir()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
