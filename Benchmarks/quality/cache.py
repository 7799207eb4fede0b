"""What was measured: a JSON object a line, so that measuring can be cut, continued, and done in parts.

A line is of one table, split and contender. Lines of figures have those (or `failed`: why there are none), and the
seconds and cores that they took; lines of `timing` have seconds alone, taken while nothing else ran. Later lines
supersede earlier ones.
"""

import json
from pathlib import Path


class Cache:
    def __init__(self, path):
        self.path = Path(path)
        self.figures, self.timings = {}, {}
        if self.path.exists():
            # A line that was cut off is measured again.
            for line in self.path.read_text().splitlines():
                try:
                    self._note(json.loads(line))
                except json.JSONDecodeError:
                    continue

    def _note(self, line):
        kind = self.timings if line.get("timing") else self.figures
        kind[line["table"], line["split"], line["contender"]] = line

    def add(self, line):
        self._note(line)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # A line that was cut off does not take this one with it.
        ragged = self.path.exists() and self.path.stat().st_size > 0 and not self.path.read_bytes().endswith(b"\n")
        with open(self.path, "a") as file:
            file.write(("\n" if ragged else "") + json.dumps(line) + "\n")

    def seconds(self, table, split, contender):
        """Seconds, and the cores that they were taken on; of timings where there are any. None where there are none."""
        key = table, split, contender
        line = self.timings.get(key) or self.figures.get(key)
        return (line["seconds"], line["cores"]) if line and "seconds" in line else None
