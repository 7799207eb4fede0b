"""Runs the commands of a contender on a split, each in a process of its own."""

import datetime
import os
import subprocess
import tempfile
import time
from pathlib import Path

from measures import figures


def ended(process):
    """Ends a process and those that it started."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def measured(contender, part, cores, limit):
    """Figures and seconds of a contender on a split, or why it has none.

    `limit` is in seconds.
    """
    environment = os.environ | {"OMP_NUM_THREADS": str(cores), "OPENBLAS_NUM_THREADS": str(cores)}
    line = {"cores": cores, "date": datetime.date.today().isoformat()}
    if contender.is_ours:
        version = subprocess.run([contender.program, "--version"], capture_output=True, text=True, check=True)
        line |= {"version": version.stdout.splitlines()[0], "options": contender.options}
    with tempfile.TemporaryDirectory(prefix="cw-dist-train-quality-") as folder:
        folder = Path(folder)
        start = time.monotonic()
        for command in contender.commands(part, folder, cores):
            with open(folder / "errors", "w+") as errors:
                process = subprocess.Popen(
                    [str(word) for word in command], stdout=subprocess.DEVNULL, stderr=errors, env=environment, cwd=folder
                )
                try:
                    code = process.wait(max(0, start + limit - time.monotonic()))
                except subprocess.TimeoutExpired:
                    ended(process)
                    return line | {"failed": f"more than {limit:g} s"}
                except BaseException:
                    ended(process)
                    raise
                if code != 0:
                    errors.seek(0)
                    return line | {"failed": errors.read()[-500:].strip() or f"exit code {code}"}
        line["seconds"] = round(time.monotonic() - start, 3)
        return line | figures(folder / "predictions.csv", part / "test.csv")
