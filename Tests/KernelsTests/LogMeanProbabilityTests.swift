import Foundation
import Kernels
import Tensors
import Testing

/// The logarithm of the mean of probabilities against its definition in Double.
@Suite struct LogMeanProbabilityTests {
  private func result(_ members: [Matrix]) -> Matrix {
    let total = Matrix(zeros: members[0].rows, members[0].columns).padded(with: .nan)
    for (member, logits) in members.enumerated() {
      addProbabilities(logits.padded(with: .nan), ofMember: member, of: members.count, to: total)
    }
    return total
  }

  @Test(arguments: [(1, 2, 5), (2, 1, 3), (2, 3, 16), (3, 2, 33), (8, 7, 40), (100, 23, 17)])
  func `is the logarithm of the mean of softmaxes`(shape: (members: Int, classes: Int, samples: Int)) {
    var random = RandomValues(UInt64(shape.members))
    let members = (0..<shape.members).map { _ in random.matrix(shape.classes, shape.samples, scale: 8) }
    let result = result(members)
    for sample in 0..<shape.samples {
      let softmaxes = members.map { logits -> [Double] in
        let z = (0..<shape.classes).map { Double(logits[$0, sample]) }
        let e = z.map { exp($0 - (z.max() ?? 0)) }
        return e.map { $0 / e.reduce(0, +) }
      }
      for c in 0..<shape.classes {
        let mean = softmaxes.reduce(0) { $0 + $1[c] } / Double(shape.members)
        #expect(abs(Double(result[c, sample]) - log(mean)) < 4e-6 * max(1, abs(log(mean))))
      }
    }
  }

  @Test func `what no member takes for possible keeps its order, and is a number`() {
    let one = Vector([0, -200, -300, 3e38, -3e38, 0] as [Float]).matrix(rows: 3, columns: 2)
    let logits = Matrix(zeros: 3, 2)
    for c in 0..<3 {
      logits[c, 0] = one.row(0).storage[c]
      logits[c, 1] = one.row(0).storage[3 + c]
    }
    let result = result([logits, logits])
    #expect(abs(result[0, 0]) < 1e-6 && abs(result[1, 0] + 200) < 1e-3 && abs(result[2, 0] + 300) < 1e-3)
    #expect(abs(result[0, 1]) < 1e-6 && result[1, 1] < -1e29 && result[2, 1] < -1e29)
    #expect((0..<3).allSatisfy { result[$0, 0].isFinite && result[$0, 1].isFinite })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity], [0, 1])
  func `a logit that is not finite makes its sample NaN, whichever member has it`(value: Float, member: Int) {
    var random = RandomValues(3)
    let members = (0..<2).map { _ in random.matrix(3, 20, scale: 2) }
    members[member][1, 17] = value
    let result = result(members)
    for c in 0..<3 {
      #expect(result[c, 17].isNaN)
      #expect((0..<20).allSatisfy { $0 == 17 || result[c, $0].isFinite })
    }
  }

  @Test func `what is computed for a sample depends on it alone`() {
    var random = RandomValues(14)
    let members = (0..<3).map { _ in random.matrix(5, 50, scale: 6) }
    let together = result(members)
    for sample in 0..<50 {
      let alone = result(members.map { m in Vector((0..<5).map { m[$0, sample] }).matrix(rows: 5, columns: 1) })
      #expect((0..<5).allSatisfy { alone[$0, 0].bitPattern == together[$0, sample].bitPattern })
    }
  }
}
