extension HelpTopic {
  static let imbalance = HelpTopic(
    name: "imbalance", summary: "which answer to take when: weights, losses, samplers",
    parts: [
      .paragraph(
        """
        All of them move what is predicted from frequent classes to rare ones. They differ in what they cost, and by how \
        much. Measured with one MLP on sixteen tables (docs/imbalance.md has the figures):
        """),
      .terms([
        (
          "to begin with",
          [
            """
            The defaults: --class-weights balanced. On tables with several members, whose best epochs are chosen by \
            balanced accuracy.
            """
          ]
        ),
        (
          "rare ones found",
          [
            """
            --loss logit-adjusted (or balanced-softmax, the same at --logit-tau 1): the highest balanced accuracy, at \
            no cost in macro F1 beside balanced weights. --logit-tau above 1 goes further. --retrain-classifier 10 comes \
            as far.
            """
          ]
        ),
        (
          "a balance",
          [
            """
            --class-weights sqrt-inverse, or --sampler power: the highest macro F1 on skewed tables, fewer of the rarest \
            than balanced weights find.
            """
          ]
        ),
        (
          "probabilities",
          [
            """
            --loss focal --class-weights none: the lowest log loss by far; or any weights, and \
            predict --probabilities calibrated.
            """
          ]
        ),
        (
          "no misses",
          [
            """
            --sampler undersample finds most of the rarest, with many false alarms, in the shortest time; or \
            --tune-thresholds recall:CLASS@precision:P, which says how many are bearable.
            """
          ]
        ),
        (
          "one metric",
          [
            """
            --tune-thresholds macro-f1 (or another) with --members 8, which finds them without holding a part out. \
            Beside one small held-out part they cost more than they give.
            """
          ]
        ),
        (
          "much data",
          [
            """
            --sampler class-balanced or power: batches with more of the rare classes, where a batch at random has \
            none. On small tables weights do as well.
            """
          ]
        ),
      ]),
      .paragraph(
        """
        Two that make up for the frequencies of classes favour rare ones twice; there is a warning. Differences between \
        tables are larger than those between answers: try some on yours, and see which differences are chance.
        """),
      .lines([
        "cw-dist-train compare DATA --class-weights none,balanced --seeds 5",
        "cw-dist-train compare DATA --losses focal,logit-adjusted --seeds 5",
      ]),
    ])
}
