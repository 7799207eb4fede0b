import Foundation
import TestSupport
import Testing

/// Public data sets, where they lie beside the project (in ../shared/data); nothing is tested elsewhere.
@Suite(.serialized) struct RealDataTests {
  struct Table: Sendable, CustomTestStringConvertible {
    let file: String
    let options: [String]
    let samples: Int
    let features: Int
    /// Of the largest and the smallest class.
    let classes: (count: Int, largest: Int, smallest: Int)

    var testDescription: String { file }
  }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/data").path

  static let tables = [
    Table(file: "covertype-93k.csv.gz", options: [], samples: 92_962, features: 54, classes: (7, 45_328, 439)),
    Table(file: "kdd99-10pct.csv.gz", options: [], samples: 494_021, features: 117, classes: (23, 280_790, 2)),
    Table(file: "adult-train.csv.gz", options: [], samples: 32_561, features: 108, classes: (2, 24_720, 7_841)),
    Table(file: "adult-test.csv.gz", options: [], samples: 16_281, features: 107, classes: (2, 12_435, 3_846)),
    Table(file: "car.csv", options: [], samples: 1_728, features: 21, classes: (4, 1_210, 65)),
    Table(file: "yeast.csv", options: [], samples: 1_484, features: 8, classes: (10, 463, 5)),
    Table(file: "ecoli.csv", options: [], samples: 336, features: 7, classes: (8, 143, 2)),
    Table(file: "glass.csv", options: [], samples: 214, features: 9, classes: (6, 76, 9)),
    Table(file: "shuttle.tsv.gz", options: [], samples: 58_000, features: 9, classes: (7, 45_586, 10)),
    Table(file: "ann_thyroid.tsv.gz", options: [], samples: 7_200, features: 21, classes: (3, 6_666, 166)),
    Table(file: "satimage.tsv.gz", options: [], samples: 6_435, features: 36, classes: (6, 1_533, 626)),
    Table(
      file: "mnist-test3k-images-idx3-ubyte.gz", options: [], samples: 3_000, features: 784, classes: (10, 340, 271)),
    // No line names the last of its 16 features.
    Table(file: "pendigits.svm.gz", options: [], samples: 7_494, features: 15, classes: (10, 780, 719)),
    Table(file: "dna.scale.svm.gz", options: [], samples: 2_000, features: 180, classes: (3, 1_051, 464)),
    Table(file: "reuters-r8.train.svm.gz", options: [], samples: 5_485, features: 10_684, classes: (8, 2_840, 41)),
    Table(file: "pendigits.t.svm.gz", options: [], samples: 3_498, features: 15, classes: (10, 364, 335)),
    Table(file: "dna.scale.t.svm.gz", options: [], samples: 1_186, features: 180, classes: (3, 603, 280)),
    Table(file: "reuters-r8.test.svm.gz", options: [], samples: 2_189, features: 10_684, classes: (8, 1_083, 10)),
    Table(
      file: "mnist-train-images-idx3-ubyte.gz", options: [], samples: 60_000, features: 784,
      classes: (10, 6_742, 5_421)),
  ].filter { FileManager.default.fileExists(atPath: folder + "/" + $0.file) }

  #if MPI
    static let ranks: [Int?] = [nil, 3]
  #else
    static let ranks: [Int?] = [nil]
  #endif

  @Test(arguments: tables)
  func `loads with plain options, and gives the same model at every rank count`(_ table: Table) async throws {
    let folder = try TemporaryFolder()
    var models: [Data] = []
    for ranks in Self.ranks {
      let run = "run\(ranks ?? 1)"
      let outcome = try await Program.trainer.run(
        [Self.folder + "/" + table.file, "--max-steps", "3", "--log", "json", "--run-dir", run] + table.options,
        ranks: ranks, in: folder)
      #expect(outcome.exitStatus == 0, "\(outcome.error)")
      let start = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.split(separator: "\n")[0].utf8)) as? [String: Any])
      #expect(start["features"] as? Int == table.features)
      models.append(try folder.data("\(run)/model.safetensors"))

      let weights = try await Program.trainer.run(
        ["weights", Self.folder + "/" + table.file, "--json"] + table.options, ranks: ranks, in: folder)
      let report = try #require(
        try JSONSerialization.jsonObject(with: Data(weights.output.utf8)) as? [String: Any])
      let counts = try #require(report["classes"] as? [[String: Any]]).compactMap { $0["count"] as? Int }
      #expect(report["samples"] as? Int == table.samples)
      #expect(counts.count == table.classes.count)
      #expect(counts.max() == table.classes.largest && counts.min() == table.classes.smallest)
    }
    #expect(Set(models).count == 1)
  }

  /// A data set with rows that are held out: those of a file, or every fifth.
  struct HeldOut: Sendable, CustomTestStringConvertible {
    let file: String
    var validation: String?
    var hasHeader = false
    var options: [String] = []

    var testDescription: String { file }
  }

  static let heldOut = [
    HeldOut(file: "covertype-93k.csv.gz", hasHeader: true),
    // Classes of two and three rows among 395,217: a batch of 32 seldom has one.
    HeldOut(
      file: "kdd99-10pct.csv.gz", options: ["--epochs", "100", "--batch-size", "1024", "--learning-rate", "0.03"]),
    HeldOut(file: "adult-train.csv.gz"),
    HeldOut(file: "car.csv"),
    HeldOut(file: "yeast.csv"),
    HeldOut(file: "ecoli.csv"),
    HeldOut(file: "glass.csv"),
    // The linear model needs some hundred epochs more than Newton's method.
    HeldOut(
      file: "shuttle.tsv.gz", hasHeader: true,
      options: ["--hidden", "64", "--epochs", "20", "--batch-size", "256", "--learning-rate", "0.003"]),
    HeldOut(file: "ann_thyroid.tsv.gz", hasHeader: true),
    HeldOut(file: "satimage.tsv.gz", hasHeader: true),
    HeldOut(file: "pendigits.svm.gz", validation: "pendigits.t.svm.gz"),
    HeldOut(file: "dna.scale.svm.gz", validation: "dna.scale.t.svm.gz"),
    HeldOut(
      file: "reuters-r8.train.svm.gz", validation: "reuters-r8.test.svm.gz",
      options: ["--epochs", "20", "--weight-decay", "2e-4"]),
    HeldOut(file: "mnist-train-images-idx3-ubyte.gz", validation: "mnist-test3k-images-idx3-ubyte.gz"),
  ].filter { FileManager.default.fileExists(atPath: folder + "/" + $0.file) }

  /// Written by Reference/held_out.py.
  private func reference() throws -> [String: Double] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Reference/held_out.json")
    return try JSONDecoder().decode([String: Double].self, from: try Data(contentsOf: path))
  }

  @Test(arguments: heldOut)
  func `balanced accuracy on held-out rows is that of scikit-learn's logistic regression`(_ test: HeldOut) async throws
  {
    let folder = try TemporaryFolder()
    let path = Self.folder + "/" + test.file
    var (training, validation) = (path, Self.folder + "/" + (test.validation ?? ""))
    if test.validation == nil {
      let type = test.file.contains(".tsv") ? "tsv" : "csv"
      (training, validation) = (folder.path("training.\(type)"), folder.path("validation.\(type)"))
      let script = """
        gzip -dcf '\(path)' | awk -v training='\(training)' -v validation='\(validation)' '
          NR == 1 && \(test.hasHeader ? 1 : 0) { print > training; print > validation; next }
          { print > (++row % 5 == 0 ? validation : training) }'
        """
      try #require(try await runScript(script, in: folder) == 0)
    }
    let outcome = try await Program.trainer.run(
      [training, "--validation", validation, "--schedule", "cosine", "--run-dir", "run", "--quiet"]
        + (test.options.contains("--epochs") ? [] : ["--epochs", "50"])
        + (test.options.contains("--learning-rate") ? [] : ["--learning-rate", "0.01"]) + test.options,
      in: folder, secondsAllowed: 300)
    try #require(outcome.exitStatus == 0, "\(outcome.error)")
    let summary = try JSONSerialization.jsonObject(with: folder.data("run/summary.json")) as? [String: Any]
    let found = try #require((summary?["validation"] as? [String: Any])?["balanced_accuracy"] as? Double)
    let expected = try #require(try reference()[test.file])
    print("\(test.file): balanced accuracy \(found), logistic regression \(expected)")
    #expect(found >= expected - 0.02)
  }
}
