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
    Table(file: "kdd99-10pct.csv.gz", options: [], samples: 494_021, features: 116, classes: (23, 280_790, 2)),
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
}
