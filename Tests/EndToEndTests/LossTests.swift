import Foundation
import Models
import TestSupport
import Testing

/// Losses beside cross-entropy, as a user meets them.
@Suite(.serialized) struct LossTests {
  private static let data = "synthetic:samples=4000,classes=3,features=4,separation=1,priors=0.9/0.08/0.02"

  private func train(_ options: [String], in folder: TemporaryFolder, data: String = data) async throws
    -> Program.Outcome
  {
    try await Program.trainer.run(
      [data, "--run-dir", "run", "--overwrite"] + options, ranks: CommandLineTests.ranks, in: folder)
  }

  private func model(_ folder: TemporaryFolder) throws -> ModelFile {
    try ModelFile(Safetensors(decoding: [UInt8](folder.data("run/model.safetensors")), path: "m"), path: "m")
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(arguments: [
    ["--loss", "focal", "--focal-gamma", "1"], ["--loss", "balanced-softmax"],
    ["--loss", "logit-adjusted", "--logit-tau", "0.5", "--class-weights", "per-batch"],
    ["--loss", "ldam", "--ldam-scale", "10", "--label-smoothing", "0.1"],
    ["--loss", "ldam", "--class-weights", "per-batch", "--loss-normalization", "count"],
  ])
  func `evaluate has the loss that training had`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    let outcome = try await train(options + ["--epochs", "2", "--validation", Self.data + ",seed=5"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let summary = try object(folder.text("run/summary.json"))
    let expected = try #require((summary["validation"] as? [String: Any])?["loss"] as? Double)
    let judged = try await Program.trainer.run(["evaluate", "run", Self.data + ",seed=5", "--json"], in: folder)
    try #require(judged.exitStatus == 0, "\(judged.error)")
    let loss = try #require(try object(judged.output)["loss"] as? Double)
    #expect(abs(loss - expected) < 1e-5 * expected, "\(loss), \(expected)")
  }

  @Test func `a balanced softmax needs no weights, finds rare classes, and has frequencies for who asks`() async throws
  {
    let folder = try TemporaryFolder()
    let outcome = try await train(
      ["--loss", "balanced-softmax", "--optimizer", "lbfgs", "--epochs", "60"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("weight (none)") && !outcome.error.contains("favoured twice"))
    let trained = try model(folder)
    let counts = try #require(trained.classCounts)
    #expect(trained.classWeights == [1, 1, 1] && trained.isWeighted)
    #expect(trained.priorWeights == counts.map { Double(counts[0]) / Double($0) })
    #expect(trained.loss["loss"] == "balanced-softmax")

    // For a linear model this is the plain fit with its biases moved by log π (Menon et al. 2021, section 4): frequencies
    // are those of the plain fit.
    let plain = try TemporaryFolder()
    let other = try await train(
      ["--class-weights", "none", "--optimizer", "lbfgs", "--epochs", "60"], in: plain)
    try #require(other.exitStatus == 0, "\(other.error)")
    func means(_ folder: TemporaryFolder, _ kind: String) async throws -> [Double] {
      let outcome = try await Program.trainer.run(
        ["predict", "run", Self.data, "--probabilities", kind], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let rows = outcome.output.split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",").dropFirst().compactMap { Double($0) }
      }
      try #require(rows.count == 4000 && rows.allSatisfy { $0.count == 3 })
      return (0..<3).map { c in rows.reduce(0) { $0 + $1[c] } / 4000 }
    }
    let (prior, raw) = (try await means(folder, "prior"), try await means(folder, "raw"))
    let expected = try await means(plain, "raw")
    for c in 0..<3 {
      #expect(abs(prior[c] - expected[c]) < 2e-3, "\(prior), \(expected)")
      #expect(abs(prior[c] - Double(counts[c]) / 4000) < 2e-3)
    }
    #expect(raw[2] > 3 * prior[2])
    let inspected = try await Program.trainer.run(["inspect", "run"], in: folder)
    #expect(inspected.output.contains("loss balanced-softmax"), "\(inspected.output)")
  }

  @Test func `making up for frequencies twice is said once`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await train(
      ["--loss", "logit-adjusted", "--class-weights", "balanced", "--epochs", "1"], in: folder)
    #expect(outcome.exitStatus == 0)
    #expect(outcome.error.components(separatedBy: "favoured twice").count == 2, "\(outcome.error)")
  }

  @Test(arguments: [
    (["--loss", "focal", "--label-smoothing", "0.1"], "--label-smoothing 0.1: expected 0 with --loss focal"),
    (["--loss", "ldam", "--ldam-margin", "7"], "--ldam-margin 7.0 times --ldam-scale 30.0"),
    (["--loss", "logit-adjusted", "--logit-tau", "3"], "--logit-tau 3.0: expected 0 to 2.0"),
    (
      ["--optimizer", "lbfgs", "--reweight-from-epoch", "3"],
      "--reweight-from-epoch: expected none with --optimizer lbfgs"
    ),
    (["--reweight-from-epoch", "0"], "--reweight-from-epoch: expected an epoch, 1 or more"),
  ])
  func `what has no meaning is refused`(options: [String], message: String) async throws {
    let outcome = try await train(options, in: TemporaryFolder())
    #expect(outcome.exitStatus == 64 && outcome.error.contains(message), "\(outcome.error)")
  }

  @Test(arguments: ["focal", "balanced-softmax", "logit-adjusted", "ldam"])
  func `a class without samples is no obstacle, and is not predicted`(loss: String) async throws {
    let folder = try TemporaryFolder()
    let data = "synthetic:samples=200,priors=0.8/0/0.2"
    for options in [["--learning-rate", "0.05"], ["--optimizer", "lbfgs"]] {
      let outcome = try await train(
        ["--loss", loss, "--epochs", "40"] + options, in: folder, data: data)
      #expect(
        outcome.exitStatus == 0 && outcome.error.contains("no training sample of class \"1\""), "\(outcome.error)")
      let predicted = try await Program.trainer.run(["predict", "run", data], in: folder)
      let labels = predicted.output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "," } }
      #expect(labels.count == 200 && !labels.contains("1"))
    }
  }

  @Test func `a class whose weight is 0 is told, as far as its samples teach nothing`() async throws {
    let data = "synthetic:samples=200,priors=0.7/0.1/0.2"
    let remark = "no weight of class \"1\": its samples teach nothing"
    for (options, isTold) in [
      (["--class-weights", "1,0,2"], true), (["--class-weights", "1,1e-9,2"], false),
      (["--class-weights", "1,0,2", "--label-smoothing", "0.1"], false),
    ] {
      let outcome = try await train(options + ["--epochs", "1"], in: TemporaryFolder(), data: data)
      #expect(outcome.exitStatus == 0 && outcome.error.contains(remark) == isTold, "\(options): \(outcome.error)")
    }
  }

  @Test func `a run goes on in the middle of an epoch to the same bits, weights deferred or not yet`() async throws {
    let folder = try TemporaryFolder()
    let options = [
      Self.data, "--loss", "ldam", "--reweight-from-epoch", "2", "--epochs", "3", "--batch-size", "50", "--shards", "8",
      "--quiet",
    ]
    try await expectSameBits(of: options, stoppedAfterSteps: ["30", "110"], in: folder)
  }
}
