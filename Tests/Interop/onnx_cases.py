"""The cases of onnx_check.py: data to train a model on, and rows for it to judge, by seeds of their own; and options.

Each writes a training file, and rows.csv, rows.npy or rows.svm with `ROWS` rows (what is sparse as rows.npy, too), into
a folder, and gives the first arguments of `train`.
"""

import datetime
import random
import struct

import numpy

ROWS = 1000


def table_cell(random, column, may_be_new):
    """A field as a CSV file has it; one in twelve is missing."""
    if random.random() < 1 / 12:
        return random.choice(["", "NA"])
    if column == "size":
        return f"{random.gauss(3, 40):.3f}"
    if column == "count":
        return str(random.randrange(50))
    if column == "serial":
        return f"{7_000_000_000 + random.randrange(4000) / 4}"
    if column == "when":
        day = datetime.date(2024, 1, 1) + datetime.timedelta(days=random.randrange(300))
        return f"{day}T{random.randrange(24):02}:{random.randrange(60):02}:00"
    if column == "at":
        return f"{random.randrange(24):02}:{random.randrange(60):02}"
    if column == "rate":
        return f"{random.randrange(1000) / 10} %"
    if column == "color":
        return random.choice(["red", "grün", "blue"] + ["violet", "ro̧t"] * may_be_new)
    if column == "zip":
        return random.choice(["00501", "10001", "90210"] + ["02134"] * may_be_new)
    if column == "city":
        number = int(random.expovariate(0.15)) + (100 if may_be_new and random.random() < 0.1 else 0)
        return f"city, {number} \"ß\""
    return random.choice(["x", "yes, no"])  # any other column


def write_row(file, cells, separator):
    """As csv.writer does, whatever the length of what separates the fields."""
    quoted = [f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set(separator.strip(" ") + '"') else cell for cell in cells]
    file.write(separator.join(quoted) + "\r\n")


def write_table(folder, columns, labels, training_rows, separator=","):
    random_ = random.Random(7)
    for name, rows, may_be_new in [("train.csv", training_rows, False), ("rows.csv", ROWS, True)]:
        with open(folder / name, "w", newline="", encoding="utf-8") as file:
            write_row(file, columns + ["label of it"], separator)
            for row in range(rows):
                cells = [table_cell(random_, column, may_be_new) for column in columns]
                # Something to learn, and every class early, so that each part has some.
                about = len(cells[0]) + (cells[-1] != "") if row >= len(labels) else row
                place = about if random_.random() < 0.7 or row < len(labels) else random_.randrange(len(labels))
                write_row(file, cells + [labels[place % len(labels)]], separator)
    return ["train.csv", "--label", "label of it"]


def write_arrays(folder, training, judged, labels):
    numpy.save(folder / "train.npy", training)
    numpy.save(folder / "labels.npy", labels)
    numpy.save(folder / "rows.npy", judged)
    return ["train.npy", "--labels", "labels.npy"]


def numbers(folder):
    random_ = numpy.random.default_rng(1)
    data = random_.normal(size=(1400, 6)) * [1, 10, 1e-3, 1, 1e4, 1] + [0, 3, 0, -7, 0, 1]
    labels = (data[:, 0] + data[:, 3] > -6.5).astype("int64") + 2 * (data[:, 5] > 2.2)
    return write_arrays(folder, data[:400], data[400:], labels[:400])


def close_numbers(folder):
    random_ = numpy.random.default_rng(2)
    data = random_.normal(size=(1400, 3))
    data[:, 1] += 3e8
    return write_arrays(folder, data[:400], data[400:], (data[:400, 1] > 3e8).astype("int64") + 5)


def images(folder, most=255):
    random_ = numpy.random.default_rng(3)
    data = random_.integers(0, most, size=(1400, 28, 28), dtype="uint8", endpoint=True)
    labels = (data[:, 3, 4] * 10.0 // (most + 1)).astype("uint8")
    for name, array in [("train-images-idx3-ubyte", data[:400]), ("train-labels-idx1-ubyte", labels[:400])]:
        header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
        (folder / name).write_bytes(header + array.tobytes())
    numpy.save(folder / "rows.npy", data[400:].reshape(ROWS, -1))
    return ["train-images-idx3-ubyte"]


def sparse(folder):
    random_ = numpy.random.default_rng(4)
    dense = numpy.where(random_.random((1400, 60)) < 0.06, random_.integers(1, 9, (1400, 60)) / 2, 0)
    dense[0, 59] = 1
    for name, part in [("train.svm", dense[:400]), ("rows.svm", dense[400:])]:
        with open(folder / name, "w") as file:
            for row in part:
                label = ["-1", "1"][int(row[:20].sum() > row[20:40].sum())]
                print(label, *[f"{place + 1}:{row[place]}" for place in numpy.flatnonzero(row)], file=file)
    numpy.save(folder / "rows.npy", dense[400:])
    return ["train.svm"]


def codes(folder):
    random_ = random.Random(3)
    for name, rows in [("train.csv", 400), ("rows.csv", ROWS)]:
        with open(folder / name, "w") as file:
            file.write("level,amount,serial,kind\n")
            for row in range(rows):
                amount = random_.choice(["-9", "-9.0", "unknown", "", str(random_.randrange(9)), "0.5"])
                level = random_.choice(["low", "NA", "unknown", "", "-9", "high"])
                serial = random_.choice(["-9", "unknown", str(5_000_000_000 + row)])
                file.write(f"{level},{amount},{serial},{'ab'[len(amount) % 2 ^ (row % 7 == 0)]}\n")
    return ["train.csv"]


def german(folder):
    """As programs write numbers in Germany; line 1 is a row."""
    random_ = random.Random(5)
    for name, rows in [("train.csv", 400), ("rows.csv", ROWS)]:
        with open(folder / name, "w") as file:
            for row in range(rows):
                number = f"{random_.gauss(1, 2):.2f}".replace(".", ",")
                file.write(f"\"{number}\",{random_.choice(['x', 'y', ''])},{row % 3}\n")
    return ["train.csv", "--header", "no"]


def table(columns, labels=("rare", "some", "usual"), rows=600, separator=","):
    return lambda folder: write_table(folder, columns, list(labels), rows, separator)


MIXED = ["size", "color", "count", "city", "when", "zip", "rate", "at", "serial", "label"]
ODD = ["a,b", 'say "x"', "grün", "名", "😀 tab le", "0"]
TWENTY = [str(number * 3 - 7) for number in range(20)]
MLP = ["--hidden", "9,7", "--learning-rate", "0.01"]

CASES = {
    "numbers of a table": (table(["size", "count"]), []),
    "one column of numbers": (table(["size"], "ab"), MLP),
    "mixed columns": (table(MIXED), ["--max-one-hot", "8"]),
    "mixed columns, relu": (table(MIXED), ["--max-one-hot", "8", *MLP]),
    "mixed columns, gelu": (table(MIXED), ["--max-one-hot", "8", *MLP, "--activation", "gelu"]),
    "mixed columns, tanh, not standardized": (
        table(["size", "color", "count", "city"]),
        ["--standardize", "no", *MLP, "--activation", "tanh"],
    ),
    "mixed columns, bins": (
        table(MIXED),
        ["--max-one-hot", "8", "--numeric-encoding", "piecewise", "--bins", "9", *MLP],
    ),
    "embeddings": (table(MIXED), ["--embedding", "5", *MLP]),
    "embeddings of bins": (
        table(MIXED),
        ["--embedding", "8", "--numeric-encoding", "piecewise", "--bins", "9", "--members", "2", *MLP],
    ),
    "embeddings of one column of numbers": (table(["size"], "ab"), ["--embedding", "3", *MLP]),
    "embeddings of categories alone": (table(["color", "city", "zip"], ODD), ["--embedding", "4", *MLP]),
    "embeddings of an array": (numbers, ["--embedding", "4", "--numeric-encoding", "piecewise", *MLP]),
    "embeddings of close numbers of an array": (close_numbers, ["--embedding", "4", *MLP]),
    "members": (table(MIXED), ["--max-one-hot", "8", "--members", "3", *MLP, "--tune-thresholds", "macro-f1"]),
    "members, linear, a class of weight 0": (table(["size", "color"]), ["--members", "2", "--class-weights", "1,0,2"]),
    "numbers of an array, bins": (numbers, ["--numeric-encoding", "piecewise"]),
    "close numbers of an array, bins": (close_numbers, ["--numeric-encoding", "piecewise", "--standardize", "no"]),
    "blanks behind commas": (table(MIXED, separator=", "), ["--max-one-hot", "8"]),
    "blanks behind commas, numbers": (table(["size", "count"], separator=", "), []),
    "fields by tabs": (table(MIXED, separator="\t"), ["--max-one-hot", "8"]),
    "fields by semicolons": (table(["color", "size"], separator=";"), []),
    "categories alone": (table(["color", "city", "zip"], ODD), ["--validation-fraction", "0.2"]),
    "20 classes of integers": (table(MIXED, TWENTY, 1500), ["--max-one-hot", "8", "--validation-fraction", "0.2"]),
    "2 classes, no weights": (table(["color", "size"], "01"), ["--class-weights", "none", *MLP]),
    "a class of weight 0": (table(["size", "color"]), ["--class-weights", "1,0,2"]),
    "no names in line 1, decimal comma": (german, []),
    "weights of each batch": (table(["size", "color"]), ["--class-weights", "per-batch"]),
    "numbers that are missing values": (codes, ["--missing=-9,unknown", "--label", "kind"]),
    "numbers of an array": (numbers, MLP),
    "close numbers of an array": (close_numbers, []),
    "images": (images, ["--hidden", "16"]),
    # Sums of 784 products of 255 would be as coarse in Float32 as what is tolerated.
    "images as they are": (lambda folder: images(folder, 15), ["--standardize", "no", "--learning-rate", "1e-5"]),
    "sparse rows": (sparse, []),
    "sparse rows, mlp": (sparse, [*MLP, "--activation", "gelu"]),
}
