"""Has TensorBoard's own reader read the files of events of runs of several kinds, and compares what it finds with what
else the run's folder says.

    python3 tensorboard_check.py PROGRAM

PROGRAM is the path of cw-dist-train. Every figure of metrics.jsonl that has a curve must be there to float32, once for
each step, also where a run was stopped, cut or killed and gone on with; the table of runs is read by the plugin's own
parser, and pictures by Pillow. Exit code 1 if anything differs.
"""

import io
import json
import math
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator, plugin_event_multiplexer
from tensorboard.compat.proto import event_pb2
from tensorboard.plugins.hparams import metadata
from tensorboard.summary.writer import record_writer

KEYS = [
    "loss", "log_loss", "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "g_mean", "mcc", "kappa",
    "roc_auc", "average_precision",
]
SIZES = {event_accumulator.SCALARS: 0, event_accumulator.IMAGES: 0, event_accumulator.TENSORS: 0}
PLAIN = "synthetic:samples=1500,classes=3,seed=4"


def run(program, *arguments, status=0):
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == status, f"{arguments}: {result.returncode} {result.stderr}"
    return result.stdout


def read(folder):
    """The newest file alone, as it stands; there must be no other."""
    files = list(Path(folder).glob("*tfevents*"))
    assert len(files) == 1, files
    reader = event_accumulator.EventAccumulator(str(folder), size_guidance=SIZES)
    reader.Reload()
    return reader


def events(folder):
    """Every event, read by the loader that looks at nothing else."""
    from tensorboard.backend.event_processing import event_file_loader

    (file,) = Path(folder).glob("*tfevents*")
    return list(event_file_loader.RawEventFileLoader(str(file)).Load())


def same(number, expected):
    """To float32; what JSON has no word for is not a number here."""
    if expected is None:
        return math.isnan(number) or math.isinf(number)
    return numpy.float32(number) == numpy.float32(expected)


def lines(folder, member=None):
    rows = [json.loads(line) for line in (Path(folder) / "metrics.jsonl").read_text().splitlines()]
    return [row for row in rows if row["split"] != "test" and row.get("member") == member]


def check_curves(folder, place=None, member=None, also=()):
    """The curves of one model: of `place`, by the lines of metrics.jsonl in `folder`."""
    reader = read(place or folder)
    rows = lines(folder, member)
    assert rows
    figures = 0
    for split in {row["split"] for row in rows}:
        ofSplit = [row for row in rows if row["split"] == split]
        for key in [key for key in KEYS if key in ofSplit[0]]:
            points = reader.Scalars(f"{split}/{key}")
            assert [point.step for point in points] == [row["step"] for row in ofSplit], (split, key, points)
            for point, row in zip(points, ofSplit):
                assert same(point.value, row[key]), (split, key, point, row[key])
                figures += 1
        names = [row["name"] for row in json.loads((Path(folder) / "class_weights.json").read_text())["classes"]]
        for label, name in enumerate(names):
            if f"recall_{split}/{name}" in reader.Tags()["scalars"]:
                points = reader.Scalars(f"recall_{split}/{name}")
                recalls = [(row["step"], row["recall"][label]) for row in ofSplit if row["recall"][label] is not None]
                assert [point.step for point in points] == [step for step, _ in recalls], (split, name)
                assert all(same(point.value, recall) for point, (_, recall) in zip(points, recalls)), (split, name)
                figures += len(points)
            for key in ["roc_auc", "average_precision"]:
                if split == "validation" and f"{key}_{split}/{name}" in reader.Tags()["scalars"]:
                    points = [(point.step, point.value) for point in reader.Scalars(f"{key}_{split}/{name}")]
                    expected = [(row["step"], row[f"class_{key}"][label]) for row in ofSplit]
                    expected = [(step, value) for step, value in expected if value is not None]
                    assert [step for step, _ in points] == [step for step, _ in expected], (key, name)
                    assert all(same(one, other) for (_, one), (_, other) in zip(points, expected)), (key, name)
                    figures += len(points)
    for tag in ["run/epoch", "run/samples_per_second", "optimizer/parameter_norm", *also]:
        points = reader.Scalars(tag)
        assert [point.step for point in points] == [row["step"] for row in rows if row["split"] == "train"], tag
        assert all(point.value > 0 for point in points), tag
    epochs = [point.value for point in reader.Scalars("run/epoch")]
    assert epochs == [row["epoch"] for row in rows if row["split"] == "train"]
    return figures, reader


def check_end(folder, reader):
    """What the run came to, by summary.json."""
    summary = json.loads((Path(folder) / "summary.json").read_text())
    parts = [part for part in ("train", "out_of_fold", "validation", "test") if part in summary]
    for part in parts:
        for key in KEYS:
            (point,) = reader.Scalars(f"final/{part}/{key}")
            assert same(point.value, summary[part][key]), (part, key)
            assert point.step == summary["steps"]
    assert not {tag.split("/")[1] for tag in reader.Tags()["scalars"] if tag.startswith("final/")} - set(parts)
    return parts


def check_settings(folder, reader):
    """The run's row of HPARAMS, by config.yaml."""
    def content(name):
        tag = f"_hparams_/{name}"
        return reader.SummaryMetadata(tag).plugin_data.content

    experiment = metadata.parse_experiment_plugin_data(content("experiment"))
    start = metadata.parse_session_start_info_plugin_data(content("session_start_info"))
    end = metadata.parse_session_end_info_plugin_data(content("session_end_info"))
    assert end.status == 1 and end.end_time_secs >= start.start_time_secs > time.time() - 3600
    columns = {column.name: column.type for column in experiment.hparam_infos}
    assert set(start.hparams) <= set(columns) and "threads" not in columns and "tensorboard" not in columns
    config = dict(
        line.split(": ", 1) for line in (Path(folder) / "config.yaml").read_text().splitlines() if ": " in line
    )
    compared = 0
    for name, value in start.hparams.items():
        kind = value.WhichOneof("kind")
        assert (kind == "number_value") == (columns[name] == 3), (name, kind, columns[name])
        if name in config and config[name]:
            text = config[name].strip("'\"")
            assert float(text) == value.number_value if kind == "number_value" else text == value.string_value, name
            compared += 1
    assert compared > 40, compared
    tags = set(reader.Tags()["scalars"])
    for metric in experiment.metric_infos:
        assert metric.name.tag in tags, metric.name.tag
    return start


def check_pictures(reader, classes, tags):
    assert sorted(reader.Tags()["images"]) == sorted(tags), reader.Tags()["images"]
    pictures = 0
    for tag in tags:
        for picture in reader.Images(tag):
            image = Image.open(io.BytesIO(picture.encoded_image_string))
            image.load()
            assert image.size == (picture.width, picture.height)
            # Each cell has at least a dot, and TensorBoard shows it without making it smaller than it is.
            assert min(image.size) >= classes and max(image.size) <= 600
            pictures += 1
    return pictures


def check_words(reader, *words):
    for tag, word in words:
        text = reader.Tensors(tag)[0].tensor_proto.string_val[0].decode()
        assert word in text, (tag, word, text)


def check_files(folder):
    """Framing by TensorBoard's own writer, and the order of steps."""
    (file,) = Path(folder).glob("*tfevents*")
    raw = events(folder)
    copy = io.BytesIO()
    writer = record_writer.RecordWriter(copy)
    for event in raw:
        writer.write(event)
    assert copy.getvalue() == file.read_bytes()
    parsed = [event_pb2.Event.FromString(event) for event in raw]
    steps = [event.step for event in parsed]
    assert parsed[0].file_version == "brain.Event:2" and steps == sorted(steps), steps
    # A field that is not in the public descriptions would be kept as an unknown one.
    assert all(event.SerializeToString(deterministic=True) is not None for event in parsed)
    return parsed


def main(program):
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        common = ["--quiet", "--overwrite"]
        figures = pictures = 0

        def count(result):
            nonlocal figures
            figures += result[0]
            return result[1]

        # One model, with all parts.
        plain = top / "plain"
        options = ["--validation-fraction", "0.2", "--test-fraction", "0.2", "--epochs", "6", "--schedule", "cosine"]
        run(program, PLAIN, *options, "--run-dir", plain, *common)
        reader = count(check_curves(plain, also=["optimizer/learning_rate", "optimizer/gradient_norm"]))
        assert check_end(plain, reader) == ["train", "validation", "test"]
        start = check_settings(plain, reader)
        assert start.hparams["epochs"].number_value == 6 and start.hparams["schedule"].string_value == "cosine"
        tags = ["confusion_matrix/train", "confusion_matrix/validation", "final/confusion_matrix"]
        pictures += check_pictures(reader, 3, tags)
        check_words(reader, ("about/configuration", "| --schedule | cosine |"), ("about/classes", "drawn of each class"))
        weights = json.loads((plain / "class_weights.json").read_text())["classes"]
        for row in weights:
            (point,) = reader.Scalars(f"class_weight/{row['name']}")
            assert same(point.value, row["weight"]) and point.step == 0
            assert len(reader.Scalars(f"recall_validation/{row['name']}")) == 6
        check_files(plain)

        # Stopped after the fourth epoch or in the midst of one, and gone on with: the curves of a run that was not.
        steps = {row["epoch"]: row["step"] for row in lines(plain)}
        whole = {tag: [(p.step, p.value) for p in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}
        for case, cut in (("between", steps[4]), ("within", steps[4] - 3)):
            place = top / f"cut-{case}"
            run(program, PLAIN, *options, "--schedule", "constant", "--max-steps", cut, "--run-dir", place, *common)
            run(program, PLAIN, *options, "--schedule", "constant", "--resume", "auto", "--run-dir", place, "--quiet",
                "--max-steps", 10 ** 6)
            reader = count(check_curves(place))
            check_end(place, reader)
            check_settings(place, reader)
            check_files(place)
            uncut = top / f"uncut-{case}"
            run(program, PLAIN, *options, "--schedule", "constant", "--run-dir", uncut, *common)
            expected = read(uncut)
            assert sorted(expected.Tags()["scalars"]) == sorted(reader.Tags()["scalars"])
            for tag in reader.Tags()["scalars"]:
                if tag != "run/samples_per_second":
                    found = [(point.step, point.value) for point in reader.Scalars(tag)]
                    assert found == [(point.step, point.value) for point in expected.Scalars(tag)], (case, tag)

        # More epochs than the run had: its end is no longer one.
        run(program, PLAIN, *options, "--schedule", "constant", "--epochs", "9", "--resume", "auto", "--run-dir", place,
            "--quiet")
        reader = count(check_curves(place))
        assert len(reader.Scalars("train/loss")) == 9
        check_end(place, reader)
        assert check_settings(place, reader).hparams["epochs"].number_value == 9

        # In another folder than that which the checkpoint is of.
        other = top / "other"
        checkpoint = sorted((place / "checkpoints").glob("*.safetensors"))[-1]
        run(program, PLAIN, "--resume", checkpoint, "--epochs", "11", "--run-dir", other, "--quiet")
        reader = count(check_curves(other))
        assert len(reader.Scalars("train/loss")) == 11
        assert len(read(place).Scalars("train/loss")) == 9

        # Killed, its file cut in the midst of a record, and gone on with.
        killed = top / "killed"
        endless = [PLAIN, "--hidden", "8", "--epochs", "9999", "--checkpoint-every", "60", "--run-dir", killed]
        process = subprocess.Popen([program, *map(str, endless), "--quiet"])
        while process.poll() is None and len(list(killed.glob("checkpoints/*.safetensors"))) < 3:
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        (file,) = killed.glob("*tfevents*")
        file.write_bytes(file.read_bytes()[:-5])
        newest = int(sorted(killed.glob("checkpoints/*.safetensors"))[-1].stem.split("-")[1])
        run(program, *endless, "--resume", "auto", "--max-steps", newest + 500, "--quiet")
        reader = read(killed)
        check_files(killed)
        points = [point.step for point in reader.Scalars("train/loss")]
        assert len(set(points)) == len(points) and points == sorted(points)
        # Of the epoch whose record was cut there is no point, and of no other one is missing.
        missing = {row["step"] for row in lines(killed)} - set(points)
        assert len(missing) <= 1 and set(points) <= {row["step"] for row in lines(killed)}, missing

        # Many classes, of which the rarest have figures.
        many = top / "many"
        run(program, "synthetic:samples=3000,classes=60", "--epochs", "3", "--run-dir", many, *common)
        reader = count(check_curves(many))
        counts = {row["name"]: row["count"] for row in json.loads((many / "class_weights.json").read_text())["classes"]}
        shown = [tag.split("/", 1)[1] for tag in reader.Tags()["scalars"] if tag.startswith("class_weight/")]
        assert len(shown) == 25 and sum(counts[name] for name in shown) == sum(sorted(counts.values())[:25])
        check_words(reader, ("about/classes", "drawn of 25 of the 60 classes"))
        pictures += check_pictures(reader, 60, ["confusion_matrix/train", "final/confusion_matrix"])

        # Full batches; and a run without events.
        descent = top / "lbfgs"
        run(program, PLAIN, "--optimizer", "lbfgs", "--epochs", "12", "--run-dir", descent, *common)
        reader = count(check_curves(descent))
        gradients = [row["largest_gradient"] for row in lines(descent)]
        points = reader.Scalars("optimizer/largest_gradient")
        assert all(same(point.value, gradient) for point, gradient in zip(points, gradients, strict=True))
        run(program, PLAIN, "--epochs", "2", "--tensorboard", "no", "--run-dir", top / "none", *common)
        assert not list((top / "none").glob("**/*tfevents*"))

        # Several members: each in a folder of its own, what they are together beside them.
        members = top / "members"
        run(program, PLAIN, "--members", "3", "--epochs", "4", "--run-dir", members, *common)
        for member in (1, 2, 3):
            count(check_curves(members, members / "members" / str(member), member))
        reader = read(members)
        assert check_end(members, reader) == ["train", "out_of_fold"]
        check_settings(members, reader)

        # A comparison: one table of all its runs.
        compared = top / "compare"
        run(program, "compare", PLAIN, "--class-weights", "none,balanced", "--seeds", "2", "--epochs", "2",
            "--validation-fraction", "0.2", "--run-dir", compared, "--quiet")
        multiplexer = plugin_event_multiplexer.EventMultiplexer().AddRunsFromDirectory(str(compared))
        multiplexer.Reload()
        table = json.loads((compared / "compare.json").read_text())
        assert sorted(multiplexer.Runs()) == sorted(row["folder"] for row in table["runs"])
        for row in table["runs"]:
            place = compared / row["folder"]
            reader = count(check_curves(place))
            start = check_settings(place, reader)
            assert start.hparams["seed"].number_value == row["seed"]
            assert start.hparams["class-weights"].string_value == row["options"]["class-weights"]
            (point,) = reader.Scalars("final/validation/balanced_accuracy")
            assert same(point.value, row["figures"]["balanced_accuracy"])
    print(f"{figures} figures of curves as metrics.jsonl has them, {pictures} pictures; no step twice")


if __name__ == "__main__":
    main(sys.argv[1])
