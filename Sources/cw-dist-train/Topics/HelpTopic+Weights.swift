internal import ClassWeighting
internal import Configuration

extension HelpTopic {
  static let weights = HelpTopic(
    name: "weights", summary: "what a class counts in the loss (--class-weights)",
    parts: [
      .paragraph(
        """
        A sample of class c counts w_c times in the loss. n_c is the number of training samples of class c over all \
        ranks, N their sum, C the number of classes that have any. All ranks use the same weights, computed in Double.
        """),
      .terms(
        WeightScheme.rules.map { rule in
          let isDefault = rule.name == LossOptions.usualClassWeights
          return (rule.name, ["w_c = \(rule.formula)\(isDefault ? "; the default" : "")", rule.use])
        }
          + [
            ("1,5.5,20", ["As given, one for each class in their order."]),
            ("FILE", ["JSON or CSV: by name of class, or in their order; class_weights.json of a run is one."]),
          ]),
      .terms([
        ("--smoothing", ["s of smoothed (default \(WeightRuleOptions.defaults.smoothing))"]),
        ("--beta", ["β of effective-number (default \(WeightRuleOptions.defaults.beta))"]),
        ("--max-weight", ["Larger weights are reduced to it."]),
      ]),
      .paragraph(
        """
        A class without training samples has weight 0, which is said. Weighting trades accuracy on common classes for \
        recall of rare ones, and moves the probabilities (help probabilities). Under the weighted mean (help losses) \
        only the ratios of weights matter.
        """),
      .lines(["cw-dist-train weights DATA     shows them all for your data"]),
    ])
}
