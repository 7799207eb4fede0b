internal import Metrics

/// The report of a run, or of a model on other data, as one page of HTML: no script, nothing from elsewhere, for light
/// and dark screens, paper, and ears.
public struct ReportPage {
  /// The whole file.
  public let html: String

  /// What it is a report of.
  public enum Subject: Sendable {
    case run
    /// How a model does on data that it was not trained on; nothing of how it was trained.
    case evaluation

    var title: String {
      switch self {
      case .run: "report of a training run"
      case .evaluation: "report of an evaluation"
      }
    }
  }

  /// - Throws: `ReportError`
  public init(_ content: ReportContent, of subject: Subject = .run) throws(ReportError) {
    let model = try ReportModel(content)
    html = PageFrame.html(
      subject: subject.title, data: model.dataTitle, program: content.program, header: Self.header(model, subject),
      sections: Self.sections(model, subject), footer: Self.footer(subject))
  }

  private static func header(_ model: ReportModel, _ subject: Subject) -> Markup {
    let samples = model.content.classes.reduce(0) { $0 + $1.count }
    let judged = subject == .run ? "" : ", \(Figures.count(model.confusion.sampleCount, "judged sample"))"
    let verdict = Verdict(model)
    return PageFrame.header(
      subject: subject.title, data: model.dataTitle,
      about: """
        \(Figures.count(samples, "training sample"))\(judged), \(model.classCount) classes. \(model.content.program)
        """,
      verdict: subject == .run ? verdict.sentences : verdict.sentencesOnFigures, caution: verdict.caution)
  }

  private static func sections(_ model: ReportModel, _ subject: Subject) -> [Markup] {
    let isRun = subject == .run
    return [PageFrame.section("figures", "In figures", FiguresSection(model).content)]
      + (isRun ? [PageFrame.section("learning", "Learning", LearningSection(model).content)] : [])
      + [
        PageFrame.section("classes", "Classes, the rarest first", ClassSection(model, withTraining: isRun).content),
        PageFrame.section("confusions", "What was taken for what", ConfusionSection(model).content),
        PageFrame.section("probabilities", "Probabilities", ProbabilitySection(model).content),
        isRun
          ? PageFrame.section("run", "What was run", RunSection(model).content)
          : PageFrame.section("judged", "What was judged", [RunSection.list(model.content.about)]),
      ]
  }

  private static func footer(_ subject: Subject) -> String {
    switch subject {
    case .run:
      """
      Files beside this one: model.safetensors (the model), config.yaml (everything that was set), metrics.jsonl (every \
      epoch), confusion_matrix.csv, summary.json (time, hosts and memory, of which nothing stands here: the same run \
      has the same report at any number of ranks), report.json (what this page shows, for programs).
      """
    case .evaluation: "evaluate --json has these figures for programs. None depends on the number of ranks."
    }
  }
}
