import Foundation
import Kernels
import Tensors
import Testing

@Suite struct CrossEntropyTests {
  /// The definition, sample by sample in Double: design, section 2.
  private struct Reference {
    var loss = 0.0
    var weight = 0.0
    var negativeLogLikelihood = 0.0
    var predictions: [Int32] = []
    /// [C][n]
    var gradient: [[Double]]

    init(logits: Matrix, labels: [Int32], weights: [Double], smoothing: Double) {
      let (classes, samples) = (logits.rows, logits.columns)
      gradient = Array(repeating: Array(repeating: 0, count: samples), count: classes)
      for i in 0..<samples {
        let z = (0..<classes).map { Double(logits[$0, i]) }
        let largest = z.max() ?? 0
        predictions.append(Int32(z.firstIndex(of: largest) ?? 0))
        guard labels[i] >= 0 else { continue }
        let y = Int(labels[i])
        let logSum = log(z.reduce(0) { $0 + exp($1 - largest) }) + largest
        let logP = z.map { $0 - logSum }
        loss += (1 - smoothing) * weights[y] * -logP[y]
        loss += smoothing / Double(classes) * (0..<classes).reduce(0) { $0 + weights[$1] * -logP[$1] }
        weight += weights[y]
        negativeLogLikelihood -= logP[y]
        for k in 0..<classes {
          let p = exp(logP[k])
          gradient[k][i] += (1 - smoothing) * weights[y] * (p - (k == y ? 1 : 0))
          for c in 0..<classes { gradient[k][i] += smoothing / Double(classes) * weights[c] * (p - (k == c ? 1 : 0)) }
        }
      }
    }
  }

  private func apply(
    _ loss: WeightedLoss, _ logits: Matrix, _ labels: [Int32], _ output: LossOutput
  ) -> (sums: LossSums, predictions: [Int32]) {
    let padding = paddedToLanes(labels.count) - labels.count
    var predictions = [Int32](repeating: -9, count: labels.count + padding)
    let losses = SampleLosses(capacity: labels.count)
    loss(
      logits: logits, labels: labels + Array(repeating: -1, count: padding), predictions: &predictions,
      losses: losses, output: output)
    return (losses.sums(of: 0..<labels.count), Array(predictions.prefix(labels.count)))
  }

  @Test(arguments: [1, 2, 15, 16, 17, 33, 100], [2, 3, 10, 37])
  func `agrees with the definition`(samples: Int, classes: Int) {
    var random = RandomValues(UInt64(samples * 100 + classes))
    for smoothing in [0, 0.1, 1] {
      let logits = random.matrix(classes, samples, scale: 3)
      let labels = random.labels(samples, classes: classes, ignoring: 0.2)
      let weights = (0..<classes).map { $0 == 1 ? 0 : 0.3 + Double($0) }
      let expected = Reference(logits: logits, labels: labels, weights: weights, smoothing: smoothing)

      let loss = WeightedLoss(CrossEntropy(labelSmoothing: smoothing), classWeights: weights)
      for output in [LossOutput.lossOnly, .lossAndGradient] {
        let z = logits.padded()
        let (sums, predictions) = apply(loss, z, labels, output)
        #expect(abs(sums.weightedLoss - expected.loss) <= 1e-5 * max(expected.loss, 1))
        #expect(abs(sums.weight - expected.weight) <= 1e-5 * max(expected.weight, 1))
        #expect(sums.count == Double(labels.count { $0 >= 0 }))
        #expect(
          abs(sums.negativeLogLikelihood - expected.negativeLogLikelihood) <= 1e-5
            * max(expected.negativeLogLikelihood, 1))
        #expect(predictions == expected.predictions)
        guard case .lossAndGradient = output else { continue }
        for c in 0..<classes {
          for i in 0..<samples {
            #expect(abs(Double(z[c, i]) - expected.gradient[c][i]) < 2e-6 * Double(classes + 1))
          }
        }
      }
    }
  }

  @Test(arguments: [Float(1e4), 1e30, -1e30])
  func `large logits give no NaN`(size: Float) {
    let logits = Matrix(zeros: 3, 4).padded()
    for i in 0..<4 { (logits[0, i], logits[1, i]) = (size, -size) }
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: 0.1), classWeights: [1, 2, 3])
    let (sums, _) = apply(loss, logits, [0, 1, 2, 0], .lossAndGradient)
    #expect(sums.weightedLoss.isFinite)
    for c in 0..<3 { for i in 0..<4 { #expect(logits[c, i].isFinite) } }
  }

  @Test(arguments: [0, 0.1])
  func `a logit that is not a number makes its sample's losses so, and is never predicted`(smoothing: Double) {
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: smoothing), classWeights: [1, 0, 3])
    // Sample by sample: which of its logits are NaN, and the largest of the others.
    let cases: [(nans: [Int], prediction: Int32)] = [
      ([], 2), ([0], 2), ([1], 2), ([2], 1), ([0, 2], 1), ([0, 1, 2], 0),
    ]
    for label in 0..<3 as Range<Int32> {
      for output in [LossOutput.lossOnly, .lossAndGradient] {
        for (nans, prediction) in cases {
          let logits = Matrix(zeros: 3, 2).padded()
          for c in 0..<3 { (logits[c, 0], logits[c, 1]) = (Float(c), nans.contains(c) ? .nan : Float(c)) }
          let (sums, predictions) = apply(loss, logits, [label, label], output)
          #expect(sums.weightedLoss.isNaN == !nans.isEmpty, "\(nans)")
          #expect(sums.negativeLogLikelihood.isNaN == !nans.isEmpty, "\(nans)")
          #expect(predictions == [2, prediction], "\(nans)")
        }
      }
    }
  }

  @Test func `the first of equal logits is the prediction`() {
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: [1, 1, 1])
    let (_, predictions) = apply(loss, Matrix(zeros: 3, 5).padded(), [0, 1, 2, 0, 1], .lossOnly)
    #expect(predictions == [0, 0, 0, 0, 0])
  }
}
