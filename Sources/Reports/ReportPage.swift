/// The report of a run as one page of HTML: no script, nothing from elsewhere, for light and dark screens, paper, and ears.
public struct ReportPage {
  /// The whole file.
  public let html: String

  /// - Throws: `ReportError`
  public init(_ content: ReportContent) throws(ReportError) {
    let model = try ReportModel(content)
    let title = "\(Figures.shortened(model.dataTitle, to: 80)): report of a training run"
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
        .element("body", [:], Self.header(model), .element("main", [:], Self.sections(model)), Self.footer(model))))
  }

  private static func header(_ model: ReportModel) -> Markup {
    let content = model.content
    let samples = content.classes.reduce(0) { $0 + $1.count }
    let verdict = Verdict(model)
    let sentences = verdict.sentences.enumerated().map { place, sentence in
      Markup.element("p", place == 0 ? ["class": "first"] : [:], Markup(sentence))
    }
    let caution = verdict.caution.map { [Markup.element("p", ["class": "caution"], Markup($0))] } ?? []
    return .element(
      "header", [:], .element("p", ["class": "kind"], "Report of a training run"),
      .element("h1", [:], Markup(Figures.shortened(model.dataTitle, to: 80))),
      .element(
        "p", ["class": "about"],
        "\(Figures.count(samples, "training sample")), \(model.classCount) classes. \(content.program)"),
      .element(
        "section", ["class": "verdict", "aria-labelledby": "verdict"],
        [.element("h2", ["id": "verdict"], "Verdict")] + sentences + caution))
  }

  private static func sections(_ model: ReportModel) -> [Markup] {
    [
      section("figures", "In figures", FiguresSection(model).content),
      section("learning", "Learning", LearningSection(model).content),
      section("classes", "Classes, the rarest first", ClassSection(model).content),
      section("confusions", "What was taken for what", ConfusionSection(model).content),
      section("probabilities", "Probabilities", ProbabilitySection(model).content),
      section("run", "What was run", RunSection(model).content),
    ]
  }

  private static func section(_ identifier: String, _ title: String, _ content: [Markup]) -> Markup {
    .element(
      "section", ["aria-labelledby": identifier], [.element("h2", ["id": identifier], Markup(title))] + content)
  }

  private static func footer(_ model: ReportModel) -> Markup {
    .element(
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
