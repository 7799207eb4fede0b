/// The focal loss: samples that the model is sure of count less. With q = 1 − p_y:
///
///     ℓ       = w_y q^γ (−log p_y)
///     ∂ℓ/∂z_c = w_y g (p_c − [c = y])     g = q^γ (1 + γ p_y (−log p_y)/q)
///
/// p_y is that of the plain softmax, whatever the weights. With γ = 0 it is the cross-entropy.
///
/// Source: Lin et al., "Focal Loss for Dense Object Detection" (ICCV 2017), equation 5, here of the softmax; w is their α.
///
/// q is what the other classes come to, Σ_{c≠y} e^(s_c)/S, so that it keeps its digits where p_y is near 1; there −log p_y
/// is its series in q. Goals: no NaN for finite logits; ℓ and g within 1e-7 (40 + γ (−log p_y − log q)) of themselves, down
/// to 1e-36. The letters are those of `TrainingLoss`.
package struct Focal: TrainingLoss {
  /// γ
  private let gamma: Float

  /// - Parameter gamma: γ, 0 or more.
  package init(gamma: Double) {
    precondition(gamma >= 0 && gamma.isFinite, "γ is \(gamma)")
    self.gamma = Float(gamma)
  }

  package struct Block {
    /// Σ_{c≠y} e^(s_c)
    var others = Lanes.zero
    /// w_y g; 0 where the sample is ignored.
    var pull = Lanes.zero
    /// w_y g/S
    var scale = Lanes.zero
  }

  @inline(__always)
  package func begin() -> Block { Block() }

  @inline(__always)
  package func add(_ logits: ClassLogits, to block: inout Block) -> Lanes {
    block.others += logits.exponential.replacing(with: 0, where: logits.labels.isLabel)
    return logits.exponential
  }

  @inline(__always)
  package func losses(_ samples: SampleLanes, _ classes: ClassFigures, _ block: inout Block) -> Lanes {
    let weight = samples.weight.replacing(with: 0, where: samples.isIgnored)
    // Not 0, which has no logarithm: there may be but one class.
    let quotient = block.others / samples.sum
    let q = quotient.replacing(
      with: .leastNormalMagnitude, where: quotient .< Lanes(repeating: .leastNormalMagnitude))
    // −log(1 − q)/q = 1 + q/2 + q²/3 + …; the next term is under 2e-10.
    var series = Lanes(repeating: 1 / 4).addingProduct(q, Lanes(repeating: 1 / 5))
    series = Lanes(repeating: 1 / 3).addingProduct(q, series)
    series = Lanes(repeating: 1 / 2).addingProduct(q, series)
    series = Lanes(repeating: 1).addingProduct(q, series)
    let isSure = q .< Lanes(repeating: 1 / 64)
    let surprise = samples.logSum - samples.labelLogit
    let negativeLog = surprise.replacing(with: q * series, where: isSure)
    let ratio = (surprise / q).replacing(with: series, where: isSure)
    let power = weight * exponential(gamma * naturalLogarithm(q))
    block.pull = power.addingProduct(power, gamma * (1 - q) * ratio)
    block.scale = block.pull / samples.sum
    return power * negativeLog + samples.notNumbers
  }

  @inline(__always)
  package func gradient(_ class: ClassLabels, kept exponential: Lanes, _ block: Block) -> Lanes {
    let pulled = Lanes.zero.replacing(with: block.pull, where: `class`.isLabel)
    return (-pulled).addingProduct(exponential, block.scale)
  }
}
