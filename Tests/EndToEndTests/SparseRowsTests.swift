import Foundation
import TestSupport
import Testing

/// Texts as svmlight has them: rows of few of many features.
@Suite(.serialized) struct SparseRowsTests {
  /// 700 features, of which a row has seven or fewer, counted from 1.
  private func write(rows: Int = 190, to name: String = "data.svm", in folder: TemporaryFolder) throws {
    let text = (0..<rows).map { row in
      let features = Set((0..<(row % 8)).map { 1 + (row * row * 31 + $0 * $0 * 577) % 700 }).sorted()
      return "\(row % 13 % 3) \(features.map { "\($0):\(Double($0 * row % 101) / 9 - 5)" }.joined(separator: " "))\n"
    }
    try folder.write(text.joined(), to: name)
  }

  @Test(arguments: [
    ["--optimizer", "sparse-adam", "--weight-decay", "0.1", "--early-stopping", "loss", "--patience", "9"],
    ["--optimizer", "sparse-adam", "--hidden", "6", "--dropout", "0.2", "--precision", "bf16"],
    ["--optimizer", "sgd", "--keep-model", "best", "--accumulate", "2"],
  ])
  func `a run that moves few features goes on to the same bytes, and is reproduced`(options: [String]) async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    let all =
      ["data.svm", "--batch-size", "8", "--learning-rate", "0.05", "--validation-fraction", "0.2", "--shards", "5"]
      + options
    for (name, length) in [("run", ["--epochs", "4", "--max-steps", "23"]), ("whole", ["--epochs", "4"])] {
      let outcome = try await Program.trainer.run(all + length + ["--run-dir", name, "--quiet"], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let outcome = try await Program.trainer.run(
      ["--resume", "run", "--max-steps", "1000"], ranks: CommandLineTests.ranks, in: folder)
    #expect(outcome.exitStatus == 0 && outcome.output.contains("resumed"), "\(outcome.error)")
    for file in ["model.safetensors", "metrics.jsonl", "confusion_matrix.csv"] {
      #expect(try folder.data("run/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    let again = try await Program.trainer.run(["reproduce", "whole"], ranks: CommandLineTests.ranks, in: folder)
    #expect(again.exitStatus == 0 && again.output.contains("The same bits:"), "\(again.output)\(again.error)")
    #expect(again.output.contains("the checkpoint of step"), "\(again.output)")
  }

  @Test func `what learns columns' numbers faster has no say in the first layer of sparse rows`() async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    for optimizer in ["sparse-adam", "sgd", "adam"] {
      for rate in ["1", "3"] {
        let outcome = try await Program.trainer.run(
          [
            "data.svm", "--optimizer", optimizer, "--embedding-rate", rate, "--batch-size", "8", "--epochs", "1",
            "--run-dir", optimizer + rate,
          ], in: folder)
        try #require(outcome.exitStatus == 0, "\(outcome.error)")
      }
      #expect(
        try folder.data("\(optimizer)1/model.safetensors") == folder.data("\(optimizer)3/model.safetensors"),
        "\(optimizer)")
    }
  }

  @Test func `sparse-adam is refused for other data, before it is read where that can be told`() async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<40).map { "\($0 % 2) 1:\($0 % 7) 2:\($0 % 5)\n" }.joined(), to: "dense.svm")
    try folder.write("a,b\n" + (0..<40).map { "\($0 % 7),\($0 % 2)\n" }.joined(), to: "data.csv")
    for (arguments, status, message) in [
      (["dense.svm"], 78, "is for sparse rows, and those of dense.svm are not"),
      (["data.csv"], 64, "expected sparse rows, which svmlight data alone has"),
      (["synthetic:"], 64, "expected sparse rows"),
    ] as [([String], Int32, String)] {
      let outcome = try await Program.trainer.run(
        arguments + ["--optimizer", "sparse-adam"], ranks: CommandLineTests.ranks, in: folder)
      #expect(outcome.exitStatus == status && outcome.error.contains(message), "\(outcome.error)")
    }
    let compared = try await Program.trainer.run(
      ["compare", "data.csv", "--try", "optimizer=adam,sparse-adam"], in: folder)
    #expect(compared.exitStatus == 64 && compared.error.contains("expected sparse rows"), "\(compared.error)")
  }

  @Test func `where adam moves very many weights, another optimizer is named`() async throws {
    let folder = try TemporaryFolder()
    try folder.write((0..<40).map { "\($0 % 2) \(1 + $0 % 7):1 524288:1\n" }.joined(), to: "wide.svm")
    let remark = "each step moves all 1048576 weights of the first layer; --optimizer sparse-adam moves"
    for (optimizer, isTold) in [("adam", true), ("adamw", true), ("sparse-adam", false), ("sgd", false)] {
      let outcome = try await Program.trainer.run(
        ["wide.svm", "--optimizer", optimizer, "--epochs", "1", "--batch-size", "20", "--run-dir", optimizer],
        in: folder)
      let words = outcome.error.replacing("\n  ", with: " ")
      #expect(outcome.exitStatus == 0 && words.contains(remark) == isTold, "\(outcome.error)")
    }
    try write(in: folder)
    let few = try await Program.trainer.run(["data.svm", "--epochs", "1"], in: folder)
    #expect(few.exitStatus == 0 && !few.error.contains("sparse-adam"), "\(few.error)")
  }

  @Test func `what features are counted from is said, and may be said`() async throws {
    let folder = try TemporaryFolder()
    try write(in: folder)
    try folder.write("0 0:1 5:2\n", to: "zero.svm")
    let one = try await Program.trainer.run(["data.svm", "--epochs", "1", "--run-dir", "one"], in: folder)
    #expect(one.output.contains("features counted from 1 (no line names 0; else --first-feature 0)"), "\(one.output)")
    let refused = try await Program.trainer.run(["predict", "one", "zero.svm"], in: folder)
    #expect(refused.exitStatus == 65 && refused.error.contains("--first-feature 0"), "\(refused.error)")
    let zero = try await Program.trainer.run(
      ["data.svm", "--first-feature", "0", "--epochs", "1", "--run-dir", "zero"], ranks: CommandLineTests.ranks,
      in: folder)
    #expect(zero.output.contains("features counted from 0 (--first-feature)"), "\(zero.output)")
    let predicted = try await Program.trainer.run(["predict", "zero", "zero.svm"], in: folder)
    #expect(predicted.exitStatus == 0, "\(predicted.error)")
    // The model knows what it takes.
    let ofStream = try await Program.trainer.run(
      ["predict", "zero", "-"], in: folder, wrapper: "\"$@\" < zero.svm")
    #expect(ofStream.exitStatus == 0 && ofStream.output == predicted.output, "\(ofStream.error)")
    try FileManager.default.removeItem(atPath: folder.path("zero/model.safetensors"))
    let bereft = try await Program.trainer.run(["predict", "zero", "zero.svm"], in: folder)
    #expect(bereft.error.contains("the run in zero has lost its model.safetensors: this is"), "\(bereft.error)")
    #expect(bereft.exitStatus == 0 && bereft.output == predicted.output)
  }
}
