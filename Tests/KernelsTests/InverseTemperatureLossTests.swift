import Foundation
import Kernels
import Tensors
import Testing

/// Against its scalar twin in Double.
@Suite struct InverseTemperatureLossTests {
  /// By the definition of `InverseTemperatureLoss`.
  private func reference(
    _ logits: Matrix, _ labels: [Int32], shifts: [Double], inverseTemperature: Double
  ) -> InverseTemperatureSums {
    var sums = InverseTemperatureSums()
    for (sample, label) in labels.enumerated() where label >= 0 && shifts[Int(label)] > -.infinity {
      let classes = shifts.indices.filter { shifts[$0] > -.infinity }
      let a = classes.map { Double(logits[$0, sample]) + shifts[$0] }
      let largest = a.max() ?? 0
      let e = a.map { exp(inverseTemperature * ($0 - largest)) }
      let total = e.reduce(0, +)
      let mean = zip(e, a).reduce(0) { $0 + $1.0 / total * $1.1 }
      sums.count += 1
      sums.slope += mean - Double(logits[Int(label), sample]) - shifts[Int(label)]
      sums.curvature += zip(e, a).reduce(0) { $0 + $1.0 / total * ($1.1 - mean) * ($1.1 - mean) }
    }
    return sums
  }

  @Test(arguments: [(2, 1), (3, 16), (7, 33), (40, 50)], [0.02, 0.7, 1, 9])
  func `agrees with its definition`(shape: (classes: Int, samples: Int), inverseTemperature: Double) {
    var random = RandomValues(UInt64(shape.classes))
    let logits = random.matrix(shape.classes, shape.samples, scale: 3).padded()
    let before = logits.row(0).array
    let labels = random.labels(shape.samples, classes: shape.classes, ignoring: shape.samples > 1 ? 0.2 : 0)
    var shifts = random.vector(shape.classes).array.map { Double($0) }
    if shape.classes > 5 { shifts[4] = -.infinity }
    let expected = reference(logits, labels, shifts: shifts, inverseTemperature: inverseTemperature)
    let found = InverseTemperatureLoss(shifts: shifts, capacity: shape.samples)
      .sums(logits, labels: labels[...], inverseTemperature: inverseTemperature)
    #expect(found.count == expected.count && expected.count > 0)
    let scale = Double(shape.samples)
    #expect(abs(found.slope - expected.slope) < 2e-6 * scale, "\(found), \(expected)")
    #expect(abs(found.curvature - expected.curvature) < 2e-5 * scale, "\(found), \(expected)")
    #expect(logits.row(0).array == before, "the logits are needed again")
  }

  @Test func `its derivatives are those of the log loss`() {
    var random = RandomValues(3)
    let logits = random.matrix(4, 30, scale: 2).padded()
    let labels = random.labels(30, classes: 4)
    func sums(_ beta: Double) -> InverseTemperatureSums {
      reference(logits, labels, shifts: [0, 0.5, -1, 0], inverseTemperature: beta)
    }
    func loss(_ beta: Double) -> Double {
      labels.enumerated().reduce(0) { sum, pair in
        let a = zip(0..<4, [0, 0.5, -1, 0]).map { Double(logits[$0, pair.offset]) + $1 }
        return sum + log(a.reduce(0) { $0 + exp(beta * $1) }) - beta * a[Int(pair.element)]
      }
    }
    let step = 1e-5
    #expect(abs((loss(0.8 + step) - loss(0.8 - step)) / (2 * step) - sums(0.8).slope) < 1e-6)
    #expect(abs((sums(0.8 + step).slope - sums(0.8 - step).slope) / (2 * step) - sums(0.8).curvature) < 1e-6)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `a logit that is not finite shows in the sums`(value: Float) {
    for row in 0..<3 {
      let logits = Matrix(zeros: 3, 5).padded()
      logits[row, 2] = value
      let sums = InverseTemperatureLoss(shifts: [0, -.infinity, 0], capacity: 5)
        .sums(logits, labels: [0, 0, 2, 2, 0], inverseTemperature: 1)
      #expect(!sums.slope.isFinite)
    }
  }
}
