/// What all pages have in common: head, heading, verdict and the way that sections are made.
enum PageFrame {
  /// - Parameters:
  ///   - subject: "report of a training run"
  ///   - data: As `dataTitle` has it.
  static func html(
    subject: String, data: String, program: String, header: Markup, sections: [Markup], footer: String
  ) -> String {
    Markup.document(
      .element(
        "html", ["lang": "en"],
        .element(
          "head", [:],
          .element("meta", ["charset": "utf-8"]),
          .element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
          .element("meta", ["name": "color-scheme", "content": "light dark"]),
          .element("meta", ["name": "generator", "content": program]),
          .element("title", [:], Markup("\(Figures.shortened(data, to: 80)): \(subject)")), Stylesheet.element),
        .element(
          "body", [:], header, .element("main", [:], sections),
          .element("footer", [:], .element("p", [:], Markup(footer))))))
  }

  /// - Parameters:
  ///   - about: Numbers of what was judged, and the program.
  ///   - verdict: In sentences, the most important first.
  ///   - caution: What the reader should know of them.
  static func header(
    subject: String, data: String, about: String, verdict: [String], caution: String? = nil
  ) -> Markup {
    let sentences = verdict.enumerated().map { place, sentence in
      Markup.element("p", place == 0 ? ["class": "first"] : [:], Markup(sentence))
    }
    let warning = caution.map { [Markup.element("p", ["class": "caution"], Markup($0))] } ?? []
    return .element(
      "header", [:],
      .element("p", ["class": "kind"], Markup(subject.prefix(1).uppercased() + subject.dropFirst())),
      .element("h1", [:], Markup(Figures.shortened(data, to: 80))),
      .element("p", ["class": "about"], Markup(about)),
      .element(
        "section", ["class": "verdict", "aria-labelledby": "verdict"],
        [.element("h2", ["id": "verdict"], "Verdict")] + sentences + warning))
  }

  static func section(_ identifier: String, _ title: String, _ content: [Markup]) -> Markup {
    .element(
      "section", ["aria-labelledby": identifier], [.element("h2", ["id": identifier], Markup(title))] + content)
  }

  /// What the data is called: a file by its own name, without its folders.
  static func dataTitle(_ data: String) -> String {
    guard !data.hasPrefix("synthetic:") else { return "simulated data" }
    return data.split(separator: "/").last.map(String.init) ?? data
  }
}
