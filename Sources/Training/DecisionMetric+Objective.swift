package import Configuration
package import Metrics

extension DecisionMetric {
  /// What it means with classes of these names.
  ///
  /// - Throws: `TrainingError.unknownClass`
  package func objective(_ classNames: [String]) throws(TrainingError) -> DecisionObjective {
    switch self {
    case .macroF1: return .macroF1
    case .balancedAccuracy: return .balancedAccuracy
    case .gMean: return .gMean
    case .recall(let name, let precision):
      guard let index = classNames.firstIndex(of: name) else {
        throw .unknownClass(option: "--tune-thresholds \(description)", name: name, classNames: classNames)
      }
      return .recall(ofClass: index, precision: precision)
    }
  }
}
