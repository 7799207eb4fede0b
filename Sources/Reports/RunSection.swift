/// What was run and on what: options that are not the defaults first, data, columns and model.
struct RunSection {
  let content: [Markup]

  init(_ model: ReportModel) {
    let report = model.content
    let changed = report.options.filter { !$0.isDefault }
    let rest = report.options.filter(\.isDefault)
    func options(_ options: [ReportContent.Option]) -> Markup {
      Self.list(options.map { ReportContent.Line(title: "--\($0.name)", text: $0.value) })
    }
    var content: [Markup] = [.element("h3", [:], "Options that are not the defaults")]
    content.append(changed.isEmpty ? .element("p", [:], "None.") : options(changed))
    if !rest.isEmpty {
      content.append(
        .element("details", [:], .element("summary", [:], "The other \(rest.count) options"), options(rest)))
    }
    content += [
      .element("h3", [:], "Data and model"), Self.list(report.about),
    ]
    self.content = content
  }

  static func list(_ lines: [ReportContent.Line]) -> Markup {
    .element(
      "dl", [:],
      lines.flatMap { line in
        [
          .element("dt", [:], Markup(line.title)),
          .element("dd", [:], Markup(Figures.shortened(line.text, to: 1000))),
        ]
      })
  }
}
