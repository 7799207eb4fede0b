/// What a loss adds up over samples: the numerator and the possible denominators of its mean.
/// Ignored samples (label < 0) are in none of them.
public struct LossSums: Codable, Equatable, Sendable {
  /// Σ of the weighted, smoothed losses.
  public var weightedLoss = 0.0
  /// Σ w[yᵢ]
  public var weight = 0.0
  /// Samples counted.
  public var count = 0.0
  /// Σ −log p[yᵢ], without weights and smoothing: N times the log loss.
  public var negativeLogLikelihood = 0.0

  public init() {}
}

extension LossSums {
  public static func += (total: inout LossSums, part: LossSums) {
    total.weightedLoss += part.weightedLoss
    total.weight += part.weight
    total.count += part.count
    total.negativeLogLikelihood += part.negativeLogLikelihood
  }
}
