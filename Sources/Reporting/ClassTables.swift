public import Metrics
public import Runs

/// Tables with a row for each class. Of many classes those stand there that matter most, and where the others are.
public enum ClassTables {
  /// More are not shown in full.
  private static let most = 30
  /// Of them so many rows are.
  private static let few = 20
  /// Characters of a name; a longer one would leave no room for figures.
  private static let longestName = 32

  /// Counts, what a sampler draws of them in the mean, and weights, in the order of the classes; of many the rarest first.
  public static func weights(_ run: RunDescription) -> String {
    let areDrawn = run.classes.contains { $0.draws != nil }
    var table = TextTable(
      [("class", .left), ("samples", .right), ("share", .right)] + (areDrawn ? [("draws an epoch", .right)] : [])
        + [("weight (\(run.weightScheme))", .right)])
    let total = run.classes.reduce(0) { $0 + $1.count }
    let isCut = run.classes.count > most
    let order =
      isCut
      ? run.classes.indices.sorted { (run.classes[$0].count, $0) < (run.classes[$1].count, $1) }
      : Array(run.classes.indices)
    let rows = order.map { index in
      let row = run.classes[index]
      return [
        shortened(row.name), NumberFormat.grouped(row.count), NumberFormat.percent(row.count, of: total),
      ] + (areDrawn ? [row.draws.map { NumberFormat.grouped(Int($0.rounded())) } ?? "–"] : [])
        + [row.weight.map(NumberFormat.significant) ?? "by batch"]
    }
    _ = table.append(rows, most: isCut ? few : most)
    return table.text
      + (isCut ? "\n\(run.classes.count) classes, the rarest first; class_weights.json of the run has all" : "")
  }

  /// What a model does on each class, in the order of the classes; of many the worst first.
  public static func scores(_ confusion: ConfusionMatrix, _ classNames: [String]) -> String {
    var table = TextTable([
      ("class", .left), ("precision", .right), ("recall", .right), ("F1", .right), ("support", .right),
    ])
    let scores = confusion.perClass
    let isCut = classNames.count > most
    let order =
      isCut
      ? classNames.indices.filter { scores[$0].support > 0 }.sorted {
        (scores[$0].recall, scores[$0].support, $0) < (scores[$1].recall, scores[$1].support, $1)
      } : Array(classNames.indices)
    let rows = order.map { index in
      let metrics = scores[index]
      return [
        shortened(classNames[index]), NumberFormat.fixed(metrics.precision), NumberFormat.fixed(metrics.recall),
        NumberFormat.fixed(metrics.f1), NumberFormat.grouped(metrics.support),
      ]
    }
    _ = table.append(rows, most: isCut ? few : most)
    guard isCut else { return table.text }
    let absent = classNames.count - order.count
    let remark = absent > 0 ? " (\(absent) have no sample here)" : ""
    return table.text + "\n\(classNames.count) classes, the worst first\(remark); report.html has the rarest"
  }

  private static func shortened(_ name: String) -> String {
    name.count <= longestName ? name : name.prefix(longestName - 1) + "…"
  }
}
