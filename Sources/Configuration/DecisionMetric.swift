internal import ArgumentParser

/// What thresholds are tuned for, as `--tune-thresholds` has it.
public enum DecisionMetric: ExpectedText {
  case macroF1
  case balancedAccuracy
  case gMean
  /// The recall of a class with at least so much precision: "recall:fraud@precision:0.9".
  case recall(className: String, precision: Double)

  private static let (recallMark, precisionMark) = ("recall:", "@precision:")

  static var expectation: String {
    let names = [ModelMetric.macroF1, .balancedAccuracy, .gMean].map(\.rawValue).joined(separator: ", ")
    return "\(names), or \(recallMark)CLASS\(precisionMark)P with P above 0 and up to 1"
  }

  public init?(argument: String) {
    switch argument {
    case ModelMetric.macroF1.rawValue: self = .macroF1
    case ModelMetric.balancedAccuracy.rawValue: self = .balancedAccuracy
    case ModelMetric.gMean.rawValue: self = .gMean
    default:
      // The name of a class may have the mark in it: what stands behind the last one is the number.
      guard argument.hasPrefix(Self.recallMark),
        let mark = argument.ranges(of: Self.precisionMark).last,
        let precision = Double(argument[mark.upperBound...]), precision > 0, precision <= 1
      else { return nil }
      let start = argument.index(argument.startIndex, offsetBy: Self.recallMark.count)
      guard start < mark.lowerBound else { return nil }
      self = .recall(className: String(argument[start..<mark.lowerBound]), precision: precision)
    }
  }

  public var description: String {
    switch self {
    case .macroF1: ModelMetric.macroF1.rawValue
    case .balancedAccuracy: ModelMetric.balancedAccuracy.rawValue
    case .gMean: ModelMetric.gMean.rawValue
    case .recall(let name, let precision): "\(Self.recallMark)\(name)\(Self.precisionMark)\(precision)"
    }
  }
}
