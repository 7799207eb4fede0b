import Foundation
import TestSupport
import Testing

/// What a user types and sees.
@Suite(.serialized) struct CommandLineTests {
  #if MPI
    static let ranks: Int? = 3
  #else
    static let ranks: Int? = nil
  #endif

  @Test func `without an argument it trains on the built-in data and prints all tables`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run([], ranks: Self.ranks, in: folder)
    #expect(outcome.exitStatus == 0)
    for part in [
      "\(Self.ranks ?? 1) rank", "8 shards", "1,000 samples", "weight (balanced)", "0.416667", " 1/10", "10/10",
      "samples/s",
      "precision  recall", "balanced accuracy", "saved to runs/synthetic", "report: runs/synthetic/report.html",
    ] { #expect(outcome.output.contains(part), "\(part)") }
    #expect(outcome.error == "")
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: folder.path("runs/synthetic"))) == [
        "config.yaml", "class_weights.json", "metrics.jsonl", "model.safetensors", "summary.json",
        "confusion_matrix.csv", "report.html", "report.json", "log.jsonl", "log.txt", "checkpoints",
        "events.out.tfevents.000001",
      ])
    let again = try await Program.trainer.run([], in: folder)
    #expect(again.output.contains("saved to runs/synthetic-2"))
  }

  @Test func `the files of a run say what happened`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["--epochs", "2", "--validation-fraction", "0.2", "--run-dir", "run", "--quiet"], in: folder)
    #expect(outcome.output == "" && outcome.exitStatus == 0)
    func object(_ text: some StringProtocol) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
    let lines = try folder.text("run/metrics.jsonl").split(separator: "\n").map { try object($0) }
    #expect(lines.map { $0["split"] as? String } == ["train", "validation", "train", "validation"])
    #expect(lines.map { $0["epoch"] as? Int } == [1, 1, 2, 2])
    for key in [
      "step", "loss", "accuracy", "balanced_accuracy", "macro_f1", "log_loss", "g_mean", "mcc", "kappa", "weighted_f1",
    ] {
      #expect(lines.allSatisfy { $0[key] is NSNumber }, "\(key)")
    }
    // The mean of the recalls is the balanced accuracy.
    for line in lines {
      let recalls = try #require(line["recall"] as? [Double])
      let balanced = line["balanced_accuracy"] as? Double ?? 0
      #expect(recalls.count == 3 && abs(recalls.reduce(0, +) / 3 - balanced) < 1e-12)
    }
    let summary = try object(try folder.text("run/summary.json"))
    #expect((summary["samples_per_second"] as? Double ?? 0) > 0)
    #expect(summary["ranks"] as? Int == 1 && summary["shards"] as? Int == 8)
    let last = try #require(summary["validation"] as? [String: Any])
    #expect(last["loss"] as? Double == lines[3]["loss"] as? Double)
    let confusion = try folder.text("run/confusion_matrix.csv").split(separator: "\n")
    #expect(confusion[0] == "true class,0,1,2")
    let counts = confusion.dropFirst().map { line in line.split(separator: ",").dropFirst().compactMap { Int($0) } }
    #expect(counts.joined().reduce(0, +) == 200)
  }

  @Test func `a run's config.yaml repeats it, and the command line wins over it`() async throws {
    let folder = try TemporaryFolder()
    let first = try await Program.trainer.run(
      [
        "synthetic:samples=300,classes=2,priors=0.9/0.1", "--hidden", "5,4", "--class-weights", "1,5.5", "--betas",
        "0.8,0.99",
        "--epochs", "2", "--shards", "3", "--label", "-1", "--clip-norm", "2", "--run-dir", "a", "--quiet",
      ], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    let second = try await Program.trainer.run(["--config", "a/config.yaml", "--run-dir", "b", "--quiet"], in: folder)
    try #require(second.exitStatus == 0, "\(second.error)")
    #expect(try folder.data("a/model.safetensors") == folder.data("b/model.safetensors"))
    #expect(try folder.data("a/config.yaml") == folder.data("b/config.yaml"))
    let third = try await Program.trainer.run(
      ["train", "synthetic:samples=301", "--config=a/config.yaml", "--class-weights", "inverse", "--run-dir", "c"],
      in: folder)
    #expect(third.exitStatus == 0, "\(third.error)")
    #expect(third.output.contains("301 samples") && third.output.contains("weight (inverse)"))
    let linear = try await Program.trainer.run(
      ["--config", "a/config.yaml", "--model", "linear", "--run-dir", "d", "--class-weights", "a/class_weights.json"],
      in: folder)
    #expect(linear.exitStatus == 0, "\(linear.error)")
    #expect(linear.output.contains("linear 10 → 2") && linear.output.contains("weight (explicit)"))
  }

  @Test func `the default run's config.yaml repeats it`() async throws {
    let folder = try TemporaryFolder()
    for options in [["--run-dir", "a"], ["--config", "a/config.yaml", "--run-dir", "b"]] {
      let outcome = try await Program.trainer.run(options + ["--quiet"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    #expect(try folder.data("a/model.safetensors") == folder.data("b/model.safetensors"))
  }

  @Test func `a run of a recipe is gone on with from its middle, and repeated by its config.yaml, to the same bits`()
    async throws
  {
    let folder = try TemporaryFolder()
    @discardableResult func train(_ arguments: [String]) async throws -> String {
      let outcome = try await Program.trainer.run(arguments, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      return outcome.output
    }
    let options = [
      "synthetic:samples=200", "--recipe", "table", "--epochs", "2", "--checkpoint-every", "9", "--keep", "99",
    ]
    #expect(
      try await train(options + ["--run-dir", "whole"]).contains("\nrecipe   table: 8 members, mlp 256,256 on bins"))
    try await train(["--config", "whole/config.yaml", "--recipe", "table", "--run-dir", "again"])
    // Within the second epoch of 6 steps of the first member.
    try await train(["--resume", "whole/checkpoints/step-0000000009.safetensors", "--run-dir", "second"])
    #expect(try folder.text("whole/config.yaml").contains("recipe: table"))
    #expect(try folder.data("again/model.safetensors") == folder.data("whole/model.safetensors"))
    #expect(try folder.data("second/model.safetensors") == folder.data("whole/model.safetensors"))
  }

  @Test func `a class without training samples gets weight 0 and one warning`() async throws {
    let outcome = try await Program.trainer.run(
      ["synthetic:samples=50,priors=0.5/0/0.5", "--epochs", "1"], ranks: Self.ranks, in: TemporaryFolder())
    #expect(outcome.exitStatus == 0)
    #expect(outcome.error.split(separator: "\n").count == 1)
    #expect(outcome.error.contains("no training sample of class \"1\""))
  }

  @Test func `weights shows counts and schemes`() async throws {
    let folder = try TemporaryFolder()
    let table = try await Program.trainer.run(["weights", "synthetic:"], ranks: Self.ranks, in: folder)
    #expect(table.exitStatus == 0)
    for part in ["800", "80.00 %", "0.00137483", "effective-number", "imbalance ratio 8.0"] {
      #expect(table.output.contains(part))
    }
    let json = try await Program.trainer.run(["weights", "synthetic:", "--json"], in: folder)
    #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
  }

  @Test func `doctor says what the job gives, and checks that ranks together are one process`() async throws {
    let folder = try TemporaryFolder()
    let text = try await Program.trainer.run(["doctor"], ranks: Self.ranks, in: folder)
    #expect(text.exitStatus == 0, "\(text.error)")
    for part in ["launcher ", "hosts ", "GFLOP/s", "the same bits"] { #expect(text.output.contains(part), "\(part)") }
    let json = try await Program.trainer.run(["doctor", "--json"], ranks: Self.ranks, in: folder)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["self_check_passes"] as? Bool == true)
    #expect((object["ranks"] as? [Any])?.count == Self.ranks ?? 1)
  }

  @Test func `JSON lines for programs`() async throws {
    let outcome = try await Program.trainer.run(["--log", "json", "--epochs", "2"], in: TemporaryFolder())
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 4)
    for line in lines { #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any]) }
  }

  @Test func `help and version come once, from one rank`() async throws {
    for (arguments, part) in [(["--help"], "USAGE:"), (["--version"], "0."), (["train", "--help"], "--class-weights")] {
      let outcome = try await Program.trainer.run(arguments, ranks: Self.ranks, in: TemporaryFolder())
      #expect(outcome.exitStatus == 0)
      #expect(outcome.output.components(separatedBy: part).count >= 2, "\(outcome.output)\(outcome.error)")
      #expect(outcome.output.components(separatedBy: "USAGE:").count <= 2)
    }
  }

  @Test func `the version names the commit, MPI and the vector instructions`() async throws {
    let outcome = try await Program.trainer.run(["--version"], in: TemporaryFolder())
    let lines = outcome.output.split(separator: "\n")
    try #require(lines.count == 3, "\(outcome.output)\(outcome.error)")
    // As the build was told by launch/flags; of sources without git there is none.
    let commit = ProcessInfo.processInfo.environment["CW_DIST_TRAIN_COMMIT"].map { ", commit \($0)" } ?? ""
    #expect(lines[0].hasPrefix("cw-dist-train 0.") && lines[0].hasSuffix(commit), "\(lines[0])")
    #expect(lines[1].wholeMatch(of: #/MPI: \S.+/#) != nil, "\(lines[1])")
    #expect(lines[2].wholeMatch(of: #/vector instructions: (AVX-512|AVX2|SSE2|NEON)/#) != nil, "\(lines[2])")
  }

  @Test func `output that nobody reads does not end the run`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["--epochs", "300", "--run-dir", "run"], in: folder, wrapper: "set -o pipefail; \"$@\" | head -1")
    #expect(outcome.exitStatus == 0)
    #expect(FileManager.default.fileExists(atPath: folder.path("run/summary.json")))
  }

  @Test func `runs that begin together get folders of their own`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["--epochs", "1", "--quiet"], in: folder, wrapper: "for i in 1 2 3 4; do \"$@\" --seed $i & done; wait")
    #expect(outcome.error == "")
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.path("runs"))
    #expect(runs.count == 4)
    #expect(try Set(runs.map { try folder.data("runs/\($0)/model.safetensors") }).count == 4)
  }

}
