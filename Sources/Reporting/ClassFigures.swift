/// Columns of figures, a row a class: as tables of at most 80 columns, one below the other, each with the names.
struct ClassFigures {
  /// The heading of the names, "class", and each row's.
  private let names: (title: String, rows: [String])
  private var columns: [(title: String, cells: [String])] = []

  private static let width = 80
  /// Characters of a name; a longer one would leave no room for figures.
  private static let longestName = 24

  /// - Parameter rows: What stands in front of each row.
  init(_ title: String, _ rows: [String]) {
    names = (
      title, rows.map { $0.count <= Self.longestName ? $0 : $0.prefix(Self.longestName - 1) + "…" }
    )
  }

  /// - Parameter cells: One for each row.
  mutating func append(_ title: String, _ cells: [String]) {
    precondition(cells.count == names.rows.count, "\(cells.count) cells of \(names.rows.count) rows")
    columns.append((title, cells))
  }

  /// Tables with an empty line between them.
  var text: String {
    let nameWidth = ([names.title] + names.rows).map(\.count).max() ?? 0
    var tables: [[(title: String, cells: [String])]] = []
    var room = 0
    for column in columns {
      let width = 2 + (([column.title] + column.cells).map(\.count).max() ?? 0)
      if tables.isEmpty || width > room {
        tables.append([])
        room = Self.width - nameWidth
      }
      tables[tables.count - 1].append(column)
      room -= width
    }
    return tables.map { columns in
      var table = TextTable([(names.title, .left)] + columns.map { ($0.title, .right) })
      for row in names.rows.indices { table.append([names.rows[row]] + columns.map { $0.cells[row] }) }
      return table.text
    }.joined(separator: "\n\n")
  }
}
