import Files
import Foundation
import Metrics
import Runs
import TestSupport
import Testing

@Suite struct RunDirectoryTests {
  @Test func `a folder that holds something is refused, and overwritten only when asked`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run")
    func begin() throws {
      let first = try RunDirectory.create(.exactly(path, overwrite: false))
      try first.append("old\n", to: "metrics.jsonl")
      // While that run goes on, another is kept out.
      #expect(throws: RunDirectoryError.inUse(path: path)) {
        try RunDirectory.create(.exactly(path, overwrite: true))
      }
      #expect(throws: RunDirectoryError.inUse(path: path)) { try RunDirectory.create(.continued(path)) }
      #expect(try folder.text("run/metrics.jsonl") == "old\n")
    }
    try begin()
    try folder.write("mine", to: "run/notes.txt")
    #expect(throws: RunDirectoryError.notEmpty(path: path)) {
      try RunDirectory.create(.exactly(path, overwrite: false))
    }
    #expect(throws: RunDirectoryError.self) { try RunDirectory.check(.exactly(path, overwrite: false)) }
    _ = try RunDirectory.create(.exactly(path, overwrite: true))
    #expect(try folder.text("run/notes.txt") == "mine")
    #expect(!FileManager.default.fileExists(atPath: path + "/metrics.jsonl"))
  }

  @Test func `a run that was killed at once is told from a folder of somebody's`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run")
    _ = try RunDirectory.create(.exactly(path, overwrite: false))
    #expect(RunDirectory.holdsBeginning(path))
    try folder.write("epochs: 1", to: "run/config.yaml.partial")
    #expect(RunDirectory.holdsBeginning(path))
    try folder.write("mine", to: "run/notes.txt")
    #expect(!RunDirectory.holdsBeginning(path))
    try FileManager.default.removeItem(atPath: folder.path("run/notes.txt"))
    try folder.write("mine", to: "run/checkpoints/notes.txt")
    #expect(!RunDirectory.holdsBeginning(path))
  }

  @Test func `a file in the place of the folder is refused`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("x", to: "run")
    #expect(throws: RunDirectoryError.self) { try RunDirectory.create(.exactly(path, overwrite: false)) }
    #expect(throws: RunDirectoryError.self) { try RunDirectory.create(.exactly(path, overwrite: true)) }
  }

  @Test func `an overwritten run stays until it is replaced, and folders of users stay`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("run")
    let run = try RunDirectory.create(.exactly(path, overwrite: false))
    try run.write("old", to: "model.safetensors")
    try FileManager.default.createDirectory(atPath: path + "/summary.json", withIntermediateDirectories: true)
    #expect(throws: RunDirectoryError.self) { try RunDirectory.create(.exactly(path, overwrite: true)) }
    #expect(try folder.text("run/model.safetensors") == "old")
  }

  @Test func `a file is replaced as a whole, and nothing else is left`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a")
    try AtomicFile.write("one", to: path)
    try AtomicFile.write("two", to: path)
    #expect(try WholeFile.text(at: path) == "two")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    #expect(throws: FileError.self) { try AtomicFile.write("x", to: folder.path("none/a")) }
  }

  @Test func `class names with commas and quotes are quoted in the confusion matrix`() throws {
    let matrix = ConfusionMatrix(classCount: 2, counts: [1, 2, 3, 4])
    #expect(
      RunDirectory.confusionMatrix(matrix, classNames: ["a,b", "say \"x\""])
        == "true class,\"a,b\",\"say \"\"x\"\"\"\n\"a,b\",1,2\n\"say \"\"x\"\"\",3,4\n")
  }
}
