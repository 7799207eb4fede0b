internal import Metrics
internal import Models
internal import Reports
internal import Runs
internal import Scoring

extension EvaluationReport {
  /// A page of HTML, as that of a run is.
  ///
  /// - Parameter path: Of the model, as the user names it.
  /// - Throws: `ReportError`
  public func page(ofModel path: String) throws -> String {
    var content = ReportContent()
    content.program = "cw-dist-train \(programVersion)"
    content.data = data
    content.about = [
      ReportContent.Line(title: "model", text: "\(path): \(model.summary)"),
      ReportContent.Line(title: "data", text: rowLine),
    ]
    content.classes = model.classNames.enumerated().map { index, name in
      ReportContent.ClassRow(
        name: name, count: model.classCounts.map { $0.indices.contains(index) ? $0[index] : 0 } ?? 0,
        weight: model.classWeights.indices.contains(index) ? model.classWeights[index] : nil)
    }
    content.parts = [
      ReportContent.Part(
        name: "evaluation", loss: evaluation.loss, logLoss: evaluation.logLoss,
        confusion: ReportContent.Cells(evaluation.confusion),
        untuned: evaluation.untuned.map { ReportContent.Cells($0) }, intervals: intervals)
    ]
    content.tunedFor = evaluation.untuned.flatMap { _ in model.decision?.metric }
    content.reliability =
      [ReportContent.Reliability(kind: ProbabilityRule.Kind.raw.rawValue, evaluation.raw)]
      + (evaluation.corrected.map { [ReportContent.Reliability(kind: $0.kind.rawValue, $0.sums)] } ?? [])
    return try ReportPage(content, of: .evaluation).html
  }
}
