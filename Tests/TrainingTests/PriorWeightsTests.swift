import ClassWeighting
import Configuration
import Testing
import Training

/// What is undone of what training did to the frequencies of classes.
@Suite struct PriorWeightsTests {
  private let counts = [900, 90, 10, 0]
  private let perBatch = TrainingWeights.perBatch(InverseFrequency())

  @Test func `class weights are what the file says of them anyway`() {
    let configuration = TrainingConfiguration.defaults
    #expect(configuration.recordedPriorWeights(.fixed([1, 2, 3, 0]), classCounts: counts) == nil)
    #expect(configuration.recordedPriorWeights(perBatch, classCounts: counts) == nil)
    let inverse: [Double] = [1.0 / 900, 1.0 / 90, 1.0 / 10, 0]
    #expect(configuration.priorWeights(perBatch, classCounts: counts) == inverse)
  }

  @Test func `limited weights of batches are those of a batch that has its share of each class`() throws {
    var configuration = TrainingConfiguration.defaults
    configuration.steps.batchSize = 50
    configuration.steps.accumulate = 2
    // Of 100 samples 90, 9 and 1 are of the classes.
    let weights = try #require(
      configuration.recordedPriorWeights(.perBatch(InverseFrequency(maxWeight: 0.5)), classCounts: counts))
    let expected: [Double] = [1.0 / 90, 1.0 / 9, 0.5, 0]
    for (found, expected) in zip(weights, expected) { #expect(abs(found * 10 - expected) < 1e-12) }
    let all = try #require(
      configuration.recordedPriorWeights(.perBatch(InverseFrequency(maxWeight: 0.01)), classCounts: counts))
    #expect(all[0] == all[1] && all[1] == all[2] && all[2] > 0 && all[3] == 0)
  }

  @Test func `a limit that no weight of a batch reaches changes nothing`() {
    let limited = TrainingWeights.perBatch(InverseFrequency(maxWeight: 1))
    #expect(TrainingConfiguration.defaults.recordedPriorWeights(limited, classCounts: counts) == nil)
  }

  @Test func `before the weights come there is nothing of them to undo`() {
    var configuration = TrainingConfiguration.defaults
    for weights in [TrainingWeights.fixed([1, 2, 3, 0]), perBatch] {
      #expect(
        configuration.recordedPriorWeights(weights, classCounts: counts, beforeWeights: true) == [1, 1, 1, 0])
    }
    configuration.loss.kind.loss = .balancedSoftmax
    let ratios = configuration.priorWeights(.fixed([1, 1, 1, 0]), classCounts: counts)
    #expect(configuration.priorWeights(.fixed([1, 2, 3, 0]), classCounts: counts, beforeWeights: true) == ratios)
  }
}
