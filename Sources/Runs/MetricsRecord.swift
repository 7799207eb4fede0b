internal import Foundation
public import Metrics
public import Training

/// The metrics of one evaluation, in the names of metrics.jsonl and summary.json.
public struct MetricsRecord: Encodable {
  let loss: FiniteNumber?
  let logLoss: FiniteNumber?
  let samples: Int
  let figures: ConfusionRecord
  /// By the largest logit, where thresholds are tuned.
  let untuned: ConfusionRecord?
  /// Nil where samples were not ranked.
  private let rocAUC: Double?
  private let averagePrecision: Double?
  /// How sure the figures are; nil where that was not asked for.
  private let intervals: MetricIntervals?

  public init(_ evaluation: Evaluation) {
    self.init(
      evaluation.confusion, untuned: evaluation.untuned, loss: evaluation.loss, logLoss: evaluation.logLoss,
      ranking: evaluation.ranking, intervals: evaluation.intervals)
  }

  public init(
    _ confusion: ConfusionMatrix, untuned: ConfusionMatrix? = nil, loss: Double?, logLoss: Double?,
    ranking: RankingMetrics? = nil, intervals: MetricIntervals? = nil
  ) {
    self.intervals = intervals
    self.loss = loss.map { FiniteNumber(value: $0) }
    self.logLoss = logLoss.map { FiniteNumber(value: $0) }
    samples = confusion.sampleCount
    figures = ConfusionRecord(confusion)
    self.untuned = untuned.map { ConfusionRecord($0) }
    (rocAUC, averagePrecision) = (ranking?.macroROCAUC, ranking?.macroAveragePrecision)
  }

  enum CodingKeys: String, CodingKey {
    case loss
    case logLoss = "log_loss"
    case samples, untuned, intervals
    case rocAUC = "roc_auc"
    case averagePrecision = "average_precision"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(loss, forKey: .loss)
    try container.encodeIfPresent(logLoss, forKey: .logLoss)
    try container.encode(samples, forKey: .samples)
    try figures.encode(to: encoder)
    try container.encodeIfPresent(rocAUC, forKey: .rocAUC)
    try container.encodeIfPresent(averagePrecision, forKey: .averagePrecision)
    try container.encodeIfPresent(untuned, forKey: .untuned)
    try container.encodeIfPresent(intervals, forKey: .intervals)
  }
}

/// What follows from a confusion matrix alone.
struct ConfusionRecord: Encodable {
  let accuracy: Double
  let balancedAccuracy: Double
  let macroF1: Double
  let weightedF1: Double
  let gMean: Double
  let mcc: Double
  let kappa: Double

  init(_ confusion: ConfusionMatrix) {
    accuracy = confusion.accuracy
    balancedAccuracy = confusion.balancedAccuracy
    macroF1 = confusion.macroF1
    weightedF1 = confusion.weightedF1
    gMean = confusion.gMean
    mcc = confusion.mcc
    kappa = confusion.kappa
  }

  enum CodingKeys: String, CodingKey {
    case accuracy
    case balancedAccuracy = "balanced_accuracy"
    case macroF1 = "macro_f1"
    case weightedF1 = "weighted_f1"
    case gMean = "g_mean"
    case mcc, kappa
  }
}

/// Where an optimizer of full batches has come to, in the names of summary.json.
public struct DescentRecord: Encodable {
  let evaluations: Int
  let largestGradient: Double
  let tolerance: Double
  let endedBy: String

  /// - Parameter endedEarly: Whether epochs without a better one have ended the run.
  public init(_ report: DescentReport, endedEarly: Bool) {
    evaluations = report.evaluations
    largestGradient = report.largestGradient
    tolerance = report.tolerance
    endedBy = report.ending?.rawValue ?? (endedEarly ? "patience" : "epochs")
  }

  enum CodingKeys: String, CodingKey {
    case evaluations
    case largestGradient = "largest_gradient"
    case tolerance
    case endedBy = "ended_by"
  }
}

/// A number, or null where it is not finite: JSON has no word for that.
struct FiniteNumber: Encodable {
  let value: Double

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// One line of metrics.jsonl.
struct MetricsLine: Encodable {
  /// From 1; nil in a run of one model, and of all together.
  let member: Int?
  let epoch: Int
  let step: Int
  /// Nil but in the stage of the last layer: what an epoch of all layers came to is the same whether that follows or not.
  let stage: TrainingStage?
  let split: String
  let metrics: MetricsRecord
  let confusion: ConfusionMatrix
  /// Nil where samples were not ranked.
  let ranking: RankingMetrics?
  /// Of full batches, of the training part.
  var descent: DescentReport?

  enum CodingKeys: String, CodingKey {
    case member, epoch, step, stage, split, evaluations, recall
    case largestGradient = "largest_gradient"
    case classROCAUC = "class_roc_auc"
    case classAveragePrecision = "class_average_precision"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(member, forKey: .member)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(step, forKey: .step)
    try container.encodeIfPresent(stage, forKey: .stage)
    try container.encode(split, forKey: .split)
    try container.encodeIfPresent(descent?.evaluations, forKey: .evaluations)
    try container.encodeIfPresent(descent?.largestGradient, forKey: .largestGradient)
    try metrics.encode(to: encoder)
    // Of each class; null of those without samples. [C]
    try container.encode(confusion.recalls, forKey: .recall)
    try container.encodeIfPresent(ranking?.rocAUC, forKey: .classROCAUC)
    try container.encodeIfPresent(ranking?.averagePrecision, forKey: .classAveragePrecision)
  }
}
