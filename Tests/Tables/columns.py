"""Random columns of tables, each with what it holds, whoever writes it.

A column is made before a writer is chosen: `meant` is what its rows mean (numbers, texts, moments, None where one is
missing), `form` how a spreadsheet would show its numbers. A writer turns that into text; what a reader must find
follows from `meant` alone.
"""

import datetime
import math
from dataclasses import dataclass, field

UTC = datetime.timezone.utc

# Levels of categories. No level is a text that stands for a missing value by pandas' list: who writes the text "None"
# or "NA" cannot tell it from a missing value either.
POOLS = {
    "words": ["red", "green", "blue", "yellow", "black"],
    "yes-no": ["yes", "no"],
    "letters": ["N", "Y"],
    "bool": ["True", "False"],
    "spaces": ["New York", "San José", "Los Angeles", "Rio de Janeiro"],
    "accents": ["Zürich", "Genève", "Łódź", "Åre", "東京"],
    "apostrophes": ["O'Brien", "d'Or", "'quoted'", "rock 'n' roll"],
    "ordinals": ["1st", "2nd", "3rd", "4th"],
    "ranges": ["10-19", "20-29", "30-39", "<10", ">=40"],
    "signs": ["A+", "A-", "B+", "-", "#1", "@home", "=x"],
    "unknown": ["unknown", "none", "other", "nil"],
    "versions": ["1.2.3", "1.10.0", "2.0.1"],
}
# Texts that a writer must quote, or that tempt a reader to cut elsewhere.
MESSY_POOLS = {
    "commas": ["Smith, John", "Doe, Jane", "Roe, Richard", "plain"],
    "semicolons": ["red;big", "blue;small", "green;big"],
    "pipes": ["a|b", "c|d", "e|f"],
    "tabs": ["one\ttwo", "three", "four\tfive"],
    "inches": ['10" pipe', '3/4" valve', '2"', "hose"],
    "said": ['say "hi"', '"quoted"', 'a "b", c', "nothing"],
    "newlines": ["two\nlines", "one line", "three\nlines\nhere"],
    "rows-inside": ["1,2,3\n4,5,6", "x", "7,8,9\n"],
    "edges": ['"', '""', ",", ";", "a,", ",b", "\\", "a\\"],
}
# Mostly numbers, or like them, and yet texts: enough of the fields are none.
MIXED_POOLS = {
    "more": ["2", "3", "4", "5more"],
    "codes": ["007", "042", "A12", "B03"],
    "plates": ["1E5", "4E2", "2B3", "3C4"],
    "sizes": ["36", "38", "40", "XL"],
}
LABEL_POOLS = [
    ["no", "yes"], ["setosa", "versicolor", "virginica"], ["unacc", "acc", "good", "vgood"], ["a", "b"],
    ["benign", "malignant"], ["very low", "low", "high", "very high"], ["<=50K", ">50K"], ["normal.", "smurf.", "neptune."],
    ["weiß", "grün", "rot"],
]


@dataclass
class Form:
    """How a spreadsheet shows a number; `places` digits stand behind the decimal mark."""

    places: int = 2
    groups: bool = False
    percent: bool = False
    currency: bool = False
    scientific: bool = False

    def rounded(self, value):
        """The value that is shown."""
        return float(f"{value:.{self.places}{'e' if self.scientific else 'f'}}")


@dataclass
class Column:
    name: str
    kind: str  # "number", "category" or "time"
    meant: list
    form: Form | None = None
    # A name for what it holds, as "unix seconds".
    what: str = ""
    # How moments are written by programs that leave it to the user: "date", "T", "space", "Z", "zone".
    time_form: str = ""
    # Whether another reading of the column is plausible: then it may be refused in any file.
    is_doubtful: bool = False

    def truth(self):
        """What a reader must report of the column."""
        present = [value for value in self.meant if value is not None]
        result = {"name": self.name, "kind": self.kind, "missing": len(self.meant) - len(present)}
        if self.kind == "category":
            levels = sorted(set(present), key=lambda level: level.encode())
            return result | {"level_count": len(levels), "levels": levels}
        numbers = [moment_seconds(value) if self.kind == "time" else float(value) for value in present]
        return result | {
            "minimum": min(numbers), "maximum": max(numbers), "mean": math.fsum(numbers) / len(numbers)}


def moment_seconds(moment):
    """Since the beginning of 1970, in Coordinated Universal Time where no zone is said."""
    if not isinstance(moment, datetime.datetime):
        moment = datetime.datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime.datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 + since.seconds + since.microseconds / 1e6


def with_missing(rng, values, share):
    """Some of the values become None, but two stay."""
    result = list(values)
    if share:
        for row in rng.sample(range(len(result)), min(len(result) - 2, max(1, round(share * len(result))))):
            result[row] = None
    return result


def missing_share(rng):
    return rng.choice([0, 0, 0, 0.05, 0.2, 0.5])


def number_values(rng, rows):
    """What the numbers are, and the numbers."""
    what = rng.choice([
        "small integers", "integers", "binary", "years", "counts", "large integers", "unix seconds", "identifiers",
        "normal", "fractions", "negative", "wide", "scientific", "constant", "places", "places", "places"])
    if what == "small integers":
        return what, [rng.randint(0, 9) for _ in range(rows)]
    if what == "integers":
        return what, [rng.randint(-500, 500) for _ in range(rows)]
    if what == "binary":
        return what, [rng.randint(0, 1) for _ in range(rows)]
    if what == "years":
        return what, [rng.randint(1950, 2026) for _ in range(rows)]
    if what == "counts":
        return what, [int(rng.expovariate(1 / 3000)) for _ in range(rows)]
    if what == "large integers":
        return what, [2**24 + rng.randint(0, 2**33) for _ in range(rows)]
    if what == "unix seconds":
        start = rng.randint(1_500_000_000, 1_700_000_000)
        return what, [start + rng.randint(0, 5000) for _ in range(rows)]
    if what == "identifiers":
        start = rng.choice([1, 100, 10_000_000])
        return what, rng.sample(range(start, start + 4 * rows), rows)
    if what == "normal":
        return what, [rng.gauss(0, 1) for _ in range(rows)]
    if what == "fractions":
        return what, [rng.random() for _ in range(rows)]
    if what == "negative":
        return what, [-rng.expovariate(0.1) for _ in range(rows)]
    if what == "wide":
        return what, [rng.lognormvariate(0, 4) for _ in range(rows)]
    if what == "scientific":
        return what, [rng.choice([-1, 1]) * 10 ** rng.uniform(-12, 12) for _ in range(rows)]
    if what == "constant":
        return what, [rng.choice([0, 1, 7.5, -2])] * rows
    places = rng.randint(1, 6)
    return f"{places} places", [round(rng.uniform(-50, 2000), places) for _ in range(rows)]


def number_column(rng, name, rows):
    what, values = number_values(rng, rows)
    return Column(name, "number", with_missing(rng, values, missing_share(rng)), what=what)


def shown_column(rng, name, rows):
    """Numbers as a spreadsheet shows them: rounded, with separators of thousands, as money, as per cent."""
    style = rng.choice(["fixed", "groups", "whole groups", "money", "percent", "whole percent", "scientific"])
    places = 0 if style.startswith("whole") else rng.choice([1, 2, 2, 3, 4])
    form = Form(
        places=2 if style == "money" else places, groups="groups" in style or style == "money",
        percent="percent" in style, currency=style == "money", scientific=style == "scientific")
    scale = {"fixed": 200, "groups": 50_000, "money": 3_000, "percent": 100, "scientific": 1e6}[style.split()[-1]]
    low = -scale if rng.random() < 0.2 else 0
    values = [form.rounded(rng.uniform(low, scale)) + 0.0 for _ in range(rows)]
    return Column(name, "number", with_missing(rng, values, missing_share(rng)), form=form, what=style)


def category_column(rng, name, rows, pools=POOLS):
    what = rng.choice(list(pools))
    values = [rng.choice(pools[what]) for _ in range(rows)]
    return Column(name, "category", with_missing(rng, values, missing_share(rng)), what=what)


def mixed_column(rng, name, rows):
    """At least a fifth of its fields are no numbers."""
    what = rng.choice(list(MIXED_POOLS))
    pool = MIXED_POOLS[what]
    words = [level for level in pool if not level.isdigit()]
    values = [rng.choice(pool) for _ in range(rows)]
    for row in rng.sample(range(rows), rows // 5 + 1):
        values[row] = rng.choice(words[-1:] if what == "plates" else words)
    return Column(name, "category", values, what=what, is_doubtful=True)


def text_column(rng, name, rows):
    """Texts that hardly ever occur twice."""
    what = rng.choice(["names", "items", "sentences"])
    if what == "items":
        return Column(name, "category", [f"item {rng.randint(1, 9 * rows)}" for _ in range(rows)], what=what)
    syllables = ["ka", "lo", "mi", "ten", "ra", "su", "vel", "no"]
    word = lambda: "".join(rng.choice(syllables) for _ in range(rng.randint(2, 4)))
    if what == "names":
        return Column(name, "category", [word().title() for _ in range(rows)], what=what)
    return Column(name, "category", [f"{word()} {word()}, {word()}." for _ in range(rows)], what=what)


def code_column(rng, name, rows):
    """Codes of digits with leading zeros, as of shops and of regions: no numbers, for 7 is not 007."""
    digits = rng.choice([3, 5])
    codes = [f"{rng.randint(0, 10**digits - 1):0{digits}}" for _ in range(rng.randint(2, 12))] + ["0" * (digits - 1) + "7"]
    values = [rng.choice(codes) for _ in range(rows)]
    values[rng.randrange(rows)] = codes[-1]
    return Column(name, "category", values, what="codes", is_doubtful=True)


def time_column(rng, name, rows):
    time_form = rng.choice(["date", "date", "T", "space", "Z", "zone"])
    start = datetime.datetime(rng.randint(1960, 2025), rng.randint(1, 12), rng.randint(1, 28))
    if time_form == "date":
        values = [(start + datetime.timedelta(days=rng.randint(0, 900))).date() for _ in range(rows)]
    else:
        zone = {"Z": UTC, "zone": datetime.timezone(datetime.timedelta(hours=rng.choice([-5, 1, 5.5])))}.get(time_form)
        values = [
            start.replace(tzinfo=zone) + datetime.timedelta(seconds=rng.randint(1, 10**7)) for _ in range(rows)]
    return Column(name, "time", with_missing(rng, values, rng.choice([0, 0, 0.2])), what=time_form, time_form=time_form)


def label_column(rng, name, rows, rare_first=False):
    """Two classes to five, uneven; of whole numbers or texts. `rare_first`: the first row's occurs nowhere else."""
    if rng.random() < 0.5:
        start = rng.choice([0, 0, 1, -1])
        pool = list(range(start, start + rng.randint(2, 5)))
    else:
        pool = list(rng.choice(LABEL_POOLS))
    weights = [rng.choice([1, 3, 10, 30]) for _ in pool]
    values = rng.choices(pool, weights, k=rows)
    if rare_first:
        values = [value if value != pool[-1] else pool[0] for value in values]
        values[0] = pool[-1]
    elif len(set(values)) < 2:
        values[-1] = pool[0] if values[0] != pool[0] else pool[1]
    return Column(name, "label", values)
