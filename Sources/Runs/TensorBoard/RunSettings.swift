internal import Configuration
internal import TensorBoard

/// A run as a row of TensorBoard's table of runs, HPARAMS: its options, and the figures that runs are compared by.
struct RunSettings {
  private let options: [OptionSetting]
  private let changed: Set<String>
  private let metrics: [HyperParameters.Metric]

  /// What runs are mostly compared by; it stands before other options, as do those that are not as by default.
  private static let mainOptions: Set<String> = [
    "class-weights", "loss", "sampler", "model", "hidden", "learning-rate", "epochs", "seed",
  ]

  init(_ configuration: TrainingConfiguration, _ run: RunDescription) {
    options = configuration.settings.filter { !ComparisonPlan.optionsWithoutResult.contains($0.name) }
    changed = Set(run.options.filter { !$0.isDefault }.map(\.name))
    var parts = [("train", "training")]
    if run.members > 1 { parts.append(("out_of_fold", "out-of-fold")) }
    if run.validationSamples != nil { parts.append(("validation", "validation")) }
    if run.testSamples != nil { parts.append(("test", "test")) }
    let rarest = ComparisonTable.rarestClasses(run.classes.map(\.count)).map { run.classes[$0].name }
    let figures =
      [("balanced_accuracy", "balanced accuracy"), ("macro_f1", "macro F1")]
      + rarest.map { ("recall:\($0)", "recall of \($0)") } + [
        ("log_loss", "log loss"), ("accuracy", "accuracy"), ("roc_auc", "ROC-AUC"),
        ("average_precision", "average precision"),
      ]
    // The fairest first.
    metrics = parts.reversed().flatMap { part, title in
      figures.map { HyperParameters.Metric(tag: "final/\(part)/\($0)", title: "\($1), \(title)") }
    }
  }

  /// - Parameter time: Seconds since 1970.
  func values(begun time: Double) -> [TaggedValue] {
    let columns = options.map { option in
      HyperParameters.Column(
        option.name, isNumber: option.isNumber,
        isMain: Self.mainOptions.contains(option.name) || changed.contains(option.name))
    }
    let settings = options.compactMap { option in
      option.text.map { text in
        let number = option.isNumber ? Double(text) : nil
        return (option.name, number.map { HyperParameters.Setting.number($0) } ?? .text(text))
      }
    }
    return [
      TaggedValue(.columns(columns, metrics: metrics, time: time)),
      TaggedValue(.start(Dictionary(uniqueKeysWithValues: settings), time: time)),
    ]
  }
}
