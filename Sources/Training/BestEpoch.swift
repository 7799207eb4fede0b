public import Configuration
package import Metrics

/// The epoch after which the model was the best so far: by a metric on the validation part, or without one over the
/// training batches.
public struct BestEpoch: Equatable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Steps since the beginning of the run.
  public let step: Int
  public let metric: ModelMetric
  /// Finite.
  public let value: Double
  /// Finite; nil where epochs are compared by the metric alone.
  public let logLoss: Double?

  /// "macro F1", "macro F1 and the log loss"
  public var criterion: String { metric.title + (logLoss == nil ? "" : " and the log loss") }

  init(epoch: Int, step: Int, metric: ModelMetric, value: Double, logLoss: Double? = nil) {
    (self.epoch, self.step, self.metric, self.value, self.logLoss) = (epoch, step, metric, value, logLoss)
  }
}

/// `{"balanced_accuracy": 0.8125, "epoch": 3, "step": 96}`: the value stands under the name of its metric. Beside it is
/// `epoch_log_loss` where epochs are compared by that, too.
extension BestEpoch: Codable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    static var epochLogLoss: Key { Key("epoch_log_loss") }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    epoch = try values.decode(Int.self, forKey: Key("epoch"))
    step = try values.decode(Int.self, forKey: Key("step"))
    guard let metric = ModelMetric.allCases.first(where: { values.contains(Key($0.key)) }) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no value of a metric"))
    }
    self.metric = metric
    value = try values.decode(Double.self, forKey: Key(metric.key))
    logLoss = try values.decodeIfPresent(Double.self, forKey: .epochLogLoss)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(epoch, forKey: Key("epoch"))
    try values.encode(step, forKey: Key("step"))
    try values.encode(value, forKey: Key(metric.key))
    try values.encodeIfPresent(logLoss, forKey: .epochLogLoss)
  }
}

extension Evaluation {
  /// Nil where there is none, or it is not finite.
  public func value(of metric: ModelMetric) -> Double? { value(of: metric, fillingFrom: nil) }

  /// - Parameter other: Has the rows of the confusion matrix for classes without a sample here; nil where they count nowhere.
  func value(of metric: ModelMetric, fillingFrom other: ConfusionMatrix?) -> Double? {
    metric.value(
      other.map { confusion.filled(from: $0) } ?? confusion, loss: loss, logLoss: logLoss, rocAUC: ranking?.macroROCAUC,
      averagePrecision: ranking?.macroAveragePrecision)
  }
}

extension ModelMetric {
  /// Whether each class counts as much as any other, however few samples it has.
  var isMeanOverClasses: Bool {
    switch self {
    case .balancedAccuracy, .macroF1, .gMean: true
    case .loss, .logLoss, .accuracy, .weightedF1, .mcc, .kappa, .rocAUC, .averagePrecision: false
    }
  }

  /// Its value, of what is known of a model's judgements; nil where there is none, or it is not finite.
  package func value(
    _ confusion: ConfusionMatrix, loss: Double? = nil, logLoss: Double?, rocAUC: Double?, averagePrecision: Double?
  ) -> Double? {
    let value: Double? =
      switch self {
      case .loss: loss
      case .logLoss: logLoss
      case .accuracy: confusion.accuracy
      case .balancedAccuracy: confusion.balancedAccuracy
      case .macroF1: confusion.macroF1
      case .weightedF1: confusion.weightedF1
      case .gMean: confusion.gMean
      case .mcc: confusion.mcc
      case .kappa: confusion.kappa
      case .rocAUC: rocAUC
      case .averagePrecision: averagePrecision
      }
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}
