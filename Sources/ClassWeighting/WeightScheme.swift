/// A rule that turns class counts into class weights. n_c counts the training samples of class c
/// over all ranks, N their sum, C the classes that are present.
public enum WeightScheme: Equatable, Sendable {
  /// 1
  case none
  /// 1 / n_c
  case inverse
  /// N / (C · n_c)
  case balanced
  /// (1 + s) / (n_c + s)
  case smoothed(Double)
  /// 1 / √n_c, scaled to mean 1
  case sqrtInverse
  /// median of the n_c / n_c
  case medianFrequency
  /// (1 − β) / (1 − β^n_c), scaled to mean 1
  case effectiveNumber(beta: Double)
  /// 1 / n_c of the global batch's counts, anew at each step
  case perBatch
  /// As given.
  case explicit(ExplicitWeights)

  /// Every scheme that is a rule, by its name on the command line, with the usual parameters.
  public static func named(_ name: String, smoothing: Double, beta: Double) -> WeightScheme? {
    switch name {
    case "none": WeightScheme.none
    case "inverse": .inverse
    case "balanced": .balanced
    case "smoothed": .smoothed(smoothing)
    case "sqrt-inverse": .sqrtInverse
    case "median-frequency": .medianFrequency
    case "effective-number": .effectiveNumber(beta: beta)
    case "per-batch": .perBatch
    default: nil
    }
  }

  public static let ruleNames = [
    "none", "inverse", "balanced", "smoothed", "sqrt-inverse", "median-frequency", "effective-number", "per-batch",
  ]

  /// The name on the command line; "explicit" for a list.
  public var name: String {
    switch self {
    case .none: "none"
    case .inverse: "inverse"
    case .balanced: "balanced"
    case .smoothed: "smoothed"
    case .sqrtInverse: "sqrt-inverse"
    case .medianFrequency: "median-frequency"
    case .effectiveNumber: "effective-number"
    case .perBatch: "per-batch"
    case .explicit: "explicit"
    }
  }
}
