internal import Foundation

/// Label-distribution-aware margins (LDAM): cross-entropy of logits of which that of the label is lowered by a margin, the
/// larger the rarer its class, with label smoothing ε:
///
///     u_c = z_c − [c = y] Δ_c     Δ_c = s·m_c,  m_c ∝ n_c^(−1/4)
///
/// Source: Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss" (NeurIPS 2019), section
/// 3.2. There the logits are s times the cosines of features and rows of weights, s·(cos_c − [c = y] m_c). Here they
/// are those of any other model, without norms; they stand in the place of the scaled cosines, so that the s of the paper
/// scales margins alone, and softmax(z) is what the model takes for probabilities.
///
/// See `ShiftedCrossEntropy` for what it computes.
package struct LabelMargin: TrainingLoss {
  /// −Δ, [C]
  private let shifts: [Float]
  /// e^(−Δ)
  private let factors: [Float]
  /// ε
  private let smoothing: Float

  /// - Parameter margins: Δ, [C]: from 0 to `ShiftedCrossEntropy.largestShift`.
  package init(margins: [Double], smoothing: Double = 0) {
    precondition(margins.allSatisfy { 0...ShiftedCrossEntropy.largestShift ~= $0 }, "margins of \(margins)")
    shifts = margins.map { Float(-$0) }
    factors = margins.map { Float(exp(-$0)) }
    self.smoothing = Float(smoothing)
  }

  @inline(__always)
  package func begin() -> ShiftedCrossEntropy { ShiftedCrossEntropy() }

  @inline(__always)
  package func add(_ logits: ClassLogits, to block: inout ShiftedCrossEntropy) -> Lanes {
    let (index, isLabel) = (logits.labels.index, logits.labels.isLabel)
    return block.add(
      logits, shift: Lanes.zero.replacing(with: shifts[index], where: isLabel),
      factor: Lanes(repeating: 1).replacing(with: factors[index], where: isLabel))
  }

  @inline(__always)
  package func losses(_ samples: SampleLanes, _ classes: ClassFigures, _ block: inout ShiftedCrossEntropy) -> Lanes {
    block.losses(samples, classes, smoothing: smoothing)
  }

  @inline(__always)
  package func gradient(_ class: ClassLabels, kept: Lanes, _ block: ShiftedCrossEntropy) -> Lanes {
    block.gradient(`class`, kept: kept)
  }
}
