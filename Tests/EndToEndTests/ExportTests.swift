import Foundation
import TestSupport
import Testing

/// `export`, as a user types it. (What other programs make of the files: Tests/Interop.)
@Suite(.serialized) struct ExportTests {
  private func train(_ options: [String], in folder: TemporaryFolder) async throws {
    let rows = (0..<200).map { row in
      "\(row * 37 % 101).5,\(["red", "green", "blue"][row % 3]),v\(row * row % 17),\(row % 4 == 0 ? "a" : "b")"
    }
    try folder.write("size,color,code,kind\n" + rows.joined(separator: "\n") + "\n", to: "data.csv")
    let run = try await Program.trainer.run(
      ["data.csv", "--epochs", "2", "--run-dir", "run", "--quiet"] + options, in: folder)
    try #require(run.exitStatus == 0, "\(run.error)")
  }

  @Test func `a run, its model and its checkpoint give the same file, at any number of ranks`() async throws {
    let folder = try TemporaryFolder()
    try await train([], in: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
    let newest = try #require(names.filter { $0.hasPrefix("step-") }.max())
    var files: Set<Data> = []
    for (index, model) in ["run", "run/model.safetensors", "run/checkpoints/\(newest)"].enumerated() {
      let outcome = try await Program.trainer.run(
        ["export", model, "\(index).onnx"], ranks: index == 0 ? CommandLineTests.ranks : nil, in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(outcome.output.components(separatedBy: "written").count == 2, "one rank speaks")
      for part in [
        "linear 13 → 2", "size   float32  [N, 1]", "color  string   [N, 1]", "blue, green, red; empty where",
        "probabilities  float32  [N, 2]", "InferenceSession(\"\(index).onnx\")",
      ] { #expect(outcome.output.contains(part), "\(part) in \(outcome.output)") }
      files.insert(try folder.data("\(index).onnx"))
    }
    #expect(files.count == 1)
  }

  @Test func `the lines to type know how numbers were written`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { row in
      "\(1 + row % 9).\(100 + row * 13 % 800);\(row % 7),5;\(row % 5 == 0 ? "(3,50 €)" : "1.\(200 + row),00 €");\(row % 2)\n"
    }
    try folder.write("sold;rate;price;y\n" + rows.joined(), to: "data.csv")
    let run = try await Program.trainer.run(["data.csv", "--epochs", "1", "--run-dir", "run", "--quiet"], in: folder)
    try #require(run.exitStatus == 0, "\(run.error)")
    let outcome = try await Program.trainer.run(["export", "run", "m.onnx"], in: folder)
    for part in [
      #"decimal=",""#, #"dtype=dict.fromkeys(["sold", "price"], str)"#,
      #"rows[name].str.replace(r"^(\D*)\((.*)\)", r"-\1\2", regex=True).str.replace("\u2212", "-")"#,
      #".str.replace(r"\s|\.", "", regex=True).str.replace(",", ".").astype("float64")"#,
      #".str.replace(r"\s|\.|€", "", regex=True).str.replace(",", ".").astype("float64")"#,
    ] { #expect(outcome.output.contains(part), "\(part) in \(outcome.output)") }
  }

  @Test func `what cannot be exported is refused, and what is there stays`() async throws {
    let folder = try TemporaryFolder()
    try await train(["--rare-levels", "hash", "--max-one-hot", "8"], in: folder)
    try folder.write("mine", to: "there.onnx")
    let cases: [(arguments: [String], status: Int32, part: String)] = [
      (["run", "m.onnx"], 65, "column \"code\""), (["run", "m.onnx"], 65, "--rare-levels other"),
      (["run", "there.onnx"], 73, "--overwrite"), (["run", "m.pt"], 64, ".onnx"), (["run"], 64, "<file>"),
      (["nothing", "m.onnx"], 66, "nothing"), (["data.csv", "m.onnx"], 65, "data.csv"),
      (["run", "m.onnx", "--probabilities", "sure"], 64, "raw"),
      (["run", "m.onnx", "--probabilities", "calibrated"], 78, "--validation-fraction"),
    ]
    for (arguments, status, part) in cases {
      let outcome = try await Program.trainer.run(["export"] + arguments, in: folder)
      #expect(outcome.exitStatus == status && outcome.error.contains(part), "\(arguments): \(outcome.error)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("m.onnx")) && outcome.output == "")
    }
    #expect(try folder.text("there.onnx") == "mine")

    try await train(["--overwrite"], in: folder)
    let replaced = try await Program.trainer.run(["export", "run", "there.onnx", "--overwrite"], in: folder)
    #expect(replaced.exitStatus == 0, "\(replaced.error)")
    #expect(try folder.data("there.onnx").count > 1_000)
    let nowhere = try await Program.trainer.run(["export", "run", "no/folder.onnx"], in: folder)
    #expect(nowhere.exitStatus == 73 && nowhere.error.contains("no/folder.onnx"))
  }
}
