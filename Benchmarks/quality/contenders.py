"""Who is compared, and the commands by which each comes from TRAIN to predictions for FEATURES."""

import shlex
import sys
from pathlib import Path

# Options of ours beyond the plain command: the one place to change them.
OURS = {
    "cw-dist-train": [],
    "cw-dist-train macro-f1": ["--early-stopping", "macro-f1", "--tune-thresholds", "macro-f1"],
    "cw-dist-train plain": ["--recipe", "plain"],
}

# Which of them the goals are for: balanced accuracy and time of the first, macro F1 of the second.
JUDGED = ("cw-dist-train", "cw-dist-train macro-f1")

# At their defaults, and with up to 1,000 trees and early stopping.
PEERS = {
    "logistic regression": ["logistic"],
    "HistGradientBoosting": ["histgradientboosting"],
    "HistGradientBoosting 1000": ["histgradientboosting", "--stopped"],
    "LightGBM": ["lightgbm"],
    "LightGBM 1000": ["lightgbm", "--stopped"],
    "XGBoost": ["xgboost"],
    "XGBoost 1000": ["xgboost", "--stopped"],
    "CatBoost": ["catboost"],
    "CatBoost 1000": ["catboost", "--stopped"],
}


class Contender:
    """A way from a table to predictions: commands that run one after the other, as processes of their own."""

    def __init__(self, name, options, program=None, probabilities="raw"):
        self.name, self.options, self.program, self.probabilities = name, options, program, probabilities

    @property
    def is_ours(self):
        return self.program is not None

    def commands(self, split, folder, cores):
        """Commands that write folder/predictions.csv, on that many cores."""
        train, features, written = split / "train.csv", split / "features.csv", folder / "predictions.csv"
        if not self.is_ours:
            script = Path(__file__).parent / "peers.py"
            command = [sys.executable, "-W", "ignore", script, self.options[0], train, features, written]
            return [[*command, *self.options[1:], "--threads", cores]]
        run = folder / "run"
        # Without --threads it takes all cores that there are.
        return [
            [self.program, train, "--label", "target", "--quiet", "--run-dir", run, "--threads", cores, *self.options],
            [self.program, "predict", run, features, "--quiet", "--output", written,
             "--probabilities", self.probabilities],
        ]


def contenders(program, variants):
    """All contenders by name; variants are further ones of ours, as texts "NAME=OPTIONS"."""
    ours = dict(OURS)
    for variant in variants:
        name, _, options = variant.partition("=")
        ours[f"cw-dist-train {name}"] = shlex.split(options)
    found = [Contender(name, options, program) for name, options in ours.items()]
    found += [Contender(name, options) for name, options in PEERS.items()]
    return {contender.name: contender for contender in found}
