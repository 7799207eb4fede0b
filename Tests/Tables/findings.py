"""Fixed cases: tables that were misread once, or told nothing, and at least three relatives of each.

Each holds its file, options (mostly none), what may be reported (`expected`, any one of the alternatives; only the keys
that stand there are compared; `said` is a part of what must be said beside it), and what a refusal must say (`refused`,
a part of the message; None: it must be read). Where nothing may be reported, it must be refused.
The sections are those of the list of findings that made them: A, silently wrong; D, refusals and messages.
"""

import gzip
import io
import math
import zipfile
from collections import Counter
from dataclasses import dataclass, field

USAGE, BAD_DATA, BAD_CONFIGURATION = 64, 65, 78


@dataclass
class Finding:
    name: str
    data: bytes
    expected: list
    refused: str | None = None
    options: list = field(default_factory=list)
    statuses: tuple = (BAD_DATA,)
    suffix: str = ".csv"
    kind: str = "findings"


FINDINGS = []


def case(name, text, *expected, refused=None, options="", statuses=(BAD_DATA,), suffix=".csv"):
    data = text if isinstance(text, bytes) else text.encode()
    options = options.split() if isinstance(options, str) else options
    FINDINGS.append(Finding(name, data, list(expected), refused, options, statuses, suffix))


def lines(*rows, end="\n"):
    return "".join(row + end for row in rows)


def table(columns, labels, header=True, left_out=None, label=None, **more):
    """The truth of a table, from its columns and labels."""
    truth = {
        "rows": len(labels), "header": header, "columns": columns, "left_out": left_out or [],
        "classes": dict(Counter(map(str, labels)))}
    if label:
        truth["label"] = {"name": label}
    return truth | more


def number(name, values, kind="number"):
    there = [value for value in values if value is not None]
    return {
        "name": name, "kind": kind, "missing": len(values) - len(there), "minimum": min(there), "maximum": max(there),
        "mean": math.fsum(there) / len(there)}


def category(name, values):
    levels = sorted({value for value in values if value is not None}, key=str.encode)
    return {
        "name": name, "kind": "category", "missing": values.count(None), "level_count": len(levels), "levels": levels}


LABELS = [["t", "f", "f"][row % 3] for row in range(60)]


# A1. Stray quotes merge rows.

SIZES = ["small", "large", "huge"]


def pipes(delimiter, *stray):
    """60 rows; a text stands in rows 10 and 30, as it is."""
    texts = [SIZES[row % 3] for row in range(60)]
    for row, text in zip((10, 30), stray):
        texts[row] = text
    rows = [f"{row + 0.5}{delimiter}{texts[row]}{delimiter}{LABELS[row]}" for row in range(60)]
    features = [number("size", [row + 0.5 for row in range(60)]), category("what", texts)]
    return lines(f"size{delimiter}what{delimiter}kind", *rows), features


text, features = pipes(",", '10" pipe', '12" pipe')
whole, dropped = table(features, LABELS), {"rows": 60, "classes": dict(Counter(LABELS))}
skipped = {"rows": 58, "classes": dict(Counter(LABELS[:10] + LABELS[11:30] + LABELS[31:]))}
case("inch-marks", text, whole, refused="quote")
case("inch-marks-dropped", text, dropped, refused="quote", options="--drop 1")
case("inch-marks-skipped", text, whole, skipped, refused="quote", options="--on-bad-row skip")
case("inch-marks-without-quotes", text, whole, options="--quotes no")
text, features = pipes("\t", '10" pipe', '12" pipe')
case("inch-marks-by-tabs", text, table(features, LABELS, delimiter="\t"), refused="quote", suffix=".tsv")
text, features = pipes(",", '"A" team', '"B" team')
case("quotes-around-half", text, table(features, LABELS), refused="quote")
text, features = pipes(",", '"open', 'shut"')
case("rows-within-quotes", text, table(features, LABELS), refused="--quotes")
case("rows-within-quotes-dropped", text, dropped, refused="--quotes", options="--drop what")
case("rows-within-quotes-read", text, table(features, LABELS), options="--quotes no")
text, features = pipes(",", '"never shut', "plain")
case("quote-never-shut", text, table(features, LABELS), refused="quote")
case("quote-never-shut-skipped", text, table(features, LABELS), skipped | {"rows": 59}, refused="quote",
     options="--on-bad-row skip")
text, features = pipes(",", '"R says \\"10\\" pipe"', "plain")
case("quotes-escaped", text, refused="quote")
text, features = pipes(";", "'it", "isn't'")
case("apostrophes", text, table(features, LABELS, delimiter=";"))
text, features = pipes(",", ' "10"" pipe"', "plain")
features[1] = category("what", SIZES + ['10" pipe', "plain"])
case("space-before-quotes", text, {"rows": 60, "classes": dict(Counter(LABELS))}, refused="quote")


# A2. A header taken as data.

COLORS, SHAPES = ["red", "blue", "red", "green"] * 3, ["round", "flat", "flat", "round"] * 3
KINDS = ["x", "y", "x", "x"] * 3
SORTS = [category("color", COLORS), category("shape", SHAPES)]
texts = [",".join(row) for row in zip(COLORS, SHAPES, KINDS)]
case("texts-below-names", lines("color,shape,kind", *texts), table(SORTS, KINDS, label="kind"), refused="--header")
for option in ("--label kind", "--categorical color", "--header yes"):
    case(f"texts-below-names{option.replace(' ', '-')}", lines("color,shape,kind", *texts),
         table(SORTS, KINDS, label="kind"), options=option)
case("texts-below-names--drop-color", lines("color,shape,kind", *texts),
     {"rows": 12, "header": True, "classes": dict(Counter(KINDS))}, options="--drop color")
bare = [column | {"name": None} for column in SORTS]
case("texts-without-names", lines(*texts), table(bare, KINDS, header=False), refused="--header")
case("texts-without-names-said", lines(*texts), table(bare, KINDS, header=False), options="--header no")
case("a-name-that-is-a-value", lines("red,shape,kind", *texts),
     table([SORTS[0] | {"name": "red"}, SORTS[1]], KINDS), refused="--header")

FRACTIONS = [[0.5, 1.25, 7.0], [3.5, -2.0, 1.5], [2.5, 0.125, 9.75], [1.5, 4.0, 2.25], [8.5, 1.75, 3.0], [0.25, 2.0, 6.5]]
ZEROS = [0, 1, 0, 0, 1, 0]


def fraction_rows(index=False, last=ZEROS):
    return [
        ",".join(map(str, ([place] if index else []) + row + [label]))
        for place, (row, label) in enumerate(zip(FRACTIONS, last))]


def fraction_columns(*names):
    return [number(name, [row[place] for row in FRACTIONS]) for place, name in enumerate(names)]


WORDS = ["no", "yes", "no", "no", "yes", "no"]
case("names-counted", lines("0,1,2,3", *fraction_rows()),
     table(fraction_columns("0", "1", "2"), ZEROS, label="3"), refused="--header")
case("names-counted-below-an-index", lines(",0,1,2,3", *fraction_rows(index=True)),
     table(fraction_columns("0", "1", "2"), ZEROS, label="3", left_out=[0]))
case("names-from-1", lines("1,2,3,4", *fraction_rows()),
     table(fraction_columns("1", "2", "3"), ZEROS, label="4"), refused="--header")
case("names-years", lines("2019,2020,2021,kind", *fraction_rows(last=WORDS)),
     table(fraction_columns("2019", "2020", "2021"), WORDS, label="kind"), refused="--header")
case("names-years-apart", lines("1990,2000,2020,kind", *fraction_rows(last=WORDS)),
     table(fraction_columns("1990", "2000", "2020"), WORDS, label="kind"), refused="--header")
case("names-quoted-numbers", lines('"0","1","2","kind"', *fraction_rows(last=WORDS)),
     table(fraction_columns("0", "1", "2"), WORDS, label="kind"))
case("names-quoted-throughout", lines('"0","1","2","3"', *fraction_rows()),
     table(fraction_columns("0", "1", "2"), ZEROS, label="3"), refused="--header")
case("names-counted-label-named", lines("0,1,2,kind", *fraction_rows(last=WORDS)),
     table(fraction_columns("0", "1", "2"), WORDS, label="kind"), options="--label kind")
case("a-row-in-order", lines("0,1,2,3", "4,5,6,1", "7,0,2,3", "5,5,1,1", "0,9,3,3", "2,2,2,1"),
     table([number(None, column) for column in ([0, 4, 7, 5, 0, 2], [1, 5, 0, 5, 9, 2], [2, 6, 2, 1, 3, 2])],
           [3, 1, 3, 1, 3, 1], header=False), refused="--header")
case("a-row-of-years", lines("2019,2020,no", "2021,2018,yes", "2020,2020,no", "2019,2021,no", "2018,2018,yes"),
     table([number(None, [2019, 2021, 2020, 2019, 2018]), number(None, [2020, 2018, 2020, 2021, 2018])],
           ["no", "yes", "no", "no", "yes"], header=False), refused="--header")


# A3. A first row taken as a header.

case("first-row-empty", lines(",,x", "1,2,y", "3,4,x", "5,6,x"),
     table([number(None, [None, 1, 3, 5]), number(None, [None, 2, 4, 6])], ["x", "y", "x", "x"], header=False),
     refused="--header")
case("first-row-question-marks", lines("?,?,male,yes", "1,2,female,no", "3,4,male,yes", "5,6,male,no"),
     table([number(None, [None, 1, 3, 5]), number(None, [None, 2, 4, 6]),
            category(None, ["male", "female", "male", "male"])], ["yes", "no", "yes", "no"], header=False),
     refused="--header")
case("first-label-missing", lines("1,2,unknown", "3,4,a", "5,6,b", "7,8,a"), refused="label", options="--missing unknown")
case("first-row-NA", lines("NA,NA,3,a", "1,2,3,b", "4,5,6,a", "7,8,9,b"),
     table([number(None, [None, 1, 4, 7]), number(None, [None, 2, 5, 8]), number(None, [3, 3, 6, 9])],
           ["a", "b", "a", "b"], header=False), refused="--header")
case("first-row-nan", lines("nan,1.5,b", "2.5,2.5,a", "3.5,nan,b", "0.5,1,a"),
     table([number(None, [None, 2.5, 3.5, 0.5]), number(None, [1.5, 2.5, None, 1])], ["b", "a", "b", "a"], header=False),
     refused="--header")
case("first-row-nothing", lines(",,", "1,2,a", "3,4,b"), refused="")
case("a-name-missing", lines("a,,kind", "1,2,x", "3,4,y", "5,6,x", "1,6,x"),
     table([number("a", [1, 3, 5, 1]), number(None, [2, 4, 6, 6])], ["x", "y", "x", "x"], label="kind"),
     refused="--header")
case("first-class-once", lines("5.5,rare", "1.5,a", "2.5,b", "3.5,a", "0.5,b"),
     table([number(None, [5.5, 1.5, 2.5, 3.5, 0.5])], ["rare", "a", "b", "a", "b"], header=False))
case("first-class-once-above-integers", lines("5,rare", "1,a", "2,b", "3,a", "0,b"),
     table([number(None, [5, 1, 2, 3, 0])], ["rare", "a", "b", "a", "b"], header=False), refused="--header")


# A4. Decimal commas, thousands, money, per cent.

AB = ["a", "b", "a", "a", "b"]


def one_column(*texts, name="x", delimiter=",", end="\n"):
    """A column of numbers as it stands, beside a plain one."""
    rows = [f"{text}{delimiter}{place}{delimiter}{label}" for place, (text, label) in enumerate(zip(texts, AB))]
    return lines(delimiter.join([name, "n", "kind"]), *rows, end=end)


def with_column(column, **more):
    return table([column, number("n", [0, 1, 2, 3, 4])], AB, **more)


case("decimal-commas", lines("5,1;3,5;a", "2,25;1,5;b", "0,5;2,75;a", "1,5;0,1;b"),
     table([number(None, [5.1, 2.25, 0.5, 1.5]), number(None, [3.5, 1.5, 2.75, 0.1])], ["a", "b", "a", "b"],
           header=False, delimiter=";", decimal=","), refused="--delimiter")
case("decimal-commas-below-names", lines("a;b;kind", "5,1;3,5;a", "2,25;1,5;b", "0,5;2,75;a", "1,5;0,1;b"),
     table([number("a", [5.1, 2.25, 0.5, 1.5]), number("b", [3.5, 1.5, 2.75, 0.1])], ["a", "b", "a", "b"],
           delimiter=";", decimal=","))
case("decimal-commas-by-tabs", one_column("5,1", "3,25", "0,5", "7,5", "1", delimiter="\t"),
     with_column(number("x", [5.1, 3.25, 0.5, 7.5, 1]), delimiter="\t", decimal=","), suffix=".tsv")
case("decimal-commas-quoted", one_column('"5,1"', '"3,25"', '"0,5"', '"7,5"', "1"),
     with_column(number("x", [5.1, 3.25, 0.5, 7.5, 1]), delimiter=","), refused="--decimal")
case("thousands-or-decimals", one_column('"1,234"', '"2,345"', '"3,456"', '"4,567"', '"5,678"'), refused="--decimal")
case("thousands-or-decimals-point", one_column('"1,234"', '"2,345"', '"3,456"', '"4,567"', '"5,678"'),
     with_column(number("x", [1234, 2345, 3456, 4567, 5678])), options="--decimal point")
case("thousands-or-decimals-comma", one_column('"1,234"', '"2,345"', '"3,456"', '"4,567"', '"5,678"'),
     with_column(number("x", [1.234, 2.345, 3.456, 4.567, 5.678])), options="--decimal comma")
case("points-by-semicolons", one_column("1.234", "2.345", "3.456", "4.567", "5.678", delimiter=";"), refused="--decimal")
case("thousands", one_column('"1,234"', '"12,345,678"', "567", '"4,567"', '"5,678"'),
     with_column(number("x", [1234, 12345678, 567, 4567, 5678])))
case("thousands-and-fractions", one_column('"1,234.50"', "2.25", '"3,456.75"', "4.5", "0.5"),
     with_column(number("x", [1234.5, 2.25, 3456.75, 4.5, 0.5])))
case("thousands-by-points", one_column("1.234,50", "2,25", "3.456,75", "4,5", "0,5", delimiter=";"),
     with_column(number("x", [1234.5, 2.25, 3456.75, 4.5, 0.5]), delimiter=";", decimal=","))
case("thousands-by-spaces", one_column("1 234", "2 345 678", "567", "4 567", "5 678"),
     with_column(number("x", [1234, 2345678, 567, 4567, 5678])))
case("thousands-by-narrow-spaces", one_column("1\u202f234,5", "2\u202f345,25", "567", "4,5", "0,5", delimiter=";"),
     with_column(number("x", [1234.5, 2345.25, 567, 4.5, 0.5]), delimiter=";", decimal=","))
case("thousands-by-apostrophes", one_column("1'234.50", "2'345.25", "567.00", "4.50", "0.50", delimiter=";"),
     with_column(number("x", [1234.5, 2345.25, 567, 4.5, 0.5]), delimiter=";"))
case("no-thousands", one_column('"1,23"', '"12,34,5"', '"1,2345"', '"1,,2"', '"7,8"'),
     with_column(category("x", ["1,23", "12,34,5", "1,2345", "1,,2", "7,8"])), refused="")
MONEY = [5.0, 7.25, 1234.5, 0.5, 12.0]
case("dollars", one_column("$5.00", "$7.25", '"$1,234.50"', "$0.50", "$12.00"), with_column(number("x", MONEY)))
case("dollars-negative", one_column("-$5.00", "$7.25", "$3.50", "$0.50", "$12.00"),
     with_column(number("x", [-5, 7.25, 3.5, 0.5, 12])), refused="")
case("dollars-in-brackets", one_column("($5.00)", "$7.25", "$3.50", "$0.50", "$12.00"),
     with_column(number("x", [-5, 7.25, 3.5, 0.5, 12])),
     with_column(category("x", ["($5.00)", "$7.25", "$3.50", "$0.50", "$12.00"]), said="x"), refused="x")
case("dollars-accounting", one_column(" $5.00 ", " $7.25 ", '" $1,234.50 "', " $0.50 ", " $12.00 "),
     with_column(number("x", MONEY)), refused="")
case("euros-behind", one_column("5,00 €", "7,25 €", "1.234,50 €", "0,50 €", "12,00 €", delimiter=";"),
     with_column(number("x", MONEY), delimiter=";", decimal=","))
case("euros-before", one_column("€ 5,00", "€ 7,25", "€ 1.234,50", "€ 0,50", "€ 12,00", delimiter=";"),
     with_column(number("x", MONEY), delimiter=";", decimal=","))
case("dollars-and-euros", one_column("$5.00", "€7.25", "$3.50", "€0.50", "$12.00"),
     with_column(category("x", ["$5.00", "€7.25", "$3.50", "€0.50", "$12.00"])), refused="")
case("dollars-in-some-rows", one_column("$5.00", "7.25", "$3.50", "0.50", "$12.00"),
     with_column(number("x", [5, 7.25, 3.5, 0.5, 12])), refused="")
case("percent", one_column("12%", "7%", "100%", "0%", "-3%"), with_column(number("x", [12, 7, 100, 0, -3])))
case("percent-behind-a-space", one_column("12,5 %", "7 %", "100 %", "0,25 %", "3 %", delimiter=";"),
     with_column(number("x", [12.5, 7, 100, 0.25, 3]), delimiter=";", decimal=","))
case("percent-in-some-rows", one_column("12%", "0.07", "100%", "0.5", "3%"), refused="")
case("single-quotes", one_column("'0.5'", "'1.5'", "'2.25'", "'3'", "'0.125'"),
     with_column(number("x", [0.5, 1.5, 2.25, 3, 0.125])), refused="")
case("signs-and-bare-points", one_column("+5", ".5", "5.", "-.25", "+1e3"),
     with_column(number("x", [5, 0.5, 5, -0.25, 1000])))
case("long-minus", one_column("\u22125", "3", "\u22121.5", "2", "7"), with_column(number("x", [-5, 3, -1.5, 2, 7])), refused="")
case("exponents", one_column("1.5e3", "2E-05", "1e+05", "-3.25e0", "0"),
     with_column(number("x", [1500, 2e-05, 1e5, -3.25, 0])))
case("exponents-with-commas", one_column("1,5e3", "2E-05", "1e+05", "-3,25e0", "0", delimiter=";"),
     with_column(number("x", [1500, 2e-05, 1e5, -3.25, 0]), delimiter=";", decimal=","))
case("points-and-commas", one_column("1.5", '"2,5"', "3.5", '"4,5"', "5.5"), refused="")
case("two-decimal-marks", lines("a;b;kind", "1.5;2,5;x", "3.5;4,5;y", "2.5;0,5;x", "0.25;7,25;x"), refused="--decimal")
case("hexadecimal", one_column("0x1F", "0x2A", "0x00", "0x10", "0xFF"),
     with_column(category("x", ["0x1F", "0x2A", "0x00", "0x10", "0xFF"])), refused="")
PARTS = [f"A{row}-{row * 37 % 1000:03}" for row in range(40)]
case("texts-of-digits", lines("part,n,kind", *[f"{part},{row},{'xy'[row % 2]}" for row, part in enumerate(PARTS)]),
     {"rows": 40, "header": True, "columns": [category("part", PARTS), number("n", list(range(40)))],
      "said": "part"}, refused="part")
ADDRESSES = [f"10.0.{row % 7}.{row}" for row in range(40)]
case("addresses", lines("from,n,kind", *[f"{text},{row},{'xy'[row % 2]}" for row, text in enumerate(ADDRESSES)]),
     {"rows": 40, "header": True, "columns": [category("from", ADDRESSES), number("n", list(range(40)))],
      "said": "from"}, refused="from")
CLOCKS = [f"{row % 24:02}h{row:02}" for row in range(40)]
case("clocks", lines("at,n,kind", *[f"{text},{row},{'xy'[row % 2]}" for row, text in enumerate(CLOCKS)]),
     {"rows": 40, "header": True, "columns": [category("at", CLOCKS), number("n", list(range(40)))],
      "said": "at"}, refused="at")


# A5. Codes of their own for missing values.


def measured(*codes, every=20):
    """40 rows of fractions, with codes in every so many."""
    values = [round(row * 0.37 + 0.25, 2) for row in range(40)]
    texts = [str(value) for value in values]
    for turn, row in enumerate(range(3, 40, every)):
        texts[row] = codes[turn % len(codes)]
        values[row] = None
    return lines("dose,n,kind", *[f"{text},{row},{'xy'[row % 2]}" for row, text in enumerate(texts)]), values, texts


KIND = ["xy"[row % 2] for row in range(40)]
for name, codes in {
    "n-slash-a": ["N/A"], "NULL": ["NULL"], "nan": ["nan"], "NaN": ["NaN"], "hash-n-slash-a": ["#N/A"], "None": ["None"],
    "NA-in-brackets": ["<NA>"], "several": ["NA", "", "null", "n/a", "?"], "minus-nan": ["-nan"],
}.items():
    text, values, _ = measured(*codes, every=5)
    case(f"missing-{name}", text, table([number("dose", values), number("n", list(range(40)))], KIND))
for name, codes in {"below": ["<0.01"], "dot": ["."], "word": ["n.d."], "dash": ["-"], "NAs": ["nodata"]}.items():
    text, values, texts = measured(*codes)
    case(f"code-{name}", text, refused="dose")
    case(f"code-{name}-said", text, table([number("dose", values), number("n", list(range(40)))], KIND),
         options=["--missing", codes[0]])
    text, values, texts = measured(*codes, every=4)
    case(f"code-{name}-often", text,
         table([category("dose", texts), number("n", list(range(40)))], KIND, said="dose"),
         refused="dose")
text, values, _ = measured("-999", every=5)
case("code-minus-999", text,
     table([number("dose", [-999 if value is None else value for value in values]), number("n", list(range(40)))], KIND))
for missing in ("nan", "NA", "", "?", "null"):
    case(f"label-{missing or 'empty'}", lines("a,b,kind", "1,2,x", f"3,4,{missing}", "5,6,y", "7,8,x"), refused="label")
case("infinite", lines("a,b,kind", "1,2,x", "inf,4,y", "5,6,y", "7,8,x"), refused="inf")
case("too-large", lines("a,b,kind", "1,2,x", "1e999,4,y", "5,6,y", "7,8,x"), refused="1e999")


# A6. Levels and labels that are the same whole number.

case("levels-1-and-1.0", lines("a,b,kind", "1,2,x", "1.0,4,y", "2,6,y", "2.0,8,x", "1,3,x"),
     {"rows": 5, "columns": [category("a", ["1", "2"]), number("b", [2, 4, 6, 8, 3])]}, options="--categorical a")
case("levels-1-and-more-zeros", lines("a,b,kind", "1.00,2,x", "1,4,y", "2,6,y", "1.000,8,x", "-3.0,3,x", "-3,3,x"),
     {"rows": 6, "columns": [category("a", ["-3", "1", "2"]), number("b", [2, 4, 6, 8, 3, 3])]}, options="--categorical a")
case("levels-1-and-1.0-among-texts", lines("a,b,kind", "1,2,x", "1.0,4,y", "two,6,y", "two,8,x", "1,3,x"),
     {"rows": 5, "columns": [category("a", ["1", "two"]), number("b", [2, 4, 6, 8, 3])]}, refused="a")
case("labels-1-and-1.0", lines("a,b,kind", "1,2,1", "3,4,1.0", "5,6,0", "7,8,0.0", "7,8,0"),
     {"rows": 5, "header": True, "classes": {"1": 2, "0": 3}})
case("labels-quoted-and-not", lines("a,b,kind", '1,2,"1"', "3,4,1", '5,6,"0"', "7,8,0"),
     {"rows": 4, "header": True, "classes": {"1": 2, "0": 2}})
case("labels-in-order-of-size", lines("a,b,kind", "1,2,10", "3,4,9", "5,6,-1", "7,8,10"),
     {"rows": 4, "header": True, "classes": {"-1": 1, "9": 1, "10": 2}})


# A7. --missing with spaces.

for name, missing in {"behind": "NA, -9", "before": "NA ,-9", "around": " -9 , NA ", "alone": "-9"}.items():
    case(f"missing-spaces-{name}", lines("a,b,kind", "1,-9,x", "-9,4,y", "5,6,y", "7,8,x"),
         table([number("a", [1, None, 5, 7]), number("b", [None, 4, 6, 8])], ["x", "y", "y", "x"]),
         options=["--missing=" + missing])


# A8. Numbers with more digits than a 32-bit float has.

for name, numbers in {
    "unix-seconds": [1700000001, 1700000002, 1700000003, 1700000004, 1700000010],
    "milliseconds": [1700000001001, 1700000001002, 1700000001003, 1700000001005, 1700000001009],
    "above-2-to-24": [16777216, 16777217, 16777219, 16777221, 16777223],
    "negative": [-16777217, -16777219, -33554433, -33554435, -16777221],
    "up-to-2-to-53": [9007199254740991, 9007199254740989, 9007199254740987, 9007199254740985, 9007199254740983],
    "fractions-far-from-0": [1000000000.25, 1000000000.5, 1000000000.75, 1000000001.0, 1000000001.25],
}.items():
    case(name, one_column(*map(str, numbers)), with_column(number("x", numbers)))
DAYS = ["2026-11-24", "1969-12-31", "2000-02-29", "1970-01-01", "2026-01-01"]
case("dates", one_column(*DAYS), with_column(number("x", [1795478400, -86400, 951782400, 0, 1767225600], "time")))
MOMENTS = [
    "1970-01-01T00:00:01Z", "1970-01-01 01:00:00+01:00", "1970-01-02T00:00:00.5", "1970-01-01 00:01", "1970-01-01"]
case("moments", one_column(*MOMENTS), with_column(number("x", [1, 0, 86400.5, 60, 0], "time")), refused="x")
case("dates-that-are-none", one_column("2026-02-30", "2026-13-01", "2026-00-10", "2026-02-31", "2026-04-31"),
     with_column(category("x", ["2026-02-30", "2026-13-01", "2026-00-10", "2026-02-31", "2026-04-31"])), refused="x")


# A9. Damage.

ROWS = lines("a,b,kind", *[f"{row}.5,{row % 7},{'xyz'[row % 3]}" for row in range(300)])
WHOLE = {"rows": 300, "header": True, "classes": {"x": 100, "y": 100, "z": 100}}


def packed(text):
    return gzip.compress(text.encode(), mtime=0)


half = len(ROWS) // 2
members = packed(ROWS[:half]), packed(ROWS[half:])
case("gzip", packed(ROWS), WHOLE, suffix=".csv.gz")
case("gzip-members", b"".join(members), WHOLE, suffix=".csv.gz")
case("gzip-second-magic", members[0] + b"\x1e" + members[1][1:], refused="", suffix=".csv.gz")
case("gzip-bytes-behind", packed(ROWS) + b"and more", WHOLE, refused="", suffix=".csv.gz")
case("gzip-zeros-behind", packed(ROWS) + bytes(512), WHOLE, refused="", suffix=".csv.gz")
case("gzip-cut", packed(ROWS)[:-200], refused="", suffix=".csv.gz")
case("gzip-cut-in-check", packed(ROWS)[:-5], refused="", suffix=".csv.gz")
damaged = bytearray(packed(ROWS))
damaged[-6] ^= 1
case("gzip-check", bytes(damaged), refused="", suffix=".csv.gz")


def npy(shape, kind, data):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


def npz(method):
    matrix = npy("(64, 2)", "<i4", b"".join(value.to_bytes(4, "little") for value in range(128)))
    vector = npy("(64,)", "<i4", b"".join((value % 2).to_bytes(4, "little") for value in range(64)))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("x.npy"), matrix)
        archive.writestr(zipfile.ZipInfo("y.npy"), vector)
    return data.getvalue()


case("npz", npz(zipfile.ZIP_STORED), {"classes": {"0": 32, "1": 32}}, suffix=".npz")
flipped = bytearray(npz(zipfile.ZIP_STORED))
flipped[flipped.index((77).to_bytes(4, "little"))] ^= 2
case("npz-bit", bytes(flipped), refused="", suffix=".npz")
flipped = bytearray(npz(zipfile.ZIP_STORED))
# A label: the last of the second member.
flipped[flipped.index(b"PK\x01\x02") - 4] ^= 1
case("npz-label-bit", bytes(flipped), refused="", suffix=".npz")


# A10. Options that were ignored.

PLAIN = lines("a,b,kind", "1,2,x", "3,4,y", "5,6,x", "7,8,x")
WRONG = (USAGE, BAD_DATA, BAD_CONFIGURATION)
case("drop-the-label", PLAIN, refused="kind", options="--drop kind", statuses=WRONG)
case("number-the-label", PLAIN, refused="kind", options="--numeric kind", statuses=WRONG)
case("drop-the-label-by-place", PLAIN, refused="", options="--drop 2", statuses=WRONG)
case("drop-and-categorical", PLAIN, refused="a", options="--drop a --categorical a", statuses=WRONG)
case("numeric-and-categorical", PLAIN, refused="a", options="--numeric a --categorical a", statuses=WRONG)
case("drop-and-numeric", PLAIN, refused="b", options="--drop b --numeric b", statuses=WRONG)
SPARSE = lines("1 1:0.5 3:2", "0 2:1", "1 1:1.5")
case("svmlight-label", SPARSE, refused="--label", options="--label 0", statuses=WRONG, suffix=".svm")
case("svmlight-missing", SPARSE, refused="--missing", options="--missing NA", statuses=WRONG, suffix=".svm")
case("svmlight-decimal", SPARSE, refused="--decimal", options="--decimal comma", statuses=WRONG, suffix=".svm")
case("no-such-column", PLAIN, refused="nothing", options="--drop nothing", statuses=WRONG)


# D. Refusals and messages.

case("names-twice", lines("a,a,kind", "1,2.5,x", "3,4.5,y", "5,6.5,x"),
     {"rows": 3, "header": True, "classes": {"x": 2, "y": 1}}, refused="a")
case("carriage-returns", lines("a,b,kind", "1,2,x", "3,4,y", end="\r"),
     table([number("a", [1, 3]), number("b", [2, 4])], ["x", "y"]), refused="carriage return")
case("json", '[{"a": 1, "kind": "x"},\n {"a": 2, "kind": "y"}]\n', refused="JSON")
case("json-lines", '{"a": 1, "kind": "x"}\n{"a": 2, "kind": "y"}\n', refused="JSON")
case("html", "<!DOCTYPE html>\n<html><body>a,b</body></html>\n", refused="HTML")
case("utf-16", "a,b,kind\r\n1,2,x\r\n3,4,y\r\n".encode("utf-16"), refused="UTF-16")
case("latin-1-names", "größe,b,kind\n1,2,x\n3,4,y\n5,6,x\n".encode("latin-1"), refused="UTF-8")
case("latin-1-labels", "a,b,kind\n1,2,weiß\n3,4,grün\n5,6,weiß\n".encode("latin-1"), refused="UTF-8")
case("latin-1-texts", "a,b,kind\n1,weiß,x\n3,grün,y\n5,weiß,x\n2,grün,x\n".encode("latin-1"), refused="UTF-8")
case("nul", b"a,b,kind\n1,\x00,x\n3,4,y\n", refused="")
case("escape-in-names", "\x1b[31ma,b,kind\n1,2,x\n3,4,y\n5,6,x\n",
     {"rows": 3, "header": True, "classes": {"x": 2, "y": 1}}, refused="")
case("empty", "", refused="")
case("names-alone", "a,b,kind\n", refused="")
case("one-column", lines("kind", "x", "y", "x"), refused="")
case("drop-everything", PLAIN, refused="feature", options="--drop a,b", statuses=WRONG)

# Relatives: what other programs put around a table.

PLAIN_TRUTH = table([number("a", [1, 3, 5, 7]), number("b", [2, 4, 6, 8])], ["x", "y", "x", "x"], label="kind")
case("plain", PLAIN, PLAIN_TRUTH)
case("byte-order-mark", b"\xef\xbb\xbf" + PLAIN.encode(), PLAIN_TRUTH)
case("byte-order-mark-quoted", b"\xef\xbb\xbf" + PLAIN.replace("a,b,kind", '"a","b","kind"').encode(), PLAIN_TRUTH)
case("crlf", PLAIN.replace("\n", "\r\n"), PLAIN_TRUTH)
case("both-line-ends", PLAIN.replace("x\n", "x\r\n"), PLAIN_TRUTH)
case("no-last-line-end", PLAIN.rstrip(), PLAIN_TRUTH)
case("empty-lines", PLAIN.replace("y\n", "y\n\n") + "\n\n", PLAIN_TRUTH, refused="line")
case("empty-line-first", "\n" + PLAIN, PLAIN_TRUTH, refused="line")
case("spaces-behind-commas", PLAIN.replace(",", ", "), PLAIN_TRUTH)
case("sep-line", "sep=,\r\n" + PLAIN.replace("\n", "\r\n"), PLAIN_TRUTH, refused="")
case("sep-line-semicolon", "sep=;\r\n" + PLAIN.replace("\n", "\r\n").replace(",", ";"), PLAIN_TRUTH, refused="")
case("title-line", "Sales of 2026,,\n" + PLAIN, PLAIN_TRUTH, refused="")
case("total-line", PLAIN + "16,20,\n", refused="")
case("empty-rows-at-end", PLAIN + ",,\n,,\n", PLAIN_TRUTH, refused="")
case("comments", "# made by hand\n" + PLAIN, PLAIN_TRUTH, refused="")
case("comments-said", "# made by hand\n" + PLAIN, PLAIN_TRUTH, options=["--comment", "#"])
case("comma-at-line-ends", PLAIN.replace("\n", ",\n"), PLAIN_TRUTH)
case("comma-behind-rows", PLAIN.replace("\n", ",\n").replace("kind,", "kind"), PLAIN_TRUTH)
case("comma-behind-names", PLAIN.replace("kind", "kind,", 1), PLAIN_TRUTH)
case("a-field-too-many", PLAIN + "1,2,3,x\n", refused="line 6")
case("a-field-too-few", PLAIN + "1,x\n", refused="line 6")
case("fields-too-few-skipped", PLAIN + "1,x\n", PLAIN_TRUTH, options="--on-bad-row skip")
case("r-names-one-short", lines('"a","b","kind"', '"1",1,2,"x"', '"2",3,4,"y"', '"3",5,6,"x"', '"4",7,8,"x"'),
     PLAIN_TRUTH | {"left_out": [0]}, refused="")
case("r-texts-name-rows", lines('"","a","b","kind"', '"Mazda",1,2,"x"', '"Fiat",3,4,"y"', '"Ford",5,6,"x"', '"Saab",7,8,"x"'),
     PLAIN_TRUTH | {"left_out": [0]},
     PLAIN_TRUTH | {"columns": [category(None, ["Mazda", "Fiat", "Ford", "Saab"])] + PLAIN_TRUTH["columns"]}, refused="")
case("index-of-a-part", lines(",a,b,kind", "17,1,2,x", "3,3,4,y", "42,5,6,x", "8,7,8,x"), PLAIN_TRUTH | {"left_out": [0]})
case("index-that-repeats", lines(",a,b,kind", "1,1,2,x", "1,3,4,y", "2,5,6,x", "2,7,8,x"),
     PLAIN_TRUTH | {"left_out": [0]},
     PLAIN_TRUTH | {"columns": [number(None, [1, 1, 2, 2])] + PLAIN_TRUTH["columns"]}, refused="")
case("index-written-twice", lines(",Unnamed: 0,a,b,kind", "0,0,1,2,x", "1,1,3,4,y", "2,2,5,6,x", "3,3,7,8,x"),
     PLAIN_TRUTH | {"left_out": [0, 1]},
     PLAIN_TRUTH | {"left_out": [0], "columns": [number("Unnamed: 0", [0, 1, 2, 3])] + PLAIN_TRUTH["columns"]}, refused="")
case("row-numbers-without-names", lines("1,0.5,x", "2,1.5,y", "3,2.5,x", "4,0.25,x"),
     table([number(None, [1, 2, 3, 4]), number(None, [0.5, 1.5, 2.5, 0.25])], ["x", "y", "x", "x"], header=False))
case("text-with-other-delimiters", lines("1.5,red;big,3,A", "2.5,blue;small,4,B", "0.5,red;small,3,A", "3.5,blue;big,1,B"),
     table([number(None, [1.5, 2.5, 0.5, 3.5]), category(None, ["red;big", "blue;small", "red;small", "blue;big"]),
            number(None, [3, 4, 3, 1])], ["A", "B", "A", "B"], header=False, delimiter=","), refused="--delimiter")
case("codes-of-digits", lines("zip,n,kind", "00501,1,x", "01001,2,y", "90210,3,x", "10001,4,x", "00501,5,y"),
     {"rows": 5, "columns": [category("zip", ["00501", "01001", "90210", "10001"]), number("n", [1, 2, 3, 4, 5])]},
     refused="zip")
case("codes-of-digits-said", lines("zip,n,kind", "00501,1,x", "501,2,y", "90210,3,x", "10001,4,x", "00501,5,y"),
     {"rows": 5, "columns": [category("zip", ["00501", "501", "90210", "10001"]), number("n", [1, 2, 3, 4, 5])]},
     options="--categorical zip")
