internal import Configuration
internal import Datasets
package import Metrics
internal import Models
public import Training

/// The text files of a run directory, as the run comes to know what belongs into them.
extension RunDirectory: RunListener {
  public func receive(_ event: RunEvent) throws {
    switch event {
    case .warning, .note, .reading, .readingEnded, .goesOn, .memberEnded, .reached, .stopped: break
    case .began(let run):
      try write(try JSONText.pretty(ClassWeightsRecord(run)), to: Self.weightsFile)
    case .epochEnded(let report):
      try append(try MetricsLog.lines(report).joined(), to: Self.metricsFile)
    case .ended(let end):
      if let test = end.final.test {
        try append(try MetricsLog.testLine(test, of: end.result), to: Self.metricsFile)
      }
      let confusion = Self.confusionMatrix(
        end.final.decisive.evaluation.confusion, classNames: end.run.classes.map(\.name))
      try write([(Self.confusionFile, confusion)] + report(of: end))
      // A run that has it is complete.
      let speed = end.result.samplesPerSecond > 0 ? end.result.samplesPerSecond : earlierSamplesPerSecond ?? 0
      try write(
        try JSONText.pretty(SummaryRecord(end, samplesPerSecond: speed)), to: Self.summaryFile, isLast: true)
    }
  }

  func writeConfiguration(_ configuration: TrainingConfiguration) throws {
    try write(try configuration.yaml, to: Self.configurationFile)
  }

  /// Rows are the true classes, columns the predictions.
  package static func confusionMatrix(_ confusion: ConfusionMatrix, classNames: [String]) -> String {
    var text = (["true class"] + classNames).map(CSVField.text).joined(separator: ",") + "\n"
    for (index, name) in classNames.enumerated() {
      let counts = classNames.indices.map { String(confusion[index, $0]) }
      text += ([CSVField.text(name)] + counts).joined(separator: ",") + "\n"
    }
    return text
  }
}

/// The lines of metrics.jsonl.
public enum MetricsLog {
  /// A line for each part of the data. Nothing in them depends on the ranks or on time.
  public static func lines(_ report: EpochReport) throws -> [String] {
    var parts = [("train", report.training)]
    if let validation = report.validation { parts.append(("validation", validation)) }
    return try parts.map { split, evaluation in
      try JSONText.line(
        MetricsLine(
          member: report.member?.number, epoch: report.epoch, step: report.step,
          stage: report.stage == .classifier ? .classifier : nil, split: split,
          metrics: MetricsRecord(evaluation), confusion: evaluation.confusion, ranking: evaluation.ranking,
          descent: split == "train" ? report.descent : nil))
    }
  }

  /// The line of the model that is delivered on the test part. Of several members its epoch is the last one that any
  /// is of, and its step counts those of all.
  static func testLine(_ evaluation: Evaluation, of result: RunResult) throws -> String {
    let isOne = result.members.isEmpty
    let epoch = isOne ? result.delivered.epoch : result.members.map(\.delivered.epoch).max() ?? 0
    return try JSONText.line(
      MetricsLine(
        member: nil, epoch: epoch, step: isOne ? result.delivered.step : result.steps, stage: nil, split: "test",
        metrics: MetricsRecord(
          evaluation.confusion, loss: evaluation.loss, logLoss: evaluation.logLoss, ranking: evaluation.ranking),
        confusion: evaluation.confusion, ranking: evaluation.ranking))
  }
}

/// class_weights.json of a run.
struct ClassWeightsRecord: Codable {
  struct Row: Codable {
    let name: String
    let count: Int
    /// In an epoch in the mean, where a sampler repeats samples or leaves some out.
    let draws: Double?
    /// Nil where weights follow each batch.
    let weight: Double?
  }

  let scheme: String
  let classes: [Row]

  init(_ run: RunDescription) {
    scheme = run.weightScheme
    classes = run.classes.map { Row(name: $0.name, count: $0.count, draws: $0.draws, weight: $0.weight) }
  }
}

private struct SummaryRecord: Encodable {
  let outcome: String
  let steps: Int
  let nonfiniteSteps: Int
  let best: BestEpoch?
  let delivered: DeliveredRecord?
  let endedEarly: Bool?
  let network: NetworkRecord?
  let members: [MemberRecord]?
  let descent: DescentRecord?
  let temperature: Double?
  let decision: DecisionRule?
  let tau: Double?
  let samplesPerSecond: Double
  let ranks: Int
  let hosts: [String]
  let peakMemoryBytes: [Int]
  let shards: Int
  let threads: Int
  let version: String
  let commit: String?
  let mpi: String
  let train: MetricsRecord
  let outOfFold: MetricsRecord?
  let validation: MetricsRecord?
  let test: MetricsRecord?

  init(_ end: RunEnd, samplesPerSecond: Double) {
    let (result, final, run, peakMemory) = (end.result, end.final, end.run, end.peakMemory)
    outcome = result.outcome.rawValue
    steps = result.steps
    nonfiniteSteps = result.nonfiniteSteps
    let isOne = result.members.isEmpty
    best = isOne ? result.progress.best : nil
    delivered = isOne ? DeliveredRecord(result.delivered) : nil
    endedEarly = isOne ? result.endedEarly : nil
    network = isOne ? result.progress.network.map { NetworkRecord($0) } : nil
    members = isOne ? nil : result.members.map { MemberRecord($0) }
    descent = result.descent.map { DescentRecord($0, endedEarly: result.endedEarly) }
    temperature = end.temperature
    decision = end.decision
    tau = end.tau
    self.samplesPerSecond = samplesPerSecond
    ranks = run.ranks
    hosts = run.hosts
    peakMemoryBytes = peakMemory
    shards = run.shards
    threads = run.threads
    version = run.version
    commit = run.commit.isEmpty ? nil : run.commit
    mpi = run.transport
    train = MetricsRecord(final.training)
    outOfFold = final.outOfFold.map { MetricsRecord($0) }
    validation = final.validation.map { MetricsRecord($0) }
    test = final.test.map { MetricsRecord($0) }
  }

  enum CodingKeys: String, CodingKey {
    case outcome, steps
    case nonfiniteSteps = "nonfinite_steps"
    case best, delivered, network, members
    case endedEarly = "ended_early"
    case descent, temperature, decision
    case tau = "tau_normalization"
    case samplesPerSecond = "samples_per_second"
    case ranks, hosts
    case peakMemoryBytes = "peak_memory_bytes"
    case outOfFold = "out_of_fold"
    case shards, threads, version, commit, mpi, train, validation, test
  }
}

/// What a member came to, in JSON.
public struct MemberRecord: Codable, Equatable, Sendable {
  public let delivered: DeliveredRecord
  /// What its epoch was the best by, on the samples that it was trained without.
  public let best: BestEpoch?
  /// The epochs that it was trained for.
  public let epochs: Int
  public let steps: Int
  public let endedEarly: Bool
  /// Its first stage, where it had two.
  public let network: NetworkRecord?

  public init(_ member: TrainedMember) {
    delivered = DeliveredRecord(member.delivered)
    best = member.delivered.best
    (epochs, steps, endedEarly) = (member.epochs, member.steps, member.endedEarly)
    network = member.network.map { NetworkRecord($0) }
  }

  enum CodingKeys: String, CodingKey {
    case delivered, best, epochs, steps, network
    case endedEarly = "ended_early"
  }
}

/// The first stage of a run or member that had two, in JSON.
public struct NetworkRecord: Codable, Equatable, Sendable {
  /// Whose layers, all but the last, the model has.
  public let delivered: DeliveredRecord
  /// What it was the best by.
  public let best: BestEpoch?
  /// The epochs that all layers were trained for.
  public let epochs: Int
  public let steps: Int
  public let endedEarly: Bool

  public init(_ stage: NetworkStage) {
    delivered = DeliveredRecord(stage.delivered)
    best = stage.delivered.best
    (epochs, steps, endedEarly) = (stage.epochs, stage.steps, stage.endedEarly)
  }

  enum CodingKeys: String, CodingKey {
    case delivered, best, epochs, steps
    case endedEarly = "ended_early"
  }
}

/// Which epoch's model a run came to, in JSON.
public struct DeliveredRecord: Codable, Equatable, Sendable {
  /// From 1.
  public let epoch: Int
  public let step: Int
  /// "best" or "last", as --keep-model has it.
  public let kept: String

  public init(_ delivered: DeliveredEpoch) {
    (epoch, step) = (delivered.epoch, delivered.step)
    kept = (delivered.best == nil ? StoppingOptions.KeptModel.last : .best).rawValue
  }
}
