internal import Foundation
internal import Metrics

/// The report of a comparison as one page of HTML, as `ReportPage` is that of a run.
public struct ComparisonPage {
  /// The whole file.
  public let html: String

  public init(_ content: ComparisonContent) {
    html = PageFrame.html(
      subject: Self.subject, data: PageFrame.dataTitle(content.data), program: content.program,
      header: Self.header(content), sections: Self.sections(content),
      footer: """
        Files beside this one: compare.json and compare.csv (all figures of all runs, for programs), and a folder for each \
        run, with a report of its own.
        """)
  }

  private static let subject = "report of a comparison"

  private static func header(_ content: ComparisonContent) -> Markup {
    let judgedBy = content.judgedBy.map { ", judged by the \($0) part" } ?? ""
    return PageFrame.header(
      subject: subject, data: PageFrame.dataTitle(content.data),
      about: """
        \(Figures.count(content.choices.count, "choice")) of \(content.tried), \
        \(Figures.count(content.runs.count, "run"))\(judgedBy). \(content.program)
        """,
      verdict: verdict(content))
  }

  /// What a person would say: the best of the first figure and of the last main one, and who may be as good.
  static func verdict(_ content: ComparisonContent) -> [String] {
    let open = content.runs.count { $0.outcome == "open" }
    let unfinished = open == 0 ? [] : ["\(Figures.count(open, "run")) of \(content.runs.count) not trained yet."]
    let sentences = content.figures.indices.filter { content.figures[$0].isMain }.compactMap { figure -> String? in
      let best = content.choices.filter { $0.cells[figure].isBest }
      guard let first = best.first, let mean = first.cells[figure].mean else { return nil }
      let equals = content.choices.filter { $0.cells[figure].isWithinNoise }
      let chance =
        equals.isEmpty
        ? "" : "; \(names(equals.map(\.name))) may be as good but for chance"
      return "\(names(best.map(\.name))): the best \(content.figures[figure].title), "
        + "\(Figures.fixed(mean))\(chance)."
    }
    guard !sentences.isEmpty else { return ["No choice is better than another."] + unfinished }
    return Array(sentences.prefix(3)) + unfinished
  }

  /// "a", "a and b", "a, b and 3 others"
  private static func names(_ all: [String]) -> String {
    let quoted = all.map { "“\($0)”" }
    switch quoted.count {
    case 0, 1: return quoted.first ?? ""
    case 2...4: return quoted.dropLast().joined(separator: ", ") + " and \(quoted[quoted.count - 1])"
    default: return quoted.prefix(2).joined(separator: ", ") + " and \(quoted.count - 2) others"
    }
  }

  private static func sections(_ content: ComparisonContent) -> [Markup] {
    let deviations = content.choices.contains { $0.cells.contains { $0.standardDeviation != nil } }
    let note = """
      \(deviations ? "Means over the runs of a choice; whiskers, and the numbers behind ±, are the standard deviation of one run. " : "")\
      Of each figure the best is marked “best”, and those that may be as good but for chance “within noise” (paired t-test, \
      corrected for splits that overlap, \(Figures.percent(content.level)); also what is behind by the same in all repeats, \
      which tells nothing of chance).
      """
    let shared = content.shared.isEmpty ? [] : [Markup.element("p", [:], Markup("All have \(content.shared)."))]
    let hasMore = content.figures.contains { !$0.isMain }
    return [
      PageFrame.section(
        "choices", "Choices",
        shared + [table(content, "Choices by the figures that matter most", isMain: true).framed]
          + [.element("p", ["class": "note"], Markup(note))]
          + (hasMore
            ? [
              .element(
                "details", [:], .element("summary", [:], "All other figures"),
                table(content, "Choices by all other figures", isMain: false).framed)
            ] : [])),
      PageFrame.section("runs", "Runs", [runs(content).framed]),
    ]
  }

  private static func table(_ content: ComparisonContent, _ caption: String, isMain: Bool) -> DataTable {
    let shown = content.figures.indices.filter { content.figures[$0].isMain == isMain }
    var table = DataTable(
      caption,
      [(content.tried, false)]
        + shown.map { figure in
          let title = content.figures[figure].title
          return (content.figures[figure].smallerIsBetter ? "\(title) (less is better)" : title, false)
        })
    for choice in content.choices {
      let note = choice.note.map { Markup.element("span", ["class": "note"], Markup(" (\($0))")) } ?? ""
      table.append(
        [Markup(choice.name) + note] + shown.map { cell(choice.cells[$0], of: content.figures[$0]) })
    }
    return table
  }

  private static func cell(_ cell: ComparisonContent.Cell, of figure: ComparisonContent.Figure) -> Markup {
    guard let mean = cell.mean else { return "–" }
    let mark = cell.isBest ? " best" : cell.isWithinNoise ? " within noise" : ""
    let text = Figures.fixed(mean) + (cell.standardDeviation.map { " ± \(Figures.fixed($0))" } ?? "")
    // A loss has no largest value to draw it against.
    guard !figure.smallerIsBetter, (0...1).contains(mean) else { return Markup(text + mark) }
    let interval = cell.standardDeviation.map {
      Interval(lower: max(mean - $0, 0), upper: min(mean + $0, 1))
    }
    return Bar.cell(text, share: mean, style: cell.isBest ? 1 : 0, isWide: true, interval: interval) + Markup(mark)
  }

  private static func runs(_ content: ComparisonContent) -> DataTable {
    let shown = content.figures.indices.filter { content.figures[$0].isMain }
    var table = DataTable(
      "Every run; its name leads to its own report",
      [("Run", false), ("Outcome", false)] + shown.map { (content.figures[$0].title, true) })
    for run in content.runs {
      let name =
        run.figures == nil
        ? Markup(run.folder)
        : .element("a", ["href": "\(path(run.folder))/report.html"], Markup(run.folder))
      table.append(
        [name, Markup(run.outcome)]
          + shown.map { figure in Markup(Figures.fixed(run.figures.flatMap { $0[figure] })) })
    }
    return table
  }

  /// A name as a part of an address.
  private static func path(_ name: String) -> String {
    name.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
      ?? name
  }
}
