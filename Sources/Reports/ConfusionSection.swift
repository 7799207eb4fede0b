internal import Metrics

/// The confusion matrix as a picture, and the largest confusions in words.
struct ConfusionSection {
  let content: [Markup]

  private static let most = 10

  init(_ model: ReportModel) {
    let picture =
      model.classCount <= HeatMap.mostClasses
      ? HeatMap(model: model).figure
      : Markup.element(
        "p", [:], "\(model.classCount) classes are too many for a picture; confusion_matrix.csv has all of them.")
    let largest = Markup.element(
      "div", [:], .element("h3", [:], "The largest confusions"), Self.largest(model))
    // A small picture leaves room beside it.
    content = model.classCount <= 12 ? [.element("div", ["class": "charts"], picture, largest)] : [picture, largest]
  }

  private static func largest(_ model: ReportModel) -> Markup {
    let confusion = model.confusion
    let errors = (0..<model.classCount).flatMap { actual in
      (0..<model.classCount).filter { $0 != actual && confusion[actual, $0] > 0 }.map {
        (actual: actual, predicted: $0)
      }
    }
    guard !errors.isEmpty else { return .element("p", [:], "Not one sample was taken for another class.") }
    let sorted = errors.sorted { one, other in
      let (a, b) = (confusion[one.actual, one.predicted], confusion[other.actual, other.predicted])
      return (b, one.actual, one.predicted) < (a, other.actual, other.predicted)
    }
    let all = confusion.sampleCount - confusion.correctCount
    let shown = sorted.prefix(most)
    let sum = shown.reduce(0) { $0 + confusion[$1.actual, $1.predicted] }
    var table = DataTable(
      """
      \(shown.count == 1 ? "The only kind of confusion" : "The \(shown.count) largest kinds of confusion"), \
      \(Figures.percent(Double(sum) / Double(all))) of all \(Figures.count(all, "error"))
      """,
      [("True class", false), ("taken for", false), ("Samples", true), ("of the true class", true)])
    for (actual, predicted) in shown {
      let count = confusion[actual, predicted]
      table.append([
        Markup(model.name(actual)), Markup(model.name(predicted)), Markup(Figures.grouped(count)),
        Markup(Figures.percent(Double(count) / Double(model.perClass[actual].support))),
      ])
    }
    return table.framed
  }
}
