internal import Configuration

extension HelpTopic {
  static let samplers = HelpTopic(
    name: "samplers", summary: "which samples an epoch has, and how often (--sampler)",
    parts: [
      .paragraph(
        """
        In an epoch a sample of class c is drawn r_c times in the mean: ⌊r_c⌋ times, and once more with probability \
        r_c − ⌊r_c⌋. n_c is the number of training samples of class c over all ranks, N their sum, C the number of \
        classes that have any.
        """),
      .terms([
        ("shuffle", ["r_c = 1, in a new random order every epoch; the default"]),
        (
          "sequential",
          [
            "r_c = 1, in the order of the file within each shard; every batch has a share of all (--shards 1: in that of the file)"
          ]
        ),
        (
          "class-balanced",
          ["r_c = N / (C · n_c)", "Every class equally often, as many samples altogether as there are."]
        ),
        (
          "power",
          [
            "r_c ∝ n_c^(q−1), q = --sampling-power (default \(StepOptions.defaults.samplingPower))",
            "Between shuffle (q = 1) and class-balanced (q = 0), as many samples altogether as there are.",
          ]
        ),
        (
          "progressive",
          [
            "power, with q from 1 in the first epoch to 0 in the last",
            "Features are learned from the data as it is, frontiers from balanced samples (after Kang et al. 2020; help decoupled has another way).",
          ]
        ),
        (
          "oversample",
          [
            "r_c = max(1, ρ · n_max / n_c), ρ = --sampling-ratio (default 1)",
            "Rare classes are brought up to ρ times the most frequent one; none is left out, and epochs are longer.",
          ]
        ),
        (
          "undersample",
          [
            "r_c = min(1, n_min / (ρ · n_c)), ρ = --sampling-ratio (default 1)",
            "Frequent classes are brought down to n_min / ρ, other samples in each epoch: epochs are short.",
          ]
        ),
      ]),
      .paragraph(
        """
        Draws are keyed by --seed, epoch, shard and sample: they do not depend on the ranks, and a run goes on in the \
        middle of an epoch to the same bits. The table before training shows how many samples of each class an epoch \
        draws, and log.txt what each drew. Schedules go by the number of steps that is expected.
        """),
      .paragraph(
        """
        Samplers that repeat or leave out samples make up for the frequencies of classes: with them --class-weights is \
        none unless you say otherwise, and both together are warned of. Probabilities prior and calibrated undo r_c, \
        too (help probabilities). They are refused with --optimizer lbfgs, which takes all samples at once.
        """),
      .lines(["cw-dist-train compare DATA --samplers shuffle,class-balanced,oversample"]),
    ])
}
