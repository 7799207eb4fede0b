/// The curves of loss and metrics over the epochs.
struct LearningSection {
  let content: [Markup]

  /// The figures of a chart of shares, by their names in metrics.jsonl.
  private static let shares = [("balanced_accuracy", "balanced accuracy"), ("macro_f1", "macro F1")]
  private static let membersNote =
    " All are means over the members that were trained so long; the validation samples of each are those left out for it."
  /// - Parameter epoch: From 1.
  private static func classifierNote(_ epoch: Int) -> String {
    " From epoch \(epoch) on the last layer was trained alone, drawn anew, each class equally often."
  }

  private static let parts = [("train", "training"), ("validation", "validation")]
  /// The most rows of a table of epochs.
  private static let mostRows = 60

  init(_ model: ReportModel) {
    let epochs = model.content.epochs
    guard !epochs.isEmpty else {
      content = [.element("p", [:], "No epoch of the run is on record.")]
      return
    }
    let numbers = epochs.map { Double($0.epoch) }
    let axis = Axis("epoch", covering: numbers, integers: true)
    func series(_ figure: String, _ split: String, _ name: String, style: Int) -> LineChart.Series? {
      let points = epochs.filter { $0.split == split }.compactMap { epoch in
        epoch.figures[figure].flatMap { $0.isFinite ? (x: Double(epoch.epoch), y: $0) : nil }
      }
      return points.isEmpty ? nil : LineChart.Series(name: name, points: points, style: style)
    }
    let delivered = model.content.delivered
    let mark =
      model.content.memberEpochs == nil && delivered.epoch < model.lastEpoch
      ? ("the model's epoch, \(delivered.epoch)", Double(delivered.epoch)) : nil

    let losses = Self.parts.enumerated().compactMap { series("loss", $1.0, $1.1, style: $0) }
    let metrics = Self.shares.enumerated().flatMap { place, figure in
      Self.parts.enumerated().compactMap { split, part in
        series(figure.0, part.0, "\(figure.1), \(part.1)", style: 2 * place + split)
      }
    }
    // Of one part alone: probabilities of the training part are those of as many models as there are steps.
    let precision = series("average_precision", "validation", "average precision, validation", style: 4)
    var charts: [Markup] = []
    for (identifier, title, axisTitle, series) in [
      ("loss", "Loss by epoch", "loss", losses),
      (
        "metrics",
        precision == nil
          ? "Balanced accuracy and macro F1 by epoch" : "Balanced accuracy, macro F1 and average precision by epoch",
        "score", metrics + (precision.map { [$0] } ?? [])
      ),
    ] where !series.isEmpty {
      let values = series.flatMap { $0.points.map(\.y) }
      charts.append(
        LineChart(
          identifier: identifier, title: title, description: Self.description(series), x: axis,
          y: Axis(axisTitle, covering: values), series: series, mark: mark, table: Self.table(title, series)
        ).figure)
    }
    content = [
      .element("div", ["class": "charts"], charts),
      .element(
        "p", ["class": "note"],
        """
        Figures of the training part are taken over the epoch's batches, each by the model as it was at its step; those of \
        validation are of the model at the epoch's end.\
        \(model.content.classifierFrom.map(Self.classifierNote) ?? "")\
        \(model.content.memberEpochs == nil ? "" : Self.membersNote)
        """),
    ]
  }

  /// "training from 0.91 to 0.32; …"
  private static func description(_ series: [LineChart.Series]) -> String {
    series.compactMap { series in
      guard let first = series.points.first, let last = series.points.last else { return nil }
      return "\(series.name) goes from \(Figures.fixed(first.y)) to \(Figures.fixed(last.y))"
    }.joined(separator: "; ") + "."
  }

  private static func table(_ caption: String, _ series: [LineChart.Series]) -> DataTable {
    var values: [Int: [Int: Double]] = [:]
    for (place, series) in series.enumerated() {
      for point in series.points { values[Int(point.x), default: [:]][place] = point.y }
    }
    var table = DataTable(caption, [("Epoch", false)] + series.map { ($0.name, true) })
    let epochs = values.keys.sorted()
    let step = (epochs.count + mostRows - 1) / mostRows
    for (row, epoch) in epochs.enumerated() where row % step == 0 || row == epochs.count - 1 {
      table.append(
        ["\(epoch)"] + series.indices.map { Markup(Figures.fixed(values[epoch]?[$0], digits: 4)) })
    }
    return table
  }
}
