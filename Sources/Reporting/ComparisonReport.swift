internal import Configuration
internal import Metrics
public import Runs

/// A comparison in words and as a table for people.
public enum ComparisonReport {
  static func introduction(_ plan: ComparisonPlan, done: Int, path: String, width: Int = TextLines.width) -> String {
    let tried = plan.tried.map { "\($0.name) \($0.values.joined(separator: " | "))" }.joined(separator: "; ")
    let text = """
      \(NumberFormat.count(plan.runCount, "run")) in \(path): \(NumberFormat.count(plan.choices.count, "choice")) × \
      \(repeats(plan))\(tried.isEmpty ? "" : " (\(tried))")
      """
    let rungs = plan.halving.map { "\n" + TextLines.wrapped(words($0), indent: 2, width: width) } ?? ""
    let before = done > 0 ? "\n\(NumberFormat.count(done, "run")) ended before" : ""
    return TextLines.wrapped(text, indent: 2, width: width) + rungs + before
  }

  /// "halving: 24 choices for 2 epochs, the best 8 for 4, the best 3 for 10, by balanced accuracy"
  private static func words(_ halving: Halving) -> String {
    let rungs = halving.rungs.enumerated().map { place, rung in
      place == 0
        ? "\(rung.choiceCount) choices for \(NumberFormat.count(rung.epochs, "epoch"))"
        : "the best \(rung.choiceCount) for \(NumberFormat.grouped(rung.epochs))"
    }
    return "halving: \(rungs.joined(separator: ", ")), by \(halving.metric.title)"
  }

  /// "rung 1 of 3 has ended (2 epochs): 8 choices go on, for 4 epochs"
  static func rungEnded(_ rung: Int, of halving: Halving, remaining: Int) -> String {
    """
    rung \(rung + 1) of \(halving.rungs.count) has ended (\(NumberFormat.count(halving.rungs[rung].epochs, "epoch"))): \
    \(NumberFormat.count(remaining, "choice")) go on, for \(NumberFormat.count(halving.rungs[rung + 1].epochs, "epoch"))
    """
  }

  /// "3 seeds", "1 seed × 5 folds"
  private static func repeats(_ plan: ComparisonPlan) -> String {
    let seeds = NumberFormat.count(Set(plan.repeats.map(\.seed)).count, "seed")
    return plan.repeats.first?.fold.map { "\(seeds) × \($0.count) folds" } ?? seeds
  }

  /// "class-weights=inverse, seed 1"
  static func title(_ run: ComparisonPlan.PlannedRun, _ plan: ComparisonPlan) -> String {
    "\(plan.choices[run.choice].title), \(plan.repeats[run.repetition].title)"
  }

  /// What the columns of `line` are.
  static func title(_ plan: ComparisonPlan, _ names: ChoiceNames, width: Int = TextLines.width) -> String {
    let repeats = ["seed"] + (plan.repeats.first?.fold == nil ? [] : ["fold"])
    return cut(
      cells("run", "balanced", "macro F1", "log loss", "time", plan),
      names.titles, repeats, width)
  }

  /// A run that has ended, in a line of the terminal's width.
  static func line(
    _ run: ComparisonPlan.PlannedRun, _ progress: RunProgress, _ plan: ComparisonPlan, _ names: ChoiceNames, done: Int,
    seconds: Double, width: Int = TextLines.width
  ) -> String {
    let repetition = plan.repeats[run.repetition]
    let figures = progress.judgement.map { [$0.confusion.balancedAccuracy, $0.confusion.macroF1, $0.logLoss] }
    let texts = figures.map { $0.map { NumberFormat.fixed($0) } } ?? ["failed", "", ""]
    return cut(
      cells(
        "\(done)/\(plan.runCount)", texts[0], texts[1], texts[2], "\(NumberFormat.fixed(seconds, digits: 1)) s", plan),
      names.values[run.choice],
      ["\(repetition.seed)"] + (repetition.fold.map { [$0.description] } ?? []), width)
  }

  private static func cells(
    _ place: String, _ balanced: String, _ macroF1: String, _ logLoss: String, _ time: String, _ plan: ComparisonPlan
  ) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(width - text.count, 0)) + text
    }
    let width = max(2 * "\(plan.runCount)".count + 1, 5)
    return padded(place, width) + "  "
      + [balanced, macroF1, logLoss].map { padded($0, 8) }.joined(separator: "  ") + "  " + padded(time, 8) + "  "
  }

  /// Figures, what was chosen, and the repeat, which is the last to give way to the width.
  private static func cut(_ figures: String, _ choice: [String], _ repeats: [String], _ width: Int) -> String {
    let end = repeats.joined(separator: ", ")
    let room = max(width - figures.count - end.count - 2, 1)
    let text = choice.joined(separator: ", ")
    let shown = text.count > room ? text.prefix(room - 1) + "…" : text[...]
    return figures + (choice.isEmpty ? "" : shown + ", ") + end
  }

  /// The table, and how to read it, in lines of so many characters.
  public static func text(_ table: ComparisonTable, width: Int = 80) -> String {
    ComparisonFigures(table, width: width).text + "\n\n" + legend(table, width)
  }

  private static func legend(_ table: ComparisonTable, _ width: Int) -> String {
    let isRepeated = table.plan.repeats.count > 1
    let part = table.split.map { "by the \($0) part" } ?? "no run is judged yet"
    let cells = table.rows.flatMap { row in
      table.columns.indices.filter { table.columns[$0].isMain }.map { row.cells[$0] }
    }
    let spread =
      cells.contains { $0.standardDeviation != nil } ? ", mean ± standard deviation over \(repeats(table.plan))" : ""
    let test = "paired t-test\(table.testToTraining > 0 ? ", corrected for splits that overlap" : ""), 5 %"
    let marks =
      !cells.contains { $0.isBest }
      ? ""
      : isRepeated
        ? "; * best of the column, ~ may be as good but for chance (\(test))"
          + (cells.contains { $0.differsAlike }
            ? ", or is behind by the same in all repeats, which tells nothing of it" : "")
        : "; * best of the column, of one run each: --seeds 5 tells what is chance"
    let dropped = table.rows.contains { $0.isDropped } ? "; – behind epochs: others went on without it" : ""
    return """
      \(TextLines.wrapped(part + spread + marks + dropped, width: width))
      \(TextLines.wrapped("written to \(table.path)/compare.json, compare.csv, and a folder for each run", width: width))
      report: \(table.path)/report.html
      """
  }

  /// What there is to say of a comparison that was stopped.
  static func stopped(_ table: ComparisonTable, width: Int = TextLines.width) -> String {
    let (left, count) = (table.leftCount, table.doneCount + table.leftCount)
    let end = """
      stopped on request: \(NumberFormat.count(left, "run")) of \(NumberFormat.grouped(count)) left; the \
      same command again goes on
      """
    return text(table, width: width) + "\n" + TextLines.wrapped(end, width: width)
  }
}
