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

  /// Every scheme that is a rule, with its name on the command line: what is not in this list nobody can ask for.
  ///
  /// - Parameters:
  ///   - smoothing: s of `smoothed`.
  ///   - beta: β of `effectiveNumber`.
  private static func rules(smoothing: Double, beta: Double) -> [(name: String, scheme: WeightScheme)] {
    [
      ("none", .none), ("inverse", .inverse), ("balanced", .balanced), ("smoothed", .smoothed(smoothing)),
      ("sqrt-inverse", .sqrtInverse), ("median-frequency", .medianFrequency),
      ("effective-number", .effectiveNumber(beta: beta)), ("per-batch", .perBatch),
    ]
  }

  /// The rule of that name; nil where there is none.
  public static func named(_ name: String, smoothing: Double, beta: Double) -> WeightScheme? {
    rules(smoothing: smoothing, beta: beta).first { $0.name == name }?.scheme
  }

  /// Of all rules.
  public static let ruleNames = rules(smoothing: 0, beta: 0).map(\.name)

  /// The name on the command line; "explicit" for a list.
  public var name: String {
    let (smoothing, beta) =
      switch self {
      case .smoothed(let smoothing): (smoothing, 0.0)
      case .effectiveNumber(let beta): (0, beta)
      default: (0, 0)
      }
    return Self.rules(smoothing: smoothing, beta: beta).first { $0.scheme == self }?.name ?? "explicit"
  }

  /// Whether its weights are known before training, from the counts of the whole data.
  public var isFixed: Bool { self != .perBatch }
}
