internal import Configuration
internal import Datasets

/// A table as it was read, for `weights --json`.
struct TableRecord: Encodable {
  struct Label: Encodable {
    let name: String
    let column: Int
  }

  struct LeftOut: Encodable {
    let name: String
    let column: Int
    let reason: String
  }

  struct Column: Encodable {
    let name: String
    let kind: String
    let missing: Int
    let minimum: Double?
    let maximum: Double?
    let mean: Double?
    let levelCount: Int?
    /// The first hundred.
    let levels: [String]?
    /// How many different numbers there are, where they may be codes of categories.
    let wholeNumbers: Int?

    enum CodingKeys: String, CodingKey {
      case name, kind, missing, minimum, maximum, mean, levels
      case levelCount = "level_count"
      case wholeNumbers = "different_whole_numbers"
    }
  }

  let rows: Int
  let delimiter: String
  let header: Bool
  let decimal: String
  let label: Label
  let leftOut: [LeftOut]
  let columns: [Column]

  enum CodingKeys: String, CodingKey {
    case rows, delimiter, header, decimal, label, columns
    case leftOut = "left_out"
  }

  /// What a user should ask of the columns that may hold codes: nothing was changed in silence. Nil where there are none.
  var remark: String? {
    let found = columns.filter { $0.wholeNumbers != nil }
    guard let first = found.first, let count = first.wholeNumbers else { return nil }
    // A comma parts names from each other.
    let names = found.map(\.name).filter { !$0.contains(",") }
    let list = names.prefix(Self.mostNamed).joined(separator: ",") + (names.count > Self.mostNamed ? ",…" : "")
    let option = list.contains { !$0.isLetter && !$0.isNumber && !"_-.,…".contains($0) } ? "'\(list)'" : list
    let which =
      found.count == 1
      ? "column \(first.name) has \(count) different whole numbers"
      : "\(found.count) columns have few different whole numbers (\(first.name): \(count))"
    return "\(which), taken for measurements: --categorical \(option), if they are codes"
  }

  /// What becomes of columns of more levels than get a feature each, and what there is instead. Nil where there are none.
  var remarkOnLevels: String? {
    let most = DataOptions.defaults.maxOneHot
    let found = columns.filter { $0.levelCount ?? 0 > most }
    guard let first = found.first, let levelCount = first.levelCount else { return nil }
    let count = NumberFormat.grouped(levelCount)
    let which =
      found.count == 1
      ? "column \(first.name) has \(count) levels" : "\(found.count) columns have many levels (\(first.name): \(count))"
    return
      "\(which): --embedding, which the recipe for tables has, learns numbers for every one; without it \(most) get a feature each"
  }

  private static let mostNamed = 8

  init(_ reading: TableReading, _ summary: TableSummary) {
    rows = summary.rowCount
    delimiter = reading.delimiter
    header = reading.hasNames
    decimal = reading.decimal == .comma ? "," : "."
    label = Label(name: reading.labelName, column: reading.labelColumn)
    leftOut = reading.leftOut.map { LeftOut(name: $0.name, column: $0.column, reason: $0.reason) }
    columns = summary.columns.map { column in
      let isCategory = column.kind == .category
      return Column(
        name: column.name, kind: column.kind.rawValue, missing: column.missing, minimum: column.range?.minimum,
        maximum: column.range?.maximum, mean: column.range?.mean, levelCount: isCategory ? column.levels.count : nil,
        levels: isCategory ? Array(column.levels.prefix(100)) : nil, wholeNumbers: column.wholeNumbers)
    }
  }
}
