import Foundation
import Models
import Subprocess
import TestSupport
import Testing

/// The temperature that a run finds on its validation part.
@Suite(.serialized) struct TemperatureTests {
  private static let options = [
    "synthetic:samples=900,classes=4,features=6", "--hidden", "8", "--batch-size", "16", "--learning-rate", "0.01",
    "--validation-fraction", "0.3", "--epochs", "4",
  ]

  private func temperature(_ path: String, in folder: TemporaryFolder) throws -> Double? {
    try ModelFile(Safetensors(decoding: [UInt8](folder.data(path)), path: path), path: path).temperature
  }

  @Test func `it has the same bits at any number of ranks and after a resume, and is said`() async throws {
    let folder = try TemporaryFolder()
    #if MPI
      let rankCounts: [Int?] = [nil, 1, 2, 3]
    #else
      let rankCounts: [Int?] = [nil]
    #endif
    for (index, ranks) in rankCounts.enumerated() {
      let outcome = try await Program.trainer.run(
        Self.options + ["--run-dir", "run\(index)"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(outcome.output.contains(/\ntemperature \d+\.\d+ \(validation\)\n/), "\(outcome.output)")
      #expect(try folder.data("run\(index)/model.safetensors") == folder.data("run0/model.safetensors"))
    }
    let found = try #require(try temperature("run0/model.safetensors", in: folder))
    #expect(found > 0.01 && found < 100)
    let summary = try #require(
      try JSONSerialization.jsonObject(with: folder.data("run0/summary.json")) as? [String: Any])
    #expect(summary["temperature"] as? Double == found)

    for limit in [["--max-steps", "100"], []] {
      let outcome = try await Program.trainer.run(
        limit.isEmpty
          ? ["--resume", "part", "--max-steps", "1000", "--quiet"] : Self.options + limit + ["--run-dir", "part"],
        ranks: CommandLineTests.ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let isWhole = try folder.data("part/model.safetensors") == folder.data("run0/model.safetensors")
      #expect(isWhole == limit.isEmpty)
    }

    let inspected = try await Program.trainer.run(["inspect", "run0"], in: folder)
    #expect(inspected.output.contains(/\nsoftmax  temperature \d+\.\d+, found on the validation part\n/))
    let json = try await Program.trainer.run(["inspect", "run0", "--json"], in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((object?["model"] as? [String: Any])?["temperature"] as? Double == found)
    // A checkpoint is of a model that may yet change.
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.path("run0/checkpoints"))
    let newest = try #require(checkpoints.filter { $0.hasPrefix("step-") }.max())
    #expect(try temperature("run0/checkpoints/\(newest)", in: folder) == nil)
  }

  @Test func `without a validation part there is none`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await Program.trainer.run(
      ["synthetic:samples=300", "--test-fraction", "0.2", "--epochs", "2", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(!outcome.output.contains("temperature"))
    #expect(try !folder.text("run/summary.json").contains("temperature"))
    #expect(try temperature("run/model.safetensors", in: folder) == nil)
  }

  /// By a reader of its own, in float64.
  @Test(arguments: [
    ["--class-weights", "balanced"], ["--class-weights", "per-batch"],
    ["--class-weights", "4,0,1", "--hidden", "6", "--activation", "tanh"],
    ["--loss", "balanced-softmax"], ["--loss", "logit-adjusted", "--logit-tau", "1.5", "--class-weights", "per-batch"],
    ["--class-weights", "effective-number", "--learning-rate", "1e-5"],
  ])
  func `no other temperature gives a smaller log loss, says a program written by docs/formats.md`(
    options: [String]
  ) async throws {
    let folder = try TemporaryFolder()
    for (name, first) in [("data.csv", 0), ("validation.csv", 1_000)] {
      let rows = (first..<(first + 400)).map { row in
        let x = Double(row * 7_919 % 1_009) / 100
        let noise = row * 104_729 % 11
        return "\(x),\(row % 13),\(x + Double(noise) < 9 ? "a" : noise % 5 == 0 ? "b" : "c")"
      }
      try folder.write("x,y,kind\n" + rows.joined(separator: "\n") + "\n", to: name)
    }
    let outcome = try await Program.trainer.run(
      ["data.csv", "--validation", "validation.csv", "--epochs", "20", "--learning-rate", "0.02", "--run-dir", "run"]
        + options, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let found = try #require(try temperature("run/model.safetensors", in: folder))
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/read_model.py").path
    let reader = try await Subprocess.run(
      .name("python3"),
      arguments: [
        script, folder.path("run/model.safetensors"), folder.path("validation.csv"), "kind", "\(found * 0.99)",
        "\(found)", "\(found * 1.01)",
      ],
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    try #require(reader.terminationStatus == .exited(0), "\(reader.standardError)")
    let losses = try JSONDecoder().decode([Double].self, from: Data(reader.standardOutput.utf8))
    try #require(losses.count == 3)
    #expect(losses[1] < losses[0] && losses[1] < losses[2], "\(found): \(losses)")
    // Right in the middle: the optimum is within a thousandth.
    let (before, after) = (losses[0] - losses[1], losses[2] - losses[1])
    #expect(abs(before - after) < 0.2 * (before + after), "\(found): \(losses)")
  }
}
