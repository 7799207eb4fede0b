import Foundation
import TestSupport
import Testing

/// The report of a run as a user comes to have it.
@Suite(.serialized) struct ReportTests {
  private static let data = "synthetic:samples=900,classes=4,priors=0.7/0.2/0.07/0.03,separation=2,seed=3"

  private func train(_ options: [String] = [], run: String = "run", ranks: Int? = nil, in folder: TemporaryFolder)
    async throws
  {
    let outcome = try await Program.trainer.run(
      [Self.data, "--run-dir", run, "--quiet", "--epochs", "4"] + options, ranks: ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test(arguments: [
    [], ["--test-fraction", "0.3"], ["--validation-fraction", "0.3", "--tune-thresholds", "macro-f1"],
    ["--hidden", "5", "--class-weights", "per-batch"],
  ])
  func `the same bytes on ranks, and drawn again`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    try await train(options, in: folder)
    try await train(options, run: "ranks", ranks: CommandLineTests.ranks, in: folder)
    for file in ["report.html", "report.json"] {
      #expect(try folder.data("run/\(file)") == folder.data("ranks/\(file)"), "\(file)")
    }
    let before = try folder.data("run/report.html")
    try FileManager.default.removeItem(atPath: folder.path("run/report.html"))
    let outcome = try await Program.trainer.run(["report", "run"], in: folder)
    #expect(outcome.exitStatus == 0 && outcome.output == "run/report.html\n", "\(outcome.error)")
    let other = try await Program.trainer.run(
      ["report", "run", "--output", "r.html"], ranks: CommandLineTests.ranks, in: folder)
    #expect(other.exitStatus == 0 && other.output == "r.html\n", "\(other.error)")
    #expect(try folder.data("run/report.html") == before && folder.data("r.html") == before)
  }

  @Test func `the report of before a run that has not ended is not drawn as its own`() async throws {
    let folder = try TemporaryFolder()
    try await train(in: folder)
    try FileManager.default.removeItem(atPath: folder.path("run/summary.json"))
    let outcome = try await Program.trainer.run(["report", "run"], in: folder)
    #expect(outcome.exitStatus == 65 && outcome.error.contains("report.json is of one before it"), "\(outcome.error)")
    // A folder of runs is none.
    let parent = try await Program.trainer.run(["report", "."], in: folder)
    #expect(parent.exitStatus == 65 && parent.error.contains("name one, such as ./run"), "\(parent.error)")
  }

  @Test(arguments: [nil, CommandLineTests.ranks])
  func `its figures are those of evaluate`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try await train(ranks: ranks, in: folder)
    let report = try object(folder.text("run/report.json"))
    let outcome = try await Program.trainer.run(["evaluate", "run", Self.data, "--json"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let evaluation = try object(outcome.output)

    let perClass = try #require(evaluation["per_class"] as? [[String: Any]])
    let curves = try #require(report["curves"] as? [[String: Any]])
    // The rarest first.
    #expect(curves.map { $0["class"] as? Int } == [3, 2, 1, 0])
    for curve in curves {
      let index = try #require(curve["class"] as? Int)
      #expect(curve["average_precision"] as? Double == perClass[index]["average_precision"] as? Double)
      #expect(curve["positives"] as? Int == perClass[index]["support"] as? Int)
    }
    let reliability = try #require(report["reliability"] as? [[String: Any]])
    #expect(reliability.map { $0["kind"] as? String } == ["raw", "prior"])
    #expect(reliability[0]["ece"] as? Double == evaluation["ece"] as? Double)
    #expect(reliability[0]["brier"] as? Double == evaluation["brier"] as? Double)
    let corrected = try #require(evaluation["corrected_probabilities"] as? [String: Any])
    #expect(reliability[1]["ece"] as? Double == corrected["ece"] as? Double)
    #expect(reliability[1]["log_loss"] as? Double == corrected["log_loss"] as? Double)

    let parts = try #require(report["parts"] as? [[String: Any]])
    let cells = try #require((parts[0]["confusion"] as? [String: Any])?["cells"] as? [[Int]])
    let confusion = try #require(evaluation["confusion_matrix"] as? [[Int]])
    #expect(cells.allSatisfy { confusion[$0[0]][$0[1]] == $0[2] } && cells.reduce(0) { $0 + $1[2] } == 900)
  }

  @Test func `what would be decided without weights is what prior probabilities say`() async throws {
    let folder = try TemporaryFolder()
    try await train(in: folder)
    let report = try object(folder.text("run/report.json"))
    let cells = try #require((report["unweighted"] as? [String: Any])?["cells"] as? [[Int]])
    let outcome = try await Program.trainer.run(
      ["predict", "run", Self.data, "--probabilities", "prior"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    var counts = Array(repeating: 0, count: 4)
    for line in outcome.output.split(separator: "\n").dropFirst() {
      let probabilities = line.split(separator: ",").suffix(4).compactMap { Double($0) }
      counts[probabilities.firstIndex(of: probabilities.max() ?? 0) ?? 0] += 1
    }
    #expect((0..<4).map { index in cells.filter { $0[1] == index }.reduce(0) { $0 + $1[2] } } == counts)
  }

  @Test func `names of classes from a file are text in it`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<200).map {
      "\($0 % 10 == 0 ? 3 : 1).\($0 % 7),\($0 % 10 == 0 ? "<script>alert(1)</script>" : "a&b")"
    }
    try folder.write("x,label\n" + rows.joined(separator: "\n") + "\n", to: "data.csv")
    let outcome = try await Program.trainer.run(["data.csv", "--run-dir", "run", "--quiet"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let html = try folder.text("run/report.html")
    #expect(
      !html.contains("<script") && html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("a&amp;b"))
  }

  @Test func `what has no report is said to have none`() async throws {
    let folder = try TemporaryFolder()
    let missing = try await Program.trainer.run(["report", "nothing"], in: folder)
    #expect(missing.exitStatus == 66 && missing.error.contains("there is no nothing"), "\(missing.error)")
    let other = try await Program.trainer.run(["report", "."], ranks: CommandLineTests.ranks, in: folder)
    #expect(other.exitStatus == 65 && other.error.contains("has no report.json"), "\(other.error)")
    for (text, words) in [
      ("{}", "it lacks "), ("[1", "it is no JSON of a report"), ("", "it is no JSON of a report"),
    ] {
      try folder.write(text, to: "report.json")
      let damaged = try await Program.trainer.run(["report", "."], in: folder)
      #expect(damaged.exitStatus == 65 && damaged.error.contains(words), "\(damaged.error)")
    }
    try await train(in: folder)
    let whole = try folder.text("run/report.json")
    try folder.write(whole.replacing("\"classes\":[{", with: "\"classes\":[],\"other\":[{"), to: "run/report.json")
    let empty = try await Program.trainer.run(["report", "run"], in: folder)
    #expect(empty.exitStatus == 65 && empty.error.contains("no class"), "\(empty.error)")
  }
}
