"""The tables that classifiers are compared on, and how each is split.

Tables are taken as their files have them, as texts: which columns are numbers is for each contender to find. The label
is the column `target`, the last one.
"""

import csv
import gzip
import hashlib
import os
from pathlib import Path

import numpy as np
import pandas
import wide

SPLITS = 5

# Eighteen that lie in a folder of their own (one form: tabs, a header, the label last) …
EIGHTEEN = [
    "allrep", "chess", "cmc", "coil2000", "german", "led24", "magic", "mfeat_factors", "phoneme", "segmentation",
    "solar_flare_2", "splice", "texture", "twonorm", "vehicle", "vowel", "waveform_40", "wine_quality_red",
]  # fmt: skip

# … and those beside them: the files of each (which are joined), their delimiter, and whether the first line has names.
OTHERS = {
    "ecoli": (["ecoli.csv"], ",", False),
    "glass": (["glass.csv"], ",", False),
    "yeast": (["yeast.csv"], ",", False),
    "car": (["car.csv"], ",", False),
    "ann_thyroid": (["ann_thyroid.tsv.gz"], "\t", True),
    "satimage": (["satimage.tsv.gz"], "\t", True),
    "shuttle": (["shuttle.tsv.gz"], "\t", True),
    "adult": (["adult-train.csv.gz", "adult-test.csv.gz"], ",", False),
    "covertype": (["covertype-93k.csv.gz"], ",", True),
    "kdd99": (["kdd99-10pct.csv.gz"], ",", False),
}

# In the order in which they are measured: the large ones last.
TABLES = [*EIGHTEEN, *OTHERS]

# Of many columns, which --wide is about.
WIDE = list(wide.MAKERS)


def own_table(path):
    """The name under which a table of someone's own is measured, which says its bytes, too: another file is another table."""
    return f"{path.stem} {hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"


def load_own(path):
    """The lines of a file of someone's own: commas, names of columns in the first line, the label last."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        header, *rows = [[field.strip() for field in line] for line in csv.reader(file) if line]
    uneven = [number for number, row in enumerate(rows, 2) if len(row) != len(header)]
    if uneven:
        raise SystemExit(f"{path}: row {uneven[0]} has not as many fields as the first line has names, {len(header)}")
    if "target" in header[:-1]:
        raise SystemExit(f"{path}: a column beside the label, the last one, is called target")
    return [*header[:-1], "target"], rows


def load(table, data):
    """The lines of a table: names of columns, and a row of texts for each line, the label last."""
    if table in WIDE:
        return wide.make(table, data)
    if table not in TABLES:
        return load_own(Path(data) / f"{table.rsplit(maxsplit=1)[0]}.csv")
    if table in OTHERS:
        names, delimiter, has_header = OTHERS[table]
    else:
        names, delimiter, has_header = [f"tables/{table}.tsv.gz"], "\t", True
    header, rows = None, []
    for name in names:
        path = Path(data) / name
        with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
            lines = [[field.strip() for field in line.split(delimiter)] for line in file if line.strip()]
        if has_header:
            header = lines.pop(0)
        rows += lines
    header = header or [f"column{i + 1}" for i in range(len(rows[0]))]
    # One file of adult ends its labels in a point, and so do those of kdd99.
    for row in rows:
        row[-1] = row[-1].rstrip(".")
    return [*header[:-1], "target"], rows


def held_out(labels, seed):
    """Which rows are the test part: a quarter of each class, to the nearest row, of two rows one.

    A class of one row is in training alone.
    """
    generator = np.random.default_rng(seed)
    result = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        result[generator.permutation(rows)[: (len(rows) + 2) // 4]] = True
    return result


def split(table, seed, data, folder):
    """Writes train.csv, test.csv, and features.csv (the test part without labels); returns their folder, folder/table/seed.

    The same bytes for the same table and seed, whatever the machine. What is there already stays.
    """
    folder = Path(folder) / table / str(seed)
    if (folder / "features.csv").exists():
        return folder
    header, rows = load(table, data)
    # Tables of the same counts are not split alike.
    key = int.from_bytes(hashlib.sha256(table.encode()).digest()[:4], "little")
    test = held_out(np.array([row[-1] for row in rows]), [key, seed])
    folder.mkdir(parents=True, exist_ok=True)
    frame = pandas.DataFrame(rows, columns=header, dtype=str)
    # In the order of the file; the last file written says that all are.
    write(frame[~test], folder / "train.csv")
    write(frame[test], folder / "test.csv")
    write(frame[test].drop(columns="target"), folder / "features.csv")
    return folder


def write(frame, path):
    beside = path.with_suffix(".part")
    frame.to_csv(beside, index=False, lineterminator="\n")
    os.replace(beside, path)
