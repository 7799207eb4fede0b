import Foundation
import Metrics
import TestSupport
import Testing

/// What is told of a model's probabilities and of how sure its figures are.
@Suite(.serialized) struct JudgingTests {
  private static let classes = ["common", "other", "rare"]
  #if MPI
    private static let rankCounts: [Int?] = [nil, 1, 3, 8]
  #else
    private static let rankCounts: [Int?] = [nil]
  #endif

  /// Rows that overlap, of which 6 % are rare; the number of a row is in its second column.
  private func table(_ rows: Int, seed: Int, lost: Set<Int> = []) -> String {
    let lines = (0..<rows).map { row in
      if lost.contains(row) { return "?,\(row),3" }
      let draw = (row * 7_919 + seed * 104_729) % 997
      let label = draw % 16 == 0 ? "rare" : draw % 4 == 1 ? "other" : "common"
      let shift = label == "rare" ? 60 : label == "other" ? -40 : 0
      return "\((row * 65_537 + seed) % 211 + shift),\(row),\(label)"
    }
    return "x,number,kind\n" + lines.joined(separator: "\n") + "\n"
  }

  private struct Line: Decodable {
    let split: String
    let epoch: Int
    let rocAUC: Double?
    let averagePrecision: Double?
    let classROCAUC: [Double?]?
    let classAveragePrecision: [Double?]?

    enum CodingKeys: String, CodingKey {
      case split, epoch
      case rocAUC = "roc_auc"
      case averagePrecision = "average_precision"
      case classROCAUC = "class_roc_auc"
      case classAveragePrecision = "class_average_precision"
    }
  }

  private func lines(_ run: String, in folder: TemporaryFolder) throws -> [Line] {
    try folder.text("\(run)/metrics.jsonl").split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  /// What `evaluate --json` says.
  private struct Judged: Decodable {
    struct Class: Decodable {
      let rocAUC: Double?
      let averagePrecision: Double?

      enum CodingKeys: String, CodingKey {
        case rocAUC = "roc_auc"
        case averagePrecision = "average_precision"
      }
    }

    let rocAUC: Double?
    let averagePrecision: Double?
    let perClass: [Class]
    let intervals: MetricIntervals?

    enum CodingKeys: String, CodingKey {
      case rocAUC = "roc_auc"
      case averagePrecision = "average_precision"
      case perClass = "per_class"
      case intervals
    }
  }

  private struct Summary: Decodable {
    struct Part: Decodable {
      let rocAUC: Double?
      let intervals: MetricIntervals?

      enum CodingKeys: String, CodingKey {
        case rocAUC = "roc_auc"
        case intervals
      }
    }

    let train: Part
    let outOfFold: Part?
    let validation: Part?
    let test: Part?

    enum CodingKeys: String, CodingKey {
      case train, validation, test
      case outOfFold = "out_of_fold"
    }
  }

  private func summary(_ run: String, in folder: TemporaryFolder) throws -> Summary {
    try JSONDecoder().decode(Summary.self, from: folder.data("\(run)/summary.json"))
  }

  @Test func `epochs have the rankings and the end has the intervals that evaluate finds, at any number of ranks`()
    async throws
  {
    let folder = try TemporaryFolder()
    try folder.write(table(900, seed: 1), to: "data.csv")
    try folder.write(table(400, seed: 2), to: "validation.csv")
    let options = [
      "data.csv", "--validation", "validation.csv", "--test-fraction", "0.2", "--epochs", "3", "--early-stopping",
      "average-precision", "--confidence", "0.9", "--validation-probabilities", "yes", "--batch-size", "16",
    ]
    for (index, ranks) in Self.rankCounts.enumerated() {
      let outcome = try await Program.trainer.run(options + ["--run-dir", "run\(index)"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      #expect(outcome.output.contains(/\n *figure +90 % interval\naccuracy +0\.\d{4} +0\.\d{4} – 0\.\d{4}\n/))
      #expect(outcome.output.contains(/\nrecall of rare +[01]\.\d{4} +[01]\.\d{4} – [01]\.\d{4}\n/))
      #expect(outcome.output.contains("ROC-AUC") && outcome.output.contains("avg. prec."), "\(outcome.output)")
      for line in outcome.output.split(separator: "\n") where line.hasPrefix(" ") {
        #expect(line.count <= 80, "\(line)")
      }
      for file in ["metrics.jsonl", "report.json", "report.html", "validation_probabilities.csv", "model.safetensors"] {
        #expect(try folder.data("run\(index)/\(file)") == folder.data("run0/\(file)"), "\(file) at \(ranks ?? 0) ranks")
      }
    }

    let all = try lines("run0", in: folder)
    #expect(all.map(\.split) == ["train", "validation", "train", "validation", "train", "validation", "test"])
    #expect(all.filter { $0.split == "train" }.allSatisfy { $0.rocAUC == nil && $0.classROCAUC == nil })
    let validation = all.filter { $0.split == "validation" }
    // The epoch that is kept is the best of them, and its model has the same figures elsewhere.
    func score(_ line: Line) -> (Double, Int) { (line.averagePrecision ?? 0, -line.epoch) }
    let best = try #require(validation.max { score($0) < score($1) })
    let outcome = try await Program.trainer.run(
      ["evaluate", "run0", "validation.csv", "--json", "--confidence", "0.9"], ranks: CommandLineTests.ranks, in: folder
    )
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let judged = try JSONDecoder().decode(Judged.self, from: Data(outcome.output.utf8))
    #expect(judged.rocAUC == best.rocAUC && judged.averagePrecision == best.averagePrecision && best.rocAUC != nil)
    #expect(judged.perClass.map(\.rocAUC) == best.classROCAUC)
    #expect(judged.perClass.map(\.averagePrecision) == best.classAveragePrecision)
    let summary = try summary("run0", in: folder)
    #expect(summary.validation?.rocAUC == best.rocAUC && summary.test?.intervals != nil)
    #expect(summary.train.rocAUC != nil && summary.train.intervals == nil)
    let (one, other) = (try #require(summary.validation?.intervals), try #require(judged.intervals))
    #expect(one.confidence == 0.9 && one.recalls == other.recalls && one.balancedAccuracy == other.balancedAccuracy)
    #expect(one.accuracy == other.accuracy && one.macroF1 == other.macroF1 && one.gMean == other.gMean)
    // Sums of losses differ in their last digits, since they are of other pieces.
    let (loss, sameLoss) = (try #require(one.logLoss), try #require(other.logLoss))
    #expect(abs(loss.lower - sameLoss.lower) < 1e-6 && abs(loss.upper - sameLoss.upper) < 1e-6)
    let page = try folder.text("run0/report.html")
    #expect(page.contains("90\u{A0}% interval") && page.contains("average precision, validation"))

    let tables = try await Program.trainer.run(
      ["evaluate", "run0", "validation.csv", "--confidence", "0.9"], in: folder)
    #expect(tables.output.contains(#/\n *figure +90 % interval\naccuracy /#), "\(tables.output)")
    let plain = try await Program.trainer.run(["evaluate", "run0", "validation.csv"], in: folder)
    #expect(!plain.output.contains("interval"))
  }

  @Test func `the file of the validation part has predict's lines`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(table(500, seed: 1), to: "data.csv")
    // Rows that cannot be read are counted.
    let rows = table(700, seed: 2, lost: [0, 5, 6, 300, 699])
    try folder.write(rows.replacing("\n?,", with: "\noops,"), to: "validation.csv")
    let outcome = try await Program.trainer.run(
      [
        "data.csv", "--validation", "validation.csv", "--numeric", "x", "--on-bad-row", "skip", "--epochs", "2",
        "--tune-thresholds", "macro-f1", "--validation-probabilities", "yes", "--run-dir", "run",
      ], ranks: CommandLineTests.ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let predicted = try await Program.trainer.run(
      ["predict", "run", "validation.csv", "--on-bad-row", "skip", "--output", "predicted.csv"], in: folder)
    try #require(predicted.exitStatus == 0, "\(predicted.error)")
    let expected = try folder.text("predicted.csv").split(separator: "\n").map(String.init)
    let source = try folder.text("validation.csv").split(separator: "\n").map(String.init)
    let found = try folder.text("run/validation_probabilities.csv").split(separator: "\n").map(String.init)
    #expect(found[0] == "row,label," + expected[0] && found.count == 1 + 695)
    for line in found.dropFirst() {
      let fields = line.split(separator: ",", maxSplits: 2).map(String.init)
      let row = try #require(Int(fields[0]))
      #expect(source[row].hasSuffix(",\(row - 1),\(fields[1])"), "\(line) of \(source[row])")
      #expect(fields[2] == expected[row])
    }
    let places = found.dropFirst().compactMap { $0.split(separator: ",").first.flatMap { Int($0) } }
    #expect(places == places.sorted() && Set(places).isDisjoint(with: [1, 6, 7, 301, 700]))
  }

  @Test func `of a share of the data and of members each sample has its own place`() async throws {
    let folder = try TemporaryFolder()
    try folder.write(table(600, seed: 3), to: "data.csv")
    let source = try folder.text("data.csv").split(separator: "\n").map(String.init)
    let options = [
      "data.csv", "--validation-fraction", "0.25", "--hidden", "4", "--members", "3", "--epochs", "2",
      "--validation-probabilities", "yes", "--confidence", "0.95",
    ]
    for (index, ranks) in Self.rankCounts.enumerated() {
      let outcome = try await Program.trainer.run(
        options + ["--quiet", "--run-dir", "run\(index)"], ranks: ranks, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      for file in ["validation_probabilities.csv", "out_of_fold_probabilities.csv", "report.json", "metrics.jsonl"] {
        #expect(try folder.data("run\(index)/\(file)") == folder.data("run0/\(file)"), "\(file) at \(ranks ?? 0) ranks")
      }
    }
    var rows: [Int] = []
    for name in ["validation", "out_of_fold"] {
      let lines = try folder.text("run0/\(name)_probabilities.csv").split(separator: "\n").dropFirst()
      for line in lines {
        let fields = line.split(separator: ",").map(String.init)
        let row = try #require(Int(fields[0]))
        rows.append(row)
        #expect(source[row].hasSuffix(",\(row - 1),\(fields[1])"), "\(line) of \(source[row])")
        #expect(abs(fields[3...].compactMap { Double($0) }.reduce(0, +) - 1) < 1e-5 && fields.count == 6)
      }
    }
    #expect(rows.sorted() == Array(1...600))
    let summary = try summary("run0", in: folder)
    #expect(summary.outOfFold?.intervals != nil && summary.validation?.intervals?.confidence == 0.95)
    // Found on the validation part, and not out of folds, where there is one.
    let inspected = try await Program.trainer.run(["inspect", "run0"], in: folder)
    #expect(inspected.output.contains(/\nsoftmax  temperature \d+\.\d+, found on the validation part\n/))
    let model = try await Program.trainer.run(["inspect", "run0/model.safetensors"], in: folder)
    #expect(model.output.contains("found on the validation part, or by what each member was trained without"))
    #expect(try !folder.text("run0/report.html").contains("was chosen by these validation samples"))

    // The files of an earlier run are gone with it.
    let again = try await Program.trainer.run(
      Array(options[..<7]) + ["--epochs", "1", "--quiet", "--run-dir", "run0", "--overwrite"], in: folder)
    try #require(again.exitStatus == 0, "\(again.error)")
    for name in ["validation", "out_of_fold"] {
      #expect(!FileManager.default.fileExists(atPath: folder.path("run0/\(name)_probabilities.csv")))
    }
  }

  @Test func `a ranking chooses epochs, of resumed runs, too`() async throws {
    let folder = try TemporaryFolder()
    let options = [
      "synthetic:samples=800,classes=3,features=5,seed=4", "--validation-fraction", "0.3", "--epochs", "6",
      "--early-stopping", "roc-auc", "--learning-rate", "0.05", "--quiet",
    ]
    for (limit, run) in [([], "whole"), (["--max-steps", "40"], "part")] {
      let outcome = try await Program.trainer.run(options + limit + ["--run-dir", run], in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
    }
    let outcome = try await Program.trainer.run(
      ["--resume", "part", "--max-steps", "100000", "--quiet"], ranks: CommandLineTests.ranks, in: folder)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    for file in ["metrics.jsonl", "model.safetensors"] {
      #expect(try folder.data("part/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
    struct Best: Decodable {
      struct Value: Decodable {
        let rocAUC: Double
        let epoch: Int
        enum CodingKeys: String, CodingKey {
          case rocAUC = "roc_auc"
          case epoch
        }
      }
      let best: Value
    }
    let best = try JSONDecoder().decode(Best.self, from: folder.data("whole/summary.json")).best
    let values = try lines("whole", in: folder).filter { $0.split == "validation" }.map { $0.rocAUC ?? 0 }
    #expect(values.max() == best.rocAUC && values[best.epoch - 1] == best.rocAUC)
  }

  @Test func `of more than 2²⁴ scores there is no ranking, unless epochs are compared by it`() async throws {
    let folder = try TemporaryFolder()
    for (options, isRanked) in [([], false), (["--early-stopping", "roc-auc"], true)] {
      let outcome = try await Program.trainer.run(
        [
          "synthetic:samples=36000,classes=1000,features=4", "--validation-fraction", "0.5", "--epochs", "1", "--quiet",
          "--batch-size", "512", "--tensorboard", "no", "--run-dir", "run", "--overwrite",
        ] + options, in: folder)
      try #require(outcome.exitStatus == 0, "\(outcome.error)")
      let validation = try #require(try lines("run", in: folder).last)
      #expect((validation.rocAUC != nil) == isRanked && validation.classROCAUC?.count == (isRanked ? 1000 : nil))
    }
  }

  @Test(arguments: [
    (["--confidence", "0.95"], "--test-fraction"), (["--validation-probabilities", "yes"], "--validation-fraction"),
    (["--confidence", "1", "--validation-fraction", "0.2"], "0.5 to 0.99"),
    (["--confidence", "95", "--validation-fraction", "0.2"], "0.5 to 0.99"),
  ])
  func `what has no meaning is refused`(options: [String], words: String) async throws {
    let outcome = try await Program.trainer.run(
      ["synthetic:samples=200", "--run-dir", "run"] + options, in: TemporaryFolder())
    #expect(outcome.exitStatus == 64 && outcome.error.contains(words), "\(outcome.error)")
  }

  @Test func `evaluate refuses it, too; a run without intervals has none`() async throws {
    let folder = try TemporaryFolder()
    let run = try await Program.trainer.run(
      ["synthetic:samples=200", "--validation-fraction", "0.3", "--epochs", "1", "--run-dir", "run"], in: folder)
    try #require(run.exitStatus == 0, "\(run.error)")
    #expect(!run.output.contains("interval"))
    #expect(try !folder.text("run/summary.json").contains("intervals"))
    let outcome = try await Program.trainer.run(
      ["evaluate", "run", "synthetic:samples=50", "--confidence", "0.4"], in: folder)
    #expect(outcome.exitStatus == 64 && outcome.error.contains("0.5 to 0.99"), "\(outcome.error)")
  }

  #if MPI
    /// The root cannot write: all ranks end, with one message.
    @Test func `a file that cannot be written ends the run on all ranks`() async throws {
      let folder = try TemporaryFolder()
      // Files of no more than 256 KiB.
      let outcome = try await Program.trainer.run(
        [
          "synthetic:samples=60000,classes=3", "--validation-fraction", "0.5", "--epochs", "1", "--batch-size", "4096",
          "--tensorboard", "no", "--validation-probabilities", "yes", "--run-dir", "run",
        ], ranks: 3, in: folder, wrapper: "trap '' XFSZ; ulimit -f 256; exec \"$@\"")
      #expect(outcome.exitStatus == 74 && !outcome.timedOut, "\(outcome.exitStatus) \(outcome.error)")
      #expect(outcome.error.contains("validation_probabilities.csv"), "\(outcome.error)")
      #expect(!FileManager.default.fileExists(atPath: folder.path("run/summary.json")))
    }
  #endif
}
