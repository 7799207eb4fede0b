"""The answers to imbalance that are compared with each other, all with one model of the recipe for tables."""

# One network without a part held out: what differs is the answer alone, not an epoch that was chosen.
COMMON = ["--recipe", "table", "--members", "1", "--epochs", "40"]

NONE = ["--class-weights", "none"]

CHOICES = {
    "nothing": NONE,
    "weights: balanced": ["--class-weights", "balanced"],
    "weights: sqrt-inverse": ["--class-weights", "sqrt-inverse"],
    "weights: effective-number": ["--class-weights", "effective-number"],
    "weights: per-batch": ["--class-weights", "per-batch"],
    "loss: focal": [*NONE, "--loss", "focal"],
    "loss: focal, balanced weights": ["--class-weights", "balanced", "--loss", "focal"],
    "loss: balanced-softmax": ["--loss", "balanced-softmax"],
    "loss: logit-adjusted": ["--loss", "logit-adjusted"],
    # With deferred re-weighting in the last fifth of the epochs, as its authors have it.
    "loss: ldam, deferred weights": [
        "--class-weights", "effective-number", "--loss", "ldam", "--reweight-from-epoch", "33",
    ],
    "sampler: class-balanced": [*NONE, "--sampler", "class-balanced"],
    "sampler: power": [*NONE, "--sampler", "power"],
    "sampler: progressive": [*NONE, "--sampler", "progressive"],
    "sampler: oversample": [*NONE, "--sampler", "oversample"],
    "sampler: undersample": [*NONE, "--sampler", "undersample"],
    # Ten epochs more, of the last layer alone.
    "last layer: retrained": ["--retrain-classifier", "10"],
    # A part is held out to find τ or thresholds on.
    "last layer: τ": [*NONE, "--validation-fraction", "0.2", "--keep-model", "last", "--tau-normalization", "auto"],
    "thresholds: balanced-accuracy": [
        *NONE, "--validation-fraction", "0.2", "--keep-model", "last", "--tune-thresholds", "balanced-accuracy",
    ],
    "thresholds: macro-f1": [
        *NONE, "--validation-fraction", "0.2", "--keep-model", "last", "--tune-thresholds", "macro-f1",
    ],
}  # fmt: skip

# What the others are tested against.
REFERENCE = "weights: balanced"
