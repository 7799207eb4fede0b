"""Tables as programs write them: Python's csv module and pandas themselves, R and Excel by their rules.

R (write.table and its relatives; R is not needed): numbers with up to 15 significant digits, in the shorter of the
fixed and the scientific way of writing; texts and names in quotes, numbers, dates and NA without.
Sources: help(write.table), help(options) at `scipen`; R 4 source, src/main/format.c (scientific, formatReal).

Excel: what its cells show; a byte order mark before UTF-8, CRLF behind every row, quotes only around fields that hold
the delimiter, a quote or a newline. Where the decimal mark is a comma, the delimiter is a semicolon.
"""

import csv
import datetime
import io
from dataclasses import dataclass


@dataclass
class Written:
    """A file, and what is true of it."""

    data: bytes
    names: list | None  # None: no header
    delimiter: str = ","
    decimal: str = "."
    # Whether the first column is an index of the rows, without a name.
    has_index: bool = False
    # Whether each column of numbers tells its decimal mark.
    is_settled: bool = True
    # Whether an option can settle what is refused.
    has_advice: bool = True
    suffix: str = ".csv"


@dataclass(frozen=True)
class Locale:
    decimal: str = "."
    group: str = ","
    money: str = "${}"
    percent: str = "{}%"


AMERICAN = Locale()
BRITISH = Locale(money="£{}")
GERMAN = Locale(",", ".", "{} €", "{}%")
FRENCH = Locale(",", "\u202f", "{} €", "{} %")
SPANISH = Locale(",", ".", "{} €", "{} %")
DUTCH = Locale(",", ".", "€ {}", "{}%")
SWISS = Locale(".", "’", "CHF {}", "{}%")
EUROPEAN = [GERMAN, FRENCH, SPANISH, DUTCH]


def shown(value, form, locale):
    """The text of a number as a spreadsheet shows it."""
    if form.scientific:
        text = f"{value:.{form.places}E}"
    else:
        text = f"{abs(value):{',' if form.groups else ''}.{form.places}f}"
        text = text.translate({ord(","): locale.group, ord("."): locale.decimal})
        if form.percent:
            text = locale.percent.format(text)
        if form.currency:
            text = locale.money.format(text)
        return "-" + text if value < 0 else text
    return text.replace(".", locale.decimal)


def proves(text, decimal):
    """Whether a number's text can be read with this decimal mark only."""
    other = "," if decimal == "." else "."
    core = text.strip("-+$£€CHF% \u202f\u00a0")
    if decimal in core and other in core:
        return True
    if decimal in core:
        whole, fraction = core.split(decimal, 1)
        return len(fraction) != 3 or not fraction.isdigit() or not whole.isdigit() or whole[0] == "0" or len(whole) > 3
    return core.count(other) > 1


def is_settled(texts, decimal):
    """Whether a column's numbers tell their decimal mark, or have none."""
    marked = [text for text in texts if "." in text or "," in text]
    return not marked or any(proves(text, decimal) for text in marked)


def are_settled(columns, delimiter, decimal):
    """Whether a table's columns of numbers do. A point in a table by commas is a decimal point: where points stand
    between thousands, fields are separated by semicolons or tabs."""
    if delimiter == "," and decimal == ".":
        columns = [[text for text in texts if "," in text] for texts in columns]
    return all(is_settled(texts, decimal) for texts in columns)


def moment_text(moment, time_form="space"):
    if not isinstance(moment, datetime.datetime):
        return moment.isoformat()
    text = moment.isoformat("T" if time_form in ("T", "Z") else " ")
    return text.replace("+00:00", "Z") if time_form == "Z" else text


# Python's csv module


def write_csv(
    table, *, header=True, delimiter=",", quoting=csv.QUOTE_MINIMAL, terminator="\r\n", decimal=".", missing="",
    index=None, encoding="utf-8", suffix=".csv"
):
    locale = AMERICAN if decimal == "." else GERMAN

    def cell(column, value):
        if value is None:
            return missing
        if column.kind == "time":
            return moment_text(value, column.time_form)
        if column.form:
            return shown(value, column.form, locale)
        if isinstance(value, float) and decimal != ".":
            return repr(value).replace(".", decimal)
        return value

    columns = table.all
    grid = [[cell(column, value) for value in column.meant] for column in columns]
    settled = are_settled(
        [[str(text) for text in texts] for column, texts in zip(columns, grid) if column.kind == "number"],
        delimiter, decimal)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=terminator)
    names = [column.name for column in columns]
    if header:
        writer.writerow(([""] if index else []) + names)
    for row, cells in enumerate(zip(*grid)):
        writer.writerow(([index[row]] if index else []) + list(cells))
    return Written(
        text.getvalue().encode(encoding), names if header else None, delimiter, decimal, has_index=bool(index),
        is_settled=settled, suffix=suffix)


# pandas


def write_pandas(table, *, index="none", rng=None, float_format=None, **options):
    """By pandas itself. `index`: "none", "range" or "split" (the rows of one part after a shuffled split)."""
    import pandas

    if float_format:
        for column in table.features:
            if column.kind == "number" and any(isinstance(value, float) or value is None for value in column.meant):
                column.meant = [
                    None if value is None else float(float_format % value) for value in column.meant]
    rows = table.rows
    frame = pandas.DataFrame({
        position: pandas.Series(
            [shown(v, column.form, AMERICAN) if column.form and v is not None else v for v in column.meant])
        for position, column in enumerate(table.all)})
    for position, column in enumerate(table.all):
        if column.kind == "time":
            frame[position] = pandas.to_datetime(frame[position])
    frame.columns = [column.name for column in table.all]
    if index == "split":
        frame.index = rng.sample(range(2 * rows), rows)
    options = {"index": index != "none", **options}
    text = frame.to_csv(float_format=float_format, **options)
    delimiter, decimal = options.get("sep", ","), options.get("decimal", ".")
    settled = are_settled([
        [shown(value, column.form, AMERICAN) if column.form else repr(value).replace(".", decimal)
         for value in column.meant if value is not None]
        for column in table.features if column.kind == "number"], delimiter, decimal)
    header = options.get("header", True)
    return Written(
        text.encode(options.get("encoding", "utf-8")), [str(column.name) for column in table.all] if header else None,
        delimiter, decimal, has_index=options["index"], is_settled=settled)


# R


def r_number(value, decimal="."):
    """As R writes a number: up to 15 significant digits, fixed where that is no longer than scientific."""
    if isinstance(value, int):
        return str(value)
    best = f"{value:.14e}"
    for digits in range(1, 16):
        text = f"{value:.{digits - 1}e}"
        if float(text) == float(best):
            break
    mantissa, exponent = text.split("e")
    exponent = int(exponent)
    negative = len(mantissa.lstrip("-")) != len(mantissa)
    right = max(0, digits - exponent - 1)
    fixed_width = negative + max(exponent, 0) + 1 + (right + 1 if right else 0)
    scientific_width = negative + (digits + 1 if digits > 1 else 1) + (4 if abs(exponent) < 100 else 5)
    text = f"{value:.{right}f}" if fixed_width <= scientific_width else f"{mantissa}e{exponent:+03d}"
    return text.replace(".", decimal)


def r_name(name):
    """As data.frame() makes it, but for letters outside of ASCII, which R keeps."""
    name = "".join(letter if letter.isalnum() or letter in "._" else "." for letter in name)
    return name if name[:1].isalpha() or name[:1] == "." else "X" + name


def write_r(table, *, sep=",", decimal=".", row_names="count", header="names", doubles=True, rng=None, end="\n"):
    """write.table and its relatives.

    `row_names`: "none", "count", or "split" (after rows were drawn); `header`: "names" (none above the row names, so
    one less than there are fields), "blank" (col.names=NA, as write.csv does it) or "none"; `doubles`: how quotes
    within texts are written, qmethod "double" or "escape".
    """
    names = [r_name(str(column.name)) for column in table.all]
    quoted = lambda text: '"' + text.replace('"', '""' if doubles else '\\"') + '"'

    def cell(column, value):
        if value is None:
            return "NA"
        if column.kind == "time":
            return moment_text(value)
        if column.kind == "number" or isinstance(value, int):
            return r_number(value, decimal)
        return value if value in ("TRUE", "FALSE") else quoted(value)

    grid = [[cell(column, value) for value in column.meant] for column in table.all]
    settled = are_settled(
        [texts for column, texts in zip(table.all, grid) if column.kind == "number"], sep, decimal)
    rows = [list(cells) for cells in zip(*grid)]
    if row_names != "none":
        places = rng.sample(range(1, 2 * table.rows), table.rows) if row_names == "split" else range(1, table.rows + 1)
        rows = [[f'"{place}"'] + cells for place, cells in zip(places, rows)]
    first = [quoted(name) for name in names]
    if header == "blank" and row_names != "none":
        first = ['""'] + first
    lines = ([first] if header != "none" else []) + rows
    text = "".join(sep.join(line) + end for line in lines)
    is_short = header == "names" and row_names != "none"
    return Written(
        text.encode(), names if header != "none" else None, sep, decimal, has_index=row_names != "none",
        is_settled=settled, has_advice=not is_short and doubles)


# Excel


def write_excel(table, locale, *, kind="utf-8", header=True):
    """`kind`: "utf-8" (CSV UTF-8), "ansi" (CSV, in Windows-1252), "text" (by tabs), "unicode" (by tabs, in UTF-16)."""
    delimiter = "\t" if kind in ("text", "unicode") else ";" if locale.decimal == "," or locale is SWISS else ","

    def general(value):
        """A cell without a format shows so many digits as have room."""
        text = f"{value:.9g}".upper()
        return text.replace(".", locale.decimal)

    def cell(column, value):
        if value is None:
            return table.missing
        if column.kind == "time":
            return moment_text(value)
        if isinstance(value, str):
            return value
        if column.form:
            return shown(value, column.form, locale)
        return str(value) if isinstance(value, int) else general(value)

    def field(text):
        needs_quotes = any(letter in text for letter in [delimiter, '"', "\n"]) or delimiter == "\t" and "," in text
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    for column in table.features:
        if column.kind == "number" and not column.form:
            column.meant = [
                float(f"{value:.9g}") if isinstance(value, float) else value for value in column.meant]
    grid = [[cell(column, value) for value in column.meant] for column in table.all]
    texts = [texts for column, texts in zip(table.all, grid) if column.kind == "number"]
    names = [str(column.name) for column in table.all]
    lines = ([names] if header else []) + [list(cells) for cells in zip(*grid)]
    text = "".join(delimiter.join(field(text) for text in line) + "\r\n" for line in lines)
    data = {
        "utf-8": lambda: text.encode("utf-8-sig"), "unicode": lambda: b"\xff\xfe" + text.encode("utf-16-le")
    }.get(kind, lambda: text.encode("cp1252"))()
    return Written(
        data, names if header else None, delimiter, locale.decimal,
        is_settled=are_settled(texts, delimiter, locale.decimal),
        has_advice=kind == "utf-8", suffix=".txt" if delimiter == "\t" else ".csv")
