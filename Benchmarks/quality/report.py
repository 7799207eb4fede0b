"""Tables of what the cache holds: means, ranks and wins of all contenders, then each table's figures."""

import datetime
import os
import platform
import statistics
from pathlib import Path

from contenders import JUDGED, PEERS

# Figure, title, format, whether more is better.
FIGURES = [
    ("balanced_accuracy", "Balanced accuracy", "{:.4f}", True),
    ("macro_f1", "Macro F1", "{:.4f}", True),
    ("log_loss", "Log loss", "{:.4f}", False),
]

# A contender this near to the best one of a table has not lost it.
NEAR = 0.01


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def ranks(values, larger):
    """The place of each value from 1; equal ones share the mean of their places."""
    sign = -1 if larger else 1
    ordered = sorted(sign * value for value in values)
    return [ordered.index(sign * v) + (ordered.count(sign * v) + 1) / 2 for v in values]


class Comparison:
    """Means over splits of the contenders that have been measured, table by table.

    `splits[table]` are those that every contender has, `compared` the tables where there are any, and `missing` says of
    the other tables who lacks them, and why.
    """

    def __init__(self, cache, contenders, tables, splits):
        self.cache = cache
        have = {name for _, _, name in cache.figures}
        self.contenders = [name for name in contenders if name in have]
        self.splits, self.missing = {}, {}
        for table in tables:
            lines = {key[1:]: line for key, line in cache.figures.items() if key[0] == table}
            good = lambda number, name: "balanced_accuracy" in lines.get((number, name), {})
            self.splits[table] = [n for n in splits if all(good(n, name) for name in self.contenders)]
            if not self.splits[table]:
                lacking = {name: self._reason(lines, name) for name in self.contenders}
                self.missing[table] = {name: reason for name, reason in lacking.items() if reason}
        self.compared = [table for table in tables if self.splits[table]]

    def _reason(self, lines, name):
        """Why no split of a table is there for a contender; None where one is."""
        own = [line for (_, other), line in lines.items() if other == name]
        if any("balanced_accuracy" in line for line in own):
            return None
        return next((line["failed"] for line in own), "not measured").splitlines()[-1]

    def mean(self, figure, table, name):
        return statistics.mean(self.cache.figures[table, n, name][figure] for n in self.splits[table])

    def seconds(self, table, name):
        """Mean seconds of a table, and the cores; timings count where there are any, else what the figures took.

        None where figures alone are known."""
        found = [self.cache.seconds(table, number, name) for number in self.splits[table]]
        timed = [n for n in self.splits[table] if (table, n, name) in self.cache.timings]
        if timed:
            found = [self.cache.seconds(table, number, name) for number in timed]
        found = [one for one in found if one]
        return (statistics.mean(s for s, _ in found), min(cores for _, cores in found)) if found else None

    def summary(self):
        rows = {name: [name] for name in self.contenders}
        for figure, _, form, larger in FIGURES:
            of = {table: [self.mean(figure, table, name) for name in self.contenders] for table in self.compared}
            places = [ranks(values, larger) for values in of.values()]
            for i, name in enumerate(self.contenders):
                rows[name].append(form.format(statistics.mean(values[i] for values in of.values())))
                rows[name].append(f"{statistics.mean(place[i] for place in places):.2f}")
                best = [(max if larger else min)(values) for values in of.values()]
                rows[name].append(sum(values[i] == b for values, b in zip(of.values(), best)))
                if larger:
                    rows[name].append(sum(values[i] >= b - NEAR for values, b in zip(of.values(), best)))
        for name in self.contenders:
            found = [self.seconds(table, name) for table in self.compared]
            timed = None not in found
            rows[name].append(f"{sum(s for s, _ in found):.0f}" + note({c for _, c in found}) if timed else "–")
        header = ["contender"]
        for figure, title, _, larger in FIGURES:
            header += [title, "mean rank", "wins"] + [f"within {NEAR}"] * larger
        return markdown([*header, "seconds"], rows.values())

    def figure(self, figure, form, larger):
        rows = []
        for table in self.compared:
            values = [self.mean(figure, table, name) for name in self.contenders]
            best = (max if larger else min)(values)
            shown = [f"**{form.format(v)}**" if v == best else form.format(v) for v in values]
            rows.append([table, len(self.splits[table]), *shown])
        means = [
            statistics.mean(self.mean(figure, table, name) for table in self.compared) for name in self.contenders
        ]
        rows.append(["*mean*", "", *map(form.format, means)])
        return markdown(["table", "splits", *self.contenders], rows)

    def times(self):
        rows = []
        for table in self.compared:
            found = [self.seconds(table, name) for name in self.contenders]
            rows.append([table, *(f"{one[0]:.1f}" + note({one[1]}) if one else "–" for one in found)])
        return markdown(["table", *self.contenders], rows)

    def goals(self, judged, tuned, peers, timed):
        """What is to be reached, and what is: one of ours, and one tuned for macro F1, against the best of the peers.

        Times are against `timed`, where all were taken on as many cores.
        """
        of = lambda figure, name: [self.mean(figure, table, name) for table in self.compared]
        accuracies = {name: statistics.mean(of("balanced_accuracy", name)) for name in peers}
        scores = {name: statistics.mean(of("macro_f1", name)) for name in peers}
        rows = []
        best = max(accuracies, key=accuracies.get)
        gain = statistics.mean(of("balanced_accuracy", judged)) - accuracies[best]
        rows.append(["balanced accuracy above the best peer's mean", "0.02", f"{gain:+.4f} ({best})"])
        if tuned in self.contenders:
            best = max(scores, key=scores.get)
            gain = statistics.mean(of("macro_f1", tuned)) - scores[best]
            rows.append(["macro F1 above the best peer's mean, tuned to it", "0", f"{gain:+.4f} ({best})"])
        others = {table: {name: self.mean("balanced_accuracy", table, name) for name in peers} for table in self.compared}
        behind = {t: self.mean("balanced_accuracy", t, judged) - max(found.values()) for t, found in others.items()}
        near = sum(difference >= -NEAR for difference in behind.values())
        of_all = f"{near} of {len(behind)} ({near / len(behind):.0%})"
        rows.append([f"tables within {NEAR} of the best peer of each, balanced accuracy", "80%", of_all])
        for name in timed:
            if name not in self.contenders:
                continue
            pairs = [(self.seconds(table, judged), self.seconds(table, name)) for table in self.compared]
            if all(own and other and own[1] == other[1] for own, other in pairs):
                ratio = sum(own[0] for own, _ in pairs) / sum(other[0] for _, other in pairs)
                rows.append([f"time over that of {name}", "3", f"{ratio:.2f}"])
        lost = [(t, d) for t, d in sorted(behind.items(), key=lambda pair: pair[1]) if d < -NEAR]
        text = markdown(["goal", "at least, of time at most", "found"], rows)
        if lost:
            named = [f"{table} ({d:+.4f}, {max(others[table], key=others[table].get)})" for table, d in lost]
            text += "\n\nBehind the best peer by more: " + ", ".join(named) + "."
        return text


def note(cores):
    """Marks seconds that were not taken on two cores."""
    return "" if cores == {2} else f" ({'/'.join(map(str, sorted(cores)))} core{'s' if cores != {1} else ''})"


def machine(cache):
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    pinned = (Path(__file__).parent.parent / "quality-requirements.txt").read_text().split("\n")
    ours = sorted({line["version"].splitlines()[0] for line in cache.figures.values() if "version" in line})
    dates = sorted({line["date"] for line in [*cache.figures.values(), *cache.timings.values()]})
    return "\n".join(
        [
            f"- {model}, {len(os.sched_getaffinity(0))} cores, {platform.platform()}",
            f"- measured {dates[0]} to {dates[-1]}, written {datetime.date.today()}",
            f"- {'; '.join(ours) or 'cw-dist-train was not measured'}",
            f"- {', '.join(line for line in pinned if '==' in line)}",
        ]
    )


EXPLANATION = """
Each table is split by class, a quarter held out, as often as the column of splits says, with other seeds; figures are
means over the splits that all contenders have. Balanced accuracy is the mean recall, and macro F1 the mean F1, of the
classes of the held-out part; log loss is of the probabilities as each contender gives them, none being taken for less than
2⁻²³. All train with balanced weights, in a process of their own that reads the file, and see text columns as categories, each in its own way.
“1000” are up to 1,000 trees, ended by early stopping on a tenth held out by class (50 rounds; learning rate 0.05,
CatBoost's by its own rule); the others are at their defaults. Wins are tables where a contender is the best, equal ones
counted for each; seconds are of the whole process, summed over the tables (the mean of the splits of each).
"""


def report(cache, contenders, tables, splits):
    """The report as Markdown, of those of the splits that have been measured."""
    comparison = Comparison(cache, contenders, tables, splits)
    parts = ["# What launch/bench --quality measured", machine(cache), EXPLANATION.strip()]
    if comparison.compared:
        parts += [f"## Over {len(comparison.compared)} tables", comparison.summary()]
        peers = [name for name in comparison.contenders if name in PEERS]
        judged, tuned = JUDGED
        if judged in comparison.contenders and peers:
            parts += [f"## Goals, of {judged}", comparison.goals(judged, tuned, peers, ["XGBoost", "XGBoost 1000"])]
    if comparison.missing:
        parts.append("Not compared, since a contender has no figures there:")
        lines = []
        for table, lacking in comparison.missing.items():
            by_reason = {}
            for name, reason in lacking.items():
                by_reason.setdefault(reason, []).append(name)
            reasons = "; ".join(
                reason + (f": {', '.join(names)}" if len(names) < len(comparison.contenders) else "")
                for reason, names in by_reason.items()
            )
            lines.append(f"- {table}: {reasons or 'no split that all have'}")
        parts.append("\n".join(lines))
    if comparison.compared:
        for figure, title, form, larger in FIGURES:
            parts += [f"## {title}", comparison.figure(figure, form, larger)]
        parts += ["## Seconds of the whole process, mean of the splits", comparison.times()]
    return "\n\n".join(parts) + "\n"
