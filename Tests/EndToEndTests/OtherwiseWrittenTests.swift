import Foundation
import TestSupport
import Testing

/// Files that are written otherwise than the training data was.
@Suite(.serialized) struct OtherwiseWrittenTests {
  /// A run on numbers with thousands by point or a decimal point, told apart at 5,000 or 5.
  private func folder(decimal: String) async throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let isComma = decimal == "comma"
    let rows = (0..<60).map { index in
      let thousands = 1 + index % 9
      let (a, b) =
        isComma ? ("\(thousands).\(100 + index)", "0,\(index)1") : ("\(thousands).\(100 + index)", "0.\(index)1")
      return [a, b, thousands < 5 ? "low" : "high"].joined(separator: isComma ? ";" : ",") + "\n"
    }
    let text = (isComma ? "a;b;y\n" : "a,b,y\n") + rows.joined()
    try folder.write(text, to: "train.csv")
    let trained = try await Program.trainer.run(
      ["train.csv", "--recipe", "plain", "--quiet", "--run-dir", "run"], in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    return folder
  }

  /// Rows whose number may be of ones or of thousands, beside whole ones.
  private static let rows = ["2.973", "8.998", "4.112"]

  @Test(arguments: [
    // As the training data was, it is read as that was.
    ("comma", ";", true), ("point", ",", true), ("comma", ",", false), ("comma", "\t", false), ("point", ";", false),
    ("point", "\t", true),
  ])
  func `a mark that nothing tells is asked about where another program may have written the file`(
    decimal: String, delimiter: String, isRead: Bool
  ) async throws {
    let folder = try await folder(decimal: decimal)
    let text = ([["a", "b", "y"]] + Self.rows.map { [$0, "1", "low"] }).map { $0.joined(separator: delimiter) + "\n" }
    try folder.write(text.joined(), to: "other.csv")
    let outcome = try await Program.trainer.run(["predict", "run", "other.csv", "--quiet"], in: folder)
    #expect(outcome.exitStatus == (isRead ? 0 : 65), "\(outcome.error)")
    #expect(outcome.error.contains("\"2.973\" may be 2.973 or 2973.0") == !isRead, "\(outcome.error)")
    let said = try await Program.trainer.run(
      ["predict", "run", "other.csv", "--quiet", "--decimal", decimal], in: folder)
    #expect(said.exitStatus == 0, "\(said.error)")
    if isRead { #expect(said.output == outcome.output) }
  }

  @Test func `a decimal comma in a file of other delimiters than the training data's is asked about`() async throws {
    let folder = try await folder(decimal: "point")
    try folder.write("a\tb\n4,095\t5,250\n8,123\t6,001\n", to: "other.tsv")
    let outcome = try await Program.trainer.run(["predict", "run", "other.tsv"], in: folder)
    #expect(outcome.exitStatus == 65 && outcome.error.contains("\"4,095\" may be 4095.0 or 4.095"), "\(outcome.error)")
  }

  @Test func `names that stand again among numbers are told of as such`() async throws {
    let folder = try await folder(decimal: "point")
    try folder.write("a,b\n1.5,2.5\n3.5,4.5\na,b\n1.5,2.5\n", to: "joined.csv")
    let outcome = try await Program.trainer.run(["predict", "run", "joined.csv", "--quiet"], in: folder)
    #expect(outcome.exitStatus == 65 && outcome.error.contains("name of the column stands there once more"))
    let skipping = try await Program.trainer.run(
      ["predict", "run", "joined.csv", "--on-bad-row", "skip", "--quiet"], in: folder)
    #expect(skipping.exitStatus == 0, "\(skipping.error)")
  }

  @Test func `quotes that were characters like others in training are so in other files`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\(["\"u\"", "u"][$0 % 2]),\($0 / 7),\(["yes", "no"][$0 % 2])\n" }
    try folder.write("t,n,y\n" + rows.joined(), to: "table.csv")
    let options = ["table.csv", "--quotes", "no", "--recipe", "plain", "--quiet", "--run-dir", "run"]
    let trained = try await Program.trainer.run(options, in: folder)
    try #require(trained.exitStatus == 0, "\(trained.error)")
    let said = try await Program.trainer.run(["evaluate", "run", "table.csv", "--quotes", "no", "--json"], in: folder)
    let unsaid = try await Program.trainer.run(["evaluate", "run", "table.csv", "--json"], in: folder)
    #expect(said.exitStatus == 0 && unsaid.output == said.output, "\(unsaid.error)")
    #expect(said.output.contains("\"accuracy\" : 1,"))
    let exported = try await Program.trainer.run(["export", "run", "m.onnx"], in: folder)
    #expect(exported.output.contains("quoting=3"), "\(exported.output)")
  }

  @Test func `an option may name a column with a comma in its name`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<30).map { "\($0 % 4),\($0 % 3),\($0 % 5),\(["yes", "no"][$0 % 2])\n" }
    try folder.write("\"size, cm\",\"a,b\",a,y\n" + rows.joined(), to: "table.csv")
    let both = try await Program.trainer.run(["weights", "table.csv", "--drop", "size, cm,a"], in: folder)
    #expect(both.output.contains("left out size, cm (--drop), a (--drop)"), "\(both.output)\(both.error)")
    let other = try await Program.trainer.run(["weights", "table.csv", "--categorical", "a,b"], in: folder)
    #expect(other.output.contains("categories: a,b"), "\(other.output)\(other.error)")
    let none = try await Program.trainer.run(["weights", "table.csv", "--drop", "size, mm"], in: folder)
    #expect(none.exitStatus == 78 && none.error.contains("--drop size: table.csv has 4 columns"), "\(none.error)")
  }
}
