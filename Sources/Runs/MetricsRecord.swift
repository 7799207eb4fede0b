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

  public init(_ evaluation: Evaluation) {
    self.init(
      evaluation.confusion, untuned: evaluation.untuned, loss: evaluation.loss, logLoss: evaluation.logLoss)
  }

  public init(_ confusion: ConfusionMatrix, untuned: ConfusionMatrix? = nil, loss: Double?, logLoss: Double?) {
    self.loss = loss.map { FiniteNumber(value: $0) }
    self.logLoss = logLoss.map { FiniteNumber(value: $0) }
    samples = confusion.sampleCount
    figures = ConfusionRecord(confusion)
    self.untuned = untuned.map { ConfusionRecord($0) }
  }

  enum CodingKeys: String, CodingKey {
    case loss
    case logLoss = "log_loss"
    case samples, untuned
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(loss, forKey: .loss)
    try container.encodeIfPresent(logLoss, forKey: .logLoss)
    try container.encode(samples, forKey: .samples)
    try figures.encode(to: encoder)
    try container.encodeIfPresent(untuned, forKey: .untuned)
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

  public init(_ report: DescentReport) {
    evaluations = report.evaluations
    largestGradient = report.largestGradient
    tolerance = report.tolerance
    endedBy = report.ending?.rawValue ?? "epochs"
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
  /// Of each class; nil of those without samples. [C]
  let recall: [Double?]
  /// Of full batches, of the training part.
  var descent: DescentReport?

  enum CodingKeys: String, CodingKey {
    case member, epoch, step, stage, split, evaluations, recall
    case largestGradient = "largest_gradient"
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
    try container.encode(recall, forKey: .recall)
  }
}
