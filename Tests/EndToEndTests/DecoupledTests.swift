import Foundation
import Models
import TestSupport
import Testing

/// Decoupled training as a user meets it: the last layer alone (`--retrain-classifier`), and the lengths of its rows
/// (`--tau-normalization`).
@Suite(.serialized) struct DecoupledTests {
  private static let data =
    "synthetic:samples=1200,classes=3,features=4,separation=1.2,priors=0.88/0.09/0.03,seed=4"
  private static let options = [data, "--hidden", "8", "--learning-rate", "0.01", "--validation-fraction", "0.3"]

  private func run(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder
  ) async throws -> Program.Outcome {
    let outcome = try await Program.trainer.run(arguments, ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(arguments): \(outcome.error)")
    return outcome
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  private func summary(_ run: String, in folder: TemporaryFolder) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: folder.data("\(run)/summary.json")) as? [String: Any])
  }

  private func model(_ run: String, in folder: TemporaryFolder) throws -> ModelFile {
    try ModelFile(Safetensors(decoding: [UInt8](folder.data("\(run)/model.safetensors")), path: "m"), path: "m")
  }

  @Test func `all that tells of a run tells of its second stage`() async throws {
    let folder = try TemporaryFolder()
    let text = try await run(
      Self.options + ["--epochs", "4", "--retrain-classifier", "3", "--run-dir", "run"], ranks: CommandLineTests.ranks,
      in: folder
    ).output
    let record = try summary("run", in: folder)
    let network = try #require(record["network"] as? [String: Any])
    let kept = try #require((network["delivered"] as? [String: Any])?["epoch"] as? Int)
    #expect(network["epochs"] as? Int == 4 && (1...4).contains(kept))
    #expect((try #require((record["delivered"] as? [String: Any])?["epoch"] as? Int)) > 4)
    for line in text.split(separator: "\n") where line.hasPrefix("epochs") || line.contains("epoch ") {
      #expect(line.count <= 80, "\(line)")
    }
    #expect(
      text.contains("; then 3 epochs of the last layer alone, class-balanced\n"), "\(text)")
    #expect(text.contains("\nthe last layer alone, drawn anew, on the others of epoch \(kept)\n    5/7 "), "\(text)")
    #expect(text.contains("\nthe other layers are of epoch \(kept) of 4, the best by balanced accuracy ("))
    #expect(text.contains("weight (none)"))
    let stages = try objects(folder.text("run/metrics.jsonl")).filter { $0["split"] as? String == "train" }
      .map { $0["stage"] as? String }
    #expect(stages == Array(repeating: nil, count: 4) + Array(repeating: "classifier", count: 3))
    let log = try objects(folder.text("run/log.jsonl")).filter { $0["event"] as? String == "epoch" }
    #expect(log.map { $0["stage"] as? String } == stages && log.filter { $0["draws"] != nil }.count == 3)
    #expect(try folder.text("run/log.txt").contains("epoch 5/7 (the last layer alone), step"))
    #expect(try folder.text("run/report.html").contains("From epoch 5 on the last layer was trained alone"))
    let model = try model("run", in: folder)
    let counts = try #require(model.classCounts)
    let total = Double(counts.reduce(0, +))
    #expect(model.priorWeights == counts.map { total / (3 * Double($0)) } && model.isWeighted)
    #expect(model.loss["retrain_classifier"] == "3" && model.tau == nil)
    let inspected = try await run(["inspect", "run"], in: folder).output
    #expect(inspected.contains("retrain_classifier 3") && inspected.contains("but the last of epoch \(kept) of 4"))
    let reproduced = try await run(["reproduce", "run"], ranks: CommandLineTests.ranks, in: folder).output
    #expect(reproduced.contains("The same bits"), "\(reproduced)")
    let json = try await run(
      Self.options + ["--epochs", "1", "--retrain-classifier", "1", "--log", "json", "--run-dir", "json"], in: folder
    ).output
    #expect(try (objects(json).last?["network"] as? [String: Any])?["epochs"] as? Int == 1)
  }

  @Test func `a run without it says nothing of stages`() async throws {
    let folder = try TemporaryFolder()
    let text = try await run(Self.options + ["--epochs", "2", "--run-dir", "run"], in: folder).output
    #expect(!text.contains("last layer"))
    for file in ["metrics.jsonl", "log.jsonl", "summary.json", "model.safetensors"] {
      let text = String(decoding: try folder.data("run/\(file)"), as: UTF8.self)
      for word in ["stage", "network\"", "classifier", "tau"] { #expect(!text.contains(word), "\(file): \(word)") }
    }
  }

  @Test
  func `a run that has ended goes on with a second stage, and has the bits of one that had it from the beginning`()
    async throws
  {
    let folder = try TemporaryFolder()
    let options = Self.options + ["--epochs", "3", "--class-weights", "none", "--schedule", "cosine", "--quiet"]
    _ = try await run(options + ["--retrain-classifier", "4", "--run-dir", "whole"], in: folder)
    _ = try await run(options + ["--run-dir", "run"], ranks: CommandLineTests.ranks, in: folder)
    let text = try await run(
      ["--resume", "run", "--retrain-classifier", "4"], ranks: CommandLineTests.ranks, in: folder)
    #expect(text.output.contains("but for --retrain-classifier 0 (now 4)"))
    for file in ["model.safetensors", "metrics.jsonl"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    let again = try await run(["--resume", "run"], in: folder)
    #expect(
      again.error.contains(
        "by --retrain-classifier 4; a larger one goes on with --force, since the rates of --schedule cosine follow from it"
      ),
      "\(again.error)")
    let larger = ["--resume", "run", "--retrain-classifier", "5", "--quiet"]
    let unforced = try await Program.trainer.run(larger, in: folder)
    #expect(unforced.exitStatus == 78 && unforced.error.contains("say --force"), "\(unforced.error)")
    #expect(again.output.contains("7 whole epochs (all layers in 3 of them, then the last alone), with its"))
    let refused = try await Program.trainer.run(["--resume", "run", "--epochs", "5"], in: folder)
    #expect(refused.exitStatus == 78 && refused.error.contains("--epochs 3 (now 5)"), "\(refused.error)")
    _ = try await run(larger + ["--force"], in: folder)
  }

  /// That of the run, of balanced softmax, would prefer a last layer that leaves the frequencies in.
  @Test(arguments: [["--loss", "balanced-softmax"], ["--class-weights", "balanced", "--label-smoothing", "0.1"]])
  func `the second stage is judged by what it minimizes, the mean over the classes of cross-entropy`(
    options: [String]
  ) async throws {
    let folder = try TemporaryFolder()
    let arguments =
      Self.options + options + [
        "--epochs", "2", "--retrain-classifier", "3", "--early-stopping", "loss", "--patience", "9",
        "--validation-probabilities", "yes", "--quiet",
      ]
    _ = try await run(
      arguments + ["--run-dir", "run", "--keep-model", "last"], ranks: CommandLineTests.ranks, in: folder)
    let losses = try objects(folder.text("run/metrics.jsonl")).filter { $0["split"] as? String == "validation" }
      .map { try #require($0["loss"] as? Double) }
    // Of the last epoch's model, by the probabilities that it wrote.
    let lines = try folder.text("run/validation_probabilities.csv").split(separator: "\n")
      .map { $0.split(separator: ",").map(String.init) }
    let place = try #require(lines[0].firstIndex(of: "label"))
    let ofClasses = try (0..<3).map { name in
      let column = try #require(lines[0].firstIndex(of: "probability:\(name)"))
      let own = try lines.dropFirst().filter { $0[place] == "\(name)" }.map { -log(try #require(Double($0[column]))) }
      return own.reduce(0, +) / Double(own.count)
    }
    let mean = ofClasses.reduce(0, +) / 3
    #expect(abs(losses[4] - mean) < 1e-5 * mean, "\(losses), \(mean)")
    // And so is the epoch chosen.
    _ = try await run(arguments + ["--run-dir", "best"], in: folder)
    let delivered = try #require(try summary("best", in: folder)["delivered"] as? [String: Any])
    let least = try #require(losses[2...].firstIndex(of: losses[2...].min() ?? 0))
    #expect(delivered["epoch"] as? Int == least + 1, "\(losses)")
  }

  @Test func `a checkpoint of the first stage says nothing of the second, and of other draws`() async throws {
    let folder = try TemporaryFolder()
    _ = try await run(
      Self.options + [
        "--epochs", "2", "--retrain-classifier", "2", "--class-weights", "none", "--keep", "100", "--quiet",
        "--run-dir", "run",
      ], in: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
      .filter { $0.hasSuffix(".safetensors") }.sorted()
    let models = try names.map { name in
      try ModelFile(
        Safetensors(decoding: [UInt8](folder.data("run/checkpoints/\(name)")), path: name), path: name)
    }
    let (first, last) = (try #require(models.first), try #require(models.last))
    #expect(first.priorWeights == nil && !first.loss.keys.contains("retrain_classifier"))
    #expect(last.priorWeights != nil && last.loss.keys.contains("retrain_classifier"))
  }

  @Test func `members: each has its two stages, and all one τ`() async throws {
    let folder = try TemporaryFolder()
    let options = [
      Self.data, "--hidden", "8", "--members", "3", "--epochs", "4", "--retrain-classifier", "2", "--learning-rate",
      "0.01", "--early-stopping", "macro-f1", "--patience", "1",
    ]
    let text = try await run(
      options + ["--tau-normalization", "auto", "--run-dir", "run"], ranks: CommandLineTests.ranks, in: folder
    ).output
    let record = try summary("run", in: folder)
    let members = try #require(record["members"] as? [[String: Any]])
    #expect(members.count == 3 && record["network"] == nil)
    for member in members {
      let epochs = try #require((member["network"] as? [String: Any])?["epochs"] as? Int)
      #expect((1...4).contains(epochs))
      #expect(try #require((member["delivered"] as? [String: Any])?["epoch"] as? Int) > epochs)
    }
    let tau = try #require(record["tau_normalization"] as? Double)
    #expect(text.contains("\nτ \(tau) (out-of-fold): rows of the last layer"))
    #expect(try model("run", in: folder).tau == tau)
    // The τ that all figures are best by.
    var values: [Double] = []
    for number in 0...10 {
      _ = try await run(
        options + ["--tau-normalization", "\(Double(number) / 10)", "--run-dir", "run\(number)", "--quiet"], in: folder)
      let outOfFold = try #require(try summary("run\(number)", in: folder)["out_of_fold"] as? [String: Any])
      values.append(try #require(outOfFold["balanced_accuracy"] as? Double))
    }
    #expect(values.firstIndex(of: values.max() ?? 0).map { Double($0) / 10 } == tau, "\(values)")
  }

  @Test func `auto takes the τ that is the best of all on the validation part`() async throws {
    let folder = try TemporaryFolder()
    let data = Self.data.replacing("separation=1.2", with: "separation=2").replacing("seed=4", with: "seed=8")
    let options =
      [data] + Self.options.dropFirst() + ["--epochs", "3", "--class-weights", "none", "--keep-model", "last"]
    var values: [Double] = []
    for number in 0...10 {
      _ = try await run(
        options + ["--tau-normalization", "\(Double(number) / 10)", "--run-dir", "run\(number)", "--quiet"], in: folder)
      let validation = try #require(try summary("run\(number)", in: folder)["validation"] as? [String: Any])
      values.append(try #require(validation["balanced_accuracy"] as? Double))
    }
    let text = try await run(
      options + ["--tau-normalization", "auto", "--run-dir", "auto"], ranks: CommandLineTests.ranks, in: folder
    ).output
    let best = try #require(values.firstIndex(of: values.max() ?? 0))
    #expect(best > 0, "\(values) show nothing")
    #expect(try summary("auto", in: folder)["tau_normalization"] as? Double == Double(best) / 10)
    #expect(
      text.contains("\nτ \(Double(best) / 10) (validation): rows of the last layer divided by ‖w‖^τ\n"), "\(text)")
    // The parameters are those of that τ, and of another one they differ in the last layer alone.
    let (auto, fixed, none) = (
      try model("auto", in: folder), try model("run\(best)", in: folder), try model("run0", in: folder)
    )
    #expect(auto.members[0].array == fixed.members[0].array && auto.tau == Double(best) / 10)
    let hidden = 4 * 8 + 8
    #expect(auto.members[0].prefix(hidden).array == none.members[0].prefix(hidden).array)
    #expect(auto.members[0].array != none.members[0].array)
    #expect(
      try await run(["inspect", "auto/model.safetensors"], in: folder).output.contains(
        "to the power of \(Double(best) / 10)"))
    #expect(try folder.text("auto/report.html").contains("to the power of τ = \(Double(best) / 10)"))
    // evaluate knows nothing of it but the parameters.
    let judged = try await run(["evaluate", "auto", "--json", data], in: folder).output
    #expect(judged.contains("balanced_accuracy"))
    // It is no part of training: a run that has ended can have it, too.
    _ = try await run(options + ["--run-dir", "plain", "--quiet"], in: folder)
    _ = try await run(["--resume", "plain", "--tau-normalization", "auto", "--quiet"], in: folder)
    #expect(try folder.data("plain/model.safetensors") == folder.data("auto/model.safetensors"))
  }

  @Test func `what cannot be is refused`() async throws {
    let folder = try TemporaryFolder()
    for (options, message) in [
      (["--retrain-classifier", "3"], "expected a model with hidden layers (--hidden 64)"),
      (["--retrain-classifier", "3", "--hidden", "4", "--optimizer", "lbfgs"], "0 with --optimizer lbfgs"),
      (["--retrain-classifier", "3", "--hidden", "4", "--max-steps", "5"], "--max-steps: expected not both"),
      (["--tau-normalization", "auto"], "expected a validation part to choose τ on"),
      (
        ["--tau-normalization", "2"],
        "'--tau-normalization <tau-normalization>': expected no, auto, or a number from 0 to 1"
      ),
      (
        ["--tune-thresholds", "recall:a@precision:2"], "g-mean, or recall:CLASS@precision:P with P above 0 and up to 1"
      ),
    ] {
      let outcome = try await Program.trainer.run(options, ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == 64 && outcome.error.contains(message), "\(options): \(outcome.error)")
    }
    // compare says it of a choice.
    let compared = try await Program.trainer.run(
      ["compare", Self.data, "--epochs", "2", "--try", "retrain-classifier=0,2", "--seeds", "1"], in: folder)
    #expect(compared.error.contains("retrain-classifier=2: --retrain-classifier 2: expected"), "\(compared.error)")
  }

  @Test func `compare tries it`() async throws {
    let folder = try TemporaryFolder()
    let text = try await run(
      [
        "compare", Self.data, "--hidden", "8", "--epochs", "2", "--try", "retrain-classifier=0,2", "--seeds", "1",
        "--validation-fraction", "0.2", "--tau-normalization", "auto",
      ], in: folder
    ).output
    #expect(text.contains("2 choices × 1 seed (retrain-classifier 0 | 2)"), "\(text)")
    #expect(text.contains("\n2 ") && text.contains("\n0 "), "\(text)")
  }
}
