import Collectives
import Configuration
import Failures
import Files
import Foundation
import Models
import Runs
import TestSupport
import Testing
import Training

/// Keeps what it hears.
private final class Hearer: ReproductionListener {
  private(set) var beginning: ReproductionBeginning?
  private(set) var lines: [LineFinding] = []
  private(set) var checkpoints: [CheckpointFinding] = []
  private(set) var result: ReproductionResult?

  func receive(_ event: RunEvent) {}

  func receive(_ event: ReproductionEvent) {
    switch event {
    case .began(let beginning): self.beginning = beginning
    case .compared(let lines, _): self.lines += lines
    case .comparedCheckpoint(let checkpoint): checkpoints.append(checkpoint)
    case .ended(let result): self.result = result
    }
  }
}

/// What one rank knows of a reproduction.
private struct Outcome: Sendable {
  let exitStatus: Failures.ExitStatus
  let verdict: String?
  let lines: [LineFinding]
  let checkpoints: [CheckpointFinding]
  let model: ModelFinding?
  let faults: [String]
  let reasons: [String]
  let remarks: [String]
  let isComplete: Bool?
  let isDataChecked: Bool?
}

@Suite struct ReproductionTests {
  private var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration.defaults
    configuration.data = "synthetic:samples=120,classes=3,seed=4"
    configuration.split.validationFraction = 0.25
    configuration.split.testFraction = 0.1
    configuration.steps.epochs = 4
    configuration.steps.batchSize = 16
    configuration.model.hidden = NumberList([4])
    configuration.model.dropout = 0.2
    return configuration
  }

  /// Trains into `run`, to the end or, after an epoch, until the next step.
  private func train(
    _ configuration: TrainingConfiguration, in folder: TemporaryFolder, stoppingAfterEpoch epoch: Int? = nil
  ) throws {
    final class Stopper: RunListener {
      let lastEpoch: Int
      private(set) var hasHeardEnough = false

      init(_ epoch: Int) { lastEpoch = epoch }

      func receive(_ event: RunEvent) {
        if case .epochEnded(let report) = event { hasHeardEnough = report.epoch == lastEpoch }
      }
    }
    let alone = SingleProcessCommunicator()
    var run = try Run(configuration, RunListeners(epoch.map { [Stopper($0)] } ?? [], of: alone), over: alone)
    let outcome = try run.train(savingTo: RunPlace(folder.path("run"))).outcome
    #expect(outcome == (epoch == nil ? .completed : .stoppedOnRequest))
  }

  /// - Returns: The root's, after a check that all ranks end alike.
  private func reproduce(
    in folder: TemporaryFolder, ranks: Int = 1, replacing values: [String: String] = [:], toTheEnd: Bool = false
  ) throws -> Outcome {
    let path = folder.path("run")
    let outcomes = try onThreads(ranks: ranks) { communicator in
      let hearer = Hearer()
      var reproduction = try Reproduction(
        of: path, replacing: values, goingToTheEnd: toTheEnd, hearer, over: communicator)
      let exitStatus = try reproduction.train()
      #expect((hearer.result == nil) == !communicator.isRoot)
      return Outcome(
        exitStatus: exitStatus, verdict: hearer.result?.verdict.rawValue, lines: hearer.lines,
        checkpoints: hearer.checkpoints, model: hearer.result?.model, faults: hearer.result?.faults ?? [],
        reasons: hearer.result?.reasons ?? [], remarks: hearer.beginning?.remarks ?? [],
        isComplete: hearer.result?.isComplete, isDataChecked: hearer.beginning?.isDataChecked)
    }
    #expect(outcomes.allSatisfy { $0.exitStatus == outcomes[0].exitStatus })
    return outcomes[0]
  }

  /// The names of the files of a folder with what is in them.
  private func content(of folder: TemporaryFolder) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    return try names.reduce(into: [:]) { content, name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: folder.path(name), isDirectory: &isFolder)
      content[name] = isFolder.boolValue ? Data() : try folder.data(name)
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func `a run is found to be the same at any ranks, and nothing is written`(ranks: Int) throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    let before = try content(of: folder)
    let found = try reproduce(in: folder, ranks: ranks)
    #expect(found.verdict == "same bits" && found.exitStatus == .success && found.isComplete == true)
    #expect(found.lines.map(\.agreement) == Array(repeating: .sameBits, count: 9))
    #expect(
      found.lines.map(\.split) == ["train", "validation", "train", "validation"] + ["train", "validation"]
        + ["train", "validation", "test"])
    #expect(found.checkpoints.map(\.step) == [20] && found.checkpoints[0].differences.isEmpty)
    #expect(found.model?.digestNow == (try SHA256(ofFile: folder.path("run/model.safetensors")).text))
    #expect(found.model?.digestThen == found.model?.digestNow)
    #expect(found.isDataChecked == true && found.remarks.isEmpty && found.reasons.isEmpty)
    #expect(try content(of: folder) == before)
  }

  /// Changes one digit of a figure of a line.
  private func changeLine(_ index: Int, in folder: TemporaryFolder) throws -> (epoch: Int, split: String) {
    var lines = try folder.text("run/metrics.jsonl").split(separator: "\n", omittingEmptySubsequences: false).map {
      String($0)
    }
    let figure = try #require(lines[index].firstMatch(of: #/"loss":\d\.\d\d(\d)/#))
    let digit = figure.output.1 == "7" ? "3" : "7"
    lines[index].replaceSubrange(figure.output.1.startIndex..<figure.output.1.endIndex, with: digit)
    try folder.write(lines.joined(separator: "\n"), to: "run/metrics.jsonl")
    let split = try #require(lines[index].firstMatch(of: #/"split":"(\w+)"/#))
    return (index / 2 + (index == 8 ? 0 : 1), String(split.output.1))
  }

  @Test(arguments: [0, 3, 4, 7, 8])
  func `a changed line of metrics names the epoch, and the training stops`(index: Int) throws {
    let folder = try TemporaryFolder()
    // The test part's line is of the last epoch then.
    var configuration = configuration
    configuration.stopping.keepModel = .last
    try train(configuration, in: folder)
    let place = try changeLine(index, in: folder)
    let found = try reproduce(in: folder, ranks: 1 + index % 3)
    #expect(found.verdict == "differs" && found.exitStatus == .badData)
    let different = found.lines.filter { $0.agreement != .sameBits }
    #expect(different.map(\.epoch) == [place.epoch] && different.map(\.split) == [place.split])
    guard case .differs(let figures)? = different.first?.agreement else {
      Issue.record("no difference")
      return
    }
    #expect(figures.map(\.name) == ["loss"] && figures[0].then != figures[0].now)
    #expect(different[0].then?["loss"] != different[0].now["loss"] && different[0].then?["loss"] != nil)
    // What is trained to the end is compared to the end.
    #expect(found.lines.last?.epoch == place.epoch && (found.model == nil) == (place.epoch < 4))
    #expect(!found.reasons.isEmpty)

    let whole = try reproduce(in: folder, toTheEnd: true)
    #expect(whole.verdict == "differs" && whole.lines.count == 9)
    #expect(whole.lines.count { $0.agreement == .sameBits } == 8)
    #expect(whole.model?.digestThen == whole.model?.digestNow)
  }

  @Test func `a changed model is found by its tensors or by what it says of itself`() throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    let model = try folder.data("run/model.safetensors")
    var changed = model
    changed[changed.count - 2] ^= 0x10
    try folder.write(changed, to: "run/model.safetensors")
    let value = try reproduce(in: folder, ranks: 3)
    #expect(value.verdict == "differs" && value.exitStatus == .badData)
    #expect(value.model?.tensors.map(\.name) == ["layers.1.bias"])
    #expect(value.model?.tensors.first?.differing == 1 && value.model?.tensors.first?.count == 3)
    #expect(value.model?.tensors.first?.firstIndex == 2)
    #expect(value.lines.allSatisfy { $0.agreement == .sameBits })

    let text = "\"format_version\":\"1\""
    let range = try #require(model.range(of: Data(text.utf8)))
    changed = model
    changed.replaceSubrange(range, with: Data("\"format_version\":\"9\"".utf8))
    try folder.write(changed, to: "run/model.safetensors")
    let metadata = try reproduce(in: folder)
    #expect(metadata.verdict == "differs")
    guard case .differs(let differences) = metadata.model?.agreement else {
      Issue.record("a damaged file agrees")
      return
    }
    #expect(differences.map(\.name) == ["format_version", "the file"])
    #expect(differences[0] == ValueDifference(name: "format_version", then: "9", now: "1"))
    #expect(differences[1].then.hasPrefix("damaged: its checksum is "))

    // A key that only one of them has is no other value.
    changed.replaceSubrange(range, with: Data("\"new_key_of_one\":\"1\"".utf8))
    var sealed = Data()
    try Safetensors(decoding: [UInt8](changed), path: "m").sealed().write { sealed += $0 }
    try folder.write(sealed, to: "run/model.safetensors")
    let key = try reproduce(in: folder)
    #expect(key.verdict == "same values" && key.exitStatus == .success)
    #expect(
      key.model?.agreement == .sameValues(onlyThen: ["new_key_of_one"], onlyNow: ["format_version"]))

    try folder.write(model.prefix(model.count / 2), to: "run/model.safetensors")
    let cut = try reproduce(in: folder)
    #expect(cut.verdict == "differs" && cut.model?.isDifference == true)
  }

  @Test(arguments: [0, 2])
  func `an unfinished run is compared as far as it had come`(epoch: Int) throws {
    let folder = try TemporaryFolder()
    // After no epoch: it is stopped within the first by nothing but its checkpoint.
    try train(configuration, in: folder, stoppingAfterEpoch: max(epoch, 1))
    if epoch == 0 { try FileManager.default.removeItem(atPath: folder.path("run/metrics.jsonl")) }
    let step = max(epoch, 1) * 5 + 1
    let found = try reproduce(in: folder, ranks: 3)
    #expect(found.verdict == "same bits" && found.exitStatus == .success && found.isComplete == false)
    #expect(found.checkpoints.map(\.step) == [step] && found.checkpoints[0].differences.isEmpty)
    #expect(found.lines.count { $0.agreement == .sameBits } == 2 * epoch)
    // It stops where there is nothing more to compare, in the step after that.
    #expect(found.lines.last?.epoch == max(epoch, 1) && found.model == nil)
    #expect(try reproduce(in: folder, toTheEnd: true).lines.count == 9)
  }

  @Test func `a checkpoint with other values is found in the step that it is of`() throws {
    let folder = try TemporaryFolder()
    var other = configuration
    other.computation.seed = 1
    try train(other, in: folder, stoppingAfterEpoch: 2)
    try FileManager.default.moveItem(atPath: folder.path("run"), toPath: folder.path("other"))
    try train(configuration, in: folder, stoppingAfterEpoch: 2)
    try FileManager.default.removeItem(atPath: folder.path("run/checkpoints"))
    try FileManager.default.moveItem(atPath: folder.path("other/checkpoints"), toPath: folder.path("run/checkpoints"))
    let found = try reproduce(in: folder)
    #expect(found.verdict == "differs" && found.lines.allSatisfy { $0.agreement == .sameBits })
    let names = try #require(found.checkpoints.first).differences.map(\.name)
    #expect(names.contains("optimizer.first_moment") && names.contains("layers.0.weight"))
    // It says itself that it is of another configuration.
    #expect(found.remarks.contains { $0.contains("--seed 1 (now 0)") })
  }

  @Test(arguments: [
    ("epochs: 4", "epochs: 5", "--epochs 4 (now 5)"), ("epochs: 4", "epochs: 3", "--epochs 4 (now 3)"),
    ("epochs: 4", "epochs: 4\nmax-steps: 5", "--max-steps unset (now 5)"),
  ])
  func `another length in config.yaml is a reason, but none where the checkpoint has it`(
    then: String, now: String, reason: String
  ) throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    let text = try folder.text("run/config.yaml")
    try #require(text.contains(then))
    try folder.write(text.replacing(then, with: now), to: "run/config.yaml")
    let found = try reproduce(in: folder)
    #expect(found.verdict == "differs")
    #expect(found.reasons.count == 1 && found.reasons[0].hasSuffix("checkpoint of that step says: \(reason)"))
    try folder.write(text, to: "run/config.yaml")
    #expect(try reproduce(in: folder).verdict == "same bits")
  }

  @Test func `a model of before an unfinished run was gone on with is not compared`() throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    var longer = configuration
    longer.steps.epochs = 6
    longer = longer.resolved(shardCount: 8)
    try FileManager.default.removeItem(atPath: folder.path("run/summary.json"))
    try folder.write(try longer.yaml, to: "run/config.yaml")
    let lines = try folder.text("run/metrics.jsonl").split(separator: "\n")
    try folder.write(lines.dropLast().joined(separator: "\n") + "\n", to: "run/metrics.jsonl")
    let found = try reproduce(in: folder)
    #expect(found.verdict == "same bits" && found.lines.count == 8)
    #expect(found.model == nil && found.isComplete == false)
    #expect(found.remarks.contains { $0.contains("model.safetensors is of before") })
  }

  @Test func `without checkpoints the data is compared by its classes alone, and that is said`() throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    try FileManager.default.removeItem(atPath: folder.path("run/checkpoints"))
    let found = try reproduce(in: folder)
    #expect(found.verdict == "same bits" && found.isDataChecked == false)
    #expect(found.remarks == ["there is no whole checkpoint"])
    #expect(throws: AgreedFailure.self) {
      try reproduce(in: folder, replacing: ["data": "synthetic:samples=130,classes=3,seed=4"])
    }
    // As many in each class: only training shows it.
    let other = try reproduce(in: folder, replacing: ["data": "synthetic:samples=120,classes=3,seed=5"])
    #expect(other.verdict == "differs")
    #expect(other.reasons == ["without a checkpoint nothing tells whether the data is the same"])
  }

  @Test(arguments: ["", "metrics"])
  func `lines that no run writes, and lines that are missing, are faults`(what: String) throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    var lines = try folder.text("run/metrics.jsonl").split(separator: "\n").map { String($0) }
    lines[5] = what
    try folder.write(lines.joined(separator: "\n") + "\n" + lines[0] + "\n{\"epo", to: "run/metrics.jsonl")
    let found = try reproduce(in: folder)
    #expect(found.verdict == "differs")
    #expect(
      found.faults == [
        "line 6 of it is no line of metrics", "line 10 of it is a second one of epoch 1, train",
        "it lacks the line of epoch 3, validation",
      ])
    #expect(found.remarks.contains { $0.contains("ends in half a line") })
  }

  @Test func `more ranks than shards are refused`() throws {
    let folder = try TemporaryFolder()
    try train(configuration, in: folder)
    let failure = #expect(throws: AgreedFailure.self) { try reproduce(in: folder, ranks: 9) }
    #expect(failure?.exitStatus == .badConfiguration && failure?.message.contains("start at most 8 ranks") == true)
  }
}
