import Foundation
import TestSupport
import Testing

/// `--numeric-encoding`, and what `weights` says of numbers that may be codes, as a user sees them.
@Suite(.serialized) struct NumberEncodingTests {
  private func write(to folder: TemporaryFolder) throws {
    let rows = (0..<300).map { row in
      let size = row % 11 == 3 ? "" : "\(row * 37 % 101).5"
      return "\(size),\(row * 7 % 3),\(row % 2),\(row % 5).5,\(row % 12),\(row * 37 % 101 / 34)"
    }
    try folder.write("size,soil,flag,half,many,kind\n" + rows.joined(separator: "\n") + "\n", to: "data.csv")
  }

  @Test(arguments: ["piecewise", "quantile"])
  func `a run that was cut and gone on with is the run that was not`(encoding: String) async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let options = [
      "data.csv", "--numeric-encoding", encoding, "--bins", "5", "--hidden", "7", "--epochs", "4", "--batch-size", "16",
      "--validation-fraction", "0.2",
    ]
    for (name, more) in [("run", ["--max-steps", "20"]), ("whole", [])] {
      let outcome = try await Program.trainer.run(options + more + ["--run-dir", name, "--quiet"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let outcome = try await Program.trainer.run(
      ["--resume", "run", "--max-steps", "1000"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    for file in ["model.safetensors", "metrics.jsonl"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    // Other numbers are other data.
    let other = try await Program.trainer.run(
      ["--resume", "run", "--numeric-encoding", "standard", "--max-steps", "2000"], in: folder)
    #expect(other.exitStatus == 78 && other.error.contains("other data"), "\(other.error)")
  }

  @Test func `inspect says what a number becomes`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    for (encoding, part) in [
      ("piecewise", "and its way through 4 bins from 0.5 to 100.5; missing: "),
      ("quantile", "its rank among 273 quantiles, normally distributed; one feature more"),
    ] {
      let outcome = try await Program.trainer.run(
        [
          "data.csv", "--numeric-encoding", encoding, "--epochs", "1", "--run-dir", "run", "--overwrite", "--quiet",
        ] + (encoding == "piecewise" ? ["--bins", "4"] : []), in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let inspection = try await Program.trainer.run(["inspect", "run/model.safetensors"], in: folder)
      #expect(inspection.output.contains(part), "\(inspection.output)")
    }
  }

  @Test func `sparse rows have no bins, which is said`() async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<60).map { "\($0 % 2) \($0 % 7 + 1):1 1900:\($0).5\n" }.joined(), to: "data.svm")
    let outcome = try await Program.trainer.run(
      ["data.svm", "--numeric-encoding", "piecewise", "--epochs", "1", "--run-dir", "run"], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    #expect(outcome.error.contains("no effect of --numeric-encoding: sparse rows are taken as they are"))
  }

  @Test func `weights names columns of few whole numbers, at any number of ranks, and changes nothing`() async throws {
    let folder = try TemporaryFolder()
    try write(to: folder)
    let remark =
      "column soil has 3 different whole numbers, taken for measurements: --categorical soil, if they are codes"
    for ranks in [nil, CommandLineTests.ranks] {
      let outcome = try await Program.trainer.run(["weights", "data.csv"], ranks: ranks, in: folder)
      // In lines of 80 columns.
      let words = outcome.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(outcome.exitStatus == 0 && words.contains(remark), "\(outcome.output) \(outcome.error)")
    }
    let record = try await Program.trainer.run(["weights", "data.csv", "--json"], in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(record.output.utf8)) as? [String: Any]
    let columns = try #require((object?["table"] as? [String: Any])?["columns"] as? [[String: Any]])
    #expect(columns.map { $0["different_whole_numbers"] as? Int } == [nil, 3, nil, nil, nil])
    #expect(columns.allSatisfy { $0["kind"] as? String == "number" })
    let followed = try await Program.trainer.run(["weights", "data.csv", "--categorical", "soil"], in: folder)
    #expect(followed.exitStatus == 0 && !followed.output.contains("different whole numbers"))
  }
}
