import Foundation
import Kernels
import Models
import Tensors
import Testing

@Suite struct ProbabilityRuleTests {
  /// Of one sample.
  private func probabilities(_ rule: ProbabilityRule, _ logits: [Float]) -> [Float] {
    let storage = Storage(zeros: logits.count * laneCount)
    let matrix = Matrix(storage, rows: logits.count, columns: 1, stride: laneCount)
    for (index, logit) in logits.enumerated() { matrix[index, 0] = logit }
    rule.apply(to: matrix)
    return logits.indices.map { matrix[$0, 0] }
  }

  private func rule(
    _ kind: ProbabilityRule.Kind, weights: [Double], counts: [Int]? = nil, temperature: Double? = nil
  ) throws(ProbabilityRuleError) -> ProbabilityRule {
    try ProbabilityRule(
      kind, classCount: 3, classWeights: weights, classCounts: counts, temperature: temperature, path: "m")
  }

  private func isClose(_ found: [Float], _ expected: [Double]) -> Bool {
    zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 }
  }

  private let logits: [Float] = [1.25, -0.5, 2]

  /// Σ-normalized.
  private func shares(_ values: [Double]) -> [Double] { values.map { $0 / values.reduce(0, +) } }

  @Test func `raw is the softmax, whatever the weights`() throws {
    let expected = shares(logits.map { exp(Double($0)) })
    #expect(isClose(probabilities(try rule(.raw, weights: [0, 4, 9]), logits), expected))
    #expect(isClose(probabilities(try rule(.raw, weights: []), logits), expected))
  }

  @Test func `prior divides each class's share by its weight`() throws {
    let weights = [0.5, 3, 20]
    let expected = shares(zip(logits, weights).map { exp(Double($0)) / $1 })
    #expect(isClose(probabilities(try rule(.prior, weights: weights), logits), expected))
    // A factor of all weights says nothing.
    let scaled = try rule(.prior, weights: weights.map { $0 * 1e20 })
    #expect(isClose(probabilities(scaled, logits), expected))
  }

  @Test func `calibrated is prior with its logits divided by the temperature`() throws {
    let weights = [0.5, 3, 20]
    let expected = shares(zip(logits, weights).map { pow(exp(Double($0)) / $1, 1 / 1.75) })
    let found = try rule(.calibrated, weights: weights, temperature: 1.75)
    #expect(found.inverseTemperature == 1 / 1.75)
    #expect(isClose(probabilities(found, logits), expected))
  }

  @Test(arguments: [ProbabilityRule.Kind.prior, .calibrated])
  func `a class that was never learned from has probability 0`(kind: ProbabilityRule.Kind) throws {
    let found = probabilities(try rule(kind, weights: [2, 0, 2], temperature: 1), logits)
    #expect(found[1] == 0 && isClose(found, shares([exp(1.25), 0, exp(2)])))
    #expect(probabilities(try rule(.raw, weights: [2, 0, 2]), logits)[1] > 0.03)
  }

  @Test func `weights that followed each batch are undone by the counts`() throws {
    let expected = shares([exp(1.25) * 10, 0, exp(2) * 990])
    #expect(isClose(probabilities(try rule(.prior, weights: [], counts: [10, 0, 990]), logits), expected))
  }

  @Test func `what a file does not say is an error that tells what to do`() throws {
    #expect(throws: ProbabilityRuleError.noTemperature(path: "m")) { try rule(.calibrated, weights: [1, 1, 1]) }
    #expect(throws: ProbabilityRuleError.noClassCounts(path: "m")) { try rule(.prior, weights: []) }
    #expect(throws: ProbabilityRuleError.noWeight(path: "m")) { try rule(.prior, weights: [0, 0, 0]) }
    #expect(throws: ProbabilityRuleError.noWeight(path: "m")) { try rule(.prior, weights: [], counts: [0, 0, 0]) }
    for error in [ProbabilityRuleError.noTemperature(path: "m"), .noClassCounts(path: "m")] {
      #expect(error.description.contains("m ") && error.description.contains("--probabilities"))
    }
  }
}
