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
}
