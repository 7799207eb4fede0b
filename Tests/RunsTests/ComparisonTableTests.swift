import Configuration
import Metrics
import Runs
import Testing

@Suite struct ComparisonTableTests {
  private func plan(_ arguments: [String] = []) throws -> ComparisonPlan {
    let own = ["--try", "epochs=1,2,3", "--seeds", "3"]
    return try ComparisonPlan(["synthetic:"] + own + arguments, CompareOptions.parse(own), classWeights: nil)
      .resolved(shardCount: 8)
  }

  /// Of 100 samples of "a" and 10 of "b", of which so many were found; trained on 400 and 40.
  private func judged(_ hits: (Int, Int), logLoss: Double = 1) -> RunProgress {
    .judged(
      Judgement(
        split: "test", classNames: ["a", "b"], trainingSamples: [400, 40],
        confusion: ConfusionMatrix(
          classCount: 2, counts: [hits.0, 100 - hits.0, 10 - hits.1, hits.1].map { Int64($0) }), logLoss: logLoss))
  }

  /// Choice after choice of one seed, then those of the next.
  private let progress: [[(Int, Int)]] = [
    [(80, 5), (90, 8), (91, 7)], [(82, 6), (92, 7), (90, 8)], [(81, 5), (91, 9), (92, 8)],
  ]

  @Test func `figures are means and deviations over repeats, and the best is tested against the others`() throws {
    let all = progress.joined().map { judged($0) }
    let table = ComparisonTable(try plan(), all, path: "f")
    #expect(
      table.columns.map(\.key) == [
        "balanced_accuracy", "macro_f1", "recall:b", "log_loss", "accuracy", "g_mean", "mcc", "roc_auc",
        "average_precision", "recall:a",
      ])
    #expect(table.columns.filter(\.isMain).count == 4 && table.split == "test" && table.testToTraining == 0.25)
    let recalls = table.rows.map { $0.cells[2] }
    // 0.5, 0.6, 0.5; 0.8, 0.7, 0.9; 0.7, 0.8, 0.8
    #expect((try #require(recalls[0].mean) - 1.6 / 3).magnitude < 1e-15)
    #expect((try #require(recalls[1].mean) - 0.8).magnitude < 1e-15)
    #expect((try #require(recalls[1].standardDeviation) - 0.1).magnitude < 1e-15)
    #expect(recalls.map(\.isBest) == [false, true, false])
    // Pairs of the same seed: 0.3, 0.1, 0.4 and 0.1, −0.1, 0.1.
    for (row, differences) in [(0, [0.3, 0.1, 0.4]), (2, [0.1, -0.1, 0.1])] {
      let expected = try #require(ResampledTest(differences, testToTraining: 0.25)).pValue
      #expect((try #require(recalls[row].pValue) - expected).magnitude < 1e-12)
      #expect(recalls[row].isWithinNoise == (expected >= 0.05))
    }
    #expect(recalls[1].pValue == nil && !recalls[1].isWithinNoise)
  }

  @Test func `of a loss the smallest is the best, and what is not finite is none`() throws {
    let losses: [Double] = [0.5, 0.4, .infinity, 0.7, 0.3, .infinity, 0.6, 0.5, .infinity]
    let table = ComparisonTable(try plan(), losses.map { judged((9, 9), logLoss: $0) }, path: "f")
    #expect(table.rows.map { $0.cells[3].isBest } == [false, true, false])
    #expect(table.rows[2].cells[3].mean == nil && table.rows[2].cells[3].pValue == nil)
    // All alike: the first, and no difference.
    #expect(table.rows.map { $0.cells[0].isBest } == [true, false, false])
    #expect(table.rows.map { $0.cells[0].isWithinNoise } == [false, true, true])
  }

  @Test func `choices with a run that failed, or is still to be trained, take no part in what is best`() throws {
    for other in [RunProgress.failed("diverged"), .open] {
      var all = progress.joined().map { judged($0) }
      all[4] = other
      let table = ComparisonTable(try plan(), all, path: "f")
      #expect(table.rows.map(\.isComplete) == [true, false, true])
      #expect(table.rows[1].judgedCount == 2 && table.rows[1].failedCount == (other == .open ? 0 : 1))
      #expect(table.rows.map { $0.cells[2].isBest } == [false, false, true])
      #expect(table.rows[1].cells[2].pValue == nil && table.rows[1].cells[2].mean != nil)
    }
    let none = ComparisonTable(try plan(), progress.joined().map { _ in .open }, path: "f")
    #expect(none.split == nil && none.rows.allSatisfy { row in row.cells.allSatisfy { $0.mean == nil && !$0.isBest } })
  }

  @Test func `splits that are the same for all need no correction`() throws {
    let fixed = try plan(["--validation", "v.csv"])
    let all = progress.joined().map { judged($0) }
    #expect(ComparisonTable(fixed, all, path: "f").testToTraining == 0)
    #expect(try ComparisonTable(plan(["--validation-fraction", "0.2"]), all, path: "f").testToTraining == 0.25)
  }
}
