import ClassWeighting
import Testing

@Suite struct TrainingWeightsTests {
  private struct Asked: Error, Equatable {}

  private func training(_ scheme: WeightScheme, maxWeight: Double? = nil) throws -> TrainingWeights {
    try scheme.weights(forCounts: [30, 0, 5], classNames: ["a", "b", "c"], maxWeight: maxWeight).training
  }

  @Test(arguments: WeightScheme.ruleNames)
  func `all schemes but one fix the weights of the run, whatever the counts of a batch`(name: String) throws {
    let scheme = try #require(WeightScheme.named(name, smoothing: 0.1, beta: 0.9))
    let weights = try training(scheme, maxWeight: 0.15)
    guard scheme != .perBatch else {
      #expect(weights == .perBatch(InverseFrequency(maxWeight: 0.15)))
      return
    }
    let values = try scheme.weights(forCounts: [30, 0, 5], classNames: ["a", "b", "c"], maxWeight: 0.15).values
    #expect(weights == .fixed(values))
    #expect(try weights.weights { throw Asked() } == values, "counts are not asked for")
    #expect(weights.stored == values)
    #expect(weights.constantWeight(ofClass: 2) == values[2])
  }

  @Test func `weights that follow a batch are 1 over its counts, clamped, and 0 for a class that is not in it`() throws
  {
    let weights = try training(.perBatch, maxWeight: 0.3)
    #expect(weights.weights { [4, 0, 2] } == [0.25, 0, 0.3])
    #expect(try training(.perBatch).weights { [4, 0, 1] } == [0.25, 0, 1])
    #expect(throws: Asked.self) { try weights.weights { () throws(Asked) in throw Asked() } }
    #expect(weights.stored == [])
    #expect(weights.constantWeight(ofClass: 0) == nil)
  }
}
