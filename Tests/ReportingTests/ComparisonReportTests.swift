import Configuration
import Metrics
import Reporting
import Runs
import Testing

/// The table of `compare` on a terminal.
@Suite struct ComparisonReportTests {
  private func plan(_ own: [String], classWeights: String? = nil) throws -> ComparisonPlan {
    let weights = classWeights.map { ["--class-weights", $0] } ?? []
    return try ComparisonPlan(["synthetic:"] + own + weights, CompareOptions.parse(own), classWeights: classWeights)
      .resolved(shardCount: 8)
  }

  private let classNames = [
    "common", "less", "rare", "very rare", "a class that has a very long name, longer than a column",
  ]

  /// Of five classes; each choice finds more than the one before.
  private func table(_ plan: ComparisonPlan, open: Int? = nil) -> ComparisonTable {
    let progress: [RunProgress] = plan.runs.indices.map { index in
      guard index != open else { return .open }
      let (choice, repetition) = (plan.runs[index].choice, plan.runs[index].repetition)
      var counts = [Int64](repeating: 0, count: 25)
      for label in 0..<5 {
        let found = Int64(min(100, 40 + 2 * choice + repetition * (choice + 1) + 3 * label))
        counts[6 * label] += found
        counts[5 * label + (label + 1) % 5] += 100 - found
      }
      return .judged(
        Judgement(
          split: "test", classNames: classNames, trainingSamples: [400, 200, 100, 50, 25],
          confusion: ConfusionMatrix(classCount: 5, counts: counts), logLoss: 1 / Double(choice + 1)))
    }
    return ComparisonTable(plan, progress, path: "runs/data-compare")
  }

  private func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  @Test func `figures of two choices stand below each other where 80 columns have no room for all`() throws {
    let text = ComparisonReport.text(table(try plan(["--seeds", "2"], classWeights: "none,balanced")))
    #expect(
      text == """
        class-weights  balanced accuracy  macro F1           recall of a class that ha…
        none           0.4650 ± 0.0071 ~  0.4645 ± 0.0071 ~  0.5250 ± 0.0071 ~
        balanced       0.4900 ± 0.0141 *  0.4895 ± 0.0142 *  0.5500 ± 0.0141 *

        class-weights  recall of very rare  recall of rare     log loss
        none           0.4950 ± 0.0071 ~    0.4650 ± 0.0071 ~  1.0000 ± 0.0000 ~
        balanced       0.5200 ± 0.0141 *    0.4900 ± 0.0141 *  0.5000 ± 0.0000 *

        by the test part, mean ± standard deviation over 2 seeds; * best of the column,
        ~ may be as good but for chance (paired t-test, corrected for splits that
        overlap, 5 %), or is behind by the same in all repeats, which tells nothing of
        it
        written to runs/data-compare/compare.json, compare.csv, and a folder for each
        run
        report: runs/data-compare/report.html
        """, "\(text)")
  }

  @Test func `what all choices share stands above the table, and a wide terminal has all in one`() throws {
    let plan = try plan(["--samplers", "shuffle", "--try", "hidden=64,128/64", "--seeds", "2"])
    let wide = lines(ComparisonReport.text(table(plan), width: 160))
    #expect(wide[0] == "all with sampler shuffle" && wide[1].isEmpty)
    #expect(wide[2].hasPrefix("hidden  balanced accuracy  macro F1 ") && wide[2].hasSuffix("log loss"))
    #expect(wide[4].hasPrefix("128,64  0.4900 ± 0.0141 *") && wide[5].isEmpty)
    // One seed has no deviation.
    let single = ComparisonReport.text(table(try self.plan(["--samplers", "shuffle,power", "--seeds", "1"])))
    #expect(!single.contains("±") && single.contains("0.4600 ") && single.contains("of one run each"))
  }

  @Test func `eight choices of two options are called by their values`() throws {
    let plan = try plan(
      ["--try", "learning-rate=0.001,0.003,0.01,0.03", "--seeds", "2"], classWeights: "none,effective-number")
    let found = lines(ComparisonReport.text(table(plan, open: 15)))
    #expect(found.allSatisfy { $0.count <= 80 }, "\(found)")
    #expect(found[0] == "class-weights, learning-rate    runs  balanced accuracy  macro F1", "\(found[0])")
    #expect(found[1] == "none, 0.001                   2 of 2  0.4650 ± 0.0071 ~  0.4645 ± 0.0071 ~", "\(found[1])")
    #expect(found[8] == "effective-number, 0.03        1 of 2  0.6000             0.5996", "\(found[8])")
    #expect(found[10].hasPrefix("class-weights, learning-rate  recall of a class that ha…  recall of very rare"))
  }

  @Test func `24 choices of long values are numbered, and listed above the table`() throws {
    let plan = try plan([
      "--try", "loss=cross-entropy,balanced-softmax", "--try", "sampler=class-balanced,progressive", "--try",
      "label-smoothing=0.01,0.05", "--try", "activation=relu,gelu,tanh", "--seeds", "2",
    ])
    let found = lines(ComparisonReport.text(table(plan)))
    #expect(found.allSatisfy { $0.count <= 80 }, "\(found.filter { $0.count > 80 })")
    #expect(found[0] == "choices by loss, sampler, label-smoothing, activation")
    #expect(found[1] == " 1  cross-entropy, class-balanced, 0.01, relu")
    #expect(found[24] == "24  balanced-softmax, progressive, 0.05, tanh" && found[25].isEmpty)
    #expect(found[26] == "    balanced accuracy  macro F1           recall of a class that ha…", "\(found[26])")
    #expect(found[27].hasPrefix(" 1  0.4650 ± 0.0071 ") && found[50].hasPrefix("24  "))
    #expect(found[52] == "    recall of very rare  recall of rare     log loss", "\(found[52])")
  }

  @Test func `files of one folder are called by what differs`() throws {
    let plan = try plan(["--seeds", "1", "--try", "init=models/all/a.safetensors,models/all/b.safetensors"])
    let found = lines(ComparisonReport.text(table(plan)))
    #expect(found[0] == "all with init models/all/…" && found[3].hasPrefix("a.safetensors "), "\(found)")
  }

  @Test func `of rungs the table says how far each choice came, who came furthest first`() throws {
    let plan = try plan(["--halving", "--try", "bins=2,3,4,5", "--seeds", "2"])
    let found = lines(ComparisonReport.text(table(plan)))
    #expect(found[0].hasPrefix("bins  epochs  balanced accuracy  macro F1"), "\(found[0])")
    #expect(found[1].hasPrefix("4       10    0.5150 ± 0.0212 ~") && found[2].hasPrefix("5       10    0.5400"))
    #expect(found[3] == "2        4 –  0.4650 ± 0.0071    0.4645 ± 0.0071    0.5250 ± 0.0071", "\(found[3])")
    let text = found.joined(separator: " ")
    #expect(text.contains("others went on without it"), "\(text)")
  }

  private func activity(_ plan: ComparisonPlan, _ shares: [Double], rung: Int = 0) -> ComparisonActivity {
    ComparisonActivity(
      done: 5, count: 24, rung: rung, underWay: zip(plan.runs, shares).map { ($0, $1) }, share: 0.219)
  }

  @Test func `a line says how far the comparison is, what runs now, and what is left`() throws {
    let plan = try plan(["--try", "bins=2,3,4,5", "--seeds", "2"])
    func line(_ shares: [Double], _ names: [String], _ width: Int, rungs: Int = 1, left: Duration? = .seconds(189.2))
      -> String
    {
      ComparisonLine.text(activity(plan, shares), names, rungs: rungs, left: left, width: width)
    }
    let names = ["none, 0.01, seed 1", "inverse, 0.1, seed 0"]
    #expect(line([0.429], names, 79) == "5/24 runs   21 %  now none, 0.01, seed 1 (42 %)  3 min 10 s left")
    #expect(
      line([0.429, 0.07], names, 99)
        == "5/24 runs   21 %  now none, 0.01, seed 1 (42 %); inverse, 0.1, seed 0 (7 %)  3 min 10 s left")
    #expect(
      line([0.429, 0.07], names, 79) == "5/24 runs   21 %  now none, 0.01, seed 1 (42 %) and 1 more  3 min 10 s left")
    #expect(line([0, 0], names, 58) == "5/24 runs   21 %  now none, 0.01, seed 1…  3 min 10 s left")
    #expect(line([0.4], names, 40, rungs: 3) == "5/24 runs, rung 1/3   21 %  3 min 10 s left")
    #expect(line([], [], 79, rungs: 3, left: nil) == "5/24 runs, rung 1/3   21 %")
  }
}
