import Foundation
import TestSupport
import Testing

/// Files that a user names, and what was there before.
@Suite(.serialized) struct NamedFilesTests {
  private func folderWithRun() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let rows = (0..<40).map { "\($0 % 7),\($0 % 2)" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let trained = try await Program.trainer.run(
      ["table.csv", "--recipe", "plain", "--quiet", "--run-dir", "run"], in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    return folder
  }

  @Test(arguments: [
    ["predict", "run", "table.csv", "--output", "table.csv", "--overwrite"],
    ["predict", "run/model.safetensors", "table.csv", "--output", "./table.csv", "--overwrite"],
    ["evaluate", "run", "table.csv", "--report", "table.csv", "--overwrite"],
    ["evaluate", "run", "table.csv", "--report", "run/model.safetensors", "--overwrite"],
    ["report", "run", "--output", "run/model.safetensors", "--overwrite"],
  ])
  func `no result replaces a file that it is made of`(command: [String]) async throws {
    let folder = try await folderWithRun()
    let before = try [folder.data("table.csv"), folder.data("run/model.safetensors")]
    let outcome = try await Program.trainer.run(command, in: folder)
    #expect(outcome.exitStatus == 64 && outcome.error.contains("is read for what would be written"), "\(outcome.error)")
    #expect(try [folder.data("table.csv"), folder.data("run/model.safetensors")] == before)
  }

  @Test func `a report takes the place of another file only where that is asked for`() async throws {
    let folder = try await folderWithRun()
    try folder.write("mine", to: "notes.html")
    let refused = try await Program.trainer.run(["report", "run", "--output", "notes.html"], in: folder)
    #expect(try refused.exitStatus == 73 && folder.text("notes.html") == "mine", "\(refused.error)")
    let asked = try await Program.trainer.run(["report", "run", "--output", "notes.html", "--overwrite"], in: folder)
    #expect(try asked.exitStatus == 0 && folder.text("notes.html").hasPrefix("<!DOCTYPE html>"), "\(asked.error)")
  }

  @Test func `the model of a run that is being replaced is not taken for that of the new one`() async throws {
    let folder = try await folderWithRun()
    let old = try folder.data("run/model.safetensors")
    let options = ["table.csv", "--recipe", "plain", "--class-weights", "none", "--run-dir", "run", "--overwrite"]
    let stopped = try await Program.trainer.run(
      options + ["--epochs", "1000000", "--max-time", "1", "--quiet"], in: folder)
    #expect(try stopped.exitStatus == 75 && folder.data("run/model.safetensors") == old, "\(stopped.error)")
    for command in [["predict", "run", "table.csv"], ["export", "run", "run.onnx"]] {
      let outcome = try await Program.trainer.run(command, in: folder)
      #expect(outcome.exitStatus == 0 && outcome.error.contains("the run in run has not ended"), "\(outcome.error)")
    }
    let first = try await Program.trainer.run(["table.csv", "--recipe", "plain", "--init", "run"], in: folder)
    #expect(first.exitStatus == 65 && first.error.contains("has not ended. --init run/checkpoints/"), "\(first.error)")
    // Before its first checkpoint it has no model at all.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path("run/checkpoints"))
    where name.hasPrefix("step-") {
      try FileManager.default.removeItem(atPath: folder.path("run/checkpoints/\(name)"))
    }
    let none = try await Program.trainer.run(["predict", "run", "table.csv"], in: folder)
    #expect(none.exitStatus == 65 && none.error.contains("it holds no model yet"), "\(none.error)")
    let own = try await Program.trainer.run(options + ["--init", "run/model.safetensors"], in: folder)
    #expect(own.exitStatus == 64 && own.error.contains("whose run --overwrite replaces"), "\(own.error)")
  }

  @Test func `commands that are said to be typed can be`() async throws {
    let folder = try await folderWithRun()
    try FileManager.default.moveItem(atPath: folder.path("table.csv"), toPath: folder.path("my table.csv"))
    let outcome = try await Program.trainer.run(["my table.csv", "--recipe", "plain", "--epochs", "2"], in: folder)
    #expect(outcome.output.contains("cw-dist-train evaluate 'runs/my table' OTHER-DATA"), "\(outcome.output)")
  }

  @Test(arguments: [
    ["run/confusion_matrix.csv", "--recipe", "plain", "--run-dir", "run", "--overwrite"],
    ["table.csv", "--validation", "run/../run/confusion_matrix.csv", "--run-dir", "./run", "--overwrite"],
    ["table.csv", "--class-weights", "run/class_weights.json", "--run-dir", "run", "--overwrite"],
    ["compare", "other/compare.csv", "--recipe", "plain", "--seeds", "2", "--run-dir", "other", "--overwrite"],
    ["compare", "other/seed=0/out.csv", "--recipe", "plain", "--seeds", "2", "--run-dir", "other", "--overwrite"],
  ])
  func `no run replaces what it reads`(command: [String]) async throws {
    let folder = try await folderWithRun()
    let table = try folder.text("table.csv")
    for name in ["other/compare.csv", "other/seed=0/out.csv"] {
      try FileManager.default.createDirectory(atPath: folder.path("other/seed=0"), withIntermediateDirectories: true)
      try folder.write(table, to: name)
    }
    let before = try [folder.text("run/confusion_matrix.csv"), folder.text("other/compare.csv")]
    let outcome = try await Program.trainer.run(command, in: folder)
    if command.contains("other/seed=0/out.csv") {
      // In the folder of a run, and none of its files.
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(try folder.text("other/seed=0/out.csv") == table)
    } else {
      #expect(outcome.exitStatus == 64 && outcome.error.contains("is read for"), "\(outcome.error)")
      #expect(try [folder.text("run/confusion_matrix.csv"), folder.text("other/compare.csv")] == before)
    }
  }

  @Test(arguments: [
    ["evaluate", "run", "table.csv", "--report", "run/config.yaml"], ["report", "run", "--output", "x.csv"],
  ])
  func `a page is written to names of pages alone`(command: [String]) async throws {
    let folder = try await folderWithRun()
    let before = try folder.text("run/config.yaml")
    let outcome = try await Program.trainer.run(command + ["--overwrite"], in: folder)
    #expect(outcome.exitStatus == 64 && outcome.error.contains("ends in .html"), "\(outcome.error)")
    #expect(try folder.text("run/config.yaml") == before)
  }
}
