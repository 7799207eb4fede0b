internal import Metrics

/// The figures of the whole, for each part of the data, and of who would only guess.
struct FiguresSection {
  let content: [Markup]

  init(_ model: ReportModel) {
    var table = DataTable(
      "Figures of the model, part by part",
      [
        ("Decided by", false), ("Samples", true), ("Accuracy", true), ("Balanced accuracy", true), ("Macro F1", true),
        ("G-mean", true), ("MCC", true), ("Log loss", true), ("Loss", true),
      ])
    func append(_ name: String, _ confusion: ConfusionMatrix, logLoss: Double? = nil, loss: Double? = nil) {
      table.append([
        Markup(name), Markup(Figures.grouped(confusion.sampleCount)), Markup(Figures.fixed(confusion.accuracy)),
        Markup(Figures.fixed(confusion.balancedAccuracy)), Markup(Figures.fixed(confusion.macroF1)),
        Markup(Figures.fixed(confusion.gMean)), Markup(Figures.fixed(confusion.mcc)), Markup(Figures.fixed(logLoss)),
        Markup(Figures.fixed(loss)),
      ])
    }
    for part in model.content.parts.reversed() {
      guard let confusion = part.confusion.matrix(classCount: model.classCount) else { continue }
      append("the model, on \(part.name) data", confusion, logLoss: part.logLoss, loss: part.loss)
    }
    if let untuned = model.untuned { append("without tuned thresholds, \(model.part.name)", untuned) }
    if let unweighted = model.unweighted { append("with the weighting undone, \(model.part.name)", unweighted) }
    append("always \(model.phrase(model.mostCommon)), \(model.part.name)", model.alwaysMostCommon)
    content =
      [table.framed] + Self.intervals(model) + [
        .element(
          "p", ["class": "note"],
          """
          Balanced accuracy is the mean of the classes' recalls, macro F1 that of their F1, G-mean their geometric mean; MCC \
          is 0 for guesses and 1 for no error. Log loss is in nats and unweighted; loss is what was trained by.
          """)
      ]
  }

  /// How sure the figures are, where that was asked for.
  private static func intervals(_ model: ReportModel) -> [Markup] {
    let parts = model.content.parts.reversed().compactMap { part in part.intervals.map { (part.name, $0) } }
    guard !parts.isEmpty else { return [] }
    let confidence = Figures.confidence(model.confidence)
    var table = DataTable(
      "Where the figures would lie with \(confidence) confidence on more samples of the same kind",
      [
        ("\(confidence) interval", false), ("Accuracy", true), ("Balanced accuracy", true), ("Macro F1", true),
        ("G-mean", true), ("MCC", true), ("Log loss", true),
      ])
    for (name, intervals) in parts {
      let figures = [
        intervals.accuracy, intervals.balancedAccuracy, intervals.macroF1, intervals.gMean, intervals.mcc,
        intervals.logLoss,
      ]
      table.append([Markup("the model, on \(name) data")] + figures.map { Markup(Figures.range($0, digits: 3)) })
    }
    return [table.framed]
  }
}
