internal import Metrics

/// The report of a run, or of a model on other data, as one page of HTML: no script, nothing from elsewhere, for light and dark screens, paper, and ears.
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
    let title = "\(Figures.shortened(model.dataTitle, to: 80)): \(subject.title)"
    html = Markup.document(
      .element(
        "html", ["lang": "en"],
        .element(
          "head", [:],
          .element("meta", ["charset": "utf-8"]),
          .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
          .element("meta", ["name": "color-scheme", "content": "light dark"]),
          .element("meta", ["name": "generator", "content": content.program]),
          .element("title", [:], Markup(title)), Stylesheet.element),
        .element(
          "body", [:], Self.header(model, subject), .element("main", [:], Self.sections(model, subject)),
          Self.footer(subject))))
  }

  private static func header(_ model: ReportModel, _ subject: Subject) -> Markup {
    let content = model.content
    let samples = content.classes.reduce(0) { $0 + $1.count }
    let verdict = Verdict(model)
    let said = subject == .run ? verdict.sentences : verdict.sentencesOnFigures
    let sentences = said.enumerated().map { place, sentence in
      Markup.element("p", place == 0 ? ["class": "first"] : [:], Markup(sentence))
    }
    let caution = verdict.caution.map { [Markup.element("p", ["class": "caution"], Markup($0))] } ?? []
    return .element(
      "header", [:],
      .element("p", ["class": "kind"], Markup(subject.title.prefix(1).uppercased() + subject.title.dropFirst())),
      .element("h1", [:], Markup(Figures.shortened(model.dataTitle, to: 80))),
      .element(
        "p", ["class": "about"],
        """
        \(Figures.count(samples, "training sample"))\
        \(subject == .run ? "" : ", \(Figures.count(model.confusion.sampleCount, "judged sample"))"), \
        \(model.classCount) classes. \(content.program)
        """),
      .element(
        "section", ["class": "verdict", "aria-labelledby": "verdict"],
        [.element("h2", ["id": "verdict"], "Verdict")] + sentences + caution))
  }

  private static func sections(_ model: ReportModel, _ subject: Subject) -> [Markup] {
    let isRun = subject == .run
    return [section("figures", "In figures", FiguresSection(model).content)]
      + (isRun ? [section("learning", "Learning", LearningSection(model).content)] : [])
      + [
        section("classes", "Classes, the rarest first", ClassSection(model, withTraining: isRun).content),
        section("confusions", "What was taken for what", ConfusionSection(model).content),
        section("probabilities", "Probabilities", ProbabilitySection(model).content),
        isRun
          ? section("run", "What was run", RunSection(model).content)
          : section("judged", "What was judged", [RunSection.list(model.content.about)]),
      ]
  }

  private static func section(_ identifier: String, _ title: String, _ content: [Markup]) -> Markup {
    .element(
      "section", ["aria-labelledby": identifier], [.element("h2", ["id": identifier], Markup(title))] + content)
  }

  private static func footer(_ subject: Subject) -> Markup {
    guard subject == .run else {
      return .element(
        "footer", [:],
        .element("p", [:], "evaluate --json has these figures for programs. None depends on the number of ranks."))
    }
    return .element(
      "footer", [:],
      .element(
        "p", [:],
        """
        Files beside this one: model.safetensors (the model), config.yaml (everything that was set), metrics.jsonl (every \
        epoch), confusion_matrix.csv, summary.json (time, hosts and memory, of which nothing stands here: the same run \
        has the same report at any number of ranks), report.json (what this page shows, for programs).
        """))
  }
}
