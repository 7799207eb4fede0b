public import ArgumentParser

/// What one model is better than another by.
public enum ModelMetric: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// The loss that training minimizes, with its class weights.
  case loss
  /// Mean −log p of the true class, unweighted.
  case logLoss = "log-loss"
  case accuracy
  case balancedAccuracy = "balanced-accuracy"
  case macroF1 = "macro-f1"
  case weightedF1 = "weighted-f1"
  case gMean = "g-mean"
  case mcc
  case kappa
  /// The mean over classes, each against the rest.
  case rocAUC = "roc-auc"
  case averagePrecision = "average-precision"

  /// Whether the smaller of two values is the better.
  public var isLoss: Bool { self == .loss || self == .logLoss }

  /// Whether it follows from the order of the scores, and not from the classes that are predicted.
  public var isOfRanking: Bool { self == .rocAUC || self == .averagePrecision }

  /// "balanced accuracy"
  public var title: String {
    switch self {
    case .loss, .accuracy, .kappa: rawValue
    case .logLoss: "log loss"
    case .balancedAccuracy: "balanced accuracy"
    case .macroF1: "macro F1"
    case .weightedF1: "weighted F1"
    case .gMean: "G-mean"
    case .mcc: "MCC"
    case .rocAUC: "ROC-AUC"
    case .averagePrecision: "average precision"
    }
  }

  /// "balanced_accuracy": its name in JSON, as in metrics.jsonl.
  public var key: String { String(rawValue.map { $0 == "-" ? "_" : $0 }) }
}
