internal import Metrics

/// Precision against recall of the rarest classes, and how far probabilities are frequencies.
struct ProbabilitySection {
  let content: [Markup]

  init(_ model: ReportModel) {
    let charts = [Self.curves(model), Self.reliability(model)].compactMap { $0 }
    guard !charts.isEmpty else {
      content = [
        .element(
          "p", [:],
          "There are no figures of probabilities: one of them was no number, or samples are too many to keep their scores."
        )
      ]
      return
    }
    content = [.element("div", ["class": "charts"], charts), Self.scores(model)]
  }

  private static func curves(_ model: ReportModel) -> Markup? {
    let curves = model.content.curves.filter { !$0.points.isEmpty }.prefix(5)
    guard !curves.isEmpty else { return nil }
    let series = curves.enumerated().map { place, curve in
      // The height of a step is the precision of the point that it ends at: so is the area the average precision.
      let points = curve.points.map { (x: curve.recall(of: $0), y: $0.precision) }
      let start = points.first.map { (x: 0.0, y: $0.y) }
      return LineChart.Series(
        name:
          "\(model.phrase(curve.classIndex)), \(Figures.count(curve.positives, "sample")): average precision \(Figures.fixed(curve.averagePrecision, digits: 2))",
        points: (start.map { [$0] } ?? []) + points, form: .steps, style: place)
    }
    let title =
      series.count == 1
      ? "Precision and recall of the rarest class by threshold"
      : "Precision and recall of the \(series.count) rarest classes by threshold"
    var table = DataTable(
      title, [("Class and threshold", false), ("Recall", true), ("Precision", true), ("Found", true), ("Wrong", true)])
    for curve in curves {
      // Tenths of recall say enough.
      var last = -1
      for point in curve.points {
        let tenth = Int((10 * curve.recall(of: point)).rounded(.down))
        guard tenth > last else { continue }
        last = tenth
        table.append([
          "\(model.phrase(curve.classIndex)), \(Figures.significant(Double(point.threshold)))",
          Markup(Figures.fixed(curve.recall(of: point))), Markup(Figures.fixed(point.precision)),
          Markup(Figures.grouped(point.found)), Markup(Figures.grouped(point.wrong)),
        ])
      }
    }
    return LineChart(
      identifier: "curves", title: title,
      description: """
        How precision falls as more of a class is found, on the \(model.part.name) data, by raw probabilities of one class \
        against all others. \(series.map(\.name).joined(separator: "; ")).
        """,
      x: .share("recall"), y: .share("precision"), series: series, table: table
    ).figure
  }

  private static func reliability(_ model: ReportModel) -> Markup? {
    let kinds = model.content.reliability
    let series = kinds.enumerated().compactMap { place, kind -> LineChart.Series? in
      let bins = kind.bins.filter { $0.count > 0 }
      let points = bins.map { (x: $0.meanConfidence ?? 0, y: Double($0.correctCount) / Double($0.count)) }
      guard !points.isEmpty else { return nil }
      return LineChart.Series(
        name: "\(name(kind.kind)): calibration error \(Figures.fixed(kind.calibrationError))", points: points,
        form: .lineWithDots, style: place,
        titles: bins.map { "\(Figures.count($0.count, "sample"))" })
    }
    guard !series.isEmpty else { return nil }
    let title = "How often it is right when it is so sure"
    var table = DataTable(
      title, [("Probabilities", false), ("Mean of the largest", true), ("Right", true), ("Samples", true)])
    for kind in kinds {
      for bin in kind.bins where bin.count > 0 {
        table.append([
          Markup(name(kind.kind)), Markup(Figures.fixed(bin.meanConfidence)),
          Markup(Figures.percent(Double(bin.correctCount) / Double(bin.count))), Markup(Figures.grouped(bin.count)),
        ])
      }
    }
    return LineChart(
      identifier: "reliability", title: title,
      description: """
        Samples by the largest probability that the model gave them, in 15 intervals, against the share of them that was \
        right; probabilities that are frequencies lie on the diagonal. \(series.map(\.name).joined(separator: "; ")).
        """,
      x: .share("largest probability"), y: .share("right"), series: series,
      reference: ("as often as it says", (0, 0), (1, 1)), table: table
    ).figure
  }

  private static func name(_ kind: String) -> String {
    switch kind {
    case "prior": "weighting undone"
    case "calibrated": "calibrated"
    default: "raw probabilities"
    }
  }

  private static func scores(_ model: ReportModel) -> Markup {
    var table = DataTable(
      "Scores of probabilities on the \(model.part.name) data (a sample's log loss counts as 36.04 at most)",
      [("Probabilities", false), ("Log loss", true), ("Brier score", true), ("Calibration error", true)])
    for kind in model.content.reliability {
      table.append([
        Markup(name(kind.kind)), Markup(Figures.fixed(kind.logLoss)), Markup(Figures.fixed(kind.brierScore)),
        Markup(Figures.fixed(kind.calibrationError)),
      ])
    }
    return table.framed
  }
}
