import Kernels
import Tensors
import Testing

/// What training adjusts stands apart from what evaluation reports.
@Suite struct TrainingLossTests {
  /// ℓ = Σ_c c·s_c − 3, of no use but to be told apart.
  private struct Slope: TrainingLoss {
    typealias Block = Lanes

    func begin() -> Lanes { .zero }

    func add(_ logits: ClassLogits, to block: inout Lanes) -> Lanes {
      block += Float(logits.labels.index) * logits.shifted
      return logits.exponential * 2
    }

    func losses(_ samples: SampleLanes, _ classes: ClassFigures, _ block: inout Lanes) -> Lanes { block - 3 }

    /// Twice e^(s_c), and 100 more for the label.
    func gradient(_ class: ClassLabels, kept: Lanes, _ block: Lanes) -> Lanes {
      kept + Lanes.zero.replacing(with: 100, where: `class`.isLabel)
    }
  }

  @Test(arguments: [1, 16, 37], [2, 5])
  func `a loss decides its own numbers alone`(samples: Int, classes: Int) {
    var random = RandomValues(UInt64(samples * 100 + classes))
    let padded = paddedToLanes(samples)
    let logits = Matrix(Storage(zeros: classes * padded), rows: classes, columns: samples, stride: padded)
    let drawn = random.matrix(classes, samples, scale: 3)
    for c in 0..<classes { logits.row(c).copy(from: drawn.row(c)) }
    let labels = random.labels(samples, classes: classes, ignoring: 0.2)
    let weights = (0..<classes).map { 0.5 + Double($0) }

    func apply(_ loss: any TrainingLoss) -> (sums: LossSums, predictions: [Int32], gradient: Matrix) {
      let z = Matrix(Storage(zeros: classes * padded), rows: classes, columns: samples, stride: padded)
      for c in 0..<classes { z.row(c).copy(from: logits.row(c)) }
      let losses = SampleLosses(capacity: samples)
      var predictions = [Int32](repeating: -9, count: padded)
      WeightedLoss(loss, classWeights: weights)(
        logits: z, labels: labels + Array(repeating: -1, count: padded - samples), predictions: &predictions,
        losses: losses, output: .lossAndGradient)
      return (losses.sums(of: 0..<samples), Array(predictions.prefix(samples)), z)
    }
    let (slope, plain) = (apply(Slope()), apply(CrossEntropy()))
    // Reported: the same to the last bit.
    #expect(slope.predictions == plain.predictions)
    #expect(slope.sums.negativeLogLikelihood == plain.sums.negativeLogLikelihood)
    #expect(slope.sums.weight == plain.sums.weight && slope.sums.count == plain.sums.count)
    // Its own.
    var expected = 0.0
    for i in 0..<samples {
      let largest = (0..<classes).map { logits[$0, i] }.max() ?? 0
      let shifted = (0..<classes).map { logits[$0, i] - largest }
      if labels[i] >= 0 { expected += shifted.indices.reduce(-3.0) { $0 + Double($1) * Double(shifted[$1]) } }
      for c in 0..<classes {
        let gradient = 2 * exponential(Lanes(repeating: shifted[c]))[0] + (labels[i] == Int32(c) ? 100 : 0)
        #expect(abs(slope.gradient[c, i] - gradient) < 1e-4)
      }
    }
    #expect(abs(slope.sums.weightedLoss - expected) < 1e-4 * max(abs(expected), 1))
  }
}
