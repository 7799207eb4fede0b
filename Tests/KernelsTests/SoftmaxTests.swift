import Foundation
import Kernels
import Tensors
import Testing

/// The softmax against its scalar twin in Double.
@Suite struct SoftmaxTests {
  /// [C][n]: e^(β (z_c + a_c)) / Σ, by the definition.
  private func reference(_ logits: Matrix, shifts: [Float], inverseTemperature: Float) -> [[Double]] {
    var probabilities = [[Double]](repeating: [], count: logits.rows)
    for sample in 0..<logits.columns {
      let s = (0..<logits.rows).map { (Double(logits[$0, sample]) + Double(shifts[$0])) * Double(inverseTemperature) }
      let largest = s.max() ?? 0
      let e = s.map { exp($0 - largest) }
      let sum = e.reduce(0, +)
      for c in 0..<logits.rows { probabilities[c].append(e[c] / sum) }
    }
    return probabilities
  }

  @Test(arguments: [(1, 1), (2, 5), (3, 16), (7, 33), (100, 40), (1000, 17)], [Float(0.01), 0.7, 1, 30])
  func `agrees with its definition, and sums to 1`(shape: (classes: Int, samples: Int), inverseTemperature: Float) {
    var random = RandomValues(UInt64(shape.classes))
    let logits = random.matrix(shape.classes, shape.samples, scale: 4)
    let shifts = random.vector(shape.classes, scale: 2).array
    let expected = reference(logits, shifts: shifts, inverseTemperature: inverseTemperature)
    let result = logits.padded(with: .nan)
    softmax(result, shifts: shifts, inverseTemperature: inverseTemperature)
    for sample in 0..<shape.samples {
      let own = (0..<shape.classes).map { result[$0, sample] }
      for c in 0..<shape.classes {
        // An exponent of some hundred has an error of so many roundings.
        let tolerance = max(expected[c][sample], 1e-30) * (inverseTemperature > 1 ? 2e-4 : 4e-6)
        #expect(abs(Double(own[c]) - expected[c][sample]) < tolerance)
      }
      #expect(own.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect(abs(own.reduce(0.0) { $0 + Double($1) } - 1) < Double(shape.classes) * 0x1p-24 + 1e-7)
    }
  }

  @Test func `a class that is left out has 0, and the others share what there is`() {
    let logits = Vector([5, 900, 1, 0, 2, -900] as [Float]).matrix(rows: 3, columns: 2).padded(with: .nan)
    softmax(logits, shifts: [0, -.infinity, 0], inverseTemperature: 1)
    #expect([logits[1, 0], logits[1, 1]] == [0, 0])
    #expect(abs(logits[0, 0] - Float(1 / (1 + exp(-3.0)))) < 1e-7)
    #expect([logits[0, 1], logits[2, 1]] == [1, 0])
  }

  @Test func `large logits overflow nothing, and small probabilities are 0`() {
    let logits = Vector([3e38, 1e4, -3e38, 3e38, 9.9e3, 3e38, -3e38, -1e4, 3e38] as [Float]).matrix(rows: 3, columns: 3)
      .padded(with: .nan)
    softmax(logits, shifts: [0, 0, 0], inverseTemperature: 100)
    #expect(
      (0..<3).map { sample in (0..<3).map { logits[$0, sample] } } == [[0.5, 0.5, 0], [1, 0, 0], [0, 0.5, 0.5]])
  }

  @Test func `the least probabilities are normal numbers or 0`() {
    // Under e⁻⁸⁷ and a little over it, with a sum of 2.
    let logits = Vector([0, 0, 0, 0, -87.4, -86.9, -86, -85] as [Float]).matrix(rows: 4, columns: 2).padded(with: .nan)
    softmax(logits, shifts: [0, 0, 0, 0], inverseTemperature: 1)
    #expect([logits[2, 0], logits[2, 1]] == [0, 0], "half of e^-86.9 is 9e-39")
    #expect([logits[3, 0], logits[3, 1]].allSatisfy { $0.isNormal })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 1, 2])
  func `a logit that is not finite shows in all classes of its sample alone`(value: Float, row: Int) {
    let logits = Matrix(zeros: 3, 20).padded(with: .nan)
    logits[row, 17] = value
    softmax(logits, shifts: [0, -.infinity, 1], inverseTemperature: 0.5)
    for c in 0..<3 {
      #expect(logits[c, 17].isNaN)
      #expect((0..<20).allSatisfy { $0 == 17 || logits[c, $0].isFinite })
    }
  }

  @Test func `what is computed for a sample depends on it alone`() {
    var random = RandomValues(14)
    let logits = random.matrix(5, 50, scale: 6)
    let together = logits.padded(with: .nan)
    softmax(together, shifts: [0, 1, -1, 2, 0], inverseTemperature: 0.8)
    for sample in 0..<50 {
      let alone = Vector((0..<5).map { logits[$0, sample] }).matrix(rows: 5, columns: 1).padded(with: .nan)
      softmax(alone, shifts: [0, 1, -1, 2, 0], inverseTemperature: 0.8)
      #expect((0..<5).allSatisfy { alone[$0, 0].bitPattern == together[$0, sample].bitPattern })
    }
  }
}
