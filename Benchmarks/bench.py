"""Measures cw-dist-train against its peers and against what this machine can do: see launch/bench.

Rounds alternate between the programs, so that a slow moment of the machine meets all of them; each figure
is the median over the rounds, each ratio the median of the rounds' ratios.
"""

import argparse
import datetime
import json
import os
import platform
import pty
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PEERS = TOP / "Benchmarks" / "peers"
sys.path.insert(0, str(PEERS))
from works import ENCODED, WORKS, WORKS_OF_PYTORCH

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--bin", type=Path, required=True, help="folder of the built programs")
parser.add_argument("--only", type=lambda names: names.split(","), help="parts alone: training,tables,reductions,reading,predict,finish,compare,line")
parser.add_argument("--quick", action="store_true", help="one short round, printed and not written")
parser.add_argument("--table", type=Path, help="CSV file for the run from start to finish (default: one made up)")
parser.add_argument("--label", default="label", help="its column of labels")
options = parser.parse_args()
PART_NAMES = ["training", "tables", "reductions", "reading", "predict", "finish", "compare", "line"]
if unknown := set(options.only or []) - set(PART_NAMES):
    parser.error(f"--only: no part is called {', '.join(sorted(unknown))}; there are {', '.join(PART_NAMES)}")

ROUNDS = 1 if options.quick else 3
SECONDS = 1 if options.quick else 3
PYTHON = sys.executable
TORCHRUN = str(Path(sys.executable).parent / "torchrun")
MPIRUN = os.environ.get("MPIRUN", "mpirun")
CORES = sorted(os.sched_getaffinity(0))
folder = tempfile.TemporaryDirectory(prefix="cw-dist-train-bench-")
TEMPORARY = Path(folder.name)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def output_of(command, ranks=1, **environment):
    """Standard output of a command; a single process is bound to a core, as mpirun binds ranks."""
    bind = (lambda: os.sched_setaffinity(0, {CORES[-1]})) if ranks == 1 else None
    result = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        preexec_fn=bind,
        env=os.environ | environment,
        cwd=TEMPORARY,
    )
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {result.returncode}\n{result.stderr}")
    return result.stdout


def shown_on_terminal(command):
    """Runs a command on a pseudo-terminal of its own, bound to a core.

    Returns: How often a line was drawn over another.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.sched_setaffinity(0, {CORES[-1]})
            os.chdir(TEMPORARY)
            os.execvpe(str(command[0]), [str(part) for part in command], os.environ | {"TERM": "xterm"})
        finally:
            os._exit(127)
    drawn, last = 0, b""
    while True:
        try:
            shown = os.read(terminal, 1 << 16)
        except OSError:
            break
        if not shown:
            break
        drawn += shown.count(b"\r") - shown.count(b"\r\n")
        last = (last + shown)[-2_000:]
    os.close(terminal)
    if status := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit(f"{' '.join(map(str, command))}\nended with {status}\n{last.decode(errors='replace')}")
    return drawn


def last_line(text):
    return json.loads(text.strip().splitlines()[-1])


def mpirun(ranks):
    return [MPIRUN, "-np", ranks, "--bind-to", "core"] if ranks > 1 else []


def ours(work, ranks, shards, precision="float32"):
    """The summary of a training run of our program."""
    # About as long as the peers run.
    guess = {0: 2e7 if work.inputs < 20 else 1e7}.get(len(work.hidden), 1e11 / work.flops_per_sample())
    epochs = max(1, round(SECONDS * guess * ranks / work.rows))
    run = TEMPORARY / "run"
    output_of(["rm", "-rf", run])
    model = ["--model", "mlp", "--hidden", ",".join(map(str, work.hidden))] if work.hidden else []
    data = f"synthetic:samples={work.rows},features={work.inputs},classes={work.classes}"
    command = [*mpirun(ranks), options.bin / "cw-dist-train", data, *model, "--shards", shards]
    command += ["--batch-size", work.batch * ranks, "--epochs", epochs, "--quiet", "--run-dir", run]
    command += ["--precision", precision]
    output_of(command, ranks)
    return json.loads((run / "summary.json").read_text())


def peer(script, name, *more, ranks=1):
    command = [PYTHON, PEERS / script]
    if ranks > 1:
        command = [TORCHRUN, "--master-addr", "127.0.0.1", "--nproc-per-node", ranks, PEERS / script]
    text = output_of(
        [*command, "--work", name, "--seconds", SECONDS, *more], ranks, GLOO_SOCKET_IFNAME="lo", OMP_NUM_THREADS="1"
    )
    return last_line(text)


def microbenchmarks(*arguments, ranks=1):
    command = [*mpirun(ranks), options.bin / "microbenchmarks", *arguments]
    return [json.loads(line) for line in output_of(command, ranks).splitlines()]


def median(values):
    return statistics.median(values)


def ratio(ours, theirs):
    return median([a / b for a, b in zip(ours, theirs)])


def figure(value):
    """1,234,000 as "1.23 M"."""
    for size, unit in [(1e6, " M"), (1e3, " k")]:
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def table(title, header, rows):
    lines = [f"### {title}", "", "| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def measure_training():
    """Speeds of each work: a list of rounds for each way to run it."""
    results = {name: {} for name in WORKS}
    for number in range(ROUNDS):
        for name, work in WORKS.items():
            progress(f"round {number + 1} of {ROUNDS}: {name}")
            found = results[name]

            def note(key, value):
                found.setdefault(key, []).append(value)

            for key, ranks, shards in [("1", 1, 1), ("1, V=8", 1, 8), ("2", 2, 2), ("2, V=8", 2, 8)]:
                summary = ours(work, ranks, shards)
                note(key, summary["samples_per_second"])
                note(key + " memory", max(summary["peak_memory_bytes"]))
            # Eight shards of 64 rows or more, which is where the promise must cost little.
            wide = type(work)(work.inputs, work.hidden, work.classes, work.rows, max(work.batch, 512))
            note("wide", ours(wide, 1, 1)["samples_per_second"])
            note("wide, V=8", ours(wide, 1, 8)["samples_per_second"])
            note("PyTorch", peer("pytorch.py", name)["samples_per_second"])
            note("JAX", peer("jax_scan.py", name)["samples_per_second"])
            note("DDP", peer("pytorch.py", name, ranks=2)["samples_per_second"])
            if work.hidden:
                rates = microbenchmarks("sgemm")
                if "blas_gflops" not in rates[0]:
                    sys.exit("there is no OpenBLAS to compare with (Debian: apt-get install libopenblas0-pthread)")
                note("sgemm", max(rates[0]["gflops"], rates[0]["blas_gflops"]))
                note("peak", microbenchmarks("peak")[0]["gflops"])
                note("bf16", ours(work, 1, 1, "bf16")["samples_per_second"])
                note("bf16, 2", ours(work, 2, 2, "bf16")["samples_per_second"])
                note("PyTorch bf16", peer("pytorch.py", name, "--bf16")["samples_per_second"])
    return results


def training_tables(results):
    goals = {
        "linear 10-3": (200, 4, 500),
        "linear 54-7": (12, 4.5, 40),
        "mlp 784-512-256-10": (1.4, 1.1, 2.2),
        "mlp 1024-2048-2048-100": (1.3, 1.2, 1.85),
    }
    goals_of_bf16 = {"mlp 784-512-256-10": 1.3, "mlp 1024-2048-2048-100": 1.15}
    speed, scaling, products, halves, memory = [], [], [], [], []
    for name, work in WORKS.items():
        found = results[name]
        row = [name, figure(median(found["1"])), figure(median(found["2"]))]
        for (key, own), goal in zip([("PyTorch", "1"), ("JAX", "1"), ("DDP", "2")], goals[name]):
            row.append(f"{ratio(found[own], found[key]):.3g}× ({figure(median(found[key]))}; goal {goal}×)")
        speed.append(row)
        scaling.append(
            [
                name,
                f"{ratio(found['2'], found['1']):.2f}",
                f"{ratio(found['wide, V=8'], found['wide']):.2f} at {max(work.batch, 512)}",
                f"{ratio(found['1, V=8'], found['1']):.2f} at {work.batch}",
            ]
        )
        if work.hidden:
            flops = work.flops_per_sample()
            rate = [flops * speed * 1e-9 for speed in found["1"]]
            floor = median(found["sgemm"]) * 1e9 / flops
            products.append(
                [
                    name,
                    f"{median(rate):.0f}",
                    f"{median(found['sgemm']):.0f}",
                    f"{ratio(rate, found['sgemm']):.2f}",
                    f"{median(found['peak']):.0f}",
                    f"{ratio(rate, found['peak']):.2f}",
                    figure(floor),
                ]
            )
            halves.append(
                [
                    name,
                    figure(median(found["bf16"])),
                    figure(median(found["bf16, 2"])),
                    f"{ratio(found['bf16'], found['1']):.2f}×",
                    f"{ratio(found['bf16'], found['PyTorch bf16']):.2f}× ({figure(median(found['PyTorch bf16']))}; "
                    f"goal {goals_of_bf16[name]}×)",
                    f"{ratio(found['bf16, 2'], found['bf16']):.2f}",
                ]
            )
        for ranks in (1, 2):
            data = work.rows * (work.inputs * 4 + 4) / ranks
            limit = data + 16 * work.parameters() + 60e6
            peak = median(found[f"{ranks} memory"])
            memory.append([name, ranks, f"{peak / 1e6:.0f}", f"{limit / 1e6:.0f}"])
    return [
        table(
            "Samples per second in the training loop",
            ["work", "1 rank", "2 ranks", "1 rank / PyTorch", "1 rank / JAX", "2 ranks / PyTorch DDP (gloo)"],
            speed,
        ),
        table(
            "Scaling, and the price of the same bits at any number of ranks (V = 8 against V = 1)",
            ["work", "2 ranks / 1 rank", "V = 8 where shards have rows", "V = 8 at the work's batch"],
            scaling,
        ),
        table(
            "Share of the rates of SGEMM (the faster of OpenBLAS and ours) and of multiply-adds alone, steps and Adam included "
            "(one core, GFLOP/s; goal 0.82 of the peak)",
            ["work", "training", "SGEMM", "share", "peak", "share", "samples/s if it were nothing but SGEMM"],
            products,
        ),
        table(
            "--precision bf16, samples per second (goal 1.7 over float32)",
            ["work", "1 rank", "2 ranks", "over our float32", "1 rank / PyTorch, autocast", "2 ranks / 1 rank"],
            halves,
        ),
        table("Peak memory of a rank (MB)", ["work", "ranks", "peak", "limit"], memory),
    ]


def measure_encoded_table():
    """A table whose numbers are encoded as a batch is gathered, against PyTorch, which is given them encoded."""
    work = WORKS_OF_PYTORCH[ENCODED]
    data = f"synthetic:samples={work.rows},features=54,classes={work.classes}"
    path = TEMPORARY / "encoded"
    found = {"ours": [], "theirs": []}
    for _ in range(ROUNDS):
        progress("an encoded table")
        output_of(["rm", "-rf", path])
        command = [options.bin / "cw-dist-train", data, "--numeric-encoding", "piecewise", "--bins", 32]
        command += ["--hidden", "256,256", "--batch-size", work.batch, "--epochs", 3 * SECONDS, "--quiet", "--run-dir", path]
        output_of(command)
        found["ours"].append(json.loads((path / "summary.json").read_text())["samples_per_second"])
        found["theirs"].append(peer("pytorch.py", ENCODED)["samples_per_second"])
    row = [ENCODED, figure(median(found["ours"])), figure(median(found["theirs"])), f"{ratio(found['ours'], found['theirs']):.2f}×"]
    return table(
        "A table of 54 columns in 32 bins each, MLP 256-256, 256 samples a step (goal 3×)",
        ["work", "ours, 1 rank, samples/s", "PyTorch, given the features encoded", "ratio"],
        [row],
    )


def measure_columns():
    rounds = [microbenchmarks("columns") for _ in range(ROUNDS)]
    rows = []
    for runs in zip(*rounds):
        times = [f"{median([run[key] for run in runs]):.0f}" for key in ("dense_us", "columns_us")]
        shape = [f"{runs[0]['rows']:.0f}", f"{runs[0]['outputs']:.0f}"]
        rows.append([*shape, *times, f"{median([run['ratio'] for run in runs]):.2f}×"])
    return table(
        "The first layer on such columns, there and back, eight shards: multiplied as it stands over added up by columns",
        ["samples a step", "units", "multiplied, µs", "added up, µs", "ratio"],
        rows,
    )


def measure_sparse_text():
    path, run = TEMPORARY / "text.svm", TEMPORARY / "text"
    # The first epochs are slower, as the peer's first fit is, which is not counted: so some seconds of epochs. (Adam moves a
    # million words at every step: two of its epochs are 350 of those.)
    optimizers = [("adam", 400, 2), ("sparse-adam", 1_000, 300), ("sgd", 1_000, 300)]
    lines = []
    for is_hashed, words in enumerate([14_575, 1 << 20]):
        output_of([PYTHON, PEERS / "sparse_text.py", "make", path, "--words", words])
        rows = sum(1 for _ in path.open())
        found = {name: [] for name in [*(optimizer[0] for optimizer in optimizers), "theirs"]}
        for _ in range(ROUNDS):
            progress(f"sparse text, {words} words")
            for name, *epochs in optimizers:
                output_of(["rm", "-rf", run])
                arguments = [path, "--optimizer", name, "--epochs", epochs[is_hashed], "--quiet", "--run-dir", run]
                output_of([options.bin / "cw-dist-train", *arguments])
                found[name].append(rows / json.loads((run / "summary.json").read_text())["samples_per_second"])
            found["theirs"].append(last_line(output_of([PYTHON, PEERS / "sparse_text.py", "sklearn", path]))["seconds"])
        for name, *_ in optimizers:
            times = [f"{1e3 * median(found[key]):.3g}" for key in (name, "theirs")]
            lines.append([f"{words:,}", name, *times, f"{ratio(found['theirs'], found[name]):.2f}×"])
    return table(
        f"An epoch of a linear model on sparse text ({rows:,} rows, 8 classes; made up), one rank (goal 3×)",
        ["words", "optimizer", "ours, batch 32, ms", "scikit-learn's SGDClassifier, ms", "ratio"],
        lines,
    )


def measure_reductions():
    rounds = [microbenchmarks("reductions", ranks=2) for _ in range(ROUNDS)]
    rows = []
    for runs in zip(*rounds):
        times = [median([run[key] for run in runs]) for key in ("fixed_order_us", "mpi_allreduce_us")]
        rows.append([f"{runs[0]['floats']:,.0f}", *(f"{t:.3g}" for t in times), f"{median([r['ratio'] for r in runs]):.2f}"])
    return table(
        "The sum in a fixed order against MPI_Allreduce, 2 ranks, one shard each (µs)",
        ["floats", "fixed order", "MPI_Allreduce", "ratio"],
        rows,
    )


def measure_reading():
    path = TEMPORARY / "table.csv"
    output_of([PYTHON, PEERS / "read_csv.py", "make", path, "--rows", 50_000 if options.quick else 400_000])
    size = path.stat().st_size
    found = {}
    for _ in range(ROUNDS):
        progress("reading")
        for key, ranks in [("cw-dist-train, 1 rank", 1), ("cw-dist-train, 2 ranks", 2)]:
            found.setdefault(key, []).append(microbenchmarks("read", path, ranks=ranks)[-1]["seconds"])
        for reader in ("pandas", "pyarrow", "polars"):
            line = last_line(output_of([PYTHON, PEERS / "read_csv.py", reader, path], ranks=2))
            found.setdefault(line["version"], []).append(line["seconds"])
    path.unlink()
    own = found["cw-dist-train, 2 ranks"]
    rows = [[key, f"{size / median(t) / 1e6:.0f}", f"{ratio(t, own):.2f}"] for key, t in found.items()]
    return table(
        f"Reading a CSV file of {size / 1e6:.0f} MB (54 columns of floats; pyarrow and polars have 2 threads)",
        ["reader", "MB/s", "time over ours at 2 ranks"],
        rows,
    )


def measure_start_to_finish():
    """Whole processes: read, split, standardize, train ten epochs, evaluate."""
    path = options.table
    if not path:
        path = TEMPORARY / "covertype-like.csv"
        output_of([PYTHON, PEERS / "read_csv.py", "make", path, "--rows", 93_000])
    rows_of_table = sum(1 for _ in path.open("rb")) - 1
    found = {"ours": [], "theirs": []}
    for _ in range(ROUNDS):
        progress("start to finish")
        run = TEMPORARY / "finish"
        output_of(["rm", "-rf", run])
        shared = ["--label", options.label, "--epochs", 10]
        own = [*mpirun(2), options.bin / "cw-dist-train", path, "--recipe", "plain", *shared, "--batch-size", 256]
        own += ["--validation-fraction", 0.1, "--run-dir", run]
        theirs = [TORCHRUN, "--master-addr", "127.0.0.1", "--nproc-per-node", 2, PEERS / "covertype_ddp.py", path]
        for key, command in [("ours", own), ("theirs", [*theirs, *shared])]:
            start = datetime.datetime.now()
            output_of(command, 2, GLOO_SOCKET_IFNAME="lo", OMP_NUM_THREADS="1")
            found[key].append((datetime.datetime.now() - start).total_seconds())
        loop = 10 * 0.9 * rows_of_table / json.loads((run / "summary.json").read_text())["samples_per_second"]
        found.setdefault("outside", []).append(found["ours"][-1] - loop)
    rows = [["cw-dist-train", f"{median(found['ours']):.2f}", ""]]
    rows.append(["of it outside of the training loop (goal 0.3)", f"{median(found['outside']):.2f}", ""])
    rows.append(["PyTorch DDP script", f"{median(found['theirs']):.2f}", f"{ratio(found['theirs'], found['ours']):.1f}"])
    what = path.name if options.table else "a table of 93,000 rows and 54 columns"
    return table(
        f"From start to finish on {what}: ten epochs, 2 processes, global batch 256 (goal 10×)",
        ["program", "seconds", "time over ours"],
        rows,
    )


def measure_prediction():
    """Whole processes that predict and evaluate a table, from CSV to CSV."""
    path, run, model = TEMPORARY / "rows.csv", TEMPORARY / "predicted", TEMPORARY / "model.onnx"
    output_of([PYTHON, PEERS / "read_csv.py", "make", path, "--rows", 50_000 if options.quick else 400_000])
    if not options.quick:
        # A gigabyte: of less, the start of programs is much.
        head, _, rows = path.read_bytes().partition(b"\n")
        path.write_bytes(head + b"\n" + 5 * rows)
    program = options.bin / "cw-dist-train"
    output_of(["rm", "-rf", run])
    output_of([program, path, "--recipe", "plain", "--label", "label", "--epochs", 1, "--hidden", "64", "--quiet", "--run-dir", run])
    output_of([program, "export", run, model, "--overwrite"])
    written = TEMPORARY / "predictions.csv"
    script = [PYTHON, PEERS / "predict.py", model, path, written]
    ways = {"pandas reads, and no more": [*script, "--read-only"]}
    for ranks in (1, 2):
        name = f"cw-dist-train, {ranks} rank{'s' if ranks > 1 else ''}"
        ways[f"predict: {name}"] = [*mpirun(ranks), program, "predict", run, path, "--output", written, "--overwrite"]
        ways[f"evaluate: {name}"] = [*mpirun(ranks), program, "evaluate", run, path]
    ways["predict: pandas and onnxruntime"] = script
    ways["evaluate: pandas, onnxruntime and scikit-learn"] = [*script, "--evaluate"]
    found = {}
    for _ in range(ROUNDS):
        progress("prediction")
        for name, command in ways.items():
            start = datetime.datetime.now()
            # Bound to a core where it is one rank of ours.
            output_of(command, 1 if ", 1 rank" in name else 2)
            found.setdefault(name, []).append((datetime.datetime.now() - start).total_seconds())
    size = path.stat().st_size
    path.unlink()
    rows = []
    for name, times in found.items():
        own = found[f"{'evaluate' if name.startswith('evaluate') else 'predict'}: cw-dist-train, 2 ranks"]
        rows.append([name, f"{median(times):.2f}", f"{ratio(times, own):.2f}"])
    return table(
        f"Predicting and evaluating {size / 1e6:.0f} MB of CSV (54 columns of floats, MLP 54-64-7), whole processes",
        ["program", "seconds", "time over ours at 2 ranks (goals: reading > 1, scripts 5)"],
        rows,
    )


def of_processor(key):
    return next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith(key + "\t")), "unknown")


def kind_of_machine():
    """What results are kept apart by: "AMD family 26"; "AMD family 25 AVX2" of one without AVX-512 (Zen 3)."""
    vendor = {"AuthenticAMD": "AMD", "GenuineIntel": "Intel"}.get(of_processor("vendor_id"), "processor")
    flags = of_processor("flags").split()
    vectors = " AVX2" if "avx2" in flags and "avx512f" not in flags else ""
    return f"{vendor} family {of_processor('cpu family')}{vectors}"


def measure_comparison():
    """Whole processes that compare 24 runs: one after another, and side by side by two threads and by two ranks."""
    grid = ["--class-weights", "none,inverse,balanced,sqrt-inverse", "--losses", "cross-entropy,focal", "--seeds", 3, "--quiet"]
    rows = 4_000 if options.quick else 20_000
    works = {
        f"linear 54-7, {rows:,} rows, 10 epochs": [f"synthetic:samples={rows},features=54,classes=7"],
        f"mlp 54-64-7, {rows:,} rows, 10 epochs": [f"synthetic:samples={rows},features=54,classes=7", "--hidden", 64],
    }
    if options.table:
        label = ["--label", options.label]
        works[f"{options.table.name}, as --recipe plain has it"] = [options.table, *label, "--recipe", "plain"]
    rows = []
    for name, work in works.items():
        found = {"one": [], "threads": [], "ranks": []}
        for _ in range(max(ROUNDS, 3)):
            progress(f"comparison: {name}")
            for way, times in found.items():
                output_of(["rm", "-rf", TEMPORARY / "compared"])
                ranks = 2 if way == "ranks" else 1
                command = [*mpirun(ranks), options.bin / "cw-dist-train", "compare", *work, *grid]
                # Without a number of threads a process without ranks has one for each core.
                command = ["taskset", "-c", ",".join(str(core) for core in CORES[-2:]), *command, *(["--threads", 1] if way == "one" else [])]
                start = datetime.datetime.now()
                output_of([*command, "--run-dir", TEMPORARY / "compared"], ranks)
                times.append((datetime.datetime.now() - start).total_seconds())
        row = [name, *(f"{median(times):.2f}" for times in found.values())]
        for way in ("threads", "ranks"):
            shares = [b / a for a, b in zip(found["one"], found[way])]
            row.append(f"{median(shares):.2f} ({', '.join(f'{share:.2f}' for share in shares)})")
        rows.append(row)
    return table(
        "Comparing 24 runs, whole processes: one after another, and side by side (goal 0.60)",
        ["runs", "one after another (s)", "2 threads (s)", "2 ranks (s)", "2 threads / 1 (of each pair)", "2 ranks / 1"],
        rows,
    )


def measure_line():
    """What the line that moves on a terminal costs the training loop."""
    works = {"linear 10-3": [], "mlp 784-512-256-10": ["--hidden", "512,256", "--batch-size", 256]}
    rows, pairs = [], 2 if options.quick else 12
    for name, model in works.items():
        work, found, drawn = WORKS[name], {"line": [], "none": []}, []
        epochs = max(1, round(SECONDS * (2e7 if not model else 9e4) / work.rows))
        run = TEMPORARY / "line"
        data = f"synthetic:samples={work.rows},features={work.inputs},classes={work.classes}"
        command = [options.bin / "cw-dist-train", data, *model, "--epochs", epochs, "--overwrite", "--run-dir", run]
        for number in range(pairs):
            progress(f"line: {name}, pair {number + 1} of {pairs}")
            # Whichever goes first meets another moment of the machine.
            for way in sorted(found, reverse=number % 2 == 1):
                if way == "line":
                    drawn.append(shown_on_terminal(command))
                else:
                    output_of(command)
                found[way].append(json.loads((run / "summary.json").read_text())["samples_per_second"])
        shares = sorted(a / b for a, b in zip(found["line"], found["none"]))
        rows.append([
            name, figure(median(found["line"])), figure(median(found["none"])), f"{median(shares):.4f}",
            f"{shares[len(shares) // 4]:.3f} to {shares[-1 - len(shares) // 4]:.3f}", f"{median(drawn):.0f}",
        ])  # fmt: skip
    return table(
        f"The training loop with the line that moves on a terminal, and without ({pairs} pairs; goal 0.99)",
        ["work", "with, samples/s", "without", "with / without", "half of the pairs", "times drawn"],
        rows,
    )


def machine():
    def first(command):
        try:
            return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
        except (OSError, IndexError):
            return "?"

    model = f"{of_processor('model name')} ({kind_of_machine()})"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = (TOP / "Benchmarks" / "requirements.txt").read_text().split("\n")
    peers = ", ".join(line for line in versions if "==" in line)
    return "\n".join(
        [
            f"- {datetime.date.today()}, {model}, {len(CORES)} cores, {memory:.0f} GiB, {platform.platform()}",
            f"- {first(['swift', '--version'])}; {first([MPIRUN, '--version'])}",
            f"- {peers}",
            f"- {first(['git', '-C', str(TOP), 'describe', '--always', '--dirty'])}; medians of {ROUNDS} rounds, where nothing else is said",
        ]
    )


PARTS = {
    "training": lambda: training_tables(measure_training()),
    "tables": lambda: [measure_encoded_table(), measure_columns(), measure_sparse_text()],
    "reductions": lambda: [measure_reductions()],
    "reading": lambda: [measure_reading()],
    "predict": lambda: [measure_prediction()],
    "finish": lambda: [measure_start_to_finish()],
    "compare": lambda: [measure_comparison()],
    "line": lambda: [measure_line()],
}


def write(part, text):
    """Puts a part into the file of this kind of machine, in the place of what was measured of it before."""
    path = TOP / "Benchmarks" / "results" / (kind_of_machine().lower().replace(" ", "-") + ".md")
    path.parent.mkdir(exist_ok=True)
    title = f"# What launch/bench measured on {kind_of_machine()}\n"
    _, *sections = ("\n" + path.read_text()).split("\n## ") if path.exists() else [title]
    found = {section.split("\n", 1)[0]: section.rstrip("\n") + "\n" for section in sections}
    found[part] = f"{part}\n\n{text}".rstrip("\n") + "\n"
    order = [*(name for name in found if name not in PARTS), *(name for name in PARTS if name in found)]
    path.write_text(title + "".join(f"\n## {found[name]}" for name in order))
    progress(f"{part} written to {path.relative_to(TOP)}")


for part in options.only or PARTS:
    text = "\n".join([machine(), "", *PARTS[part]()])
    print(f"## {part}\n\n{text}", flush=True)
    if not options.quick:
        write(part, text)
