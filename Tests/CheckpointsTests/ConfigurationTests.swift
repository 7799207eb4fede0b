import Checkpoints
import Files
import Foundation
import Testing
import Training

/// What older programs wrote is read by this one.
@Suite struct ConfigurationTests {
  @Test func `a configuration of nothing is that of the defaults`() throws {
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: Data("{}".utf8)) == TrainingConfiguration())
  }

  @Test(arguments: TrainingConfiguration.CodingKeys.allCases)
  func `every key is read`(_ key: TrainingConfiguration.CodingKeys) {
    // No option is an object.
    let text = "{\"\(key.rawValue)\": {\"no\": \"option\"}}"
    #expect(throws: DecodingError.self, "no line in init(from:) reads \(key)") {
      try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
    }
  }

  @Test func `every property has a key, and is read back`() throws {
    var configuration = TrainingConfiguration()
    configuration.labels = "l"
    configuration.comment = "c"
    configuration.categorical = "a"
    configuration.numeric = "b"
    configuration.drop = "d"
    configuration.validation = "v"
    configuration.validationLabels = "w"
    configuration.validationFraction = 0.25
    configuration.testFraction = 0.125
    configuration.splitSeed = 8
    configuration.initialization = "i"
    configuration.maxWeight = 3
    configuration.ignoreIndex = -100
    configuration.maxSteps = 9
    configuration.clipNorm = 2
    configuration.checkpointEvery = 4
    configuration.seed = 7
    let bytes = try JSONEncoder().encode(configuration)
    #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: bytes) == configuration)
    let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    #expect(Mirror(reflecting: configuration).children.count == object.count)
    #expect(object.count == TrainingConfiguration.CodingKeys.allCases.count)
  }

  @Test func `a validation part that followed the one seed of 0.1.0 stays where it was`() throws {
    func decode(_ text: String) throws -> TrainingConfiguration {
      try JSONDecoder().decode(TrainingConfiguration.self, from: Data(text.utf8))
    }
    #expect(try decode("{\"seed\": 3}").splitSeed == 3)
    #expect(try decode("{\"seed\": 3, \"split-seed\": 0}").splitSeed == 0)
  }

  /// Of version 0.1.0: synthetic:samples=96 --epochs 4 --batch-size 8 --checkpoint-every 5 --keep 100
  /// --validation-fraction 0.25 --seed 3; after the first epoch, and in the second.
  @Test(arguments: [("epoch", 11, 1, 0), ("step", 15, 1, 4)])
  func `checkpoints of version 0.1.0 are read`(name: String, step: Int, epoch: Int, stepInEpoch: Int) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/0.1.0-\(name).safetensors").path
    let record = try Checkpoint(readingFrom: path).record
    #expect(record.progress.step == step && record.progress.epoch == epoch)
    #expect(record.progress.stepInEpoch == stepInEpoch)
    var expected = TrainingConfiguration()
    expected.data = "synthetic:samples=96"
    expected.missing = "?,NA,NaN,null"
    expected.epochs = 4
    expected.batchSize = 8
    expected.checkpointEvery = 5
    expected.keep = 100
    expected.validationFraction = 0.25
    expected.seed = 3
    expected.splitSeed = 3
    #expect(record.configuration == expected)
    try record.check(expected, path: path, force: false)
  }
}
