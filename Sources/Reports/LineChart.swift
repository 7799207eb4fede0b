/// Lines or dots over two axes, as inline SVG with a title, a description and a legend in text. What tells series apart is
/// the pattern of their lines as well as their colour.
struct LineChart {
  struct Series {
    enum Form {
      case line
      /// A height holds from the place before to its own.
      case steps
      case dots
      case lineWithDots
    }

    let name: String
    /// Finite.
    let points: [(x: Double, y: Double)]
    var form = Form.line
    /// Of its colour and pattern, 0 ... 4.
    let style: Int
    /// What is said of each point; may be empty.
    var titles: [String] = []
  }

  /// Of the elements that describe it: unique in a page.
  let identifier: String
  let title: String
  /// What is seen, for who doesn't see it.
  let description: String
  let x: Axis
  let y: Axis
  let series: [Series]
  /// A thin line to compare with, and its name.
  var reference: (name: String, from: (x: Double, y: Double), to: (x: Double, y: Double))?
  /// Marks a place on the x axis.
  var mark: (name: String, x: Double)?
  /// The same in numbers.
  let table: DataTable

  private static let (width, height) = (420.0, 262.0)
  private static let (left, right, top, bottom) = (54.0, 24.0, 12.0, 46.0)
  /// The most points of a line that are drawn.
  private static let mostPoints = 400

  var figure: Markup {
    .element(
      "figure", ["class": "chart"], .element("figcaption", [:], Markup(title)), drawing, legend, table.folded)
  }

  private var drawing: Markup {
    .element(
      "svg",
      [
        "viewBox": "0 0 \(Figures.place(Self.width)) \(Figures.place(Self.height))", "role": "img", "aria-label": title,
        "aria-describedby": "\(identifier)-description",
      ],
      .element("desc", ["id": "\(identifier)-description"], Markup(description)),
      grid, markLine, referenceLine, .joined(series.map(drawn)))
  }

  private func place(_ point: (x: Double, y: Double)) -> (x: String, y: String) {
    (Figures.place(horizontal(point.x)), Figures.place(vertical(point.y)))
  }

  private func horizontal(_ value: Double) -> Double {
    Self.left + x.place(value) * (Self.width - Self.left - Self.right)
  }

  private func vertical(_ value: Double) -> Double {
    Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
  }

  private var grid: Markup {
    let base = Self.height - Self.bottom
    var parts: [Markup] = []
    for tick in y.visibleTicks {
      let place = Figures.place(vertical(tick))
      parts.append(
        .element(
          "path",
          ["class": "grid", "d": "M\(Figures.place(Self.left)) \(place)H\(Figures.place(Self.width - Self.right))"]))
      parts.append(
        .element(
          "text", ["x": Figures.place(Self.left - 7), "y": Figures.place(vertical(tick) + 4), "class": "end"],
          Markup(y.label(tick))))
    }
    for tick in x.visibleTicks {
      let place = Figures.place(horizontal(tick))
      parts.append(.element("path", ["class": "grid", "d": "M\(place) \(Figures.place(base))v4"]))
      parts.append(
        .element("text", ["x": place, "y": Figures.place(base + 17), "class": "middle"], Markup(x.label(tick))))
    }
    parts.append(
      .element(
        "path",
        [
          "class": "axis",
          "d": "M\(Figures.place(Self.left)) \(Figures.place(base))H\(Figures.place(Self.width - Self.right))",
        ]))
    parts.append(
      .element(
        "text",
        [
          "x": Figures.place((Self.left + Self.width - Self.right) / 2), "y": Figures.place(Self.height - 8),
          "class": "middle name",
        ], Markup(x.title)))
    let middle = Figures.place((Self.top + base) / 2)
    parts.append(
      .element(
        "text", ["x": "12", "y": middle, "class": "middle name", "transform": "rotate(-90 12 \(middle))"],
        Markup(y.title)))
    return .joined(parts)
  }

  private var referenceLine: Markup {
    guard let reference else { return "" }
    let (from, to) = (place(reference.from), place(reference.to))
    return .element("path", ["class": "reference", "d": "M\(from.x) \(from.y)L\(to.x) \(to.y)"])
  }

  private var markLine: Markup {
    guard let mark, x.range.contains(mark.x) else { return "" }
    return .element(
      "path",
      [
        "class": "mark",
        "d":
          "M\(Figures.place(horizontal(mark.x))) \(Figures.place(Self.top))V\(Figures.place(Self.height - Self.bottom))",
      ])
  }

  private func drawn(_ series: Series) -> Markup {
    let step = max((series.points.count + Self.mostPoints - 1) / Self.mostPoints, 1)
    let points = series.points.enumerated().filter { place, _ in
      place % step == 0 || place == series.points.count - 1
    }.map(\.element)
    var parts: [Markup] = []
    if series.form != .dots, let first = points.first {
      var (path, last) = ("M\(place(first).x) \(place(first).y)", place(first))
      for point in points.dropFirst() {
        let next = place(point)
        path += series.form == .steps ? "V\(next.y)H\(next.x)" : "L\(next.x) \(next.y)"
        last = next
      }
      // A line of one point would not be seen.
      if points.count == 1 { path += "H\(last.x)" }
      parts.append(.element("path", ["class": "line s\(series.style)", "d": path]))
    }
    if series.form == .dots || series.form == .lineWithDots || points.count == 1 {
      for (index, point) in points.enumerated() {
        let at = place(point)
        let title: [Markup] =
          series.titles.count == points.count ? [.element("title", [:], Markup(series.titles[index]))] : []
        parts.append(.element("circle", ["cx": at.x, "cy": at.y, "r": "3.5", "class": "dot s\(series.style)"], title))
      }
    }
    return .joined(parts)
  }

  private var legend: Markup {
    func key(_ drawn: Markup, _ name: String) -> Markup {
      .element(
        "li", [:], .element("svg", ["class": "key", "viewBox": "0 0 30 10", "aria-hidden": "true"], drawn), Markup(name)
      )
    }
    var items = series.map { series in
      key(
        series.form == .dots
          ? .element("circle", ["cx": "15", "cy": "5", "r": "4", "class": "dot s\(series.style)"])
          : .element("path", ["class": "line s\(series.style)", "d": "M1 5H29"]), series.name)
    }
    if let reference { items.append(key(.element("path", ["class": "reference", "d": "M1 5H29"]), reference.name)) }
    if let mark, x.range.contains(mark.x) {
      items.append(key(.element("path", ["class": "mark", "d": "M15 0V10"]), mark.name))
    }
    return .element("ul", ["class": "legend"], items)
  }
}
