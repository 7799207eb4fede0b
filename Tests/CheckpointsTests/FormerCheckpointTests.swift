import Checkpoints
import Configuration
import Foundation
import Testing

/// What older programs wrote is read by this one.
@Suite struct FormerCheckpointTests {
  /// Of version 0.1.0: synthetic:samples=96 --epochs 4 --batch-size 8 --checkpoint-every 5 --keep 100
  /// --validation-fraction 0.25 --seed 3; after the first epoch, and in the second.
  @Test(arguments: [("epoch", 11, 1, 0), ("step", 15, 1, 4)])
  func `checkpoints of version 0.1.0 are read`(name: String, step: Int, epoch: Int, stepInEpoch: Int) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/0.1.0-\(name).safetensors").path
    let record = try Checkpoint(readingFrom: path).record
    #expect(record.progress.step == step && record.progress.epoch == epoch)
    #expect(record.progress.stepInEpoch == stepInEpoch)
    var expected = TrainingConfiguration.defaults
    expected.data = "synthetic:samples=96"
    expected.input.missing = MissingTexts(argument: "?,NA,NaN,null")
    expected.input.rareLevels = .hash
    expected.steps.epochs = 4
    expected.steps.batchSize = 8
    expected.saving.checkpointEvery = 5
    expected.saving.keep = 100
    expected.split.validationFraction = 0.25
    expected.stopping.keepModel = .last
    expected.computation.seed = 3
    // That version wrote down its default; this one has none, and takes what the process may use.
    expected.computation.threads = 1
    expected.split.splitSeed = 3
    expected = expected.resolved(shardCount: 8)
    #expect(record.configuration == expected)
    try record.check(expected, path: path, force: false)
  }
}
