import ClassWeighting
import Foundation
import Testing

@Suite struct SamplingRuleTests {
  private let counts = [900, 0, 90, 9, 1]
  private var present: [Int] { counts.filter { $0 > 0 } }

  private func draws(_ rule: SamplingRule, _ counts: [Int]) -> [Double] {
    zip(counts, rule.rates(forCounts: counts)).map { Double($0) * $1 }
  }

  @Test func `once is once, and so is a power of 1`() {
    for rule in [SamplingRule.once, .power(1), .undersample(ratio: 1e-9)] {
      #expect(rule.rates(forCounts: counts) == [1, 0, 1, 1, 1])
    }
  }

  @Test func `class-balanced draws every class that is there equally often, as many altogether as there are`() {
    let expected: [Double] = counts.map { $0 > 0 ? 1000 / Double(4 * $0) : 0 }
    #expect(SamplingRule.power(0).rates(forCounts: counts) == expected)
    #expect(abs(draws(.power(0), counts).reduce(0, +) - 1000) < 1e-9)
  }

  @Test(arguments: [0, 0.1, 0.5, 0.93, 1])
  func `a power draws in proportion to it, as many altogether as there are`(exponent: Double) {
    let draws = draws(.power(exponent), counts)
    #expect(abs(draws.reduce(0, +) - 1000) < 1e-9)
    let scale = 1000 / present.reduce(0) { $0 + pow(Double($1), exponent) }
    for (drawn, count) in zip(draws, counts) {
      #expect(abs(drawn - (count > 0 ? scale * pow(Double(count), exponent) : 0)) < 1e-9)
    }
  }

  @Test func `oversampling brings every class to a share of the largest, and leaves none out`() {
    #expect(SamplingRule.oversample(ratio: 1).rates(forCounts: counts) == [1, 0, 10, 100, 900])
    let few = SamplingRule.oversample(ratio: 0.05).rates(forCounts: counts)
    #expect(zip(few, [1.0, 0, 1, 5, 45]).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  @Test func `undersampling brings every class down towards the smallest, and repeats none`() {
    let expected: [Double] = counts.map { $0 > 0 ? 1 / Double($0) : 0 }
    #expect(SamplingRule.undersample(ratio: 1).rates(forCounts: counts) == expected)
    let tenth = SamplingRule.undersample(ratio: 0.1).rates(forCounts: counts)
    for (rate, count) in zip(tenth, counts) {
      #expect(abs(rate - (count > 0 ? min(1, 10 / Double(count)) : 0)) < 1e-15)
    }
  }

  @Test func `no class at all, and one class`() {
    for rule in [SamplingRule.once, .power(0), .power(0.5), .oversample(ratio: 1), .undersample(ratio: 0.5)] {
      #expect(rule.rates(forCounts: [0, 0]) == [0, 0])
      #expect(rule.rates(forCounts: [7]).allSatisfy { abs($0 - 1) < 1e-15 })
    }
  }
}
