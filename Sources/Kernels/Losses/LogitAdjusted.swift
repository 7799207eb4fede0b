internal import Foundation

/// Cross-entropy of z_c + τ log π_c, with label smoothing ε, where π_c is the share of class c in the training samples:
/// the logits z then need not learn how frequent a class is, and softmax(z) tends to what it would be if all classes were
/// equally frequent (for τ = 1).
///
/// Sources: Menon et al., "Long-tail learning via logit adjustment" (ICLR 2021), the loss of equation 10; with τ = 1 the
/// balanced softmax of Ren et al., "Balanced Meta-Softmax for Long-Tailed Visual Recognition" (NeurIPS 2020), equation 4,
/// z_c + log n_c: a constant that is added to all logits changes no softmax.
///
/// See `ShiftedCrossEntropy` for what it computes.
package struct LogitAdjusted: TrainingLoss {
  /// b, [C]: τ log π_c less the largest of them.
  private let shifts: [Float]
  /// e^b
  private let factors: [Float]
  /// ε
  private let smoothing: Float

  /// - Parameter shifts: τ log π_c less the largest of them, [C]: from −`ShiftedCrossEntropy.largestShift` to 0.
  package init(shifts: [Double], smoothing: Double = 0) {
    precondition(shifts.allSatisfy { -ShiftedCrossEntropy.largestShift...0 ~= $0 }, "shifts of \(shifts)")
    self.shifts = shifts.map { Float($0) }
    factors = shifts.map { Float(exp($0)) }
    self.smoothing = Float(smoothing)
  }

  @inline(__always)
  package func begin() -> ShiftedCrossEntropy { ShiftedCrossEntropy() }

  @inline(__always)
  package func add(_ logits: ClassLogits, to block: inout ShiftedCrossEntropy) -> Lanes {
    let index = logits.labels.index
    return block.add(
      logits, shift: Lanes(repeating: shifts[index]), factor: Lanes(repeating: factors[index]))
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
