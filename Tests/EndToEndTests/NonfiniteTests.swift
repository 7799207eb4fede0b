import Foundation
import TestSupport
import Testing

/// What becomes of a run whose validation loss is not finite, while its steps are.
@Suite(.serialized) struct NonfiniteTests {
  /// Rows of small numbers, and some of the largest that there are for validation.
  private func write(in folder: TemporaryFolder) throws -> [String] {
    let rows = (0..<80).map { "\($0 % 7),\($0 % 5),\($0 % 3),\($0 % 4),\($0 % 2)\n" }
    try folder.write("a,b,c,d,y\n" + rows.joined(), to: "data.csv")
    try folder.write(
      "a,b,c,d,y\n" + rows[..<20].joined() + "3e38,-3e38,3e38,3e38,1\n3e38,3e38,3e38,3e38,0\n", to: "extreme.csv")
    return [
      "data.csv", "--validation", "extreme.csv", "--standardize", "no", "--learning-rate", "0.01", "--epochs", "3",
    ]
  }

  @Test(arguments: [[], ["--hidden", "8,8"]])
  func `it ends the run with advice that fits, or is reported as none`(model: [String]) async throws {
    let folder = try TemporaryFolder()
    let arguments = try write(in: folder) + model
    let stopped = try await Program.trainer.run(
      arguments + ["--run-dir", "stop"], ranks: CommandLineTests.ranks, in: folder)
    #expect(stopped.exitStatus == 65)
    #expect(
      stopped.error.contains("loss on the validation data after step 3 is not finite")
        && stopped.error.contains("look for extreme values in it")
        && stopped.error.contains("--on-nonfinite skip"), "\(stopped.error)")

    let skipped = try await Program.trainer.run(
      arguments + ["--run-dir", "skip", "--on-nonfinite", "skip"], ranks: CommandLineTests.ranks, in: folder)
    #expect(skipped.exitStatus == 0, "\(skipped.error)")
    #expect(skipped.error.components(separatedBy: "reported as null").count == 2, "\(skipped.error)")
    #expect(skipped.output.contains("  –    0."), "\(skipped.output)")
    let line = try folder.text("skip/metrics.jsonl").split(separator: "\n").first { $0.contains("validation") }
    let metrics = try JSONSerialization.jsonObject(with: Data(try #require(line).utf8)) as? [String: Any]
    #expect(metrics?["loss"] is NSNull && metrics?["log_loss"] is NSNull, "\(line ?? "")")
    #expect(metrics?["accuracy"] is Double)
    #expect(FileManager.default.fileExists(atPath: folder.path("skip/model.safetensors")))
    // Large logits are numbers, and have probabilities; those of the network are none.
    let report = try folder.text("skip/report.html")
    #expect(report.contains("There are no figures of probabilities") == !model.isEmpty)
  }

  @Test(arguments: [["--hidden", "16"], ["--hidden", "16", "--members", "2"], ["--hidden", "16", "--epochs", "1"]])
  func `a run of which most steps were left out says that it diverged, and the model that it is at fault`(
    options: [String]
  ) async throws {
    let folder = try TemporaryFolder()
    let trained = try await Program.trainer.run(
      ["synthetic:", "--learning-rate", "1e30", "--on-nonfinite", "skip", "--epochs", "2", "--run-dir", "run"]
        + options, ranks: CommandLineTests.ranks, in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    let words = trained.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      words.contains(
        #/learning diverged: \d+ of \d+ steps had no finite loss and were left out, and the model is of no use/#),
      "\(trained.output)")
    #expect(!words.contains("next cw-dist-train predict"), "\(trained.output)")
    for line in trained.output.split(separator: "\n").suffix(6) { #expect(line.count <= 80, "\(line)") }
    #expect(try folder.text("run/report.html").contains("Training diverged: "))
    #expect(try folder.text("run/report.json").contains("\"left_out_share\":0.9"))
    for command in ["predict", "evaluate"] {
      let outcome = try await Program.trainer.run(
        [command, "run", "synthetic:"], ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == 65, "\(outcome.error)")
      #expect(
        outcome.error.contains("synthetic:, row 1 of the data, whose values are ordinary: its training has diverged")
          && !outcome.error.contains("check the units"), "\(outcome.error)")
    }
    let skipped = try await Program.trainer.run(["predict", "run", "synthetic:", "--on-bad-row", "skip"], in: folder)
    #expect(skipped.error.contains("the first: the model gives numbers that are not finite"), "\(skipped.error)")
  }

  @Test func `a loss that no model has is divergence, though it falls`() async throws {
    let outcome = try await Program.trainer.run(
      ["synthetic:", "--learning-rate", "1e30", "--epochs", "3"], ranks: CommandLineTests.ranks, in: TemporaryFolder())
    #expect(outcome.exitStatus == 0 && outcome.output.contains("learning diverged: the loss grew"), "\(outcome.output)")
  }

  @Test func `where the data is at fault predict says so`() async throws {
    let folder = try TemporaryFolder()
    _ = try write(in: folder)
    let trained = try await Program.trainer.run(
      [
        "data.csv", "--standardize", "no", "--recipe", "plain", "--hidden", "8,8", "--learning-rate", "0.1",
        "--run-dir",
        "run", "--quiet",
      ], in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    let outcome = try await Program.trainer.run(
      ["predict", "run", "extreme.csv"], ranks: CommandLineTests.ranks, in: folder)
    #expect(
      outcome.exitStatus == 65 && outcome.error.contains("row 21 of the data: its values are so large")
        && outcome.error.contains("check the units"), "\(outcome.error)")
  }

  @Test func `Adam without epsilon trains, and parameters without a gradient stay`() async throws {
    let folder = try TemporaryFolder()
    // A feature that is always 0, and two that are none for the padding to whole vectors.
    let rows = (0..<80).map { "\($0 % 7),0,\($0 % 3),\($0 % 2)\n" }
    try folder.write("a,b,c,y\n" + rows.joined(), to: "data.csv")
    for optimizer in ["adam", "adamw"] {
      let outcome = try await Program.trainer.run(
        ["data.csv", "--optimizer", optimizer, "--epsilon", "0", "--run-dir", optimizer, "--quiet"], in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(try folder.text("\(optimizer)/metrics.jsonl").contains("\"epoch\":10"))
    }
  }
}
