import Foundation
import TestSupport
import Testing

/// `--embedding`, as a user sees it.
@Suite(.serialized) struct EmbeddingTests {
  /// Rows of a column of numbers, some missing, one of many levels, and one of few, some missing.
  private func write(to folder: TemporaryFolder, rows: Range<Int> = 0..<400, name: String = "data.csv") throws {
    let lines = rows.map { row in
      let city = row * row * row % 83
      let size = row % 11 == 3 ? "" : "\(row * 37 % 101).5"
      let color = ["red", "grün", "", "blue"][row * 13 % 4]
      return "city \(city),\(size),\(color),\(["a", "b", "c"][row % 10 == 0 ? 2 : city % 2])"
    }
    try folder.write("city,size,color,kind\n" + lines.joined(separator: "\n") + "\n", to: name)
  }

  private static let options = [
    "data.csv", "--embedding", "6", "--numeric-encoding", "piecewise", "--bins", "5", "--hidden", "9,7", "--dropout",
    "0.1", "--epochs", "3", "--batch-size", "23", "--validation-fraction", "0.2", "--learning-rate", "0.01",
  ]

  @Test(arguments: [
    [], ["--embedding-rate", "0.5"], ["--accumulate", "3"],
    ["--clip-norm", "0.5", "--optimizer", "sgd", "--momentum", "0.9"],
  ])
  func `the same bits at any number of ranks, and of a run that was cut and gone on with`(more: [String]) async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    func train(_ name: String, ranks: Int?, _ arguments: [String]) async throws {
      let outcome = try await Program.trainer.run(
        Self.options + more + arguments + ["--run-dir", name, "--quiet"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    try await train("one", ranks: nil, [])
    #if MPI
      try await train("three", ranks: 3, [])
      try await train("eight", ranks: 8, [])
      let runs = ["three", "eight", "cut"]
    #else
      let runs = ["cut"]
    #endif
    try await train("cut", ranks: CommandLineTests.ranks, ["--max-steps", "8"])
    let outcome = try await Program.trainer.run(
      ["--resume", "cut", "--max-steps", "1000", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    for run in runs {
      for file in ["model.safetensors", "metrics.jsonl"] {
        #expect(try folder.data("\(run)/\(file)") == folder.data("one/\(file)"), "\(run)/\(file)")
      }
    }
    // Another width is another model.
    let other = try await Program.trainer.run(
      ["--resume", "one", "--embedding", "7", "--max-steps", "2000"], in: folder)
    #expect(other.exitStatus == 78 && other.error.contains("--embedding 6 (now 7)"), "\(other.error)")
  }

  @Test func `numbers of columns learn at a rate of their own`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    // Both kinds of tensors, from the beginning on and after their last step, with and without a rate.
    let script = #"""
      python3 - <<'END'
      import json, struct
      def tensors(run):
        with open(run + "/model.safetensors", "rb") as f:
          size = struct.unpack("<Q", f.read(8))[0]
          header, data = json.loads(f.read(size)), f.read()
        return {k: data[slice(*v["data_offsets"])] for k, v in header.items() if k != "__metadata__"}
      still, moving, begun = tensors("still"), tensors("moving"), tensors("begun")
      for name in begun:
        isEmbedding = name.startswith("embeddings.")
        assert (still[name] == begun[name]) == isEmbedding, name
        assert moving[name] != begun[name] and moving[name] != still[name], name
      once, twice = tensors("once"), tensors("twice")
      for name in once:
        assert (once[name] == twice[name]) == (not name.startswith("layers.2.")), name
      END
      """#
    for (name, more) in [
      ("begun", ["--learning-rate", "0", "--weight-decay", "0"]), ("still", ["--embedding-rate", "0"]), ("moving", []),
      // The last layer alone has the general rate, though its parameters are then the first.
      ("once", ["--embedding-rate", "0", "--retrain-classifier", "1"]),
      ("twice", ["--embedding-rate", "0", "--retrain-classifier", "2"]),
    ] {
      let outcome = try await Program.trainer.run(
        Self.options + more + ["--keep-model", "last", "--optimizer", "adamw", "--run-dir", name, "--quiet"], in: folder
      )
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    #expect(try await runScript(script, in: folder) == 0)
    let said = try await Program.trainer.run(
      Self.options + ["--embedding-rate", "2.5", "--run-dir", "said"], in: folder)
    #expect(said.output.contains("learning rate 0.01 constant (embeddings ×2.5), "), "\(said.output)")
    let without = try await Program.trainer.run(["data.csv", "--recipe", "plain", "--embedding-rate", "3"], in: folder)
    #expect(without.error.contains("no effect of --embedding-rate: the model has no --embedding"), "\(without.error)")
  }

  @Test func `what was learned is used, shown and exported, and unknown and missing values are taken`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let outcome = try await Program.trainer.run(
      Self.options + ["--members", "2", "--validation-fraction", "0", "--epochs", "12", "--run-dir", "run"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("2 members, each mlp 9 → 3 × 6 → 9 → 7 → 3, relu"), "\(outcome.output)")
    let judged = try await Program.trainer.run(["evaluate", "run", "data.csv", "--json"], in: folder)
    let figures = try #require(
      try JSONSerialization.jsonObject(with: Data(judged.output.utf8)) as? [String: Any])
    #expect(try #require(figures["accuracy"] as? Double) > 0.7)

    try folder.write("color,city,size\nviolet,city 1,1e3\n,Paris,\nred,,NA\n", to: "new.csv")
    let predicted = try await Program.trainer.run(["predict", "run", "new.csv"], in: folder)
    #expect(predicted.exitStatus == 0 && predicted.output.split(separator: "\n").count == 4, "\(predicted.error)")

    let inspection = try await Program.trainer.run(["inspect", "run"], in: folder)
    for part in [
      "members.1.embeddings.city.weight", "embeddings.color.weight", "embeddings.weight", "layers.0.weight",
      "a row of its table for each of 3 levels, one for any other text, one where it is missing",
    ] { #expect(inspection.output.contains(part), "\(inspection.output)") }
    let exported = try await Program.trainer.run(["export", "run", "model.onnx"], in: folder)
    #expect(exported.exitStatus == 0, "\(exported.error)")
    let again = try await Program.trainer.run(["reproduce", "run"], in: folder, secondsAllowed: 120)
    #expect(again.exitStatus == 0, "\(again.output) \(again.error)")
  }

  @Test func `a column of more levels than become features is learned`() async throws {
    let folder = try TemporaryFolder()
    let lines = (0..<70_000).map { "user \($0),\($0 % 3),\($0 % 2)\n" }
    try folder.write("user,size,kind\n" + lines.joined(), to: "data.csv")
    let refused = try await Program.trainer.run(["data.csv", "--epochs", "1", "--run-dir", "run"], in: folder)
    #expect(refused.exitStatus == 65 && refused.error.contains("by --embedding 16"), "\(refused.error)")
    let outcome = try await Program.trainer.run(
      ["data.csv", "--embedding", "2", "--epochs", "1", "--batch-size", "1000", "--run-dir", "run"], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.output.contains("user (70000 levels)"), "\(outcome.output)")
  }

  @Test func `a run begins with the parameters of a model of the same levels alone`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let first = try await Program.trainer.run(Self.options + ["--run-dir", "first", "--quiet"], in: folder)
    try #require(first.exitStatus == 0, "\(first.error)")
    let options = ["--init", "first/model.safetensors", "--quiet"]
    let next = try await Program.trainer.run(Self.options + options + ["--run-dir", "next"], in: folder)
    #expect(next.exitStatus == 0, "\(next.error)")
    // As many levels, and others.
    let text = try folder.text("data.csv").replacingOccurrences(of: ",red,", with: ",rosé,")
    try folder.write(text, to: "data.csv")
    let other = try await Program.trainer.run(Self.options + options + ["--run-dir", "other"], in: folder)
    #expect(other.exitStatus == 65 && other.error.contains("other levels of \"color\""), "\(other.error)")
    // Nor is a run gone on with whose levels have got other names.
    let resumed = try await Program.trainer.run(["--resume", "first", "--epochs", "4"], in: folder)
    #expect(resumed.exitStatus == 78 && resumed.error.contains("color"), "\(resumed.error)")
  }

  @Test func `weights says of what columns levels would share a feature`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let outcome = try await Program.trainer.run(["weights", "data.csv"], in: folder)
    let words = outcome.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    let remark =
      "column city has 83 levels: --embedding, which the recipe for tables has, learns numbers for every one; without it 64 get a feature each"
    #expect(outcome.exitStatus == 0 && words.contains(remark), "\(outcome.output)")
  }

  @Test(arguments: [
    (["--model", "linear"], "--embedding: expected --model mlp"),
    (["--optimizer", "lbfgs", "--dropout", "0"], "--embedding: expected none with --optimizer lbfgs"),
    (["--embedding", "1025"], "--embedding 1025: expected 0 to 1024"),
  ])
  func `what has no columns to embed is refused`(options: [String], message: String) async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let outcome = try await Program.trainer.run(["data.csv", "--embedding", "4"] + options, in: folder)
    #expect(outcome.exitStatus == 64 && outcome.error.contains(message), "\(outcome.error)")
  }

  @Test func `sparse rows are refused`() async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<60).map { "\($0 % 2) \($0 % 7 + 1):1 1900:\($0).5\n" }.joined(), to: "data.svm")
    let outcome = try await Program.trainer.run(["data.svm", "--embedding", "4", "--run-dir", "run"], in: folder)
    #expect(outcome.exitStatus == 78 && outcome.error.contains("data.svm has sparse rows"), "\(outcome.error)")
  }
}
