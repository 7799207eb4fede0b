"""Stands in for the program, to test the checker: `python3 mock_reader.py MODE weights FILE --json`.

MODE is `truth` (knows it from the file that the checker keeps beside each table), `refuse` (until --header is said),
`refuse-always`, `refuse-mutely`, `crash`, `pandas` (pandas.read_csv, as one types it), or one of `MISTAKES`.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path


def report(truth):
    """What the program prints for this truth."""
    label = truth.get("label") or {}
    columns = [dict(column) for column in truth.get("columns", [])]
    for place, column in enumerate(columns):
        column["name"] = column["name"] or f"x{place}"
        if "levels" in column:
            column["levels"] = column["levels"][:100]
    return {
        "samples": truth.get("rows"),
        "classes": [{"name": name, "count": count} for name, count in truth.get("classes", {}).items()],
        "table": {
            "rows": truth.get("rows"), "delimiter": truth.get("delimiter"), "header": truth.get("header"),
            "decimal": truth.get("decimal") or ".",
            "label": {"name": label.get("name") or "last", "column": label.get("column")}, "columns": columns,
            "left_out": [{"name": "", "column": place, "reason": "numbers the rows"} for place in truth.get("left_out", [])]}}


def numbers(found):
    return [column for column in found["table"]["columns"] if "mean" in column]


def categories(found):
    return [column for column in found["table"]["columns"] if "levels" in column]


def lose_row(found):
    found["table"]["rows"] -= 1
    found["samples"] -= 1


def header_as_class(found):
    found["classes"].append({"name": found["table"]["label"]["name"], "count": 1})


def wrong_count(found):
    found["classes"][0]["count"] += 1


def take_for_categories(found):
    for column in numbers(found):
        column["kind"] = "category"


def round_numbers(found):
    import struct
    for column in numbers(found):
        for key in ("minimum", "maximum"):
            column[key] = struct.unpack("f", struct.pack("f", column[key]))[0]


def wrong_mean(found):
    for column in numbers(found):
        column["mean"] += (column["maximum"] - column["minimum"]) / 1000


def thousandfold(found):
    for column in numbers(found):
        for key in ("minimum", "maximum", "mean"):
            column[key] *= 1000


def lose_missing(found):
    for column in found["table"]["columns"]:
        column["missing"] = 0


def lose_level(found):
    for column in categories(found):
        column["level_count"] -= 1


def other_level(found):
    for column in categories(found):
        column["levels"][-1] += "?"


def wrong_name(found):
    found["table"]["columns"][-1]["name"] += "?"


def wrong_label(found):
    found["table"]["label"]["name"] += "?"


def wrong_label_place(found):
    found["table"]["label"]["column"] += 1


def keep_index(found):
    found["table"]["left_out"] = []


def lose_column(found):
    del found["table"]["columns"][0]


def deny_header(found):
    found["table"]["header"] = not found["table"]["header"]


def wrong_delimiter(found):
    found["table"]["delimiter"] = ":"


def wrong_decimal(found):
    found["table"]["decimal"] = {".": ",", ",": "."}[found["table"]["decimal"]]


MISTAKES = {
    function.__name__.replace("_", "-"): function for function in (
        lose_row, header_as_class, wrong_count, take_for_categories, round_numbers, wrong_mean, thousandfold,
        lose_missing, lose_level, other_level, wrong_name, wrong_label, wrong_label_place, keep_index, lose_column,
        deny_header, wrong_delimiter, wrong_decimal)}


def read_by_pandas(path):
    import pandas
    frame = pandas.read_csv(path)
    columns = []
    for name in frame.columns[:-1]:
        values = frame[name]
        column = {"name": name, "missing": int(values.isna().sum())}
        if pandas.api.types.is_numeric_dtype(values) and values.dtype != bool:
            column |= {
                "kind": "number", "minimum": float(values.min()), "maximum": float(values.max()), "mean": float(values.mean())}
        else:
            levels = sorted({str(value) for value in values.dropna()}, key=str.encode)
            column |= {"kind": "category", "level_count": len(levels), "levels": levels[:100]}
        columns.append(column)
    return {
        "rows": len(frame), "delimiter": ",", "header": True, "decimal": ".", "columns": columns, "left_out": [],
        "label": {"name": str(frame.columns[-1]), "column": len(frame.columns) - 1},
        "classes": dict(Counter(str(value) for value in frame.iloc[:, -1]))}


def refuse(message, status=65):
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)


def main():
    mode, _, path, *options = sys.argv[1:]
    if mode == "crash":
        sys.exit(134)
    if mode == "refuse-mutely":
        sys.exit(65)
    if mode == "refuse-always" or mode == "refuse" and "--header" not in options:
        refuse("say --header yes or --header no")
    if mode == "pandas":
        try:
            print(json.dumps(report(read_by_pandas(path))))
        except Exception as error:
            refuse(f"{error}; try --header or --delimiter")
        return
    path = Path(path)
    truth = json.loads((path.parent / (re.sub(r"\.(csv|tsv|txt|npz|svm)(\.gz)?$", "", path.name) + ".truth.json")).read_text())
    if "alternatives" in truth:
        # A fixed case.
        if not truth["alternatives"]:
            refuse(truth["refused"] or "no", truth["status"])
        truth = truth["alternatives"][0]
        print(truth.get("said") or "", file=sys.stderr)
    found = report(truth)
    if mode == "differ-by-shards" and "--shards" in options:
        lose_row(found)
    elif mode in MISTAKES:
        try:
            MISTAKES[mode](found)
        except (KeyError, IndexError, TypeError):
            # There is nothing in this case to be mistaken about.
            pass
    print(json.dumps(found))


if __name__ == "__main__":
    main()
