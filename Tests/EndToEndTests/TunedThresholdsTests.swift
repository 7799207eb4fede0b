import Foundation
import Models
import Subprocess
import TestSupport
import Testing

/// `--tune-thresholds`: a model that decides by offsets, and all who use it.
@Suite(.serialized) struct TunedThresholdsTests {
  private func run(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder
  ) async throws -> Program.Outcome {
    let outcome = try await Program.trainer.run(arguments, ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(arguments): \(outcome.error)")
    return outcome
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func decision(_ path: String, in folder: TemporaryFolder) throws -> DecisionRule? {
    try ModelFile(Safetensors(decoding: [UInt8](folder.data(path)), path: path), path: path).decision
  }

  /// Classes that overlap, one of them rare.
  private func write(in folder: TemporaryFolder) throws {
    for (name, first) in [("data.csv", 0), ("validation.csv", 1_000), ("other.csv", 3_000)] {
      let rows = (first..<(first + 600)).map { row in
        let x = Double(row * 7_919 % 1_009) / 100
        let noise = row * 104_729 % 11
        return "\(x),\(row % 13),\(x + Double(noise) < 9 ? "a" : noise % 5 == 0 ? "b" : "c")"
      }
      try folder.write("x,y,kind\n" + rows.joined(separator: "\n") + "\n", to: name)
    }
  }

  /// With too large a weight for the rare class.
  private static let options = [
    "data.csv", "--validation", "validation.csv", "--hidden", "6", "--epochs", "6", "--learning-rate", "0.01",
    "--class-weights", "1,3,1",
  ]

  @Test(arguments: ["macro-f1", "balanced-accuracy", "g-mean"])
  func `the metric is larger on the validation part, and a reader by docs/formats.md decides the same`(
    metric: String
  ) async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    let text = try await run(Self.options + ["--tune-thresholds", metric, "--run-dir", "run"], in: folder).output
    #expect(text.contains("\nwithout tuned thresholds: accuracy"), "\(text)")
    #expect(text.contains("\nthresholds for \(metric), found on the validation data"), "\(text)")
    let found = try #require(try decision("run/model.safetensors", in: folder))
    #expect(found.metric == metric && found.offsets.count == 3 && found.offsets.contains { $0 != 0 })
    let summary = try object(folder.text("run/summary.json"))
    let validation = try #require(summary["validation"] as? [String: Any])
    let untuned = try #require(validation["untuned"] as? [String: Any])
    let key = metric.replacingOccurrences(of: "-", with: "_")
    let (with, without) = (try #require(validation[key] as? Double), try #require(untuned[key] as? Double))
    #expect(with > without)
    #expect((summary["decision"] as? [String: Any])?["metric"] as? String == metric)
    #expect(try decision("run/checkpoints/step-0000000114.safetensors", in: folder) == nil)

    // The same run without the option: the same parameters, and the figures that are called untuned.
    _ = try await run(Self.options + ["--run-dir", "plain", "--quiet"], in: folder)
    let plain = try object(folder.text("plain/summary.json"))["validation"] as? [String: Any]
    #expect(plain?[key] as? Double == without && plain?["untuned"] == nil)

    // evaluate, with and without; and the last table of train.
    let tuned = try object(await run(["evaluate", "run", "validation.csv", "--json"], in: folder).output)
    #expect(tuned[key] as? Double == with && (tuned["untuned"] as? [String: Any])?[key] as? Double == without)
    let matrix = try folder.text("run/confusion_matrix.csv").split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",").suffix(3).compactMap { Int($0) } }
    #expect(tuned["confusion_matrix"] as? [[Int]] == matrix)
    let raw = try await run(["evaluate", "run", "validation.csv", "--json", "--no-tuning"], in: folder).output
    #expect(try raw == (await run(["evaluate", "plain", "validation.csv", "--json"], in: folder)).output)
    for ranks in [1, 3] where CommandLineTests.ranks != nil {
      let other = try await run(["evaluate", "run", "validation.csv", "--json"], ranks: ranks, in: folder).output
      #expect(try tuned as NSDictionary == object(other) as NSDictionary)
    }
    let report = try await run(["evaluate", "run", "validation.csv"], in: folder).output
    #expect(report.contains("by thresholds tuned for \(metric); without them: accuracy"), "\(report)")

    // predict: other classes, the same probabilities.
    let (first, second) = (
      try await run(["predict", "run", "other.csv"], in: folder).output,
      try await run(["predict", "run", "other.csv", "--no-tuning"], in: folder).output
    )
    #expect(try second == (await run(["predict", "plain", "other.csv"], in: folder)).output)
    func columns(_ text: String) -> [(class: Substring, probabilities: Substring)] {
      text.split(separator: "\n").map { line in
        let comma = line.firstIndex(of: ",") ?? line.endIndex
        return (line[..<comma], line[comma...])
      }
    }
    #expect(columns(first).map(\.probabilities) == columns(second).map(\.probabilities))
    #expect(columns(first).map(\.class) != columns(second).map(\.class))

    let inspected = try await run(["inspect", "run/model.safetensors"], in: folder).output
    #expect(inspected.contains("tuned for \(metric) on the validation part") && inspected.contains("offset"))

    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/read_model.py").path
    let reader = try await Subprocess.run(
      .name("python3"),
      arguments: [script, folder.path("run/model.safetensors"), folder.path("validation.csv"), "kind"],
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    try #require(reader.terminationStatus == .exited(0), "\(reader.standardError)")
    #expect(try JSONDecoder().decode([[Int]].self, from: Data(reader.standardOutput.utf8)) == matrix)
  }

  @Test func `the same bits at any number of ranks and after a resume; tuning is no part of training`() async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    let tuning = ["--tune-thresholds", "macro-f1"]
    _ = try await run(Self.options + tuning + ["--run-dir", "whole", "--quiet"], in: folder)
    for ranks in [1, 3] where CommandLineTests.ranks != nil {
      _ = try await run(Self.options + tuning + ["--run-dir", "ranks\(ranks)", "--quiet"], ranks: ranks, in: folder)
      #expect(try folder.data("ranks\(ranks)/model.safetensors") == folder.data("whole/model.safetensors"))
    }
    _ = try await run(["reproduce", "whole"], ranks: CommandLineTests.ranks, in: folder)
    _ = try await run(Self.options + ["--max-steps", "40", "--run-dir", "part", "--quiet"], in: folder)
    #expect(try decision("part/model.safetensors", in: folder) == nil)
    _ = try await run(
      ["--resume", "part", "--max-steps", "1000", "--quiet"] + tuning, ranks: CommandLineTests.ranks, in: folder)
    #expect(try folder.data("part/model.safetensors") == folder.data("whole/model.safetensors"))
  }

  @Test func `a class may be found as often as its precision allows`() async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    let outcome = try await run(
      Self.options + ["--tune-thresholds", "recall:b@precision:0.3", "--run-dir", "run"], in: folder)
    let found = try object(await run(["evaluate", "run", "validation.csv", "--json"], in: folder).output)
    let classes = try #require(found["per_class"] as? [[String: Any]])
    let precision = try #require(classes[1]["precision"] as? Double)
    #expect((precision >= 0.3) == outcome.error.isEmpty, "\(precision): \(outcome.error)")
    let none = try await run(
      Self.options + ["--tune-thresholds", "recall:b@precision:1", "--run-dir", "none"], in: folder)
    let precisions = try object(await run(["evaluate", "none", "validation.csv", "--json"], in: folder).output)
    let reached = (precisions["per_class"] as? [[String: Any]])?[1]["precision"] as? Double
    #expect((reached == 1) != none.error.contains("no threshold has that precision"), "\(none.error)")
    for (option, status, message) in [
      ("recall:d@precision:0.3", 78, "names the class \"d\", which the data does not have. Its classes are a, b, c."),
      ("recall:b", 64, "recall:b"), ("accuracy", 64, "accuracy"),
    ] as [(String, Int32, String)] {
      let outcome = try await Program.trainer.run(
        Self.options + ["--tune-thresholds", option], ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status && outcome.error.contains(message), "\(outcome.error)")
    }
    let without = try await Program.trainer.run(
      ["data.csv", "--tune-thresholds", "macro-f1"], ranks: CommandLineTests.ranks, in: folder)
    #expect(without.exitStatus == 64)
    #expect(without.error.contains("a validation part to tune them on; add --validation-fraction 0.1"))
  }
}
