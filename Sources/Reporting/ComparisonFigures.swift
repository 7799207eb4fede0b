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
    let byTitle = title.count <= max(joined.map(\.count).max() ?? 0, Self.longestTitle)
    // Two figures have to have room beside it.
    let room = width - Self.extent(states) - figures.map(\.width).sorted().suffix(2).reduce(0) { $0 + $1 + Self.gap }
    var above = choices.shared.isEmpty ? [] : ["all with \(choices.shared)"]
    if Self.extent(separate + states + figures) - Self.gap <= width {
      names = separate
    } else if joined.allSatisfy({ $0.count <= room - Self.gap }) {
      if !byTitle { above.append("choices by \(title)") }
      names = [Column(title: byTitle ? title : "choice", cells: joined)]
    } else {
      above.append("choices by \(title)")
      let digits = "\(rows.count)".count
      above += rows.indices.map { "\("\($0 + 1)".padded(digits))  \(joined[$0])" }
      names = [Column(title: "", cells: rows.indices.map { "\($0 + 1)" }, alignment: .right)]
    }
    heading = above.map { TextLines.wrapped($0, indent: 4, width: width) }.joined(separator: "\n")
  }

  var text: String {
    var blocks: [String] = heading.isEmpty ? [] : [heading]
    var left = figures[...]
    var before = names + states
    repeat {
      var columns = before
      repeat {
        columns += left.prefix(1)
        left = left.dropFirst()
      } while !left.isEmpty && Self.extent(columns) + left[left.startIndex].width <= width
      blocks.append(Self.text(columns))
      before = names
    } while !left.isEmpty
    return blocks.joined(separator: "\n\n")
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
