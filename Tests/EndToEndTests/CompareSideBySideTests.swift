import Foundation
import Runs
import TestSupport
import Testing

/// Runs of `compare` that ranks train side by side: what one of them meets is no trouble of the others for long.
@Suite(.serialized) struct CompareSideBySideTests {
  private static let ranks = CommandLineTests.ranks
  private static let long = [
    "synthetic:samples=60000,classes=3", "--hidden", "8", "--epochs", "12", "--class-weights", "none,inverse,balanced",
    "--seeds", "2",
  ]

  private func compare(
    _ arguments: [String], ranks: Int? = Self.ranks, in folder: TemporaryFolder,
    signal: (name: String, at: Program.Moment)? = nil, secondsAllowed: Int = 60
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(
      ["compare"] + arguments, ranks: ranks, in: folder, signal: signal, secondsAllowed: secondsAllowed)
  }

  private func ranks(ofRun path: String, in folder: TemporaryFolder) throws -> Int? {
    try (JSONSerialization.jsonObject(with: folder.data("\(path)/summary.json")) as? [String: Any])?["ranks"] as? Int
  }

  /// A launcher that sees the killed rank before the others do ends with the signal's number.
  @Test(arguments: [("USR1", [75]), ("USR1 one rank", [75]), ("KILL one rank", [76, 128 + 9])])
  func `what stops one rank stops all, and what is done is kept`(
    signal: String, statuses: [Int32]
  ) async throws {
    let folder = try TemporaryFolder()
    // So long that it is under way whatever the machine does.
    let much = Self.long + ["--epochs", "600", "--run-dir", "all"]
    let stopped = try await compare(much, in: folder, signal: (signal, 3))
    #expect(statuses.contains(stopped.exitStatus) && !stopped.timedOut, "\(stopped.exitStatus) \(stopped.error)")
    if statuses == [75] { #expect(stopped.output.contains("left; the same command again goes on")) }
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path("all")).filter { $0.contains("seed=") }
    #expect(runs.count >= Self.ranks ?? 1)
    let saved = try runs.filter {
      try FileManager.default.contentsOfDirectory(atPath: folder.path("all/\($0)/checkpoints")).contains {
        $0.hasPrefix("step-")
      }
    }
    #expect(!saved.isEmpty, "nothing is kept of what was done")
  }

  @Test func `a run that is gone on with after one rank was stopped has the bits of one that was not`() async throws {
    let folder = try TemporaryFolder()
    let whole = try await compare(Self.long + ["--run-dir", "whole", "--quiet"], ranks: nil, in: folder)
    #expect(whole.exitStatus == 0, "\(whole.error)")
    let stopped = try await compare(Self.long + ["--run-dir", "all"], in: folder, signal: ("KILL one rank", 1))
    #expect([76, 128 + 9, 0].contains(stopped.exitStatus), "\(stopped.error)")
    let again = try await compare(Self.long + ["--run-dir", "all"], ranks: 2, in: folder)
    #expect(again.exitStatus == 0, "\(again.error)")
    for file in ["compare.json", "class-weights=inverse,seed=1/model.safetensors"] {
      #expect(try folder.data("all/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  @Test func `a rank that is stopped for good ends the job in time`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      Self.long + ["--epochs", "300", "--timeout", "3", "--run-dir", "all"], in: folder, signal: ("STOP one rank", 3),
      secondsAllowed: 150)
    #expect(outcome.exitStatus == 76 && !outcome.timedOut, "\(outcome.exitStatus) \(outcome.error)")
    #expect(outcome.error.contains("has waited 3 s for the other ranks"), "\(outcome.error)")
  }

  @Test func `ranks that have nothing left wait longer for a run than for an operation`() async throws {
    let folder = try TemporaryFolder()
    let start = ContinuousClock.now
    let outcome = try await compare(
      [
        "synthetic:samples=20000,classes=3", "--seeds", "1", "--try", "epochs=1,2,2000", "--hidden", "16", "--timeout",
        "2",
      ], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(ContinuousClock.now - start > .seconds(2), "no run was longer than the time of an operation")
  }

  @Test func `threads of one process train runs side by side, with the bits of one after another`() async throws {
    let folder = try TemporaryFolder()
    let lists = ["--class-weights", "none,inverse,balanced", "--seeds", "2", "--losses", "cross-entropy,focal"]
    let options = ["synthetic:samples=3000,classes=3", "--hidden", "8", "--epochs", "9", "--quiet"]
    for halving in [[], ["--halving"]] {
      let (side, after) = ("side\(halving.count)", "after\(halving.count)")
      let threads = try await compare(
        options + lists + halving + ["--threads", "3", "--run-dir", side], ranks: nil, in: folder)
      #expect(threads.exitStatus == 0, "\(threads.error)")
      let one = try await compare(
        options + lists + halving + ["--threads", "1", "--run-dir", after], ranks: nil, in: folder)
      #expect(one.exitStatus == 0, "\(one.error)")
      let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path(after)).filter {
        $0.contains("seed=")
      }
      #expect(runs.count >= 12)
      for file in ["compare.json", "compare.csv"] + runs.map({ "\($0)/model.safetensors" }) {
        #expect(try folder.data("\(side)/\(file)") == folder.data("\(after)/\(file)"), "\(file)")
      }
    }
  }

  @Test func `a process that is stopped keeps the runs of all its threads, and fails in words without ranks`()
    async throws
  {
    let folder = try TemporaryFolder()
    let much = Self.long + ["--epochs", "600", "--run-dir", "all"]
    let stopped = try await compare(much, ranks: nil, in: folder, signal: ("USR1", 3))
    #expect(stopped.exitStatus == 75 && !stopped.timedOut, "\(stopped.error)")
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path("all")).filter { $0.contains("seed=") }
    #expect(runs.count >= min(AvailableCores.count, 6))
    for run in runs {
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("all/\(run)/checkpoints"))
      #expect(files.contains { $0.hasPrefix("step-") }, "\(files)")
    }

    try FileManager.default.createDirectory(atPath: folder.path("other"), withIntermediateDirectories: true)
    try folder.write("no folder", to: "other/class-weights=balanced,seed=1")
    let failed = try await compare(Self.long + ["--run-dir", "other"], ranks: nil, in: folder)
    #expect(failed.exitStatus == 73 && !failed.error.contains("rank"), "\(failed.exitStatus) \(failed.error)")
    #expect(failed.error.contains("(in the run other/class-weights=balanced,seed=1)"), "\(failed.error)")
  }

  @Test func `what no run can be written over ends all, and says where`() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("all"), withIntermediateDirectories: true)
    try folder.write("no folder", to: "all/class-weights=balanced,seed=1")
    let outcome = try await compare(Self.long + ["--run-dir", "all"], in: folder)
    #expect(outcome.exitStatus == 73 || outcome.exitStatus == 74, "\(outcome.exitStatus)")
    #expect(outcome.error.contains("(in the run all/class-weights=balanced,seed=1)"), "\(outcome.error)")
    // What was under way is saved.
    try FileManager.default.removeItem(atPath: folder.path("all/class-weights=balanced,seed=1"))
    let again = try await compare(Self.long + ["--run-dir", "all"], in: folder)
    #expect(again.exitStatus == 0 && again.output.contains("ended before"), "\(again.error)")
  }

  @Test func `runs that share a table and a file for validation have the bits of runs alone`() async throws {
    let folder = try TemporaryFolder()
    // Numbers alone: encodings write into the memory of what was read.
    for (name, count) in [("train.csv", 400), ("valid.csv", 90)] {
      let rows = (0..<count).map { "\(Double($0 * 37 % 101) / 7),\(Double($0 * 53 % 89) / 11),\($0 % 7 == 0 ? 1 : 0)" }
      try folder.write((["a,b,y"] + rows).joined(separator: "\n") + "\n", to: name)
    }
    let options = ["train.csv", "--validation", "valid.csv", "--recipe", "plain", "--epochs", "2"]
    let outcome = try await compare(
      options + ["--try", "learning-rate=0.01,0.1,0.3", "--seeds", "2", "--run-dir", "all"], ranks: 2, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    for rate in ["0.01", "0.1", "0.3"] {
      let alone = try await Program.trainer.run(
        options + ["--learning-rate", rate, "--seed", "1", "--run-dir", "one", "--overwrite", "--quiet"], in: folder)
      #expect(alone.exitStatus == 0, "\(alone.error)")
      for file in ["model.safetensors", "metrics.jsonl"] {
        #expect(try folder.data("all/learning-rate=\(rate),seed=1/\(file)") == folder.data("one/\(file)"))
      }
    }
  }

  @Test func `fewer runs than every second rank could have are trained by all`() async throws {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=300", "--epochs", "2", "--seeds", "1", "--class-weights", "none"]
    #expect(try await compare(options + ["--run-dir", "all"], in: folder).exitStatus == 0)
    #expect(try await compare(options + ["--run-dir", "one"], ranks: nil, in: folder).exitStatus == 0)
    let run = "class-weights=none,seed=0"
    #expect(try ranks(ofRun: "all/\(run)", in: folder) == Self.ranks)
    for file in ["compare.json", "\(run)/model.safetensors"] {
      #expect(try folder.data("all/\(file)") == folder.data("one/\(file)"), "\(file)")
    }
  }
}
