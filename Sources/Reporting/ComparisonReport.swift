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

  static func line(
    _ run: ComparisonPlan.PlannedRun, _ progress: RunProgress, _ plan: ComparisonPlan, done: Int, seconds: Double
  ) -> String {
    let place = "\(NumberFormat.grouped(done))/\(NumberFormat.grouped(plan.runs.count))"
    let figures =
      progress.judgement.map { judgement in
        """
        balanced accuracy \(NumberFormat.fixed(judgement.confusion.balancedAccuracy)), macro F1 \
        \(NumberFormat.fixed(judgement.confusion.macroF1)), log loss \(NumberFormat.fixed(judgement.logLoss))
        """
      } ?? "failed"
    return "\(place)  \(title(run, plan)): \(figures) (\(NumberFormat.fixed(seconds, digits: 1)) s)"
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
