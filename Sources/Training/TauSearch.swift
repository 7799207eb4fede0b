/// The τ of `--tau-normalization auto`: that of 0, 0.1, … 1 by which a model has the largest balanced accuracy on samples
/// that it was not trained on; of equal ones the smallest, which changes least.
public enum TauSearch {
  /// What came of it.
  public enum Outcome: Equatable, Sendable {
    case found(Double)
    /// No sample has a say.
    case none
    /// A rank was asked to stop.
    case stopped
  }

  public static let candidates = (0...10).map { Double($0) / 10 }

  /// - Parameter balancedAccuracy: With a τ; nil where a rank was asked to stop meanwhile, NaN where there are no samples.
  public static func run(_ balancedAccuracy: (Double) throws -> Double?) rethrows -> Outcome {
    var best: (tau: Double, value: Double)?
    for tau in candidates {
      guard let value = try balancedAccuracy(tau) else { return .stopped }
      if value > best?.value ?? -.infinity { best = (tau, value) }
    }
    return best.map { .found($0.tau) } ?? .none
  }
}
