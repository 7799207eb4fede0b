import Foundation
import TestSupport
import Testing

/// `--relevance`, as a user types it.
@Suite(.serialized) struct RelevanceTests {
  /// 96 rows of two classes and 1,500 columns of noise; before them one that tells the classes apart, where it is wanted.
  private func write(to folder: TemporaryFolder, telling: Bool) throws {
    var state: UInt32 = 7
    func noise() -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int(state >> 20) - 2_048
    }
    let rows = (0..<96).map { row in
      let label = row * 5 % 8 < 3 ? 1 : 0
      let first = telling ? noise() + 3_000 * label : noise()
      let values = [first] + (0..<Self.noiseCount).map { _ in noise() }
      return values.map(String.init).joined(separator: ",") + ",\(label == 1 ? "rare" : "common")\n"
    }
    let names = ["tells"] + (0..<Self.noiseCount).map { "n\($0)" } + ["kind"]
    try folder.write(names.joined(separator: ",") + "\n" + rows.joined(), to: "data.csv")
  }

  private static let noiseCount = 1_500

  private static let options = [
    "data.csv", "--hidden", "16", "--epochs", "15", "--batch-size", "16", "--members", "4", "--optimizer", "adamw",
    "--learning-rate", "0.005", "--dropout", "0.1",
  ]

  /// Balanced accuracy on the samples that each member was trained without.
  private func judged(_ run: String, in folder: TemporaryFolder) throws -> Double {
    let summary = try JSONSerialization.jsonObject(with: folder.data("\(run)/summary.json")) as? [String: Any]
    let figures = try #require(summary?["out_of_fold"] as? [String: Any])
    return try #require(figures["balanced_accuracy"] as? Double)
  }

  private func train(_ more: [String], ranks: Int? = nil, in folder: TemporaryFolder) async throws -> Program.Outcome {
    let outcome = try await Program.trainer.run(Self.options + more, ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    return outcome
  }

  @Test func `the one column of hundreds that tells is found, and none where there is none`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder, telling: true)
    _ = try await train(["--run-dir", "alike", "--quiet"], in: folder)
    let outcome = try await train(["--relevance", "1", "--run-dir", "found"], in: folder)
    #expect(
      outcome.output.contains(/\nrelevant tells 0\.\d\d, n\d+ 0\.\d\d, .*, … \(1501 columns\)\n/), "\(outcome.output)")
    #expect(outcome.output.contains("learning rate 0.005 constant (columns by relevance), "), "\(outcome.output)")
    let (alike, found) = (try judged("alike", in: folder), try judged("found", in: folder))
    #expect(found > alike + 0.1 && found > 0.75, "\(alike) \(found)")
    // The samples that a member is judged by have no say in which columns it looks at: columns that tell classes of noise
    // apart are always to be found in the whole.
    try write(to: folder, telling: false)
    _ = try await train(["--relevance", "1", "--run-dir", "noise", "--quiet"], in: folder)
    let ofNoise = try judged("noise", in: folder)
    #expect(ofNoise > 0.3 && ofNoise < 0.7, "\(ofNoise)")
  }

  @Test func `the same bits at any number of ranks, and of members that were cut and gone on with`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder, telling: true)
    let options = ["--relevance", "0.7", "--epochs", "150", "--quiet"]
    _ = try await train(options + ["--run-dir", "one"], in: folder)
    var runs = ["cut"]
    #if MPI
      for (name, ranks) in [("three", 3), ("eight", 8)] {
        _ = try await train(options + ["--run-dir", name], ranks: ranks, in: folder)
        runs.append(name)
      }
    #endif
    let cut = try await Program.trainer.run(
      Self.options + options + ["--run-dir", "cut", "--threads", "1"], in: folder,
      signal: ("USR1", .written(file: "cut/metrics.jsonl")))
    #expect(cut.exitStatus == 75, "\(cut.error)")
    let rest = try await Program.trainer.run(["--resume", "cut", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    #expect(rest.exitStatus == 0, "\(rest.error)")
    for run in runs {
      for file in ["model.safetensors", "metrics.jsonl"] {
        #expect(try folder.data("\(run)/\(file)") == folder.data("one/\(file)"), "\(run)/\(file)")
      }
    }
  }

  @Test func `another power is another rule of learning`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder, telling: true)
    let options = Self.options.map { $0 == "4" ? "1" : $0 } + ["--relevance", "1", "--max-steps", "10"]
    let first = try await Program.trainer.run(options + ["--run-dir", "run", "--quiet"], in: folder)
    #expect(first.exitStatus == 0, "\(first.error)")
    let other = try await Program.trainer.run(
      ["--resume", "run", "--max-steps", "20", "--relevance", "0.5"], in: folder)
    #expect(other.exitStatus == 78 && other.error.contains("--relevance 1 (now 0.5)"), "\(other.error)")
  }
}
