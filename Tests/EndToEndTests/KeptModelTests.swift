import Foundation
import Models
import TestSupport
import Testing

/// `--keep-model`, `--early-stopping` and `--patience`, as people use them.
@Suite(.serialized) struct KeptModelTests {
  /// Whoever follows the advice gets the model that was praised.
  @Test(arguments: [0, 1]) func `where early stopping would have ended is where it ends`(seed: Int) async throws {
    let folder = try TemporaryFolder()
    // By seed 1 the best epoch is the twelfth; by 0 the 39th, which patience does not live to see.
    let options = [
      "synthetic:samples=400,seed=\(seed)", "--hidden", "32", "--learning-rate", "0.05", "--epochs", "60",
      "--validation-fraction", "0.3",
    ]
    let whole = try await Program.trainer.run(options + ["--run-dir", "whole"], in: folder)
    let ended = try await Program.trainer.run(
      options + ["--early-stopping", "balanced-accuracy", "--run-dir", "ended"], in: folder)
    try #require(whole.exitStatus == 0 && ended.exitStatus == 0, "\(whole.error)\(ended.error)")
    let words = whole.output.split { $0.isWhitespace }.joined(separator: " ")
    let advised = words.firstMatch(
      of: /overfitting since; --early-stopping would have ended at epoch (\d+) with the same model/)
    let isSame = try folder.text("whole/confusion_matrix.csv") == folder.text("ended/confusion_matrix.csv")
    #expect((advised != nil) == isSame, "\(whole.output)")
    #expect((advised != nil) == (seed == 1), "\(whole.output)")
    if let advised { #expect(ended.output.contains("stopped at epoch \(advised.1):"), "\(ended.output)") }
  }

  @Test func `a model says nothing of weights that it was not trained with`() async throws {
    let folder = try TemporaryFolder()
    let data = "synthetic:samples=2000,classes=3,priors=0.8/0.15/0.05"
    let first = try await Program.trainer.run(
      [data, "--epochs", "2", "--validation-fraction", "0.2", "--run-dir", "run", "--quiet"], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    let before = try folder.data("run/model.safetensors")
    // Where nothing is left to train, and so in vain.
    let other = ["--resume", "run", "--class-weights", "none", "--force"]
    let inVain = try await Program.trainer.run(other, in: folder)
    #expect(inVain.exitStatus == 78 && inVain.error.contains("its run has come to its end"), "\(inVain.error)")
    #expect(try folder.data("run/model.safetensors") == before)
    let longer = try await Program.trainer.run(other + ["--epochs", "4"], in: folder)
    #expect(longer.exitStatus == 0 && longer.error.contains("counts no more (its class weights"), "\(longer.error)")
    #expect(longer.output.contains(/kept epoch [34] of 4/) || !longer.output.contains("kept epoch"), "\(longer.output)")
    // What follows training may be another, which is said.
    let normalized = try await Program.trainer.run(["--resume", "run", "--tau-normalization", "0.5"], in: folder)
    #expect(
      normalized.exitStatus == 0 && normalized.error.contains("done anew, with --tau-normalization no (now 0.5)"),
      "\(normalized.error)")
  }

  /// Learns too fast, so that the last epoch is not the best.
  private static let data = [
    "synthetic:samples=400,classes=3,features=6", "--hidden", "12", "--batch-size", "16", "--learning-rate", "0.03",
    "--validation-fraction", "0.25", "--test-fraction", "0.1",
  ]

  private static let stopping = ["--epochs", "60", "--early-stopping", "macro-f1", "--patience", "3"]

  private func run(
    _ options: [String], in folder: TemporaryFolder, ranks: Int? = nil
  ) async throws -> (output: String, error: String) {
    let outcome = try await Program.trainer.run(options, ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(options): \(outcome.error)")
    return (outcome.output, outcome.error)
  }

  private func summary(_ run: String, in folder: TemporaryFolder) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: folder.data("\(run)/summary.json")) as? [String: Any])
  }

  private let results = ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv"]

  @Test func `a model that has had no class weights yet is not corrected for them`() async throws {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=600,priors=0.8/0.15/0.05", "--epochs", "3"]
    func model(_ name: String, _ own: [String]) async throws -> ModelFile {
      _ = try await run(options + own + ["--quiet", "--run-dir", name], in: folder)
      let path = "\(name)/model.safetensors"
      return try ModelFile(Safetensors(verifying: [UInt8](folder.data(path)), path: path), path: path)
    }
    let before = try await model("before", ["--reweight-from-epoch", "4"])
    #expect(before.priorWeights == [1, 1, 1] && !before.isWeighted)
    let cut = try await model("cut", ["--reweight-from-epoch", "3", "--max-steps", "20"])
    #expect(cut.priorWeights == [1, 1, 1] && cut.classWeights.max() ?? 0 > 1)
    let weighted = try await model("weighted", ["--reweight-from-epoch", "3"])
    #expect(weighted.priorWeights == nil && weighted.isWeighted)
    let limited = try await model("limited", ["--class-weights", "per-batch", "--max-weight", "0.02"])
    #expect(limited.priorWeights?.count == 3 && !limited.isWeighted)
  }

  @Test func `a metric that one class alone does not have is said to be missing`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { "\($0 % 7),\($0 % 3),\($0 % 2)" }
    try folder.write("a,b,y\n" + rows.joined(separator: "\n") + "\n", to: "train.csv")
    try folder.write("a,b,y\n1,2,0\n3,1,0\n", to: "valid.csv")
    let (_, error) = try await run(
      ["train.csv", "--recipe", "plain", "--validation", "valid.csv", "--early-stopping", "roc-auc", "--epochs", "2"],
      in: folder)
    #expect(error.contains("--early-stopping roc-auc: "), "\(error)")
  }

  @Test func `early stopping: the same bits at any number of ranks, cut anywhere and gone on with`() async throws {
    let folder = try TemporaryFolder()
    let (text, error) = try await run(Self.data + Self.stopping + ["--run-dir", "whole"], in: folder)
    #expect(error.isEmpty)
    let match = try #require(text.firstMatch(of: /stopped at epoch (\d+): best at (\d+), by macro F1/), "\(text)")
    let (last, best) = (try #require(Int(match.output.1)), try #require(Int(match.output.2)))
    #expect(last == best + 3 && last < 60)
    #expect(text.contains("\nthe model of epoch \(best) on the test data\n"), "\(text)")
    #expect(text.contains("(* best macro F1 so far)"))
    // The last row that is marked is that of the best.
    let marked = text.split(separator: "\n").filter { $0.hasSuffix(" *") }
    #expect(marked.last?.split(separator: " ").first == "\(best)/60", "\(text)")

    let summary = try summary("whole", in: folder)
    #expect(summary["ended_early"] as? Bool == true)
    let delivered = try #require(summary["delivered"] as? [String: Any])
    #expect(delivered["epoch"] as? Int == best && delivered["kept"] as? String == "best")
    #expect((summary["best"] as? [String: Any])?["macro_f1"] is Double)
    let inspected = try await run(["inspect", "whole"], in: folder).output
    #expect(inspected.contains("of epoch \(best), the best"), "\(inspected)")

    for ranks in [1, 3] where CommandLineTests.ranks != nil {
      _ = try await run(
        Self.data + Self.stopping + ["--run-dir", "ranks\(ranks)", "--quiet"], in: folder, ranks: ranks)
      for file in results {
        #expect(try folder.data("ranks\(ranks)/\(file)") == folder.data("whole/\(file)"), "\(file), \(ranks) ranks")
      }
    }
    // Cut before the best, within the epoch after it, and while it waits for a better one.
    for (part, cut) in [best * 18 - 7, best * 18 + 4, best * 18 + 25].enumerated() {
      _ = try await run(
        Self.data + Self.stopping + ["--max-steps", "\(cut)", "--run-dir", "part\(part)", "--quiet"], in: folder)
      _ = try await run(
        ["--resume", "part\(part)", "--max-steps", "100000", "--quiet"], in: folder, ranks: CommandLineTests.ranks)
      for file in results {
        #expect(try folder.data("part\(part)/\(file)") == folder.data("whole/\(file)"), "\(file), cut at \(cut)")
      }
    }
    // Complete: nothing is left to do, and nothing changes.
    let again = try await run(["--resume", "whole", "--quiet"], in: folder)
    #expect(again.error.contains("by --patience 3; a larger one goes on"), "\(again.error)")
    for file in results { #expect(try folder.data("part0/\(file)") == folder.data("whole/\(file)"), "\(file)") }
    _ = try await run(["reproduce", "whole"], in: folder, ranks: CommandLineTests.ranks)
    // It is the model of a run that ends where it was best.
    _ = try await run(
      Self.data + ["--epochs", "\(best)", "--keep-model", "last", "--run-dir", "short", "--quiet"], in: folder)
    for file in ["model.safetensors", "confusion_matrix.csv"] {
      #expect(try folder.data("short/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    _ = try await run(["--resume", "whole", "--patience", "5", "--quiet"], in: folder)
    #expect(try folder.text("whole/metrics.jsonl").contains("\"epoch\":\(last + 1),"))
  }

  @Test func `the best epoch is delivered where there is a validation part, unless the last is asked for`() async throws
  {
    let folder = try TemporaryFolder()
    let long = Self.data + ["--epochs", "25", "--run-dir"]
    let text = try await run(long + ["best"], in: folder).output
    let match = try #require(text.firstMatch(of: /kept epoch (\d+) of 25, the best by balanced accuracy/), "\(text)")
    #expect(Int(match.output.1) != 25)
    let last = try await run(long + ["last", "--keep-model", "last"], in: folder).output
    #expect(last.contains("the final model on the validation data") && !last.contains("kept epoch"))
    #expect(try folder.data("best/model.safetensors") != folder.data("last/model.safetensors"))
    #expect(try (summary("last", in: folder)["delivered"] as? [String: Any])?["epoch"] as? Int == 25)
    // The other of a run that is complete, for no more than an evaluation. What a run with `last` did not keep, it says.
    _ = try await run(["--resume", "best", "--keep-model", "last", "--run-dir", "other", "--quiet"], in: folder)
    #expect(try folder.data("other/model.safetensors") == folder.data("last/model.safetensors"))
    let lost = try await run(
      ["--resume", "last", "--keep-model", "best", "--epochs", "26", "--run-dir", "lost", "--quiet"], in: folder)
    #expect(lost.error.contains("counts no more (last/checkpoints/step-"), "\(lost.error)")
    #expect(try (summary("lost", in: folder)["delivered"] as? [String: Any])?["epoch"] as? Int == 26)
  }

  @Test func `without a validation part a tenth of every class is held out for early stopping, and said`() async throws
  {
    let folder = try TemporaryFolder()
    let options = ["synthetic:samples=500", "--epochs", "2", "--early-stopping", "log-loss", "--run-dir"]
    let (text, error) = try await run(options + ["run"], in: folder)
    #expect(
      error.contains("a tenth of every class is held out to judge epochs by, for\n  --early-stopping"), "\(error)")
    #expect(text.contains("450 samples, 50 for validation"), "\(text)")
    #expect(try folder.text("run/config.yaml").contains("validation-fraction: 0.1\n"))
    // (It is what it is by its own option.)
    let same = try await run(options + ["same", "--validation-fraction", "0.1"], in: folder)
    #expect(same.error.isEmpty)
    #expect(try folder.data("same/model.safetensors") == folder.data("run/model.safetensors"))
    for refused in [["--keep-model", "best"], ["--early-stopping", "loss", "--validation-fraction", "0"]] {
      let outcome = try await Program.trainer.run(refused, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == 64 && outcome.error.contains("a validation part"), "\(outcome.error)")
    }
  }
}
