import Foundation
import TestSupport
import Testing

/// `compare --halving`, as a user types it.
@Suite(.serialized) struct CompareHalvingTests {
  private static let ranks = CommandLineTests.ranks
  private static let options = [
    "synthetic:samples=400,classes=3,priors=0.7/0.2/0.1,separation=1.5", "--epochs", "9", "--schedule", "cosine",
  ]
  /// Of 12 choices 12 train for 1 epoch, 4 for 3, 2 for 9.
  private static let lists = [
    "--class-weights", "none,inverse,balanced", "--try", "learning-rate=0.0001,0.001,0.01,0.1", "--seeds", "2",
  ]

  private func compare(
    _ arguments: [String], ranks: Int? = nil, in folder: TemporaryFolder,
    signal: (name: String, at: Program.Moment)? = nil
  ) async throws -> Program.Outcome {
    try await Program.trainer.run(["compare", "--halving"] + arguments, ranks: ranks, in: folder, signal: signal)
  }

  private func choices(_ path: String, in folder: TemporaryFolder) throws -> [[String: Any]] {
    let table = try #require(try JSONSerialization.jsonObject(with: folder.data(path)) as? [String: Any])
    return try #require(table["choices"] as? [[String: Any]])
  }

  @Test func `each run has the bits of train with the epochs of its rung, and the table is the same at any ranks`()
    async throws
  {
    let folder = try TemporaryFolder()
    let outcome = try await compare(Self.options + Self.lists + ["--run-dir", "all"], ranks: Self.ranks, in: folder)
    #expect(outcome.exitStatus == 0 && outcome.error.contains("a fifth of every class"), "\(outcome.error)")
    for line in outcome.error.split(separator: "\n") where !line.contains("warning") {
      #expect(line.count <= 80, "\(line)")
    }
    #expect(outcome.output.hasPrefix("36 runs in all: 12 choices × 2 seeds ("), "\(outcome.output)")
    #expect(
      outcome.output.replacing("\n  ", with: " ").contains(
        "\nhalving: 12 choices for 1 epoch, the best 4 for 3, the best 2 for 9, by balanced accuracy"))
    #expect(outcome.output.contains("\nrung 1 of 3 has ended (1 epoch): 4 choices go on, for 3 epochs\n"))
    #expect(outcome.output.contains("\nrung 2 of 3 has ended (3 epochs): 2 choices go on, for 9 epochs\n"))
    #expect(outcome.output.contains("\n36/36 ") && !outcome.output.contains("37/"))
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(outcome.output)")

    let single = try await compare(Self.options + Self.lists + ["--run-dir", "single", "--quiet"], in: folder)
    #expect(single.exitStatus == 0 && single.output.isEmpty, "\(single.error)")
    for file in ["compare.json", "compare.csv", "report.html"] {
      #expect(try folder.data("all/\(file)") == folder.data("single/\(file)"), "\(file)")
    }
    let found = try choices("all/compare.json", in: folder)
    #expect(found.compactMap { $0["epochs"] as? Int }.sorted() == Array(repeating: 1, count: 8) + [3, 3, 9, 9])
    #expect(found.count { $0["dropped"] as? Bool == true } == 10)
    let marked = found.filter { choice in
      (choice["figures"] as? [String: [String: Any]])?.values.contains {
        $0["best"] as? Bool == true || $0["p"] != nil
      } ?? false
    }
    #expect(marked.allSatisfy { $0["epochs"] as? Int == 9 })
    // A run of the second rung, and one of the last.
    for epochs in [3, 9] {
      let choice = try #require(found.first { $0["epochs"] as? Int == epochs }?["options"] as? [String: String])
      let (weights, rate) = (choice["class-weights"] ?? "", choice["learning-rate"] ?? "")
      let alone = try await Program.trainer.run(
        Self.options + [
          "--class-weights", weights, "--learning-rate", rate, "--seed", "1", "--split-seed", "1", "--test-fraction",
          "0.2", "--epochs", "\(epochs)", "--run-dir", "one", "--overwrite", "--quiet",
        ], in: folder)
      #expect(alone.exitStatus == 0, "\(alone.error)")
      let rung = epochs == 9 ? "" : ",epochs=3"
      for file in ["model.safetensors", "metrics.jsonl", "config.yaml", "report.html"] {
        let name = "all/class-weights=\(weights),learning-rate=\(rate)\(rung),seed=1/\(file)"
        #expect(try folder.data(name) == folder.data("one/\(file)"), "\(name)")
      }
    }
    let rows = try folder.text("all/compare.csv").split(separator: "\n")
    #expect(rows.count == 37 && rows[0].contains(",fold,rung,epochs,outcome,"))
    // Those of the last rung are also runs of a comparison without rungs.
    let rest = try await Program.trainer.run(
      ["compare"] + Self.options + Self.lists + ["--run-dir", "all"], ranks: Self.ranks, in: folder)
    #expect(rest.exitStatus == 0 && rest.output.contains("\n4 runs ended before\n"), "\(rest.output)")
    #expect(try !folder.text("all/compare.json").contains("halving"))
  }

  @Test func `who goes on had the best figures of the rung`() async throws {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      Self.options + Self.lists + ["--by", "macro-f1", "--run-dir", "all", "--quiet"], ranks: 2, in: folder)
    #expect(outcome.exitStatus == 0, "\(outcome.error)")
    let rows = try folder.text("all/compare.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    func column(_ name: String) throws -> Int { try #require(rows[0].firstIndex { $0 == name }) }
    let (weights, rate, rung, figure) = try (
      column("class-weights"), column("learning-rate"), column("rung"), column("macro_f1")
    )
    // The folder's name has commas, and stands in quotes.
    let shift = try #require(rows.dropFirst().first).count - rows[0].count
    var means: [[String: Double]] = [[:], [:], [:]]
    for row in rows.dropFirst() {
      // Names of the last rung have one comma less.
      let more = row.count - rows[0].count
      #expect(more <= shift)
      let key = "\(row[weights + more]) \(row[rate + more])"
      let place = try #require(Int(row[rung + more]))
      means[place - 1][key, default: 0] += try #require(Double(row[figure + more])) / 2
    }
    #expect(means.map(\.count) == [12, 4, 2])
    for rung in 0..<2 {
      let (left, gone) = (means[rung + 1].keys, means[rung].keys.filter { means[rung + 1][$0] == nil })
      let least = try #require(left.compactMap { means[rung][$0] }.min())
      #expect(gone.allSatisfy { means[rung][$0] ?? 1 <= least + 1e-12 }, "\(means)")
    }
  }

  private static let long = [
    "synthetic:samples=40000,classes=3", "--hidden", "8", "--epochs", "9", "--try",
    "learning-rate=0.0001,0.001,0.01,0.1", "--seeds", "2",
  ]

  @Test(arguments: [nil, Self.ranks])
  func `stopped and gone on with it comes to the same table`(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let whole = try await compare(Self.long + ["--run-dir", "whole", "--quiet"], in: folder)
    #expect(whole.exitStatus == 0, "\(whole.error)")
    var statuses: [Int32] = []
    while statuses.last ?? 75 == 75, statuses.count < 60 {
      let time = String(0.4 + 0.1 * Double(statuses.count))
      let outcome = try await compare(Self.long + ["--run-dir", "all", "--max-time", time], ranks: ranks, in: folder)
      statuses.append(outcome.exitStatus)
    }
    #expect(statuses.count > 1 && statuses.last == 0, "\(statuses)")
    for file in ["compare.json", "compare.csv", "report.html"] {
      #expect(try folder.data("all/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  @Test func `a rank that is killed takes nothing from the table`() async throws {
    let folder = try TemporaryFolder()
    let whole = try await compare(Self.long + ["--run-dir", "whole", "--quiet"], in: folder)
    #expect(whole.exitStatus == 0, "\(whole.error)")
    let killed = try await compare(
      Self.long + ["--run-dir", "all"], ranks: Self.ranks, in: folder, signal: ("KILL one rank", 1))
    #expect([76, 128 + 9, 0].contains(killed.exitStatus), "\(killed.error)")
    let again = try await compare(Self.long + ["--run-dir", "all"], ranks: 2, in: folder)
    #expect(again.exitStatus == 0, "\(again.error)")
    for file in ["compare.json", "compare.csv", "report.html"] {
      #expect(try folder.data("all/\(file)") == folder.data("whole/\(file)"), "\(file)")
    }
  }

  @Test func `a choice that fails is dropped, and what is no budget is refused before anything is trained`()
    async throws
  {
    let folder = try TemporaryFolder()
    let outcome = try await compare(
      [
        "synthetic:samples=300", "--epochs", "3", "--optimizer", "sgd", "--try", "learning-rate=0.1,0.2,0.3,1e38",
        "--hidden", "4", "--seeds", "2", "--run-dir", "all",
      ], ranks: Self.ranks, in: folder)
    #expect(outcome.exitStatus == 65 && outcome.error.contains("learning-rate=1e38, seed 0 failed"), "\(outcome.error)")
    let found = try choices("all/compare.json", in: folder)
    #expect(found[3]["failed"] as? Int == 2 && found[3]["dropped"] as? Bool == true && found[3]["rung"] as? Int == 1)
    let refused = try await compare(
      Self.options + ["--class-weights", "none,inverse", "--run-dir", "none"], in: folder)
    #expect(refused.exitStatus == 64 && refused.error.contains("--halving: expected 4 choices or more"))
    #expect(!FileManager.default.fileExists(atPath: folder.path("none")))
  }
}
