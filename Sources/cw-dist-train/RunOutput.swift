internal import Collectives
internal import Models
internal import Reporting
internal import Training

/// Everything that a run puts out, to the console and to its folder. Only the root has one.
struct RunOutput {
  private let directory: RunDirectory
  private let description: RunDescription
  private let reporter: RunReporter

  /// Makes the folder and writes what is known before the run. Collective; nil on all ranks but
  /// the root.
  init?(
    _ choice: RunDirectory.Choice, description: RunDescription, configuration: TrainingConfiguration,
    reporter: RunReporter, over communicator: some Communicator
  ) throws {
    let directory: RunDirectory? = try communicator.agree {
      guard communicator.isRoot else { return nil }
      let directory = try RunDirectory.create(choice)
      try directory.writeConfiguration(configuration)
      try directory.writeClassWeights(description)
      try reporter.begin(description)
      return directory
    }
    guard let directory else { return nil }
    self.directory = directory
    self.description = description
    self.reporter = reporter
  }

  func epochEnded(_ report: EpochReport) throws {
    try directory.appendMetrics(report)
    try reporter.epochEnded(report)
  }

  func save(_ model: ModelFile) throws {
    try directory.write(to: "model.safetensors") { try model.write(to: $0) }
  }

  /// - Parameter peakMemory: Of each rank, in bytes.
  func end(_ result: RunResult, _ final: FinalEvaluation, classNames: [String], peakMemory: [Int]) throws {
    try directory.writeConfusionMatrix(final.decisive.evaluation.confusion, classNames: classNames)
    try directory.writeSummary(result, final, description, peakMemory: peakMemory)
    try reporter.end(result, final, classNames: classNames, savedTo: directory.path)
  }
}
