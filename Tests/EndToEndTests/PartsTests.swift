import Foundation
import TestSupport
import Testing

/// Which samples a run is trained, chosen and judged by.
@Suite(.serialized) struct PartsTests {
  private func run(_ options: [String], in folder: TemporaryFolder, ranks: Int? = nil) async throws -> String {
    let outcome = try await Program.trainer.run(options, ranks: ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(options): \(outcome.error)")
    return outcome.output
  }

  private func metrics(_ run: String, split: String, in folder: TemporaryFolder) throws -> [[String: Any]] {
    try folder.text("\(run)/metrics.jsonl").split(separator: "\n").compactMap {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }.filter { $0["split"] as? String == split }
  }

  @Test func `--test-fraction: one evaluation at the end, the same at any rank count`() async throws {
    let folder = try TemporaryFolder()
    let options = ["--epochs", "3", "--validation-fraction", "0.2", "--test-fraction", "0.1", "--run-dir"]
    let text = try await run(options + ["a"], in: folder)
    #expect(text.contains("700 samples, 200 for validation, 100 for test"))
    #expect(text.contains("the final model on the validation data\n"))
    #expect(text.contains("the final model on the test data\n"))
    let lines = try metrics("a", split: "test", in: folder)
    #expect(lines.count == 1 && lines[0]["epoch"] as? Int == 3 && lines[0]["samples"] as? Int == 100)
    let summary = try JSONSerialization.jsonObject(with: folder.data("a/summary.json")) as? [String: Any]
    let test = try #require(summary?["test"] as? [String: Any])
    #expect(test["accuracy"] as? Double == lines[0]["accuracy"] as? Double && test["samples"] as? Int == 100)
    _ = try await run(options + ["b"], in: folder, ranks: CommandLineTests.ranks)
    for file in ["metrics.jsonl", "model.safetensors"] {
      #expect(try folder.data("a/\(file)") == folder.data("b/\(file)"), "\(file)")
    }
    // A part that nobody looks at changes no other.
    _ = try await run(["--epochs", "3", "--validation-fraction", "0.2", "--run-dir", "c"], in: folder)
    let (with, without) = (
      try metrics("a", split: "validation", in: folder), try metrics("c", split: "validation", in: folder)
    )
    #expect(with.count == 3 && without.count == 3 && with[0]["samples"] as? Int == 200)
    let json = try await run(["--log", "json", "--test-fraction", "0.5", "--epochs", "1"], in: folder)
    let last = try #require(json.split(separator: "\n").last)
    let event = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    #expect((event?["test"] as? [String: Any])?["samples"] as? Int == 500)
  }

  @Test func `--seed moves no part, --split-seed does`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "a,b,kind\n" + (0..<200).map { "\($0),\($0 * 7 % 11),\($0 % 2)\n" }.joined(), to: "data.csv")
    func checksums(_ options: [String], run name: String) async throws -> [String] {
      _ = try await run(
        ["data.csv", "--epochs", "1", "--validation-fraction", "0.25", "--test-fraction", "0.25", "--quiet"] + options
          + ["--run-dir", name], in: folder)
      let checkpoints = try FileManager.default.contentsOfDirectory(atPath: folder.path("\(name)/checkpoints"))
      let newest = try #require(checkpoints.filter { $0.hasPrefix("step-") }.max())
      let text = String(decoding: try folder.data("\(name)/checkpoints/\(newest)").prefix(8_000), as: UTF8.self)
      return text.matches(of: /checksum\\":\\"([0-9a-f]+)/).map { String($0.output.1) }
    }
    let first = try await checksums([], run: "a")
    #expect(first.count == 3)
    #expect(try await checksums(["--seed", "5"], run: "b") == first)
    let moved = try await checksums(["--split-seed", "5"], run: "c")
    #expect(moved.count == 3 && zip(moved, first).allSatisfy { $0 != $1 })
  }

  @Test func `a share of 0 is none, and a validation file goes with a test part`() async throws {
    let folder = try TemporaryFolder()
    let none = try await run(
      ["--validation-fraction", "0", "--test-fraction", "0", "--epochs", "1", "--run-dir", "a"], in: folder)
    #expect(none.contains("1,000 samples, 10 features"))
    _ = try await run(["--epochs", "1", "--run-dir", "b"], in: folder)
    #expect(try folder.data("a/config.yaml") == folder.data("b/config.yaml"))
    let rows = (0..<60).map { "\($0),\($0 * 7 % 5),\($0 % 3)\n" }.joined()
    try folder.write("a,b,label\n" + rows, to: "data.csv")
    try folder.write("a,b,label\n" + rows.prefix(60), to: "other.csv")
    let both = try await run(
      ["data.csv", "--validation", "other.csv", "--validation-fraction", "0", "--test-fraction", "0.2"], in: folder)
    #expect(both.contains("48 samples, "), "\(both)")
    #expect(both.contains(" for validation, 12 for test"), "\(both)")
  }
}
