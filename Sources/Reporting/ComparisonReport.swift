internal import Configuration
internal import Metrics
public import Runs

/// A comparison in words and as a table for people.
public enum ComparisonReport {
  static func introduction(_ plan: ComparisonPlan, done: Int, path: String) -> String {
    let tried = plan.tried.map { "\($0.name) \($0.values.joined(separator: " | "))" }.joined(separator: "; ")
    return """
      \(NumberFormat.count(plan.runs.count, "run")) in \(path): \(NumberFormat.count(plan.choices.count, "choice")) × \
      \(repeats(plan))\(tried.isEmpty ? "" : " (\(tried))")\
      \(done > 0 ? "; \(NumberFormat.count(done, "run")) ended before" : "")
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
  static func title(_ plan: ComparisonPlan) -> String {
    let repeats = ["seed"] + (plan.repeats.first?.fold == nil ? [] : ["fold"])
    return cut(
      cells("run", "balanced", "macro F1", "log loss", "time", plan), plan.tried.map(\.name), repeats)
  }

  /// A run that has ended, in a line of the terminal's width.
  static func line(
    _ run: ComparisonPlan.PlannedRun, _ progress: RunProgress, _ plan: ComparisonPlan, done: Int, seconds: Double
  ) -> String {
    let repetition = plan.repeats[run.repetition]
    let figures = progress.judgement.map { [$0.confusion.balancedAccuracy, $0.confusion.macroF1, $0.logLoss] }
    let texts = figures.map { $0.map { NumberFormat.fixed($0) } } ?? ["failed", "", ""]
    return cut(
      cells(
        "\(done)/\(plan.runs.count)", texts[0], texts[1], texts[2], "\(NumberFormat.fixed(seconds, digits: 1)) s", plan),
      plan.choices[run.choice].options.map(\.value),
      ["\(repetition.seed)"] + (repetition.fold.map { [$0.description] } ?? []))
  }

  private static func cells(
    _ place: String, _ balanced: String, _ macroF1: String, _ logLoss: String, _ time: String, _ plan: ComparisonPlan
  ) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(width - text.count, 0)) + text
    }
    let width = max(2 * "\(plan.runs.count)".count + 1, 5)
    return padded(place, width) + "  "
      + [balanced, macroF1, logLoss].map { padded($0, 8) }.joined(separator: "  ") + "  " + padded(time, 8) + "  "
  }

  /// Figures, what was chosen, and the repeat, which is the last to give way to the width.
  private static func cut(_ figures: String, _ choice: [String], _ repeats: [String]) -> String {
    let end = repeats.joined(separator: ", ")
    let room = max(TextLines.width - figures.count - end.count - 2, 1)
    let text = choice.joined(separator: ", ")
    let shown = text.count > room ? text.prefix(room - 1) + "…" : text[...]
    return figures + (choice.isEmpty ? "" : shown + ", ") + end
  }

  /// The table, and how to read it.
  public static func text(_ table: ComparisonTable) -> String {
    let plan = table.plan
    let columns = table.columns.indices.filter { table.columns[$0].isMain }
    let isRepeated = plan.repeats.count > 1
    let hasAll = table.rows.allSatisfy { $0.isComplete }
    let names = plan.tried.isEmpty ? ["choice"] : plan.tried.map(\.name)
    var text = TextTable(
      names.map { ($0, .left) } + (hasAll ? [] : [("runs", .right)])
        + columns.map { (table.columns[$0].title, .left) })
    for row in table.rows {
      let values = plan.tried.isEmpty ? [row.choice.title] : row.choice.options.map(\.value)
      let runs = row.failedCount > 0 ? "\(row.failedCount) failed" : "\(row.judgedCount) of \(plan.repeats.count)"
      text.append(values + (hasAll ? [] : [runs]) + columns.map { cell(row.cells[$0], isRepeated: isRepeated) })
    }
    return text.text + "\n\n" + legend(table, isRepeated: isRepeated)
  }

  private static func cell(_ cell: ComparisonTable.Cell, isRepeated: Bool) -> String {
    guard cell.mean != nil else { return "–" }
    let spread = isRepeated ? " ± \(NumberFormat.fixed(cell.standardDeviation))" : ""
    return NumberFormat.fixed(cell.mean) + spread + (cell.isBest ? " *" : cell.isWithinNoise ? " ~" : "")
  }

  private static func legend(_ table: ComparisonTable, isRepeated: Bool) -> String {
    let part = table.split.map { "by the \($0) part" } ?? "no run is judged yet"
    let isCompared = table.rows.count { $0.isComplete } > 1
    let test = "paired t-test\(table.testToTraining > 0 ? ", corrected for splits that overlap" : ""), 5 %"
    let marks =
      !isCompared
      ? ""
      : isRepeated
        ? "; * best of the column, ~ may be as good but for chance (\(test))"
        : "; * best of the column, of one run each: --seeds 5 tells what is chance"
    return """
      \(part)\(isRepeated ? ", mean ± standard deviation over \(repeats(table.plan))" : "")\(marks)
      written to \(table.path)/compare.json, compare.csv, and a folder for each run
      """
  }

  /// What there is to say of a comparison that was stopped.
  static func stopped(_ table: ComparisonTable) -> String {
    let left = table.progress.count { $0 == .open }
    return """
      \(text(table))
      stopped on request: \(NumberFormat.count(left, "run")) of \(NumberFormat.grouped(table.plan.runs.count)) left; the \
      same command again goes on
      """
  }
}
