internal import Foundation
internal import Metrics

/// Counts against weights, and how well each class is found.
struct ClassSection {
  let content: [Markup]

  /// Of more classes the rarest are shown.
  static let mostRows = 250

  /// - Parameter withTraining: Whether samples and weights of the training are told, too.
  init(_ model: ReportModel, withTraining: Bool = true) {
    let shown = Array(model.byRarity.prefix(Self.mostRows))
    var content = [Self.scores(model, shown)]
    if model.presentCount >= 8 { content.append(.element("div", ["class": "charts after"], Self.recallChart(model))) }
    if withTraining { content += [.element("h3", [:], "Samples and weights"), Self.weights(model, shown)] }
    let bars =
      " Bars of samples are logarithmic\(model.content.classes.contains { $0.weight == nil } ? "" : ", and so are those of weights")."
    content.append(
      .element(
        "p", ["class": "note"],
        """
        A recall's whisker is where the recall would lie with \(Figures.confidence(model.confidence)) confidence on more samples of the same kind (Wilson's \
        interval).\(withTraining ? bars : "")
        """))
    if shown.count < model.classCount {
      content.append(
        .element(
          "p", ["class": "note"],
          "The \(shown.count) rarest of \(model.classCount) classes; confusion_matrix.csv has all of them."))
    }
    self.content = content
  }

  private static func scores(_ model: ReportModel, _ shown: [Int]) -> Markup {
    var table = DataTable(
      "Recall, precision and F1 of each class on the \(model.part.name) data, the rarest first",
      [
        ("Class", false), ("Samples", true), ("Recall", false), ("Precision", false), ("F1", false),
        ("Recall, \(Figures.confidence(model.confidence)) interval", true),
      ])
    for index in shown {
      let metrics = model.perClass[index]
      guard metrics.support > 0 else {
        table.append([Markup(model.name(index)), "0", "–", "–", "–", "–"])
        continue
      }
      let interval = Interval(
        share: model.confusion[index, index], of: metrics.support, confidence: model.confidence)
      table.append([
        Markup(model.name(index)), Markup(Figures.grouped(metrics.support)),
        Bar.cell(Figures.fixed(metrics.recall, digits: 2), share: metrics.recall, style: 0, interval: interval),
        Bar.cell(Figures.fixed(metrics.precision, digits: 2), share: metrics.precision, style: 1),
        Bar.cell(Figures.fixed(metrics.f1, digits: 2), share: metrics.f1, style: 2),
        Markup(Figures.range(interval)),
      ])
    }
    return table.framed
  }

  private static func weights(_ model: ReportModel, _ shown: [Int]) -> Markup {
    let classes = model.content.classes
    let most = Double(max(classes.map(\.count).max() ?? 1, 2))
    let weights = classes.compactMap(\.weight).filter { $0 > 0 && $0.isFinite }
    let range = (least: weights.min() ?? 1, most: weights.max() ?? 1)
    let areDrawn = classes.contains { $0.draws != nil }
    let mostDraws = Double(max(classes.compactMap(\.draws).max() ?? 1, 2))
    var table = DataTable(
      "Training samples\(areDrawn ? ", draws" : "") and weight of each class, the rarest first",
      [("Class", false), ("Training samples", false)] + (areDrawn ? [("Draws an epoch", false)] : [])
        + [("Weight (\(model.content.weightScheme))", false)])
    for index in shown {
      let row = classes[index]
      let weightCell: Markup
      if let weight = row.weight {
        // From a tenth of the smallest, so that that one can be seen, too.
        let share =
          weight > 0 && weight.isFinite ? log(10 * weight / range.least) / log(10 * range.most / range.least) : 0
        weightCell = Bar.cell(Figures.weight(weight), share: share, style: 1, isWide: true)
      } else {
        weightCell = "by batch"
      }
      let draws = row.draws.map {
        Bar.cell(
          Figures.grouped(Int($0.rounded())), share: log($0 + 1) / log(mostDraws + 1), style: 2, isWide: true)
      }
      table.append(
        [
          Markup(model.name(index)),
          Bar.cell(
            Figures.grouped(row.count), share: log(Double(row.count) + 1) / log(most + 1), style: 0, isWide: true),
        ] + (areDrawn ? [draws ?? "–"] : []) + [weightCell])
    }
    return table.framed
  }

  /// A dot a class: whether it is the rare ones that are not found.
  private static func recallChart(_ model: ReportModel) -> Markup {
    let present = model.byRarity.filter { model.perClass[$0].support > 0 && model.content.classes[$0].count > 0 }
    let points = present.map { index in
      (x: Double(model.content.classes[index].count), y: model.perClass[index].recall)
    }
    let title = "Recall against training samples, a dot a class"
    var table = DataTable(title, [("Class", false), ("Training samples", true), ("Recall", true)])
    for (index, point) in zip(present, points) {
      table.append([
        Markup(model.name(index)), Markup(Figures.grouped(Int(point.x))), Markup(Figures.fixed(point.y)),
      ])
    }
    let missed = present.count { model.perClass[$0].recall == 0 }
    return LineChart(
      identifier: "recall", title: title,
      description:
        "Of \(present.count) classes \(missed == 0 ? "none is" : missed == 1 ? "one is" : "\(missed) are") never found.",
      x: Axis("training samples (logarithmic)", logarithmicOver: points.map(\.x)), y: .share("recall"),
      series: [
        LineChart.Series(
          name: "a class", points: points, form: .dots, style: 0,
          titles: present.map { "\(model.phrase($0)): \(Figures.percent(model.perClass[$0].recall))" })
      ], table: table
    ).figure
  }
}
