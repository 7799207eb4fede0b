internal import Configuration
internal import Kernels
internal import Models
internal import Tensors

/// What full batches minimize: the mean loss and an L2 penalty on weights, but not on biases,
///
///     f(θ) = Σ wᵢℓᵢ / Σ wᵢ + μ/2 · ‖W‖²,  μ = λ · divisor / Σ wᵢ
///
/// where λ is --weight-decay and divisor that of --loss-normalization (Σ wᵢ where that is `weights`, so that μ = λ). It is
/// Σ wᵢℓᵢ / divisor + λ/2 · ‖W‖², multiplied by what makes it a mean: the same optimum, and a tolerance that means the same
/// whatever the divisor.
///
/// scikit-learn's LogisticRegression has the penalty 1/(2C) · ‖W‖² beside Σ wᵢℓᵢ, and none on the intercepts either: its C
/// is 1/(λ · divisor); of two classes, where it has a single vector for what are two here, 2/(λ · divisor).
struct Objective {
  /// λ
  private let weightDecay: Double
  private let normalization: LossOptions.Normalization
  /// The tensors, and whether they are penalized.
  private let tensors: [(range: Range<Int>, isPenalized: Bool)]
  /// Behind them.
  private let padding: Range<Int>

  init(_ configuration: TrainingConfiguration, layout: ParameterLayout) {
    weightDecay = configuration.optimizer.weightDecay
    normalization = configuration.loss.lossNormalization
    tensors = layout.tensors.map { ($0.range, $0.shape.count > 1) }
    padding = layout.count..<layout.paddedCount
  }

  /// f, and its gradient.
  ///
  /// - Parameters:
  ///   - sums: Of all samples; with a weight above 0.
  ///   - parameters: θ
  ///   - gradient: Receives ∇f.
  /// - Returns: f; not finite where ∇f is not.
  func value(_ sums: FullBatchSums, at parameters: Vector, gradient: Vector) -> Double {
    let loss = sums.loss
    let scale = 1 / loss.weight
    let penalty = weightDecay * (normalization.divisor(of: loss) ?? 1) * scale
    var squares = 0.0
    for (range, isPenalized) in tensors {
      let weights = parameters[range]
      sums.combineGradient(
        range, times: scale, weights, times: isPenalized ? penalty : 0, into: gradient[range])
      if isPenalized, penalty > 0 { squares += sumOfSquares(weights) }
    }
    gradient[padding].fill(with: 0)
    guard areFinite(gradient) else { return .nan }
    return loss.weightedLoss * scale + penalty / 2 * squares
  }
}
