import Foundation
import TensorBoard
import TestSupport
import Testing

/// What the files of events of a run hold. (TensorBoard's own reader reads them in Tests/Interop.)
@Suite(.serialized) struct TensorBoardTests {
  private static let epochTag = "run/epoch"

  private func events(_ folder: TemporaryFolder, _ path: String) throws -> [StoredEvent] {
    StoredEvent.all(in: Array(try folder.data(path)))
  }

  /// Of the events of epochs.
  private func steps(_ folder: TemporaryFolder, _ path: String) throws -> [Int] {
    try events(folder, path).filter { $0.tags.contains(Self.epochTag) }.map(\.step)
  }

  /// Of the lines of metrics.jsonl on the training part.
  private func lineSteps(_ folder: TemporaryFolder, _ run: String, member: Int? = nil) throws -> [Int] {
    try folder.text("\(run)/metrics.jsonl").split(separator: "\n").compactMap { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      guard object["split"] as? String == "train", object["member"] as? Int == member else { return nil }
      return object["step"] as? Int
    }
  }

  private func files(_ folder: TemporaryFolder, _ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path(path)).filter { $0.contains("events") }.sorted()
  }

  private func run(
    _ arguments: [String], ranks: Int? = CommandLineTests.ranks, in folder: TemporaryFolder
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(
      ["synthetic:samples=600"] + arguments + ["--run-dir", "run", "--quiet"], ranks: ranks, in: folder)
  }

  @Test func `each epoch has an event, each part its figures, and the end what is delivered`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await run(
      ["--epochs", "4", "--validation-fraction", "0.2", "--test-fraction", "0.2"], in: folder)
    try #require(outcome.exitStatus == 0 && outcome.error == "", "\(outcome.error)")
    #expect(try files(folder, "run") == ["events.out.tfevents.000001"])
    let events = try events(folder, "run/events.out.tfevents.000001")
    #expect(events.count == 8 && events.map(\.step) == events.map(\.step).sorted())
    #expect(try steps(folder, "run/events.out.tfevents.000001") == lineSteps(folder, "run"))
    let about = Set(events[2].tags)
    #expect(about.isSuperset(of: ["about/configuration", "about/classes", "class_weight/2", "_hparams_/experiment"]))
    for event in events[3...6] {
      #expect(
        Set(event.tags).isSuperset(of: [
          "train/loss", "validation/loss", "validation/macro_f1", "recall_validation/2", "optimizer/learning_rate",
          "optimizer/gradient_norm", "optimizer/parameter_norm", "confusion_matrix/validation",
        ]), "\(event.tags)")
      #expect(Set(event.tags).count == event.tags.count)
    }
    #expect(Set(events[7].tags).isSuperset(of: ["final/test/loss", "final/validation/kappa", "final/test/recall:2"]))
    #expect(abs(events[7].time - Date().timeIntervalSince1970) < 600 && events[7].time >= events[0].time)
  }

  @Test(arguments: [nil, 3])
  func `a run that is gone on with has each step once, as metrics.jsonl has`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let options = ["--batch-size", "50", "--validation-fraction", "0.2", "--epochs", "5"]
    for length in [["--max-steps", "23"], ["--max-steps", "40"], ["--max-steps", "1000"], ["--epochs", "7"]] {
      let outcome = try await run(options + length + ["--resume", "auto"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let files = try files(folder, "run")
      try #require(files.count == 1, "\(files)")
      #expect(try steps(folder, "run/\(files[0])") == lineSteps(folder, "run"), "\(length)")
    }
    #expect(try files(folder, "run") == ["events.out.tfevents.000004"])
    // The end of a run that had one no longer is.
    let tags = try events(folder, "run/events.out.tfevents.000004").map(\.tags)
    #expect(tags.count { $0.contains("final/train/loss") } == 1 && tags.last?.contains("final/train/loss") == true)
    #expect(tags.count { $0.contains("about/configuration") } == 1)
  }

  @Test func `a file that is cut in a record is gone on with behind the last whole one`() async throws {
    let folder = try TemporaryFolder()
    try #require(try await run(["--epochs", "3"], in: folder).exitStatus == 0)
    let path = folder.path("run/events.out.tfevents.000001")
    let all = try events(folder, "run/events.out.tfevents.000001")
    let whole = all.dropLast(2).reduce(0) { $0 + $1.bytes.count }
    try Data(try folder.data("run/events.out.tfevents.000001").prefix(whole + 30)).write(
      to: URL(fileURLWithPath: path))
    let outcome = try await run(["--epochs", "4", "--resume", "auto"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let lines = try lineSteps(folder, "run")
    #expect(try steps(folder, "run/events.out.tfevents.000002") == lines.filter { $0 != lines[2] })
  }

  @Test func `members have files of their own, and go on with them on other ranks`() async throws {
    let folder = try TemporaryFolder()
    let options = ["--members", "3", "--epochs", "150", "--batch-size", "20", "--hidden", "6"]
    #if MPI
      let ranks: [Int?] = [nil, 2, 3]
    #else
      let ranks: [Int?] = [nil]
    #endif
    var starts = 0
    var status: Int32 = 75
    while status == 75, starts < 60 {
      // The first one is stopped on the fastest machine, and a slow one comes to the end.
      let time = String(0.15 * pow(1.2, Double(starts)))
      let outcome = try await run(
        options + ["--resume", "auto", "--max-time", time], ranks: ranks[starts % ranks.count], in: folder)
      status = outcome.exitStatus
      try #require(status == 0 || status == 75, "\(outcome.error)")
      starts += 1
    }
    #expect(status == 0 && starts > 1)
    for member in 1...3 {
      let files = try files(folder, "run/members/\(member)")
      try #require(files.count == 1, "\(files)")
      let steps = try steps(folder, "run/members/\(member)/\(files[0])")
      #expect(try steps == lineSteps(folder, "run", member: member) && steps.count == 150, "member \(member)")
    }
    let main = try #require(files(folder, "run").first)
    #expect(try files(folder, "run").count == 1 && steps(folder, "run/\(main)") == [])
    #expect(try events(folder, "run/\(main)").last?.tags.contains("final/out_of_fold/macro_f1") == true)
  }

  @Test func `that events cannot be written ends no run, and is said once`() async throws {
    let folder = try TemporaryFolder()
    // In the place of what a file is called until it is whole.
    try FileManager.default.createDirectory(atPath: folder.path("run/.events/x"), withIntermediateDirectories: true)
    let outcome = try await run(["--epochs", "3", "--overwrite"], in: folder)
    #expect(outcome.exitStatus == 0)
    #expect(outcome.error.components(separatedBy: "TensorBoard will lack").count == 2, "\(outcome.error)")
    #expect(try files(folder, "run") == [".events"])
    #expect(try lineSteps(folder, "run").count == 3)
  }

  @Test func `a disk that is full for a while leaves a gap, and whole records around it`() async throws {
    let folder = try TemporaryFolder()
    // No file may be larger than this: that of events is, and no other.
    let script = "ulimit -f 40; trap '' XFSZ; exec \"$@\""
    let outcome = try await Program.trainer.run(
      ["synthetic:samples=100,classes=20", "--epochs", "60", "--run-dir", "run", "--quiet", "--keep", "1"],
      in: folder, wrapper: script)
    // What else the run writes may be too large, too: then it says so, and what is there is whole.
    #expect(outcome.error.contains("TensorBoard will lack"), "\(outcome.error)")
    let bytes = try folder.data("run/events.out.tfevents.000001")
    let events = StoredEvent.all(in: Array(bytes))
    #expect(events.reduce(0) { $0 + $1.bytes.count } == bytes.count && events.count > 3)
  }

  @Test func `--tensorboard no writes none, and --overwrite begins anew`() async throws {
    let folder = try TemporaryFolder()
    try #require(try await run(["--epochs", "4"], in: folder).exitStatus == 0)
    try folder.write("mine", to: "run/events.out.tfevents.mine")
    try #require(try await run(["--epochs", "2", "--overwrite"], in: folder).exitStatus == 0)
    #expect(try steps(folder, "run/events.out.tfevents.000001").count == 2)
    try #require(try await run(["--epochs", "1", "--overwrite", "--tensorboard", "no"], in: folder).exitStatus == 0)
    #expect(try files(folder, "run") == ["events.out.tfevents.mine"])
  }

  @Test func `a run that goes on without events keeps those of before its checkpoint`() async throws {
    let folder = try TemporaryFolder()
    try #require(try await run(["--epochs", "3"], in: folder).exitStatus == 0)
    let outcome = try await run(["--epochs", "5", "--resume", "auto", "--tensorboard", "no"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let file = "run/events.out.tfevents.000002"
    #expect(try steps(folder, file) == Array(lineSteps(folder, "run").prefix(3)))
    #expect(try !events(folder, file).contains { $0.tags.contains("final/train/loss") })
  }
}
