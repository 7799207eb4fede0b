/// What cross-entropies of logits that a loss has shifted have in common: LogitAdjusted.swift, LabelMargin.swift.
///
/// With u_c = s_c + b_c, where no b_c is positive, and p'_c = e^(u_c)/S', S' = Σ_c e^(u_c):
///
///     ℓ       = a·log S' − Σ_c t_c u_c    a   = (1−ε) w_y + (ε/C) W
///     ∂ℓ/∂z_c = a·p'_c − t_c              t_c = (ε/C) w_c + [c = y] (1−ε) w_y
///
/// which is PyTorch's cross-entropy of u. The letters are those of `TrainingLoss`.
///
/// e^(u_c) is made as e^(s_c)·e^(b_c), without another exponential. With b_c ≥ −`largestShift` S' is a normal number
/// however large the logits are: one s_c is 0. (`exponential` ends at e⁻⁸⁷; what it has too much is under e⁻²⁶ of S'.)
package struct ShiftedCrossEntropy {
  /// The largest −b_c.
  package static let largestShift = 60.0

  /// S'
  private var sum = Lanes.zero
  /// Σ_c w_c u_c
  private var weightedLogits = Lanes.zero
  /// b_y
  private var labelShift = Lanes.zero
  /// (1−ε) w_y; 0 where the sample is ignored, as is what follows.
  private var labelPull = Lanes.zero
  /// ε/C
  private var smoothingPull = Lanes.zero
  /// a/S'
  private var scale = Lanes.zero

  @inline(__always)
  init() {}

  /// - Parameters:
  ///   - shift: b_c
  ///   - factor: e^(b_c)
  /// - Returns: e^(u_c)
  @inline(__always)
  mutating func add(_ logits: ClassLogits, shift: Lanes, factor: Lanes) -> Lanes {
    let exponential = logits.exponential * factor
    sum += exponential
    weightedLogits = weightedLogits.addingProduct(logits.shifted + shift, logits.labels.weight)
    labelShift = labelShift.replacing(with: shift, where: logits.labels.isLabel)
    return exponential
  }

  /// ℓ
  ///
  /// - Parameter smoothing: ε
  @inline(__always)
  mutating func losses(_ samples: SampleLanes, _ classes: ClassFigures, smoothing: Float) -> Lanes {
    let ignored = samples.isIgnored
    labelPull = ((1 - smoothing) * samples.weight).replacing(with: 0, where: ignored)
    smoothingPull = Lanes(repeating: smoothing / Float(classes.count)).replacing(with: 0, where: ignored)
    let pull = labelPull.addingProduct(smoothingPull, Lanes(repeating: classes.totalWeight))
    scale = pull / sum
    return (pull * naturalLogarithm(sum)).addingProduct(-labelPull, samples.labelLogit + labelShift)
      .addingProduct(-smoothingPull, weightedLogits)
  }

  /// ∂ℓ/∂z_c
  ///
  /// - Parameter exponential: e^(u_c)
  @inline(__always)
  func gradient(_ class: ClassLabels, kept exponential: Lanes) -> Lanes {
    let pulled = Lanes.zero.replacing(with: labelPull, where: `class`.isLabel)
      .addingProduct(smoothingPull, `class`.weight)
    return (-pulled).addingProduct(exponential, scale)
  }
}
