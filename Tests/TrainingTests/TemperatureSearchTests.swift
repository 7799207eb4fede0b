import Foundation
import Testing
import Training

@Suite struct TemperatureSearchTests {
  /// Searches, and counts how often it looks.
  private func search(
    _ loss: (_ inverseTemperature: Double) -> (slope: Double, curvature: Double)
  ) -> (temperature: Double, looks: Int) {
    var search = TemperatureSearch()
    var looks = 0
    while !search.isDone, looks < 200 {
      let (slope, curvature) = loss(1 / search.temperature)
      search.learn(slope: slope, curvature: curvature)
      looks += 1
    }
    return (search.temperature, looks)
  }

  /// Two classes, a margin of 1, of which a share is wrong: ℓ = (1−q) log(1 + e^−β) + q log(1 + e^β). Its optimum is
  /// β = log((1 − q)/q).
  @Test(arguments: [0.499, 0.49, 0.4, 0.2, 0.05, 1e-2, 1e-6, 1e-20, 1e-40])
  func `finds the optimum of a log loss, wherever it lies, in few looks`(wrong: Double) {
    let found = search { beta in
      let p = 1 / (1 + exp(beta))
      return (wrong - p, p * (1 - p))
    }
    let expected = min(max(1 / log((1 - wrong) / wrong), 0.01), 100)
    #expect(found.looks <= 20, "\(found)")
    // Beyond 1e-9 nats for twice the temperature nothing is looked for.
    if wrong > 1e-6 { #expect(abs(found.temperature / expected - 1) < 1e-5, "\(found), \(expected)") }
    let rest = { (beta: Double) in (1 - wrong) * log1p(exp(-beta)) + wrong * log1p(exp(beta)) }
    #expect(rest(1 / found.temperature) <= rest(1 / expected) + 2e-9)
  }

  /// Slopes that Newton's method alone would jump to and fro on, or creep along.
  @Test(arguments: [0.011, 0.3, 1, 4, 99], [1.0, 3, 20])
  func `steep and flat slopes are searched to the end`(optimum: Double, steepness: Double) {
    let found = search { beta in
      let x = log(beta * optimum)
      // Saturates on both sides: tanh, as a function of log β.
      let slope = tanh(steepness * x)
      return (slope, steepness * (1 - slope * slope) / beta)
    }
    #expect(abs(found.temperature / optimum - 1) < 2e-6 && found.looks <= 40, "\(found)")
  }

  @Test func `the ends of the range are taken where the optimum lies beyond`() {
    #expect(search { _ in (-1, 0) }.temperature == 0.01)
    #expect(search { _ in (1, 0) }.temperature == 100)
    #expect(search { beta in (-1 / beta, 1 / (beta * beta)) }.temperature == 0.01)
    #expect(search { _ in (0, 0) }.temperature == 1)
  }
}
