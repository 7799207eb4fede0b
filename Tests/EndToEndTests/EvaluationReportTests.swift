import Foundation
import TestSupport
import Testing

@Suite struct EvaluationReportTests {
  @Test func `a report of an evaluation is one file, the same at any number of ranks, and replaces none unasked`()
    async throws
  {
    let folder = try TemporaryFolder()
    let rows = (0..<200).map { "\($0 % 7),\($0 % 11),\($0 % 9 == 0 ? "<rare>" : "common")\n" }
    let data = try folder.write("a,b,label\n" + rows.joined(), to: "data.csv")
    let trained = try await Program.trainer.run([data, "--epochs", "2", "--quiet", "--run-dir", "run"], in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    for (ranks, file) in [(nil, "alone.html"), (CommandLineTests.ranks, "together.html")] {
      let outcome = try await Program.trainer.run(
        ["evaluate", "run", data, "--report", file, "--confidence", "0.9"], ranks: ranks, in: folder)
      #expect(outcome.exitStatus == 0 && outcome.output.contains("report: \(file)\n"), "\(outcome.error)")
    }
    let page = try folder.text("alone.html")
    #expect(page == (try folder.text("together.html")))
    for part in ["Report of an evaluation", "&lt;rare&gt;", "90\u{A0}% interval", "200 rows judged"] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(!page.contains("<rare>") && !page.contains("<script") && !page.contains("Samples and weights"))
    let again = try await Program.trainer.run(["evaluate", "run", data, "--report", "alone.html"], in: folder)
    #expect(again.exitStatus == 73 && again.error.contains("--overwrite replaces it") && again.output.isEmpty)
    #expect(page == (try folder.text("alone.html")))
    let replaced = try await Program.trainer.run(
      ["evaluate", "run", data, "--report", "alone.html", "--overwrite", "--json"], in: folder)
    #expect(replaced.exitStatus == 0 && replaced.output.hasPrefix("{"), "\(replaced.error)")
    #expect(try folder.text("alone.html") != page)
  }

  /// A model that is sure of what is wrong has any log loss, and no more of one kind of probabilities than of another.
  @Test func `log losses that stand side by side are of one rule`() async throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("x,k\n-1,a\n-0.9,a\n-0.8,a\n0.9,b\n", to: "train.csv")
    let rows = [-20, -19, -18, -17, -16, -15, -14, 3]
    let wrong = rows.map { "\($0),\([-18, -15, 3].contains($0) ? "b" : "a")\n" }.joined()
    let judged = try folder.write("x,k\n" + wrong, to: "wrong.csv")
    let trained = try await Program.trainer.run(
      [data, "--standardize", "no", "--optimizer", "lbfgs", "--epochs", "500", "--quiet", "--run-dir", "run"],
      in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    let outcome = try await Program.trainer.run(["evaluate", "run", judged], in: folder)
    let table = outcome.output.split(separator: "\n").drop { !$0.hasPrefix("probabilities ") }
    let losses = table.dropFirst().prefix(2).map { $0.split(separator: " ")[1] }
    // Two of eight are wrong, each 36.04.
    #expect(losses == ["9.0109", "9.0109"], "\(table)")
    #expect(outcome.output.contains("count a sample as 36.04 at most"))
  }
}
