import Foundation
import Kernels
import Tensors
import Testing

/// The losses against PyTorch in float64: Reference/make_loss_reference.py.
@Suite struct LossReferenceTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let loss: String
    let parameters: [String: Double]
    let smoothing: Double
    let counts: [Int]
    let weights: [Double]
    /// [n][C]
    let logits: [[Double]]
    let labels: [Int32]
    let sum: Double
    /// [n][C]
    let gradient: [[Double]]

    var testDescription: String {
      "\(loss) \(parameters), smoothing \(smoothing), \(labels.count) samples, \(counts.count) classes"
    }

    /// By the formulas of the papers: what ClassWeighting makes of counts is tested there.
    var trainingLoss: any TrainingLoss {
      let most = counts.max() ?? 1
      let n = counts.map { Double($0 > 0 ? $0 : most) }
      switch loss {
      case "focal": return Focal(gamma: parameters["gamma"] ?? .nan)
      case "ldam":
        let least = Double(counts.filter { $0 > 0 }.min() ?? 1)
        let largest = (parameters["margin"] ?? .nan) * (parameters["scale"] ?? .nan)
        return LabelMargin(
          margins: zip(counts, n).map { $0 > 0 ? largest * pow(least / $1, 0.25) : largest }, smoothing: smoothing)
      default:
        let (tau, largest) = (parameters["tau"] ?? .nan, n.max() ?? 1)
        return LogitAdjusted(shifts: n.map { tau * log($0 / largest) }, smoothing: smoothing)
      }
    }
  }

  private static func load() throws -> [Case] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/loss_reference.json")
    return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  private func apply(_ test: Case, _ output: LossOutput, _ loss: any TrainingLoss) -> (sums: LossSums, z: Matrix) {
    let (samples, classes) = (test.labels.count, test.counts.count)
    let padded = paddedToLanes(samples)
    let z = Matrix(Storage(zeros: classes * padded), rows: classes, columns: samples, stride: padded)
    for i in 0..<samples { for c in 0..<classes { z[c, i] = Float(test.logits[i][c]) } }
    var predictions = [Int32](repeating: -9, count: padded)
    let losses = SampleLosses(capacity: samples)
    WeightedLoss(loss, classWeights: test.weights)(
      logits: z, labels: test.labels + Array(repeating: -1, count: padded - samples), predictions: &predictions,
      losses: losses, output: output)
    return (losses.sums(of: 0..<samples), z)
  }

  @Test func `value and gradient are PyTorch's`() throws {
    let cases = try Self.load()
    #expect(cases.count == 126)
    for test in cases {
      let largestWeight = test.weights.max() ?? 1
      for output in [LossOutput.lossOnly, .lossAndGradient] {
        let (sums, z) = apply(test, output, test.trainingLoss)
        #expect(abs(sums.weightedLoss - test.sum) <= 4e-6 * max(abs(test.sum), 1), "\(test.testDescription)")
        guard case .lossAndGradient = output else { continue }
        for (i, row) in test.gradient.enumerated() {
          for (c, expected) in row.enumerated() {
            let error = abs(Double(z[c, i]) - expected)
            #expect(error <= 2e-6 * largestWeight * Double(test.counts.count + 1), "\(test.testDescription) \(i) \(c)")
          }
        }
      }
    }
  }

  @Test(arguments: [0, 0.5, 2, 5, 50])
  func `the focal loss keeps its digits however sure the model is, and of what`(gamma: Double) {
    // Two logits, d apart: p = 1/(1 + e^−d) of the label, q of the other.
    let differences = stride(from: Float(-60), through: 60, by: 0.37).map { $0 }
    let padded = paddedToLanes(differences.count)
    let z = Matrix(Storage(zeros: 2 * padded), rows: 2, columns: differences.count, stride: padded)
    for (i, d) in differences.enumerated() { z[0, i] = d }
    let losses = SampleLosses(capacity: differences.count)
    var predictions = [Int32](repeating: -9, count: padded)
    let labels = differences.map { _ in Int32(0) } + Array(repeating: -1, count: padded - differences.count)
    WeightedLoss(Focal(gamma: gamma), classWeights: [1, 1])(
      logits: z, labels: labels, predictions: &predictions, losses: losses, output: .lossAndGradient)
    for (i, d) in differences.map(Double.init).enumerated() {
      let (q, p) = (1 / (1 + exp(d)), 1 / (1 + exp(-d)))
      let negativeLog = d > 0 ? log1p(exp(-d)) : log1p(exp(d)) - d
      let loss = pow(q, gamma) * negativeLog
      let slope = -pow(q, gamma) * (1 + gamma * p * negativeLog / q) * q
      let tolerance = 1e-7 * (40 + gamma * (negativeLog - log(q)))
      let found = losses.sums(of: i..<(i + 1)).weightedLoss
      #expect(abs(found - loss) <= tolerance * loss + 1e-36, "\(d): \(found), \(loss)")
      // Of the label's logit p − 1 is what is left of p, so that it is as exact as that; of the other it is q.
      #expect(abs(Double(z[1, i]) + slope) <= tolerance * -slope + 1e-36, "\(d): \(z[1, i]), \(-slope)")
      #expect(abs(Double(z[0, i]) - slope) <= tolerance * (-slope / q) + 1e-36, "\(d): \(z[0, i]), \(slope)")
    }
  }

  private static let losses: [any TrainingLoss] = [
    Focal(gamma: 0), Focal(gamma: 0.5), Focal(gamma: 2), Focal(gamma: 1000),
    LogitAdjusted(shifts: [0, -3, -60]), LogitAdjusted(shifts: [-60, 0, -60], smoothing: 0.1),
    LabelMargin(margins: [0, 15, 60]), LabelMargin(margins: [60, 60, 60], smoothing: 0.1),
  ]

  @Test(arguments: [Float(1e4), 1e30, -1e30])
  func `large logits give no NaN`(size: Float) {
    for loss in Self.losses {
      let z = Matrix(Storage(zeros: 3 * 16), rows: 3, columns: 4, stride: 16)
      for i in 0..<4 { (z[0, i], z[1, i]) = (size, -size) }
      let losses = SampleLosses(capacity: 4)
      var predictions = [Int32](repeating: -9, count: 16)
      WeightedLoss(loss, classWeights: [1, 2, 3])(
        logits: z, labels: [0, 1, 2, 0] + Array(repeating: -1, count: 12), predictions: &predictions, losses: losses,
        output: .lossAndGradient)
      #expect(losses.sums(of: 0..<4).weightedLoss.isFinite, "\(loss)")
      for c in 0..<3 { for i in 0..<4 { #expect(z[c, i].isFinite, "\(loss)") } }
    }
  }

  @Test func `a logit that is not a number makes its sample's loss so, and an ignored sample teaches nothing`() {
    for loss in Self.losses {
      for nan in [Float.nan, .infinity, -.infinity] {
        for place in 0..<3 {
          // Sample 0 has it, sample 1 is ignored.
          let z = Matrix(Storage(zeros: 3 * 16), rows: 3, columns: 2, stride: 16)
          for c in 0..<3 { (z[c, 0], z[c, 1]) = (c == place ? nan : Float(c), Float(c)) }
          let losses = SampleLosses(capacity: 2)
          var predictions = [Int32](repeating: -9, count: 16)
          WeightedLoss(loss, classWeights: [1, 0, 3])(
            logits: z, labels: [2, -1] + Array(repeating: -1, count: 14), predictions: &predictions, losses: losses,
            output: .lossAndGradient)
          #expect(!losses.sums(of: 0..<1).weightedLoss.isFinite, "\(loss) \(nan)")
          for c in 0..<3 { #expect(z[c, 1] == 0, "\(loss)") }
        }
      }
    }
  }

  @Test func `without its parameter each loss is the cross-entropy`() throws {
    let test = try #require(try Self.load().first { $0.labels.count == 33 })
    let expected = apply(test, .lossAndGradient, CrossEntropy())
    for loss: any TrainingLoss in [
      Focal(gamma: 0), LogitAdjusted(shifts: Array(repeating: 0, count: 7)),
      LabelMargin(margins: Array(repeating: 0, count: 7)),
    ] {
      let (sums, z) = apply(test, .lossAndGradient, loss)
      #expect(abs(sums.weightedLoss - expected.sums.weightedLoss) < 1e-5 * expected.sums.weightedLoss)
      for c in 0..<7 { for i in 0..<33 { #expect(abs(z[c, i] - expected.z[c, i]) < 1e-5) } }
    }
  }
}
