internal import Metrics

/// How sure figures are: each beside where it would lie on more samples of the same kind. Of many classes the recalls of the
/// rarest.
struct IntervalTable {
  let text: String

  /// More classes are not shown in full.
  private static let mostClasses = 30
  /// Of them so many are.
  private static let fewClasses = 20
  /// Characters of a name; a longer one would leave no room for figures.
  private static let longestName = 32

  /// - Parameter logLoss: Nil where it is no number.
  init(_ intervals: MetricIntervals, _ confusion: ConfusionMatrix, logLoss: Double?, _ classNames: [String]) {
    let confidence = NumberFormat.significant(100 * intervals.confidence)
    var table = TextTable([("", .left), ("figure", .right), ("\(confidence) % interval", .right)])
    func append(_ name: String, _ value: Double?, _ interval: Interval?) {
      guard let interval else { return }
      table.append([
        name, NumberFormat.fixed(value),
        "\(NumberFormat.fixed(interval.lower)) – \(NumberFormat.fixed(interval.upper))",
      ])
    }
    append("accuracy", confusion.accuracy, intervals.accuracy)
    append("balanced accuracy", confusion.balancedAccuracy, intervals.balancedAccuracy)
    append("macro F1", confusion.macroF1, intervals.macroF1)
    append("G-mean", confusion.gMean, intervals.gMean)
    append("MCC", confusion.mcc, intervals.mcc)
    append("log loss", logLoss, intervals.logLoss)
    let recalls = confusion.recalls
    let present = classNames.indices.filter { recalls[$0] != nil }
    let isCut = present.count > Self.mostClasses
    let shown =
      isCut
      ? Array(
        present.sorted { (confusion.support(of: $0), $0) < (confusion.support(of: $1), $1) }.prefix(Self.fewClasses))
      : present
    for index in shown {
      let name = classNames[index]
      let short = name.count <= Self.longestName ? name : name.prefix(Self.longestName - 1) + "…"
      append("recall of \(short)", recalls[index], intervals.recalls[index])
    }
    text = table.text + (isCut ? "\nthe \(shown.count) rarest of \(present.count) classes" : "")
  }
}
