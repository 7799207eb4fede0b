import Foundation
import TestSupport
import Testing

/// What labels become, as a user sees it.
@Suite(.serialized) struct LabelTests {
  /// The classes that `weights` shows of a table with these labels, in their order.
  private func classes(_ labels: [String], in folder: TemporaryFolder) async throws -> [String] {
    let rows = labels.enumerated().map { "\($0),\($1)" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let outcome = try await Program.trainer.run(["weights", "table.csv"], in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    let lines = outcome.output.split(separator: "\n").drop { !$0.hasPrefix("class ") }.dropFirst()
    return lines.prefix { $0.contains(" % ") }.compactMap { $0.split(separator: " ").first.map { String($0) } }
  }

  @Test(arguments: [
    (["+1", "-1", "1", "-1", "1.0"], ["-1", "1"]),
    (["1", "1.0", "2", "2.0", "a"], ["1", "2", "a"]),
    (["1", "1.0", "01", "2"], ["01", "1", "2"]),
    (["1.0", "2.0", "3"], ["1", "2", "3"]),
    // As they are written, where they are written in one way.
    (["+10", "-1", "+2"], ["-1", "+2", "+10"]),
    // Which may be a code.
    (["1e1", "10", "a4"], ["10", "1e1", "a4"]),
    (["x", "2.0", "x"], ["2.0", "x"]),
    (["-0", "0", "1", "-0.0"], ["0", "1"]),
  ])
  func `the same number is one class, however it is written and whatever stands beside it`(
    labels: [String], expected: [String]
  ) async throws {
    #expect(try await classes(labels, in: TemporaryFolder()) == expected)
  }

  @Test(arguments: [
    (["1", "1,0", "2", "2,00"], ["1", "2"]),
    (["1.000", "2.000", "1000"], ["1000", "2000"]),
    (["1.00", "3.11", "x"], ["1.00", "3.11", "x"]),
    (["192.168.100.200", "10.0.0.1"], ["10.0.0.1", "192.168.100.200"]),
    (["01,0", "1,0", "x"], ["01.0", "1.0", "x"]),
  ])
  func `labels have the decimal mark of their file`(labels: [String], expected: [String]) async throws {
    let folder = try TemporaryFolder()
    let rows = labels.enumerated().map { "0,\($0)5;\($1)\n" }
    try folder.write("x;y\n" + rows.joined(), to: "table.csv")
    let outcome = try await Program.trainer.run(["weights", "table.csv", "--json"], in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    struct Weights: Decodable {
      struct Class: Decodable { let name: String }
      let classes: [Class]
    }
    let weights = try JSONDecoder().decode(Weights.self, from: Data(outcome.output.utf8))
    #expect(weights.classes.map(\.name) == expected)
  }

  @Test func `classes with fractions are the same in files of either mark`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { ["0.\($0)1", ["a", "b", "c"][$0 % 3], ["0.5", "1.5"][$0 % 2]] }
    let point = rows.map { $0.joined(separator: ",") + "\n" }.joined()
    let comma = rows.map { $0.joined(separator: ";").replacing(".", with: ",") + "\n" }.joined()
    try folder.write("a,c,y\n" + point, to: "point.csv")
    try folder.write("a;c;y\n" + comma, to: "comma.csv")
    for trained in ["point", "comma"] {
      let options = ["\(trained).csv", "--categorical", "y", "--recipe", "plain", "--quiet", "--run-dir", trained]
      let run = try await Program.trainer.run(options, in: folder)
      try #require(run.exitStatus == 0, "\(run.error)")
      let own = try await Program.trainer.run(["evaluate", trained, "point.csv", "--json"], in: folder)
      let other = try await Program.trainer.run(["evaluate", trained, "comma.csv", "--json"], in: folder)
      #expect(own.exitStatus == 0 && own.output == other.output, "\(own.error)\(other.error)")
    }
    #expect(try folder.data("point/metrics.jsonl") == folder.data("comma/metrics.jsonl"))
  }

  @Test func `a label that is written otherwise than in training is found`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0 % 2 * 5 + $0 % 3),\(["-1", "+1"][$0 % 2])" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "train.csv")
    try folder.write("x,y\n1,-1\n6,1\n5,1.0\n", to: "other.csv")
    let trained = try await Program.trainer.run(
      ["train.csv", "--recipe", "plain", "--quiet", "--run-dir", "run"], in: folder)
    #expect(trained.exitStatus == 0, "\(trained.error)")
    let judged = try await Program.trainer.run(["evaluate", "run", "other.csv"], in: folder)
    #expect(judged.exitStatus == 0, "\(judged.error)")
  }

  @Test func `samples that are ignored are counted, and an index that ignores none is told of`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<30).map { "\($0),\($0 % 3)" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let options = ["table.csv", "--recipe", "plain", "--epochs", "1", "--ignore-index"]
    let some = try await Program.trainer.run(options + ["2", "--run-dir", "some"], in: folder)
    #expect(some.exitStatus == 0, "\(some.error)")
    #expect((some.output + some.error).contains("10 of 30 training samples are ignored (--ignore-index 2)"))
    let spelled = (0..<30).map { "\($0),\(["+0", "1", "+2", "2.0", "x"][$0 % 5])" }
    try folder.write("x,y\n" + spelled.joined(separator: "\n") + "\n", to: "spelled.csv")
    let both = try await Program.trainer.run(
      ["spelled.csv"] + options.dropFirst() + ["2", "--run-dir", "both"], in: folder)
    #expect((both.output + both.error).contains("12 of 30 training samples are ignored"), "\(both.error)")
    let judged = try await Program.trainer.run(["evaluate", "both", "spelled.csv"], in: folder)
    #expect(judged.exitStatus == 0, "\(judged.error)")
    let none = try await Program.trainer.run(options + ["7", "--run-dir", "none"], in: folder)
    #expect(none.error.contains("no effect of --ignore-index: no training sample has the label 7"), "\(none.error)")
  }

  @Test func `a part without samples of a class is told of`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<90).map { "\($0 % 7),\($0 < 3 ? "fraud" : ["a", "b"][$0 % 2])" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
    let options = ["table.csv", "--recipe", "plain", "--epochs", "2", "--validation-fraction", "0.1"]
    let outcome = try await Program.trainer.run(options + ["--run-dir", "run"], in: folder)
    #expect(outcome.error.contains("the validation part has no sample of class \"fraud\""), "\(outcome.error)")
    let page = try folder.text("run/report.html")
    #expect(page.contains("there was no sample to judge it by") && !page.contains("of about one size"))
  }

  @Test func `figures of samples that were trained on are told of`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0 * 7 % 11),\(["a", "b"][$0 % 2])" }
    try folder.write("x,y\n" + rows.joined(separator: "\n") + "\n", to: "t.csv")
    let options = ["t.csv", "--recipe", "plain", "--epochs", "1", "--run-dir"]
    let same = try await Program.trainer.run(options + ["same", "--validation", "t.csv"], in: folder)
    #expect(same.error.contains("the validation part has the same samples as the training part"), "\(same.error)")
    for (name, extra, tells) in [
      ("held", ["--test-fraction", "0.2"], true), ("folds", ["--members", "2"], true), ("all", [], false),
    ] {
      let begun = try await Program.trainer.run(options + [name, "--init", "same"] + extra, in: folder)
      #expect(
        begun.exitStatus == 0 && begun.error.contains("--init same: figures of samples") == tells, "\(begun.error)")
    }
    let compared = try await Program.trainer.run(
      ["compare", "t.csv", "--recipe", "plain", "--epochs", "1", "--folds", "5", "--class-weights", "none"], in: folder)
    #expect(compared.exitStatus == 0 && !compared.error.contains("fewer samples than"), "\(compared.error)")
    try folder.write("x,y\n1,rare\n2,rare\n" + rows.joined(separator: "\n") + "\n", to: "u.csv")
    let few = try await Program.trainer.run(
      ["compare", "u.csv", "--recipe", "plain", "--epochs", "1", "--folds", "5", "--class-weights", "none"], in: folder)
    #expect(few.error.contains("a class has fewer samples than the 5 folds: \"rare\" (2)"), "\(few.error)")
  }

  @Test func `a column of numbers that is missing in every row is told of`() async throws {
    let folder = try TemporaryFolder()
    let rows = (0..<60).map { "\($0 * 7 % 11),\($0 % 2 == 0 ? "" : "3"),\($0 * 5 % 13),,\(["a", "b"][$0 % 2])" }
    try folder.write("x,gaps,z,never,y\n" + rows.joined(separator: "\n") + "\n", to: "t.csv")
    let trained = try await Program.trainer.run(
      ["t.csv", "--recipe", "plain", "--epochs", "1", "--quiet", "--run-dir", "run"], in: folder)
    #expect(trained.exitStatus == 0, "\(trained.error)")
    try folder.write("x,gaps,z,never\n,,1,\n,,2,\n", to: "new.csv")
    for ranks in [nil, CommandLineTests.ranks] {
      let predicted = try await Program.trainer.run(["predict", "run", "new.csv"], ranks: ranks, in: folder)
      #expect(predicted.error.contains("column \"x\" is missing in every row"), "\(predicted.error)")
      #expect(
        !predicted.error.contains("\"gaps\"") && !predicted.error.contains("\"z\"")
          && !predicted.error.contains("\"never\""))
    }
  }

  @Test func `a warmup that is longer than the run is told of`() async throws {
    let folder = try TemporaryFolder()
    let options = [
      "synthetic:samples=100,features=3,classes=2", "--batch-size", "10", "--epochs", "2", "--warmup-steps",
    ]
    // Twenty steps.
    for (steps, words) in [("40", "more than the 20 steps"), ("20", "")] {
      let outcome = try await Program.trainer.run(options + [steps, "--run-dir", steps], in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(
        outcome.error.contains("--warmup-steps") == !words.isEmpty && (words.isEmpty || outcome.error.contains(words)))
      #expect(words.isEmpty || outcome.error.contains("to 50 % of --learning-rate"), "\(outcome.error)")
    }
  }
}
