"""Random tables, written by many programs, each with the truth that a reader must find: promise 4 of docs/promises.md,
"nothing is guessed in silence".

The truth is the writer's: its rows, its names or none, its kinds of columns, its labels. A reader without options finds
it, or refuses with exit code 65 and names the option that settles it. In the cases that are marked `clear` it must not
refuse: nothing in them can be read in another way.

What is covered, by kind of case (`KINDS`):

- csv-words, csv-bare, csv-bare-integers, csv-integer-names, csv-quoted, csv-text, csv-messy, csv-first-row,
  csv-european, csv-shown, csv-codes, csv-index: Python's csv module. Names that are words, phrases, letters with
  accents, text with delimiters, whole numbers, years; no names; quotes around everything, or around texts; tables of
  texts alone, with names and without; delimiters, quotes, newlines and whole rows within texts; first rows with missing
  values, with a class that occurs once, of numbers in order; decimal commas; thousands, money, per cent; codes with
  leading zeros; row numbers in front.
- pandas, pandas-index, pandas-split, pandas-numbered, pandas-bare, pandas-european, pandas-options: DataFrame.to_csv
  with its index or without, after a split, with numbers for names, without names, by semicolons with decimal commas,
  with na_rep, quoting, float_format, other delimiters, a byte order mark.
- r-csv, r-csv2, r-table: R's write.csv, write.csv2 and write.table, with row names or without.
- excel, excel-european, excel-text, excel-ansi: a byte order mark, CRLF, quotes only where needed; the list separator,
  decimal mark, thousands, money and per cent of the country; tabs (in UTF-16, too); Windows-1252.

Columns are of small, large (beyond 2^24), negative, constant and distinct integers, years, seconds since 1970, fractions
of 1 to 16 places, numbers over 24 orders of magnitude, dates and times, categories (columns.py lists their texts), texts
that never recur, and texts that are mostly numbers; with missing values in up to half of the rows. 5 to 400 rows, 1 to
12 features, 2 to 5 classes that may have one sample.

Not covered, since no writer's truth is in the file: texts "NA" and "None" that are no missing values; spaces around
texts; quoted numbers that R has as levels of a factor; dates as only people of one country write them.
"""

import csv
import importlib.util
import random
from collections import Counter
from dataclasses import dataclass

import columns as make
import writers

HAS_PANDAS = importlib.util.find_spec("pandas") is not None


@dataclass
class Table:
    features: list
    label: make.Column
    # What stands for a missing value, where the writer leaves it to the user.
    missing: str = ""

    @property
    def all(self):
        return self.features + [self.label]

    @property
    def rows(self):
        return len(self.label.meant)

    @property
    def is_plain(self):
        """Whether its columns can be read in one way only, and one of them is numbers."""
        return any(column.kind == "number" for column in self.features) and not any(
            column.is_doubtful for column in self.features)


@dataclass
class Case:
    name: str
    kind: str
    data: bytes
    truth: dict
    # Whether a refusal is a failure.
    clear: bool
    has_advice: bool = True
    suffix: str = ".csv"


WORDS = ["age", "width", "height", "income", "city", "color", "score", "speed", "weight", "balance", "sex", "job", "x1", "V2"]
PHRASES = ["Monthly income", "No. of rooms", "size (cm)", "% used", "Größe", "Température", "naïve?", "$ spent", "price/unit"]
MESSY_NAMES = ["last, first", 'width "in"', "a;b", "a|b", "semi; colon", 'the "best"', "x,y", "per\ncent"]
LABEL_NAMES = ["kind", "class", "label", "target", "y", "Species", "Outcome", "Klasse"]


def names_for(rng, count, style):
    """So many names for features, and one for the label."""
    if style == "counted":
        start = rng.choice([0, 0, 0, 1])
        return list(range(start, start + count + 1))
    if style == "years":
        start = rng.randint(1990, 2010)
        return [start + step for step in range(count)] + [rng.choice(LABEL_NAMES)]
    if style == "counted-and-word":
        return list(range(count)) + [rng.choice(LABEL_NAMES)]
    pool = {"words": WORDS, "phrases": PHRASES, "messy": MESSY_NAMES}[style]
    names = (rng.sample(pool, min(count, len(pool))) + rng.sample(WORDS, len(WORDS)))[:count]
    return names + [rng.choice([name for name in LABEL_NAMES if name not in names])]


def row_count(rng):
    """Small tables are as frequent as large ones."""
    return round(5 * 80 ** rng.random())


def random_table(rng, *, columns=None, names="words", least=1, most=12, rare_first=False, rows=None):
    """`columns`: makers to draw from; the first is a number where none of them is said."""
    rows = rows or row_count(rng)
    count = round(least * (most / least) ** rng.random())
    makers = columns or [
        make.number_column, make.number_column, make.number_column, make.category_column, make.time_column,
        make.text_column]
    features = [rng.choice(makers)(rng, "", rows) for _ in range(count)]
    if columns is None:
        features[rng.randrange(count)] = make.number_column(rng, "", rows)
    table = Table(features, make.label_column(rng, "", rows, rare_first))
    for column, name in zip(table.all, names_for(rng, count, names)):
        column.name = name
    return table


def without_zones(table):
    """Programs that write moments without a zone."""
    for column in table.features:
        if column.kind == "time" and column.time_form != "date":
            column.meant = [value and value.replace(tzinfo=None) for value in column.meant]
            column.time_form = "space"
    return table


def truth(table, written):
    """What must be reported of a table that was so written."""
    header = written.names is not None
    features = [column.truth() for column in table.features]
    for column, name in zip(features, written.names or [None] * len(features)):
        column["name"] = None if name is None else str(name)
    decimals = [
        value for column in table.features if column.kind == "number" for value in column.meant
        if value is not None and value != round(value)]
    labels = Counter(str(int(value)) if isinstance(value, float) else str(value) for value in table.label.meant)
    return {
        "rows": table.rows, "delimiter": written.delimiter, "header": header,
        # Of numbers without fractions nobody can tell; `mark` is what the writer would have put there.
        "decimal": written.decimal if decimals else None, "mark": written.decimal,
        "label": {"name": str(written.names[-1]) if header else None, "column": len(features) + written.has_index},
        "left_out": [0] if written.has_index else [], "columns": features, "classes": dict(labels)}


# Kinds of cases: each makes a table, writes it, and says whether it is clear.


def csv_words(rng):
    table = random_table(rng, names=rng.choice(["words", "words", "phrases"]))
    table.missing = rng.choice(["", "", "NA", "?", "N/A", "nan", "NULL", "null", "None", "NaN", "#N/A", "n/a", "<NA>"])
    delimiter = rng.choice([",", ",", ",", "\t", ";", "|"])
    written = writers.write_csv(
        table, delimiter=delimiter, terminator=rng.choice(["\r\n", "\n"]), missing=table.missing,
        suffix=".tsv" if delimiter == "\t" else ".csv")
    return table, written, table.is_plain and written.is_settled


def csv_bare(rng):
    table = random_table(rng)
    if rng.random() < 0.2 and isinstance(table.label.meant[0], int):
        table.label.meant = [float(value) for value in table.label.meant]
    written = writers.write_csv(table, header=False, delimiter=rng.choice([",", ",", "\t", ";"]))
    has_decimals = any(
        isinstance(column.meant[0], float) and column.meant[0] != round(column.meant[0]) for column in table.features)
    has_missing = any(column.meant[0] is None for column in table.features)
    has_delimiters = any(
        letter in value for column in table.all for value in column.meant if isinstance(value, str) for letter in ",;\t|")
    return table, written, (
        has_decimals and not has_missing and not has_delimiters and table.is_plain and written.is_settled)


def integer_column(rng, name, rows):
    return make.Column(name, "number", [rng.randint(0, rng.choice([3, 100, 3000])) for _ in range(rows)], what="integers")


def csv_bare_integers(rng):
    table = random_table(rng, columns=[integer_column])
    written = writers.write_csv(table, header=False)
    first = [column.meant[0] for column in table.features]
    is_ordered = all(value + 1 == following for value, following in zip(first, first[1:]))
    label = table.label.meant
    looks_like_names = is_ordered or max(first) >= 1900
    return table, written, isinstance(label[0], str) and label.count(label[0]) > 1 and not looks_like_names


def csv_integer_names(rng):
    table = random_table(rng, names=rng.choice(["counted", "years", "counted-and-word"]))
    return table, writers.write_csv(table), False


def csv_quoted(rng):
    table = random_table(rng, names=rng.choice(["words", "words", "counted", "years", "messy", "counted-and-word"]))
    for column in table.all:
        column.name = str(column.name)
    header = rng.random() < 0.7
    quoting = rng.choice([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    written = writers.write_csv(table, header=header, quoting=quoting, terminator=rng.choice(["\r\n", "\n"]))
    return table, written, header and not any(c.name.isdigit() for c in table.all) and table.is_plain and written.is_settled


def csv_text(rng):
    table = random_table(rng, columns=[make.category_column, make.category_column, make.text_column])
    return table, writers.write_csv(table, header=rng.random() < 0.6, delimiter=rng.choice([",", ",", "\t", ";"])), False


def messy_column(rng, name, rows):
    return make.category_column(rng, name, rows, make.MESSY_POOLS)


def csv_messy(rng):
    table = random_table(
        rng, columns=[messy_column, messy_column, make.number_column, make.text_column, make.mixed_column],
        names=rng.choice(["words", "messy"]))
    return table, writers.write_csv(
        table, header=rng.random() < 0.7, delimiter=rng.choice([",", ",", "\t", ";", "|"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), terminator=rng.choice(["\r\n", "\n"])
    ), False


def csv_first_row(rng):
    """No names, and a first row that could be some."""
    table = random_table(rng, rare_first=True, columns=rng.choice([None, [integer_column], [make.category_column]]))
    how = rng.choice(["missing", "fresh", "ordered", "as it is"])
    start = rng.choice([0, 0, 1, 2000])
    for place, column in enumerate(table.features):
        if how == "missing" and column.meant.count(None) < table.rows - 2:
            column.meant[0] = None
        elif how == "fresh" and column.kind == "category" and place > 0:
            # The first text stays, one of its column's: a line of which no text occurs again is names by any account.
            column.meant[0] = rng.choice(WORDS) + str(place)
        elif how == "ordered" and column.kind == "number":
            column.meant[0] = start + place
    missing = rng.choice(["", "?", "NA"])
    written = writers.write_csv(table, header=False, missing=missing)
    has_decimals = how != "missing" and any(
        isinstance(column.meant[0], float) and column.meant[0] != round(column.meant[0]) for column in table.features)
    return table, written, has_decimals and not any(column.meant[0] is None for column in table.features)


def csv_european(rng):
    table = random_table(rng, columns=rng.choice([None, [make.shown_column, make.number_column]]))
    header = rng.random() < 0.5
    written = writers.write_csv(
        table, header=header, delimiter=rng.choice([";", ";", "\t", ","]), decimal=",")
    return table, written, header and written.delimiter == ";" and table.is_plain and written.is_settled and any(
        column.kind == "number" and any(value is not None and value != round(value) for value in column.meant)
        for column in table.features)


def csv_shown(rng):
    table = random_table(rng, columns=[make.shown_column, make.shown_column, make.number_column])
    header = rng.random() < 0.8
    written = writers.write_csv(table, header=header, delimiter=rng.choice([",", ",", "\t", ";"]))
    return table, written, header and written.delimiter == "," and written.is_settled


def csv_codes(rng):
    table = random_table(rng)
    place = rng.randrange(len(table.features))
    table.features[place] = make.code_column(rng, table.features[place].name, table.rows)
    return table, writers.write_csv(
        table, header=rng.random() < 0.8, quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])), False


def csv_index(rng):
    """Row numbers in front: an index below an empty name, a column like others below a name, and without names."""
    table = random_table(rng)
    start = rng.choice([0, 1])
    numbers = list(range(start, start + table.rows))
    if rng.random() < 0.3:
        rng.shuffle(numbers)
    how = rng.choice(["blank", "named", "bare"])
    if how == "blank":
        written = writers.write_csv(table, index=numbers)
        return table, written, table.is_plain and written.is_settled
    table.features.insert(0, make.Column("id", "number", numbers, what="row numbers"))
    written = writers.write_csv(table, header=how == "named")
    return table, written, how == "named" and table.is_plain and written.is_settled


def pandas_words(rng):
    table = without_zones(random_table(rng, names=rng.choice(["words", "words", "phrases"])))
    written = writers.write_pandas(table)
    return table, written, table.is_plain and written.is_settled


def pandas_index(rng):
    table = without_zones(random_table(rng, names=rng.choice(["words", "words", "phrases"])))
    written = writers.write_pandas(table, index="range")
    return table, written, table.is_plain and written.is_settled


def pandas_split(rng):
    table = without_zones(random_table(rng, names=rng.choice(["words", "words", "phrases"])))
    written = writers.write_pandas(table, index="split", rng=rng)
    return table, written, table.is_plain and written.is_settled


def pandas_numbered(rng):
    table = without_zones(random_table(
        rng, columns=rng.choice([None, [make.number_column]]), names=rng.choice(["counted", "years", "counted-and-word"])))
    return table, writers.write_pandas(table, index=rng.choice(["none", "range", "split"]), rng=rng), False


def pandas_bare(rng):
    table = without_zones(random_table(rng))
    return table, writers.write_pandas(table, header=False), False


def pandas_european(rng):
    table = without_zones(random_table(rng))
    written = writers.write_pandas(
        table, index=rng.choice(["none", "range"]), sep=rng.choice([";", ";", ";", "\t", ","]), decimal=",")
    return table, written, written.delimiter == ";" and table.is_plain and written.is_settled


def pandas_options(rng):
    table = without_zones(random_table(
        rng, columns=[
            make.number_column, make.number_column, make.shown_column, make.category_column, messy_column,
            make.time_column, make.mixed_column], names=rng.choice(["words", "messy"])))
    return table, writers.write_pandas(
        table, index=rng.choice(["none", "none", "range", "split"]), rng=rng,
        float_format=rng.choice([None, None, "%.3f", "%.2e", "%.6g"]), sep=rng.choice([",", "\t", ";", "|"]),
        na_rep=rng.choice(["", "NA", "NaN", "?", "NULL", "None", "<NA>"]),
        quoting=rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        encoding=rng.choice(["utf-8", "utf-8-sig"]), lineterminator=rng.choice(["\n", "\r\n"])), False


def r_table(rng, columns=None, names=None):
    table = without_zones(random_table(rng, columns=columns, names=names or rng.choice(["words", "words", "phrases"])))
    if isinstance(table.label.meant[0], int) and rng.random() < 0.5:
        # A factor.
        table.label.meant = [str(value) for value in table.label.meant]
    for column in table.features:
        if column.kind == "number":
            column.meant = [
                float(f"{value:.14e}") if isinstance(value, float) else value for value in column.meant]
        elif column.what == "bool":
            column.meant = [value and value.upper() for value in column.meant]
    return table


def r_csv(rng):
    table = r_table(rng)
    row_names = rng.choice(["none", "count", "count", "split"])
    written = writers.write_r(table, row_names=row_names, header="blank", rng=rng)
    return table, written, table.is_plain and written.is_settled


def r_csv2(rng):
    table = r_table(rng)
    row_names = rng.choice(["none", "count", "count", "split"])
    written = writers.write_r(table, sep=";", decimal=",", row_names=row_names, header="blank", rng=rng)
    return table, written, table.is_plain and written.is_settled


def r_write_table(rng):
    table = r_table(rng, columns=rng.choice([None, [messy_column, make.number_column, make.text_column]]))
    header = rng.choice(["names", "names", "blank", "none"])
    row_names = "none" if header == "none" else rng.choice(["none", "count", "split"])
    sep = rng.choice([" ", "\t", "\t", ",", ";"])
    for column in table.features:
        if sep == " " and column.time_form == "space":
            # R does not quote moments, so that theirs would separate fields.
            column.meant = [value and value.date() for value in column.meant]
    return table, writers.write_r(
        table, sep=sep, row_names=row_names, header=header,
        doubles=rng.random() < 0.3, rng=rng), False


def excel(rng, locales=(writers.AMERICAN, writers.AMERICAN, writers.BRITISH, writers.SWISS), columns=None):
    table = without_zones(random_table(
        rng, columns=columns or [
            make.number_column, make.number_column, make.shown_column, make.shown_column, make.category_column,
            make.time_column, make.text_column, messy_column], names=rng.choice(["words", "words", "phrases"])))
    table.missing = rng.choice(["", "", "", "#N/A"])
    for column in table.features:
        if column.what == "bool":
            column.meant = [value and value.upper() for value in column.meant]
    return table, rng.choice(locales)


def excel_csv(rng):
    table, locale = excel(rng)
    written = writers.write_excel(table, locale)
    return table, written, False


def excel_plain(rng):
    """No cell has a format."""
    table, locale = excel(
        rng, (writers.AMERICAN, writers.GERMAN), columns=[make.number_column, make.category_column])
    written = writers.write_excel(table, locale)
    return table, written, table.is_plain and written.is_settled


def excel_european(rng):
    table, locale = excel(rng, writers.EUROPEAN)
    return table, writers.write_excel(table, locale, header=rng.random() < 0.8), False


def excel_text(rng):
    table, locale = excel(rng, (writers.AMERICAN, writers.GERMAN))
    for column in table.features:
        if column.kind == "category":
            column.meant = [value and value.translate(TO_WINDOWS) for value in column.meant]
    return table, writers.write_excel(table, locale, kind=rng.choice(["text", "unicode"])), False


TO_WINDOWS = str.maketrans({"東": "K", "京": "öln", "Ł": "L", "ź": "z"})


def excel_ansi(rng):
    table, locale = excel(rng, (writers.AMERICAN, writers.GERMAN, writers.DUTCH))
    for column in table.features:
        if column.kind == "category":
            column.meant = [value and value.translate(TO_WINDOWS) for value in column.meant]
    return table, writers.write_excel(table, locale, kind="ansi"), False


KINDS = {
    "csv-words": csv_words, "csv-bare": csv_bare, "csv-bare-integers": csv_bare_integers,
    "csv-integer-names": csv_integer_names, "csv-quoted": csv_quoted, "csv-text": csv_text, "csv-messy": csv_messy,
    "csv-first-row": csv_first_row, "csv-european": csv_european, "csv-shown": csv_shown, "csv-codes": csv_codes,
    "csv-index": csv_index, "pandas": pandas_words, "pandas-index": pandas_index, "pandas-split": pandas_split,
    "pandas-numbered": pandas_numbered, "pandas-bare": pandas_bare, "pandas-european": pandas_european,
    "pandas-options": pandas_options, "r-csv": r_csv, "r-csv2": r_csv2, "r-table": r_write_table, "excel": excel_csv,
    "excel-plain": excel_plain, "excel-european": excel_european, "excel-text": excel_text, "excel-ansi": excel_ansi,
}


def needs_pandas(kind):
    return kind.startswith("pandas")


def random_case(kind, seed, number):
    """The case of that number among those of its kind; the same wherever and whenever it is made."""
    rng = random.Random(f"{seed}/{kind}/{number}")
    table, written, clear = KINDS[kind](rng)
    return Case(
        f"{kind}-{number}", kind, written.data, truth(table, written), bool(clear), written.has_advice, written.suffix)
