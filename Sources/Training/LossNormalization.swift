public import Kernels

/// What the sum of weighted losses, and so its gradient, is divided by.
public enum LossNormalization: String, CaseIterable, Codable, Sendable {
  /// Σ wᵢ (PyTorch)
  case weights
  /// The samples that are not ignored (Keras)
  case count
  /// Nothing.
  case sum

  /// The divisor; nil where the samples carry no weight at all, and there is nothing to learn.
  public func divisor(of sums: LossSums) -> Double? {
    guard sums.weight > 0 else { return nil }
    return switch self {
    case .weights: sums.weight
    case .count: sums.count
    case .sum: 1
    }
  }
}
