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

  /// A scheme that is a rule, for people: its name on the command line, its formula, and when to take it.
  public struct Rule: Sendable {
    public let name: String
    public let formula: String
    public let use: String
  }

  /// Every scheme that is a rule: what is not in this list nobody can ask for.
  ///
  /// - Parameters:
  ///   - smoothing: s of `smoothed`.
  ///   - beta: β of `effectiveNumber`.
  private static func rules(smoothing: Double, beta: Double) -> [(rule: Rule, scheme: WeightScheme)] {
    func rule(_ name: String, _ formula: String, _ use: String) -> Rule { Rule(name: name, formula: formula, use: use) }
    return [
      (
        rule("none", "1", "Where the share of right answers counts and rare classes do not matter more than others."),
        .none
      ),
      (
        rule(
          "inverse", "1 / n_c",
          "As balanced, but for the size of the loss: under --loss-normalization weights nearly the same training."),
        .inverse
      ),
      (
        rule(
          "balanced", "N / (C · n_c)",
          "Where each class counts the same, whatever its size: recall of rare classes, balanced accuracy."),
        .balanced
      ),
      (
        rule(
          "smoothed", "(1 + s) / (n_c + s)",
          "As inverse, with the weights of classes of few samples drawn together: the larger s, the more."),
        .smoothed(smoothing)
      ),
      (
        rule(
          "sqrt-inverse", "1 / √n_c, scaled to mean 1",
          "Half-way between none and balanced: where balanced gives too many false alarms, or few samples would lead."),
        .sqrtInverse
      ),
      (
        rule(
          "median-frequency", "(median of the n_c) / n_c",
          "As balanced, but for the size of the loss (Eigen, Fergus 2015): a class of median size has weight 1."),
        .medianFrequency
      ),
      (
        rule(
          "effective-number", "(1 − β) / (1 − β^n_c), scaled to mean 1",
          """
          Where more samples of a class say ever less that is new (Cui et al. 2019): β = 0 is none; the nearer to 1, \
          the nearer to balanced. Classes of far more than 1 / (1 − β) samples weigh the same.
          """),
        .effectiveNumber(beta: beta)
      ),
      (
        rule(
          "per-batch", "1 / n_c of each global batch's own counts",
          "Each class of a batch counts the same in it; of use where batches are large. 0 for a class that is not in it."
        ),
        .perBatch
      ),
    ]
  }

  /// The rule of that name; nil where there is none.
  public static func named(_ name: String, smoothing: Double, beta: Double) -> WeightScheme? {
    rules(smoothing: smoothing, beta: beta).first { $0.rule.name == name }?.scheme
  }

  /// All rules, for people.
  public static let rules = rules(smoothing: 0, beta: 0).map(\.rule)

  /// Of all rules.
  public static let ruleNames = rules.map(\.name)

  /// The name on the command line; "explicit" for a list.
  public var name: String {
    let (smoothing, beta) =
      switch self {
      case .smoothed(let smoothing): (smoothing, 0.0)
      case .effectiveNumber(let beta): (0, beta)
      default: (0, 0)
      }
    return Self.rules(smoothing: smoothing, beta: beta).first { $0.scheme == self }?.rule.name ?? "explicit"
  }

  /// Whether its weights are known before training, from the counts of the whole data.
  public var isFixed: Bool { self != .perBatch }
}
