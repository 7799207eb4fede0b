public import Metrics
public import Training
internal import Yams

/// The text files of a run directory.
extension RunDirectory {
  public func writeConfiguration(_ configuration: TrainingConfiguration) throws {
    try write(try YAMLEncoder().encode(configuration), to: "config.yaml")
  }

  public func writeClassWeights(_ run: RunDescription) throws {
    try write(try JSONText.pretty(ClassWeightsRecord(run)), to: "class_weights.json")
  }

  /// Adds the lines of an epoch to metrics.jsonl.
  public func appendMetrics(_ report: EpochReport) throws {
    try append(try MetricsLog.lines(report).joined(), to: Self.metricsFile)
  }

  /// - Parameter peakMemory: Of each rank, in bytes.
  public func writeSummary(
    _ result: RunResult, _ final: FinalEvaluation, _ run: RunDescription, peakMemory: [Int]
  ) throws {
    try write(try JSONText.pretty(SummaryRecord(result, final, run, peakMemory)), to: "summary.json")
  }

  /// Rows are the true classes, columns the predictions.
  public func writeConfusionMatrix(_ confusion: ConfusionMatrix, classNames: [String]) throws {
    var text = (["true class"] + classNames).map(csvField).joined(separator: ",") + "\n"
    for (index, name) in classNames.enumerated() {
      let counts = classNames.indices.map { String(confusion[index, $0]) }
      text += ([csvField(name)] + counts).joined(separator: ",") + "\n"
    }
    try write(text, to: "confusion_matrix.csv")
  }

  private func csvField(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}

enum MetricsLog {
  /// A line for each part of the data. Nothing in them depends on the ranks or on time.
  static func lines(_ report: EpochReport) throws -> [String] {
    var parts = [("train", report.training)]
    if let validation = report.validation { parts.append(("validation", validation)) }
    return try parts.map { split, evaluation in
      try JSONText.line(
        MetricsLine(epoch: report.epoch, step: report.step, split: split, metrics: MetricsRecord(evaluation)))
    }
  }
}

private struct ClassWeightsRecord: Encodable {
  struct Row: Encodable {
    let name: String
    let count: Int
    let weight: Double?
  }

  let scheme: String
  let classes: [Row]

  init(_ run: RunDescription) {
    scheme = run.weightScheme
    classes = run.classes.map { Row(name: $0.name, count: $0.count, weight: $0.weight) }
  }
}

private struct SummaryRecord: Encodable {
  let outcome: String
  let steps: Int
  let nonfiniteSteps: Int
  let best: BestEpoch?
  let samplesPerSecond: Double
  let ranks: Int
  let hosts: [String]
  let peakMemoryBytes: [Int]
  let shards: Int
  let threads: Int
  let version: String
  let mpi: String
  let train: MetricsRecord
  let validation: MetricsRecord?

  init(_ result: RunResult, _ final: FinalEvaluation, _ run: RunDescription, _ peakMemory: [Int]) {
    outcome = result.outcome.rawValue
    steps = result.progress.step
    nonfiniteSteps = result.progress.nonfiniteSteps
    best = result.progress.best
    samplesPerSecond = result.samplesPerSecond
    ranks = run.ranks
    hosts = run.hosts
    peakMemoryBytes = peakMemory
    shards = run.shards
    threads = run.threads
    version = run.version
    mpi = run.transport
    train = MetricsRecord(final.training)
    validation = final.validation.map { MetricsRecord($0) }
  }

  enum CodingKeys: String, CodingKey {
    case outcome, steps
    case nonfiniteSteps = "nonfinite_steps"
    case best
    case samplesPerSecond = "samples_per_second"
    case ranks, hosts
    case peakMemoryBytes = "peak_memory_bytes"
    case shards, threads, version, mpi, train, validation
  }
}
