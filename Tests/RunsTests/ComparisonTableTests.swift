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
    // All alike: none, and nothing to test.
    #expect(table.rows.allSatisfy { !$0.cells[0].isBest && $0.cells[0].pValue == nil })
  }

  @Test func `of choices that are the best together each is, though rounding tells them apart`() throws {
    // 0.1 + 0.2 + 0.3 in two orders, and less.
    let hits = [[(10, 5), (30, 5), (0, 5)], [(20, 5), (20, 5), (10, 5)], [(30, 5), (10, 5), (20, 5)]]
    let table = ComparisonTable(try plan(), hits.joined().map { judged($0) }, path: "f")
    let column = try #require(table.columns.firstIndex { $0.key == "recall:a" })
    let cells = table.rows.map { $0.cells[column] }
    #expect(cells.map(\.isBest) == [true, true, false])
    // The last is a tenth behind each time, which says nothing of chance.
    #expect(cells.map(\.differsAlike) == [false, false, true] && cells.map(\.isWithinNoise) == [false, false, true])
    #expect(cells.allSatisfy { $0.pValue == nil })
    #expect(table.rows.allSatisfy { !$0.cells[2].isBest }, "the same recall of b")
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

  private func halving(_ arguments: [String] = []) throws -> ComparisonPlan {
    let own = ["--try", "bins=2,3,4,5,6,7,8,9,10,11", "--seeds", "2", "--halving"] + arguments
    return try ComparisonPlan(
      ["synthetic:", "--epochs", "10"] + own, CompareOptions.parse(own), classWeights: nil
    ).resolved(shardCount: 8)
  }

  /// Recall of "a" of each choice, by a rule of choice and rung; nil for a run that failed.
  private func table(
    _ plan: ComparisonPlan, open: (ComparisonPlan.PlannedRun) -> Bool = { _ in false },
    _ hits: (ComparisonPlan.PlannedRun) -> Int?
  ) -> ComparisonTable {
    let progress: [RunProgress] = plan.runs.map { run in
      open(run) ? .open : hits(run).map { judged(($0, 5), logLoss: Double($0)) } ?? .failed("diverged")
    }
    return ComparisonTable(plan, progress, path: "f")
  }

  @Test func `the best third of a rung goes on, and only who reaches the end is compared`() throws {
    // 10 for 2 epochs, 4 for 4, 2 for 10; on the second rung the order turns round.
    let plan = try halving()
    let table = table(plan) { run in
      // A choice that was dropped has runs of other rungs, of a comparison before it: they don't count.
      run.rung == 1 ? 90 - 2 * run.choice : 50 + 3 * run.choice
    }
    #expect(table.rows.map(\.rung) == [0, 0, 0, 0, 0, 0, 2, 2, 1, 1])
    #expect(table.rows.map(\.epochs) == [2, 2, 2, 2, 2, 2, 10, 10, 4, 4])
    #expect(table.rows.map(\.isDropped) == [true, true, true, true, true, true, false, false, true, true])
    #expect(table.runs.count == 2 * 16 && table.leftCount == 0 && table.doneCount == 32)
    #expect(table.runs.suffix(4).map { plan.runs[$0].choice } == [6, 7, 6, 7])
    let balanced = table.rows.map { $0.cells[0] }
    #expect(balanced.indices.filter { balanced[$0].isBest } == [7])
    #expect(balanced.indices.filter { balanced[$0].differsAlike } == [6])
    #expect((try #require(balanced[9].mean) - (0.72 + 0.5) / 2).magnitude < 1e-15, "the figures of its own rung")
  }

  @Test func `of equal choices the first goes on, by a loss the smaller one, and who failed never`() throws {
    let equal = table(try halving()) { _ in 50 }
    #expect(equal.rows.map(\.rung) == [2, 2, 1, 1, 0, 0, 0, 0, 0, 0])
    let loss = table(try halving(["--by", "log-loss"])) { $0.choice == 1 ? nil : 50 + $0.choice }
    #expect(loss.rows.map(\.rung) == [2, 0, 2, 1, 1, 0, 0, 0, 0, 0])
    #expect(loss.rows[1].failedCount == 2 && loss.rows[1].isDropped)
    let all = table(try halving()) { $0.rung == 0 ? 50 : nil }
    #expect(all.leftCount == 0 && all.rows.map(\.rung) == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    #expect(all.rows.allSatisfy { row in row.cells.allSatisfy { !$0.isBest } })
  }

  @Test func `who goes on is not known before a rung has ended`() throws {
    let plan = try halving()
    let begun = table(plan, open: { $0.rung == 0 && $0.choice == 9 && $0.repetition == 1 }) { _ in 50 }
    #expect(begun.runs.count == 20 && begun.doneCount == 19 && begun.leftCount == 1 + 12)
    #expect(begun.rows.allSatisfy { $0.rung == 0 && !$0.isDropped })
    #expect(begun.rows.allSatisfy { row in row.cells.allSatisfy { !$0.isBest } })
    let second = table(plan, open: { $0.rung == 1 }) { 50 + $0.choice }
    #expect(second.runs.count == 28 && second.leftCount == 8 + 4)
    #expect(second.rows.map(\.rung) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
  }
}
