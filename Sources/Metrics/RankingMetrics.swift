/// How well the scores of each class rank its samples above those of all other classes.
///
/// Definitions as scikit-learn's, one class against the rest. A class without samples of its own, or to which all
/// samples belong, has no figure; a macro figure is the mean over the classes that have one, and nil where none has.
public struct RankingMetrics: Codable, Equatable, Sendable {
  /// The area under the ROC curve: the probability that a sample of the class has a higher score than one of another,
  /// ties counting half (Hanley, McNeil 1982). [C]
  public let rocAUC: [Double?]
  /// Σ over distinct scores s, from the highest down, of (R(s) − R(before s)) · P(s), where P and R are precision and
  /// recall of "the class wherever the score is s or more". Without interpolation. [C]
  public let averagePrecision: [Double?]

  public var macroROCAUC: Double? { Self.macro(rocAUC) }
  public var macroAveragePrecision: Double? { Self.macro(averagePrecision) }

  /// - Parameter classes: The sums over the whole ranking of each class.
  init(_ classes: [(positives: Int, negatives: Int, doubledPairs: UInt128, precision: ExactSum)]) {
    rocAUC = classes.map { sums in
      guard sums.positives > 0, sums.negatives > 0 else { return nil }
      return Double(sums.doubledPairs) / Double(2 * UInt128(sums.positives) * UInt128(sums.negatives))
    }
    averagePrecision = classes.map { sums in
      sums.positives > 0 && sums.negatives > 0 ? sums.precision.mean(of: sums.positives) : nil
    }
  }

  private static func macro(_ figures: [Double?]) -> Double? {
    let present = figures.compactMap { $0 }
    return present.isEmpty ? nil : present.reduce(0, +) / Double(present.count)
  }
}
