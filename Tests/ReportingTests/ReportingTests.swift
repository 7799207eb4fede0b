import ClassWeighting
import Files
import Foundation
import Metrics
import Reporting
import Runs
import TestSupport
import Testing

@Suite struct TextTableTests {
  @Test func `columns are aligned`() {
    var table = TextTable([("class", .left), ("n", .right)])
    table.append(["a", "1,000"])
    table.append(["größer", "7"])
    #expect(table.text == "class       n\na       1,000\ngrößer      7")
  }

  @Test func `numbers`() {
    #expect(NumberFormat.grouped(1_234_567) == "1,234,567")
    #expect(NumberFormat.grouped(-999) == "-999")
    #expect(NumberFormat.grouped(0) == "0")
    #expect(NumberFormat.significant(1.1 / 800.1) == "0.00137483")
    #expect(NumberFormat.fixed(nil) == "–")
    #expect(NumberFormat.fixed(.nan) == "–")
    #expect(NumberFormat.fixed(-.infinity) == "-inf")
    #expect(NumberFormat.fixed(1.4125937698583252e36) == "1.41259e+36")
    #expect(NumberFormat.fixed(123_456_789) == "123456789.0000")
    #expect(NumberFormat.percent(1, of: 0) == "–")
  }
}

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
    let folder = try TemporaryFolder()
    let directory = try RunDirectory.create(.exactly(folder.path("run"), overwrite: false))
    try directory.writeConfusionMatrix(
      ConfusionMatrix(classCount: 2, counts: [1, 2, 3, 4]), classNames: ["a,b", "say \"x\""])
    #expect(
      try folder.text("run/confusion_matrix.csv")
        == "true class,\"a,b\",\"say \"\"x\"\"\"\n\"a,b\",1,2\n\"say \"\"x\"\"\",3,4\n")
  }
}

@Suite struct ClassWeightReportTests {
  @Test func `counts, shares and every scheme but per-batch`() throws {
    let report = try ClassWeightReport(
      shardCounts: [[500, 100, 93], [300, 0, 7]], classNames: ["a", "b", "c"], smoothing: 0.1, beta: 0.999)
    let table = report.table()
    #expect(table.contains("80.00 %") && table.contains("0.00137483") && table.contains("imbalance ratio 8.0"))
    #expect(!table.contains("per-batch"))
    let json = try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any]
    #expect(json?["samples"] as? Int == 1000)
    let classes = try #require(json?["classes"] as? [[String: Any]])
    #expect((classes[1]["weights"] as? [String: Double])?["balanced"] == 1000.0 / 300)
    #expect(classes.map { $0["shards_without"] as? Int } == [0, 1, 0])
    #expect(report.remarks == ["classes that are absent from some of the 2 shards (from how many): b (1)"])
    let small = try ClassWeightReport(shardCounts: [[90, 3]], classNames: ["a", "b"], smoothing: 0.1, beta: 0.999)
    #expect(small.remarks == ["classes of fewer than 10 samples, hard to learn and to measure: b (3)"])
  }
}
