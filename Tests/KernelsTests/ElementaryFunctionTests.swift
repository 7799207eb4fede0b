import Foundation
import Kernels
import Testing

/// Compared with Double, over the whole range that the doc comments promise.
@Suite struct ExponentialTests {
  private func lanes(_ values: [Float]) -> [Lanes] {
    stride(from: 0, to: values.count, by: laneCount).map { start in
      var lanes = Lanes.zero
      for lane in 0..<laneCount { lanes[lane] = values[min(start + lane, values.count - 1)] }
      return lanes
    }
  }

  private func ulps(_ value: Float, _ exact: Double) -> Double {
    abs(Double(value) - exact) / Double(Float(exact).ulp)
  }

  @Test func `the exponential is within 1.2 ulp`() {
    let inputs = (0..<200_000).map { Float(-87 + 175 * Double($0) / 200_000) }
    var worst = 0.0
    for block in lanes(inputs) {
      let result = exponential(block)
      for lane in 0..<laneCount { worst = max(worst, ulps(result[lane], exp(Double(block[lane])))) }
    }
    #expect(worst < 1.2, "\(worst) ulp")
  }

  @Test func `the exponential of 0 is 1 and of −∞ is next to nothing`() {
    #expect(exponential(.zero)[0] == 1)
    let small = exponential(Lanes(repeating: -.infinity))[3]
    #expect(small > 0 && small < 1e-37)
  }

  @Test func `the logarithm is within 1.5 ulp or 1e-7`() {
    let inputs =
      (0..<200_000).map { Float(exp(-80 + 165 * Double($0) / 200_000)) } + (0..<1000).map { 0.9 + Float($0) / 5000 }
    for block in lanes(inputs) {
      let result = naturalLogarithm(block)
      for lane in 0..<laneCount {
        let exact = log(Double(block[lane]))
        #expect(ulps(result[lane], exact) < 1.5 || abs(Double(result[lane]) - exact) < 1e-7, "log \(block[lane])")
      }
    }
    #expect(naturalLogarithm(Lanes(repeating: 1))[0] == 0)
  }
}
