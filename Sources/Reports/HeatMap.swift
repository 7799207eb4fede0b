internal import Metrics

/// A confusion matrix as a picture: each row the samples of a class, by what they were taken for. Right ones in one colour,
/// errors in another; the darker (on dark pages the brighter), the larger the share of the row.
struct HeatMap {
  let model: ReportModel

  /// A level is for shares from its limit up; the first for all that are not 0.
  static let limits = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7]
  /// Of more classes cells would be smaller than a dot of a screen.
  static let mostClasses = 250
  /// Up to so many, each cell can be pointed at.
  private static let fewClasses = 40
  /// Up to so many, each cell has its percentage.
  private static let numberedClasses = 24

  private var count: Int { model.classCount }
  /// The side of a cell.
  private var side: Double {
    count <= 4 ? 64 : count <= 12 ? 40 : count <= Self.numberedClasses ? 24 : count <= 100 ? 9 : 5
  }
  /// Of names.
  private var fontSize: Double { count <= Self.numberedClasses ? 12 : count <= 100 ? 8 : 9 }
  /// Of every so many classes one has its name beside it.
  private var labelStep: Int { count <= 100 ? 1 : (count + 99) / 100 * 2 }
  private var names: [String] { model.byRarity.map { model.name($0, most: 14) } }
  private var margin: Double { min(28 + 0.62 * fontSize * Double(names.map(\.count).max() ?? 0), 130) }

  static func level(_ share: Double) -> Int { (limits.lastIndex { share >= $0 }) ?? 0 }

  var figure: Markup {
    let title = "Confusion matrix of the \(model.part.name) data"
    let extent = Double(count) * side
    let (width, height) = (margin + extent + 4, margin + extent + 22)
    let drawing = Markup.element(
      "svg",
      [
        "viewBox": "0 0 \(Figures.place(width)) \(Figures.place(height))", "role": "img",
        "aria-label": title, "aria-describedby": "confusion-description", "class": "heat",
        "style":
          "min-width:\(Figures.place(count <= 12 ? min(width, 560) : min(width, 900)))px;max-width:\(Figures.place(width * 1.25))px",
      ],
      .element(
        "desc", ["id": "confusion-description"],
        """
        A row for each true class, the rarest on top, and a column for each predicted class in the same order; the shade \
        of a cell is its share of the row. The table of the largest confusions below has what stands out.
        """),
      axisNames(extent), labels, cells)
    return .element(
      "figure", ["class": "wide"], .element("figcaption", [:], Markup(title)), legend,
      .element("div", ["class": "frame", "role": "region", "tabindex": "0", "aria-label": title], drawing))
  }

  private func axisNames(_ extent: Double) -> Markup {
    .element(
      "text",
      ["x": Figures.place(margin + extent / 2), "y": Figures.place(margin + extent + 16), "class": "middle name"],
      "taken for")
      + .element(
        "text",
        [
          "x": "10", "y": Figures.place(margin + extent / 2), "class": "middle name",
          "transform": "rotate(-90 10 \(Figures.place(margin + extent / 2)))",
        ], "true class")
  }

  private var labels: Markup {
    let style = "font-size:\(Figures.place(fontSize))px"
    // Names as short as cells are wide stand upright.
    let areShort = count <= 12 && names.allSatisfy { $0.count <= 4 }
    return .joined(
      names.enumerated().filter { place, _ in place % labelStep == 0 }.map { place, name in
        let middle = margin + (Double(place) + 0.5) * side
        return .element(
          "text",
          [
            "x": Figures.place(margin - 4), "y": Figures.place(middle + fontSize * 0.35), "class": "end",
            "style": style,
          ],
          Markup(name))
          + .element(
            "text",
            areShort
              ? ["x": Figures.place(middle), "y": Figures.place(margin - 5), "style": style, "class": "middle"]
              : [
                "x": Figures.place(middle + fontSize * 0.35), "y": Figures.place(margin - 4), "style": style,
                "transform": "rotate(-90 \(Figures.place(middle + fontSize * 0.35)) \(Figures.place(margin - 4)))",
              ], Markup(name))
      })
  }

  private var cells: Markup {
    let background = Markup.element(
      "rect",
      [
        "x": Figures.place(margin), "y": Figures.place(margin), "width": Figures.place(Double(count) * side),
        "height": Figures.place(Double(count) * side), "class": "empty",
      ])
    return background + (count <= Self.fewClasses ? singleCells : runs)
  }

  /// Each cell an element with its counts in words.
  private var singleCells: Markup {
    var parts: [Markup] = []
    for (row, actual) in model.byRarity.enumerated() {
      let support = model.perClass[actual].support
      for (column, predicted) in model.byRarity.enumerated() where model.confusion[actual, predicted] > 0 {
        let hits = model.confusion[actual, predicted]
        let share = Double(hits) / Double(support)
        let level = Self.level(share)
        let (x, y) = (margin + Double(column) * side, margin + Double(row) * side)
        let title = """
          \(Figures.grouped(hits)) of \(Figures.grouped(support)) samples of \(model.phrase(actual)) taken for \
          \(actual == predicted ? "what they are" : model.phrase(predicted)): \(Figures.percent(share))
          """
        let kind = actual == predicted ? "hit" : "miss"
        parts.append(
          .element(
            "rect",
            [
              "x": Figures.place(x + 0.5), "y": Figures.place(y + 0.5), "width": Figures.place(side - 1),
              "height": Figures.place(side - 1), "class": "\(kind)\(level)",
            ], .element("title", [:], Markup(title))))
        guard count <= Self.numberedClasses else { continue }
        let text = share >= 0.995 ? "100" : share < 0.005 ? "<1" : "\(Int((100 * share).rounded()))"
        parts.append(
          .element(
            "text",
            [
              "x": Figures.place(x + side / 2), "y": Figures.place(y + side / 2 + 4),
              "class": "middle cell \(level >= 5 ? "on" : "off")",
            ], Markup(text)))
      }
    }
    return .joined(parts)
  }

  /// A line for each run of cells of one level in a row, and one element for each level: small, however many they are.
  private var runs: Markup {
    var paths: [String: String] = [:]
    for (row, actual) in model.byRarity.enumerated() {
      let support = model.perClass[actual].support
      var run: (kind: String, start: Int, length: Int)?
      func end() {
        guard let run else { return }
        paths[run.kind, default: ""] += "M\(run.start) \(row)h\(run.length)"
      }
      for (column, predicted) in model.byRarity.enumerated() {
        let hits = model.confusion[actual, predicted]
        let kind =
          hits == 0 ? nil : (actual == predicted ? "hit" : "miss") + "\(Self.level(Double(hits) / Double(support)))"
        if let kind, let now = run, now.kind == kind {
          run = (kind, now.start, now.length + 1)
        } else {
          end()
          run = kind.map { ($0, column, 1) }
        }
      }
      end()
    }
    return .element(
      "g",
      [
        "transform":
          "translate(\(Figures.place(margin)) \(Figures.place(margin + side / 2))) scale(\(Figures.place(side)))"
      ],
      paths.sorted { $0.key < $1.key }.map { kind, path in
        .element("path", ["class": "run \(kind)", "d": path])
      })
  }

  private var legend: Markup {
    func row(_ kind: String, _ name: String) -> Markup {
      let swatches = Self.limits.indices.map { level -> Markup in
        let least = "\(Int((100 * Self.limits[level]).rounded()))\u{A0}%"
        return .element(
          "li", [:],
          .element(
            "svg", ["class": "swatch", "viewBox": "0 0 16 12", "aria-hidden": "true"],
            .element("rect", ["width": "16", "height": "12", "class": "\(kind)\(level)"])),
          Markup(level == 0 ? "over 0" : least))
      }
      return .element("ul", ["class": "legend"], [.element("li", [:], Markup(name))] + swatches)
    }
    return row("hit", "Right, share of the true class from:") + row("miss", "Errors, from:")
  }
}
