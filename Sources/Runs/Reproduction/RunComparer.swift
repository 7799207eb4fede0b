internal import Checkpoints
internal import Configuration
internal import Datasets
internal import Models
internal import Training

/// Listens to a run, compares it with what was recorded, and tells a listener. A class, because the run and who began it
/// both hold it. Only the root has one.
final class RunComparer: RunListener {
  private let recorded: RecordedRun
  private let configuration: TrainingConfiguration
  private let goesOn: Bool
  private let listener: any ReproductionListener
  private var comparison: RunComparison

  init(
    _ recorded: RecordedRun, _ configuration: TrainingConfiguration, goesOn: Bool, _ listener: any ReproductionListener
  ) {
    self.recorded = recorded
    self.configuration = configuration
    self.goesOn = goesOn
    self.listener = listener
    comparison = RunComparison(recorded)
  }

  var hasHeardEnough: Bool { !goesOn && (comparison.hasDifference || comparison.isAtEndOfRecord) }

  func receive(_ event: RunEvent) throws {
    switch event {
    case .warning, .note, .reading, .readingEnded, .began, .goesOn, .memberEnded, .stopped: break
    case .epochEnded(let report):
      let found = comparison.compare(lines: try MetricsLog.lines(report))
      try listener.receive(.compared(found, epochs: report.epochs))
    case .reached(let state):
      if let found = comparison.compare(state) { try listener.receive(.comparedCheckpoint(found)) }
    case .ended(let end):
      guard let test = end.final.test else { return }
      let line = try MetricsLog.testLine(test, of: end.result)
      try listener.receive(
        .compared(comparison.compare(lines: [line]), epochs: configuration.steps.epochs))
    }
  }

  /// Checks that the run is trained on what it was trained on, and tells that it begins.
  ///
  /// - Throws: `ReproductionError` where it is not; what the listener throws.
  func checkInput(
    _ run: RunDescription, _ data: DataFingerprint, classWeights: [Double], featureNames: [String],
    columns: [EncodedColumn]
  ) throws {
    var remarks = recorded.lacks + recorded.otherProgram + recorded.otherOptions
    let (counts, weights) = (recorded.differenceOfCounts(from: run), recorded.differenceOfWeights(from: run))
    if let saved = recorded.checkpoint?.checkpoint {
      let difference =
        saved.record.data.difference(from: data)
        ?? saved.difference(fromFeatureNames: featureNames, columns: columns)
      if let difference { throw otherData(difference) }
      if saved.record.classWeights != classWeights { throw otherWeights(weights, run) }
      // The checkpoint has a checksum.
      if let difference = counts ?? weights {
        remarks.append("\(RunDirectory.weightsFile) is not as the run wrote it: \(difference)")
      }
    } else {
      if let counts { throw otherData(counts) }
      if weights != nil { throw otherWeights(weights, run) }
    }
    try listener.receive(
      .began(
        ReproductionBeginning(
          path: recorded.path, then: recorded.summary, now: run, isDataChecked: recorded.checkpoint != nil,
          areWeightsChecked: recorded.checkpoint != nil || recorded.classWeights != nil, remarks: remarks)))
  }

  private func otherWeights(_ difference: String?, _ run: RunDescription) -> ReproductionError {
    let named = configuration.loss.classWeights
    return .otherWeights(
      path: recorded.path, difference: difference ?? "the checkpoint has others",
      file: run.weightScheme == named ? nil : named)
  }

  private func otherData(_ difference: String) -> ReproductionError {
    .otherData(
      path: recorded.path, data: configuration.dataName, difference: difference, was: recorded.expectation,
      isOtherProgram: !recorded.otherProgram.isEmpty)
  }

  /// For who is told of a failure.
  var findingsSoFar: String {
    guard let last = comparison.lines.last else { return "" }
    return comparison.hasDifference
      ? "(Before that it differed from \(recorded.path).)"
      : "(Up to epoch \(last.epoch) it was as in \(recorded.path).)"
  }

  /// Compares what was trained, and tells what came of it.
  ///
  /// - Throws: `FileError`, what the listener throws.
  func conclude(_ outcome: RunResult.Outcome, _ model: ModelFile) throws -> ReproductionResult.Verdict {
    let wasEnough = hasHeardEnough
    if outcome == .completed { try comparison.compare(model) }
    let result = ReproductionResult(
      comparison, of: recorded, outcome, wasEnough: wasEnough, reasons: recorded.reasons(configuration))
    try listener.receive(.ended(result))
    return result.verdict
  }
}
