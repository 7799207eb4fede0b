internal import Configuration
internal import Runs

/// The figures of a comparison as a table for people, no wider than a terminal: those that have no room beside each other
/// stand below each other, each time behind the names of the choices.
struct ComparisonFigures {
  /// A column of the table.
  private struct Column {
    let title: String
    let cells: [String]
    var alignment = TextTable.Alignment.left

    var width: Int { (cells.map(\.count) + [title.count]).max() ?? 0 }
  }

  /// Characters between columns.
  private static let gap = 2
  /// Of a title, which may have the name of a class in it.
  private static let longestTitle = 26

  private let width: Int
  /// What stands above the table: "" for nothing.
  private let heading: String
  /// What the choices are, in as many columns as there is room for.
  private let names: [Column]
  /// How far each came.
  private let states: [Column]
  private let figures: [Column]

  init(_ table: ComparisonTable, width: Int) {
    self.width = width
    // Who came furthest stands first.
    let order = table.rows.indices.sorted { (table.rows[$1].rung, $0) < (table.rows[$0].rung, $1) }
    let rows = order.map { table.rows[$0] }
    let hasAll = rows.allSatisfy { $0.isComplete }
    let runs = rows.map {
      $0.failedCount > 0 ? "\($0.failedCount) failed" : "\($0.judgedCount) of \(table.plan.repeats.count)"
    }
    let epochs = rows.map { row in "\(row.epochs ?? 0)\(row.isDropped ? " –" : "  ")" }
    let states =
      (table.plan.halving == nil ? [] : [Column(title: "epochs", cells: epochs, alignment: .right)])
      + (hasAll ? [] : [Column(title: "runs", cells: runs, alignment: .right)])
    let figures = table.columns.indices.filter { table.columns[$0].isMain }.map { column in
      Column(title: Self.cut(table.columns[column].title), cells: rows.map { Self.text($0.cells[column]) })
    }
    (self.states, self.figures) = (states, figures)

    let choices = ChoiceNames(table.plan)
    let separate =
      choices.titles.isEmpty
      ? [Column(title: "choice", cells: rows.map(\.choice.title))]
      : choices.titles.indices.map { option in
        Column(title: choices.titles[option], cells: order.map { choices.values[$0][option] })
      }
    let joined = order.map { choices.joined($0) }
    let title = choices.titles.joined(separator: ", ")
    var above = choices.shared.isEmpty ? [] : ["all with \(choices.shared)"]
    if Self.blocks(separate, states, figures, width).count == 1 {
      names = separate
    } else if joined.allSatisfy({ $0.count <= width / 2 - Self.extent(states) }) {
      let titled = [Column(title: title, cells: joined)]
      let short = [Column(title: "choice", cells: joined)]
      let isShort =
        title.count > width / 2
        || Self.blocks(short, states, figures, width).count < Self.blocks(titled, states, figures, width).count
      if isShort { above.append("choices by \(title)") }
      names = isShort ? short : titled
    } else {
      above.append("choices by \(title)")
      let digits = "\(rows.count)".count
      above += rows.indices.map { "\("\($0 + 1)".padded(digits))  \(joined[$0])" }
      names = [Column(title: "", cells: rows.indices.map { "\($0 + 1)" }, alignment: .right)]
    }
    heading = above.map { TextLines.wrapped($0, indent: 4, width: width) }.joined(separator: "\n")
  }

  var text: String {
    let blocks = Self.blocks(names, states, figures, width).map { Self.text($0) }
    return ((heading.isEmpty ? [] : [heading]) + blocks).joined(separator: "\n\n")
  }

  /// Columns of figures that have room beside each other, behind the names; in the first also how far each choice came.
  private static func blocks(
    _ names: [Column], _ states: [Column], _ figures: [Column], _ width: Int
  ) -> [[Column]] {
    var blocks = [names + states]
    for figure in figures {
      let last = blocks[blocks.count - 1]
      let hasRoom = extent(last) + figure.width <= width || last.count == names.count
      if hasRoom { blocks[blocks.count - 1].append(figure) } else { blocks.append(names + [figure]) }
    }
    return blocks
  }

  /// Characters of columns, and of the gap behind each.
  private static func extent(_ columns: [Column]) -> Int { columns.reduce(0) { $0 + $1.width + gap } }

  private static func text(_ columns: [Column]) -> String {
    var table = TextTable(columns.map { ($0.title, $0.alignment) })
    for row in (columns.first?.cells ?? []).indices { table.append(columns.map { $0.cells[row] }) }
    return table.text
  }

  /// "0.5123 ± 0.0123 *"; of one run without what it varies by.
  private static func text(_ cell: ComparisonTable.Cell) -> String {
    guard cell.mean != nil else { return "–" }
    let spread = cell.standardDeviation.map { " ± \(NumberFormat.fixed($0))" } ?? ""
    return NumberFormat.fixed(cell.mean) + spread + (cell.isBest ? " *" : cell.isWithinNoise ? " ~" : "")
  }

  private static func cut(_ title: String) -> String {
    title.count <= longestTitle ? title : title.prefix(longestTitle - 1) + "…"
  }
}
