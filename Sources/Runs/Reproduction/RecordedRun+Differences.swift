internal import Checkpoints
internal import Configuration
internal import Kernels
internal import Training

/// What differs from the beginning, and what might explain that the rest does.
extension RecordedRun {
  /// The first class whose count of training samples is another one; nil where all are the same, or are not recorded.
  func differenceOfCounts(from run: RunDescription) -> String? {
    guard let classWeights else { return nil }
    let (then, now) = (classWeights.classes.map(\.name), run.classes.map(\.name))
    guard then == now else {
      return "it has the classes \(Self.list(now)) instead of \(Self.list(then))"
    }
    return zip(classWeights.classes, run.classes).first { $0.count != $1.count }.map { then, now in
      "class \"\(now.name)\" has \(now.count) training samples instead of \(then.count)"
    }
  }

  /// The first class whose weight is another one; nil where all are the same, or are not recorded.
  func differenceOfWeights(from run: RunDescription) -> String? {
    guard let classWeights else { return nil }
    func text(_ weight: Double?) -> String { weight.map { "\($0)" } ?? "one that follows each batch" }
    return zip(classWeights.classes, run.classes).first { $0.weight != $1.weight }.map { then, now in
      "that of class \"\(now.name)\" is \(text(now.weight)) now, and was \(text(then.weight))"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count) in all)" : "")
  }

  /// Whether another program made the run, in words; at most one.
  var otherProgram: [String] {
    guard let summary, ProgramName(summary.version, summary.commit) != .own else { return [] }
    return [Self.version(of: summary)]
  }

  /// Options that made other steps of a part of the run, in words: config.yaml has the last ones alone. A run that was
  /// gone on with has another length until its next checkpoint, and the same steps.
  var otherOptions: [String] { wordsOfOptions { $0.options(changingStepsIn: configuration) } }

  private func wordsOfOptions(_ differences: (CheckpointRecord) -> [String]) -> [String] {
    guard let record = checkpoint?.checkpoint.record else { return [] }
    var words = record.ruleChanges.map { change in
      """
      at step \(change.step) the run was gone on with by other rules than before, and its config.yaml has the last ones \
      alone: \(change.rules.joined(separator: ", "))
      """
    }
    let options = differences(record)
    if !options.isEmpty {
      words.append(
        """
        config.yaml has other options than the run had at step \(record.step), as the checkpoint of that step \
        says: \(options.joined(separator: ", "))
        """)
    }
    return words
  }

  /// What might explain a difference.
  ///
  /// - Parameter configuration: Of the training that is compared.
  func reasons(_ configuration: TrainingConfiguration) -> [String] {
    var reasons = wordsOfOptions { $0.options(changingResultsIn: self.configuration) } + otherProgram
    if checkpoint == nil { reasons.append("without a checkpoint nothing tells whether the data is the same") }
    if let path = configuration.model.`init` {
      reasons.append("it began with the parameters of \(path), and nothing tells whether that file is as it was")
    }
    if !configuration.model.hiddenWidths.isEmpty, configuration.model.activation != .relu {
      reasons.append(
        "\(configuration.model.activation.rawValue) comes from the system's C library, which may be another one here")
    }
    guard reasons.isEmpty else { return reasons }
    return [
      """
      data, options and program are as they were: a file of \(path) was changed since, or the machine computes \
      wrongly (cw-dist-train doctor looks), or this is a bug: please report it
      """
    ]
  }
}
