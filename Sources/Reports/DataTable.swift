internal import Metrics

/// A table whose first column names its rows.
struct DataTable {
  let caption: String
  /// The first is that of the names; columns of numbers are aligned to the right.
  let columns: [(title: String, isNumber: Bool)]
  private(set) var rows: [[Markup]] = []

  init(_ caption: String, _ columns: [(title: String, isNumber: Bool)]) {
    self.caption = caption
    self.columns = columns
  }

  mutating func append(_ row: [Markup]) {
    precondition(row.count == columns.count, "\(row.count) cells in \(columns.count) columns")
    rows.append(row)
  }

  private static func attributes(isNumber: Bool) -> KeyValuePairs<String, String> {
    isNumber ? ["class": "number"] : [:]
  }

  /// In a frame that can be scrolled, where it is longer or wider than the page has room for.
  var framed: Markup {
    .element(
      "div",
      ["class": rows.count > 24 ? "frame long" : "frame", "role": "region", "tabindex": "0", "aria-label": caption],
      table)
  }

  /// To be unfolded.
  var folded: Markup { .element("details", [:], .element("summary", [:], "The figures as a table"), framed) }

  private var table: Markup {
    let head = columns.map { column in
      Markup.element(
        "th", column.isNumber ? ["scope": "col", "class": "number"] : ["scope": "col"], Markup(column.title))
    }
    let body = rows.map { row in
      Markup.element(
        "tr", [:],
        row.enumerated().map { place, cell in
          place == 0
            ? .element("th", ["scope": "row"], cell)
            : .element("td", Self.attributes(isNumber: columns[place].isNumber), cell)
        })
    }
    return .element(
      "table", [:], .element("caption", [:], Markup(caption)), .element("thead", [:], .element("tr", [:], head)),
      .element("tbody", [:], body))
  }
}

/// A bar beside its number in a cell.
enum Bar {
  /// - Parameters:
  ///   - share: Of the full length, 0 ... 1.
  ///   - style: Of its colour, 0 ... 2.
  ///   - isWide: Whether the number may be long.
  ///   - interval: Where the true share may lie.
  static func cell(
    _ text: String, share: Double, style: Int, isWide: Bool = false, interval: Interval? = nil
  ) -> Markup {
    var drawn: [Markup] = [
      .element("rect", ["width": "100", "height": "10", "class": "track"]),
      .element("rect", ["width": Figures.place(100 * min(max(share, 0), 1)), "height": "10", "class": "fill\(style)"]),
    ]
    if let interval {
      let (from, to) = (Figures.place(100 * interval.lower), Figures.place(100 * interval.upper))
      let path = "M\(from) 2v6M\(from) 5H\(to)M\(to) 2v6"
      drawn.append(.element("path", ["class": "whisker under", "d": path]))
      drawn.append(.element("path", ["class": "whisker", "d": path]))
    }
    return .element("span", ["class": isWide ? "value wide" : "value"], Markup(text))
      + .element(
        "svg", ["class": "bar", "viewBox": "0 0 100 10", "preserveAspectRatio": "none", "aria-hidden": "true"], drawn)
  }
}
