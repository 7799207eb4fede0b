import Checkpoints
import Collectives
import Configuration
import Foundation
import Models
import RandomStreams
import Tensors
import TestSupport
import Testing
import Training

@Suite struct CheckpointTests {
  /// Trains a little, and writes a checkpoint of each of `steps` into the folder of a run.
  private func checkpoints(atSteps steps: [Int], in folder: TemporaryFolder) throws -> CheckpointFolder {
    let run = SmallRun(epochs: 5)
    let checkpoints = CheckpointFolder(ofRun: folder.path)
    for step in steps {
      var (trainer, layout, data) = try run.trainer(over: SingleProcessCommunicator())
      let writer = CheckpointWriter(
        folder: checkpoints, keeping: 100, metricsPath: folder.path("metrics.jsonl"), resumed: nil)
      let observer = StoppingObserver(stoppingAfter: step - 1) { state, occasion in
        guard occasion == .stop else { return }
        let record = CheckpointRecord(
          progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2], metricsBytes: 0)
        try writer.submit(
          Checkpoint(record, model: run.model(state.parameters, layout), state: state))
      }
      _ = try trainer.run(observer: observer)
      try writer.finish()
    }
    return checkpoints
  }

  @Test func `a checkpoint holds the state to the bit`() throws {
    let folder = try TemporaryFolder()
    let checkpoints = try checkpoints(atSteps: [4], in: folder)
    let entry = try #require(checkpoints.entries.first)
    let checkpoint = try CheckpointFolder.read(entry)
    #expect(entry.step == 4 && checkpoint.record.progress.step == 4)
    #expect(checkpoint.record.configuration == SmallRun(epochs: 5).configuration)

    let run = SmallRun(epochs: 5)
    var (trainer, layout, _) = try run.trainer(over: SingleProcessCommunicator())
    var saved: [[Float]] = []
    _ = try trainer.run(
      observer: StoppingObserver(stoppingAfter: 3) { state, _ in
        saved = ([state.parameters] + state.optimizerMemory.map(\.values)).map(\.array)
        #expect(state.progress == checkpoint.record.progress)
      })
    let (other, _, _) = try run.trainer(over: SingleProcessCommunicator())
    let state = try other.state()
    try checkpoint.load(into: state, layout: layout, path: entry.path)
    #expect(([state.parameters] + state.optimizerMemory.map(\.values)).map(\.array) == saved)
    // It is a model, too.
    let file = try Safetensors(decoding: Array(folder.data("checkpoints/step-0000000004.safetensors")), path: "")
    #expect(file["layers.1.weight"]?.shape == [2, 5])
  }

  @Test func `a thousand flipped bits and cuts are all detected, and the checkpoint before is taken`() throws {
    let folder = try TemporaryFolder()
    let checkpoints = try checkpoints(atSteps: [2, 4], in: folder)
    let newest = checkpoints.entries[0]
    let whole = try Data(contentsOf: URL(fileURLWithPath: newest.path))
    var random = RandomStream(seed: 1, purpose: .shuffle)
    var detected = 0
    for trial in 0..<1_000 {
      var bytes = whole
      switch trial % 4 {
      case 0, 1: bytes[Int(random.index(below: UInt32(bytes.count)))] ^= 1 << UInt8(random.index(below: 8))
      case 2: bytes = bytes.prefix(Int(random.index(below: UInt32(bytes.count))))
      default: bytes.append(UInt8(random.index(below: 256)))
      }
      try bytes.write(to: URL(fileURLWithPath: newest.path))
      let search = try checkpoints.newestWhole()
      if search.found?.entry.step == 2, search.passedOver.count == 1 { detected += 1 }
    }
    #expect(detected == 1_000)
    try whole.write(to: URL(fileURLWithPath: newest.path))
    #expect(try checkpoints.newestWhole().found?.entry.step == 4)
  }

  @Test func `checkpoints with each other's names are not taken`() throws {
    let folder = try TemporaryFolder()
    let checkpoints = try checkpoints(atSteps: [2, 4, 6], in: folder)
    let paths = checkpoints.entries.map(\.path)
    try FileManager.default.moveItem(atPath: paths[0], toPath: paths[0] + "x")
    try FileManager.default.moveItem(atPath: paths[1], toPath: paths[0])
    try FileManager.default.moveItem(atPath: paths[0] + "x", toPath: paths[1])
    let search = try checkpoints.newestWhole()
    #expect(search.found?.entry.step == 2)
    #expect(search.passedOver.count == 2 && search.passedOver.allSatisfy { $0.contains("name of another") })
  }

  @Test func `what is newer than the checkpoint that a run goes on from is set aside`() throws {
    let folder = try TemporaryFolder()
    let checkpoints = try checkpoints(atSteps: [2, 4, 6], in: folder)
    try folder.write("half", to: "checkpoints/step-0000000007.safetensors.partial")
    checkpoints.setAside(after: 2)
    #expect(checkpoints.entries.map(\.step) == [2])
    let files = try FileManager.default.contentsOfDirectory(atPath: checkpoints.path)
    #expect(files.count { $0.hasSuffix(".passed-over") } == 2 && files.count == 3)
  }

  @Test(arguments: [0, 3600])
  func `those that may be left out are for a rest, and others are not`(seconds: Int) throws {
    let folder = try TemporaryFolder()
    let run = SmallRun(epochs: 2)
    var (trainer, layout, data) = try run.trainer(over: SingleProcessCommunicator())
    let checkpoints = CheckpointFolder(ofRun: folder.path)
    let writer = CheckpointWriter(
      folder: checkpoints, keeping: 9, metricsPath: folder.path("metrics.jsonl"), resumed: nil,
      rest: { _ in .seconds(seconds) })
    var answers: [Bool] = []
    let observer = StoppingObserver { state, occasion in
      answers.append(writer.leavesOutNext)
      let record = CheckpointRecord(
        progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2], metricsBytes: 0)
      try writer.submit(Checkpoint(record, model: run.model(state.parameters, layout), state: state))
      try writer.finish()
    }
    _ = try trainer.run(observer: observer)
    #expect(answers == [false] + answers.dropFirst().map { _ in seconds > 0 } && answers.count > 1)
    #expect(checkpoints.entries.count == 2)
  }

  @Test func `the newest are kept, and the best`() throws {
    let folder = try TemporaryFolder()
    let run = SmallRun(epochs: 9)
    var (trainer, layout, data) = try run.trainer(over: SingleProcessCommunicator())
    let checkpoints = CheckpointFolder(ofRun: folder.path)
    let writer = CheckpointWriter(
      folder: checkpoints, keeping: 2, metricsPath: folder.path("metrics.jsonl"), resumed: nil)
    let observer = StoppingObserver { state, occasion in
      let record = CheckpointRecord(
        progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2], metricsBytes: 0)
      try writer.submit(Checkpoint(record, model: run.model(state.parameters, layout), state: state))
    }
    let result = try trainer.run(observer: observer)
    try writer.finish()
    let best = try #require(result.progress.best)
    let values = observer.reports.map { $0.validation?.confusion.balancedAccuracy ?? 0 }
    #expect(best.metric == .balancedAccuracy && best.value == values.max())
    #expect(best.epoch == (values.firstIndex(of: values.max() ?? 0) ?? -1) + 1)
    let steps = Set(checkpoints.entries.map(\.step))
    #expect(steps == Set([9 * 6, 8 * 6, best.step]))
  }

  /// A run before its first step, and the checkpoint of it.
  private func beginning() throws -> (state: TrainingState, layout: ParameterLayout, checkpoint: Checkpoint) {
    let run = SmallRun()
    let (trainer, layout, data) = try run.trainer(over: SingleProcessCommunicator())
    let state = try trainer.state()
    let record = CheckpointRecord(
      progress: state.progress, configuration: run.configuration, data: data, classWeights: [1, 2], metricsBytes: 0)
    return (state, layout, try Checkpoint(record, model: run.model(state.parameters, layout), state: state))
  }

  /// Beyond so many bytes a state is not copied, but written at once.
  @Test(arguments: [0, 1 << 20])
  func `a checkpoint that cannot be written fails the writer`(mostCopied: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write("a file", to: "checkpoints")
    let (_, _, checkpoint) = try beginning()
    let writer = CheckpointWriter(
      folder: CheckpointFolder(ofRun: folder.path), keeping: 2, metricsPath: "", resumed: nil, mostCopied: mostCopied)
    if mostCopied == 0 {
      #expect(throws: (any Error).self) { try writer.submit(checkpoint) }
    } else {
      try writer.submit(checkpoint)
    }
    #expect(throws: (any Error).self) { try writer.finish() }
    #expect(writer.hasFailed)
  }

  @Test(arguments: [0, 1 << 20])
  func `a state may change as soon as it is submitted`(mostCopied: Int) throws {
    let folder = try TemporaryFolder()
    let (state, layout, checkpoint) = try beginning()
    // Without padding, which no checkpoint has.
    let vectors = [state.parameters.prefix(layout.count)] + state.optimizerMemory.map(\.values)
    let saved = vectors.map(\.array)
    let checkpoints = CheckpointFolder(ofRun: folder.path)
    let writer = CheckpointWriter(
      folder: checkpoints, keeping: 2, metricsPath: "", resumed: nil, mostCopied: mostCopied)
    try writer.submit(checkpoint)
    for values in vectors { values.fill(with: 7) }
    try writer.finish()
    let entry = try #require(checkpoints.entries.first)
    try CheckpointFolder.read(entry).load(into: state, layout: layout, path: entry.path)
    #expect(vectors.map(\.array) == saved)
    #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).count == 1)
  }
}
