"""Tests the checker: it is content with the truth, and with nothing else.

    python3 test_check.py                         # two minutes; less without pandas
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import mock_reader
import tables

HERE = Path(__file__).parent


def check(mode, *options):
    """Exit code, and how many cases there were, were read, settled, refused, and failed."""
    with tempfile.TemporaryDirectory() as folder:
        program = f"{sys.executable} {HERE / 'mock_reader.py'} {mode}"
        run = subprocess.run(
            [sys.executable, str(HERE / "check.py"), program, "--folder", folder, "--failures", "3", *options],
            capture_output=True, text=True)
    figures = re.search(r"^all +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", run.stdout, re.M)
    if not figures:
        raise AssertionError(run.stdout + run.stderr)
    cases, clear, read, settled, refused, failed = map(int, figures.groups())
    return run.returncode, {
        "cases": cases, "clear": clear, "read": read, "settled": settled, "refused": refused, "failed": failed,
        "text": run.stdout}


class CheckTests(unittest.TestCase):
    def test_the_truth_passes(self):
        status, counts = check("truth", "--cases", "216")
        self.assertEqual(status, 0, counts["text"])
        self.assertEqual(counts["failed"], 0)

    def test_every_mistake_is_found(self):
        for mistake in mock_reader.MISTAKES:
            with self.subTest(mistake):
                status, counts = check(mistake, "--cases", "54", "--skip", "findings")
                self.assertEqual(status, 1)
                self.assertGreater(counts["failed"], 0)

    def test_mistakes_in_fixed_cases_are_found(self):
        for mistake in ("lose-row", "thousandfold", "header-as-class"):
            with self.subTest(mistake):
                status, counts = check(mistake, "--only", "findings")
                self.assertEqual(status, 1)
                self.assertGreater(counts["failed"], 50)

    def test_what_is_clear_must_be_read(self):
        status, counts = check("refuse", "--cases", "108", "--skip", "findings")
        self.assertEqual(status, 1)
        self.assertEqual(counts["failed"], counts["clear"])
        self.assertEqual(counts["settled"], counts["cases"] - counts["clear"])

    def test_a_refusal_must_say_what_settles_it(self):
        for mode in ("refuse-always", "refuse-mutely", "crash"):
            with self.subTest(mode):
                status, counts = check(mode, "--cases", "54", "--skip", "findings", "--skip", "r-table")
                self.assertEqual(status, 1)
                self.assertEqual(counts["read"] + counts["settled"], 0)
                # Not of what no option can settle: another encoding.
                self.assertGreater(counts["failed"], counts["cases"] * 0.8)

    def test_shards_must_agree(self):
        status, counts = check("differ-by-shards", "--cases", "54", "--skip", "findings")
        self.assertEqual(counts["failed"], counts["cases"])

    @unittest.skipUnless(tables.HAS_PANDAS, "needs pandas")
    def test_a_simple_reader_fails(self):
        status, counts = check("pandas", "--cases", "108", "--skip", "findings")
        self.assertEqual(status, 1)
        self.assertGreater(counts["read"], 0)
        self.assertGreater(counts["failed"], counts["cases"] // 3)

    def test_cases_are_the_same_each_time(self):
        for kind in tables.KINDS:
            if tables.HAS_PANDAS or not tables.needs_pandas(kind):
                one, other = tables.random_case(kind, 7, 3), tables.random_case(kind, 7, 3)
                self.assertEqual(one, other)


if __name__ == "__main__":
    unittest.main()
