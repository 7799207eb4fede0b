import Foundation
import Subprocess
import TestSupport
import Testing

/// What a run leaves behind, in the hands of somebody else.
@Suite(.serialized) struct ModelFileTests {
  /// Numbers, some of them missing, and some large and close together; categories of few levels and of many.
  private func writeTable(in folder: TemporaryFolder) throws {
    var text = "age,stamp,color,code,flag,kind\n"
    for row in 0..<400 {
      let kind = row % 9 == 0 ? "rare" : row % 3 == 0 ? "some" : "usual"
      let age = row % 13 == 0 ? "NA" : "\(20 + row * 7 % 41).\(row % 10)"
      let color = row % 17 == 0 ? "" : ["red", "green", "blue"][(row + kind.count) % 3]
      let code = "c\(row * (row % 5 + 1) % 23)"
      text += "\(age),\(1_700_000_000 + row * 97 % 5_000 + kind.count * 300),\(color),\(code),\(row % 2),\(kind)\n"
    }
    try folder.write(text, to: "data.csv")
  }

  private let options = ["data.csv", "--epochs", "4", "--learning-rate", "0.02", "--max-one-hot", "8"]

  @Test(arguments: [
    [], ["--hidden", "7,5", "--activation", "gelu", "--standardize", "no", "--learning-rate", "1e-6"],
    ["--hidden", "6", "--activation", "tanh"], ["--rare-levels", "hash"],
    ["--numeric-encoding", "piecewise", "--bins", "7"], ["--numeric-encoding", "quantile", "--hidden", "5"],
    // Codes that training never saw.
    ["--validation", "other.csv", "--epochs", "40"],
    ["--validation", "other.csv", "--epochs", "40", "--rare-levels", "hash"],
  ])
  func `a program written by docs/formats.md finds what the run found`(more: [String]) async throws {
    let folder = try TemporaryFolder()
    try writeTable(in: folder)
    let judged = more.contains("--validation") ? "other.csv" : "data.csv"
    let rows = try folder.text("data.csv").replacing(",c", with: ",d")
    try folder.write(rows.replacing(",dolor,dode,", with: ",color,code,"), to: "other.csv")
    let run = try await Program.trainer.run(options + ["--run-dir", "run"] + more, in: folder)
    #expect(run.exitStatus == 0, "\(run.error)")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/read_model.py").path
    let reader = try await Subprocess.run(
      .name("python3"),
      arguments: [script, folder.path("run/model.safetensors"), folder.path(judged), "kind"],
      output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
    #expect(reader.terminationStatus == .exited(0), "\(reader.standardError)")
    let found = try JSONDecoder().decode([[Int]].self, from: Data(reader.standardOutput.utf8))
    let lines = try folder.text("run/confusion_matrix.csv").split(separator: "\n").dropFirst()
    #expect(found == lines.map { $0.split(separator: ",").dropFirst().compactMap { Int($0) } })
    #expect(found.count == 3)
  }

  @Test func `inspect shows a model, a checkpoint and a run`() async throws {
    let folder = try TemporaryFolder()
    try writeTable(in: folder)
    let run = try await Program.trainer.run(
      options + ["--run-dir", "run", "--validation-fraction", "0.25"], in: folder)
    #expect(run.exitStatus == 0, "\(run.error)")
    func inspect(_ arguments: [String], ranks: Int? = nil) async throws -> String {
      let outcome = try await Program.trainer.run(["inspect"] + arguments, ranks: ranks, in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      return outcome.output
    }
    let model = try await inspect(["run/model.safetensors"])
    #expect(model.contains("linear 16 → 3") && model.contains("layers.0.weight  [3, 16]"))
    #expect(model.contains("missing: ") && model.contains("one of 2 levels: green, red"))
    #expect(model.contains("one of 8 levels, or another one: "))
    #expect(model.split(separator: "\n").allSatisfy { $0.count <= 120 })

    let newest = try #require(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
        .filter { $0.hasPrefix("step-") }.max())
    let checkpoint = try await inspect(["run/checkpoints/\(newest)"])
    #expect(checkpoint.contains("at       step 40, after 4 whole epochs\n"))
    #expect(try await inspect(["run"], ranks: 2).contains("state    completed after 40 steps"))

    let json = try JSONSerialization.jsonObject(with: Data(try await inspect(["run", "--json"]).utf8))
    let object = try #require(json as? [String: Any])
    let described = try #require(object["model"] as? [String: Any])
    #expect((described["features"] as? [String])?.count == 16)
    let classes = try #require(described["classes"] as? [[String: Any]])
    #expect(classes.map { $0["name"] as? String } == ["rare", "some", "usual"])
    #expect(classes.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 300)
    #expect(((object["checkpoint"] as? [String: Any])?["configuration"] as? [String: Any])?["epochs"] as? Int == 4)
    #expect((object["run"] as? [String: Any])?["outcome"] as? String == "completed")
  }

  @Test func `inspect says what is wrong`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("no tensors", to: "x.safetensors")
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: false)
    for (path, status) in [("nothing", Int32(66)), ("x.safetensors", 65), ("empty", 65)] {
      let outcome = try await Program.trainer.run(["inspect", path], in: folder)
      #expect(outcome.exitStatus == status && outcome.error.contains(path), "\(path): \(outcome.error)")
    }
  }
}
