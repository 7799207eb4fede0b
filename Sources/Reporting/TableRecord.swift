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

    enum CodingKeys: String, CodingKey {
      case name, kind, missing, minimum, maximum, mean, levels
      case levelCount = "level_count"
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
        levels: isCategory ? Array(column.levels.prefix(100)) : nil)
    }
  }
}
