public import Configuration

/// How the data was written that a model was trained on: what must be known to read other data for it, besides its
/// columns. A part of the model's file (docs/formats.md).
public struct DataSchema: Equatable, Sendable {
  /// How rows name their values.
  public enum Form: String, Codable, Sendable {
    /// Columns with names, or with places, of delimited text.
    case table
    /// Rows of numbers.
    case array
    /// Pairs of a feature's number and its value.
    case sparse
  }

  public let form: Form
  /// The place of the labels among the columns, from 0; nil where they had a file of their own.
  public let labelColumn: Int?
  /// Of a table: all of its columns, the label and those that are no features among them.
  public let columnNames: [String]
  /// Of a table: whether its first line held the names.
  public let hasNames: Bool
  /// Of a table: the character between its fields. A comma in files of program versions that did not say.
  public let delimiter: String
  /// Of a table: the mark before the fractions of its numbers.
  public let decimal: DecimalMark
  /// Of a table: whether quotes enclose fields. They do in files of program versions that did not say.
  public let hasQuotes: Bool
  /// Of a table: the texts that stand for a value that is not known, by their bytes.
  public let missing: [String]
  /// Of a table: how the numbers of columns were written of which more is to be known than the decimal mark. None in files
  /// of program versions that did not say.
  public let numberForms: [String: NumberForm]

  /// - Parameters:
  ///   - raw: The training data.
  ///   - missing: The texts that stood for a missing value.
  public init(_ raw: RawDataset, missing: Set<String>) {
    if let reading = raw.reading {
      self.init(reading, missing: missing)
    } else {
      self.init(raw.isRowsOfPairs ? .sparse : .array, labelColumn: raw.labelColumn)
    }
  }

  /// Of data without names.
  private init(_ form: Form, labelColumn: Int?) {
    self.form = form
    self.labelColumn = labelColumn
    (columnNames, hasNames, delimiter, decimal, missing) = ([], false, Self.usualDelimiter, .point, [])
    hasQuotes = true
    numberForms = [:]
  }

  /// Of a table.
  init(_ reading: TableReading, missing: Set<String> = []) {
    form = .table
    labelColumn = reading.labelColumn
    columnNames = reading.columnNames
    hasNames = reading.hasNames
    delimiter = reading.delimiter
    decimal = reading.decimal
    hasQuotes = reading.hasQuotes
    self.missing = missing.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    numberForms = reading.numberForms
  }

  /// The one that stands in no file.
  public static let usualDelimiter = ","

  /// The label's name in a table.
  public var labelName: String? {
    guard let labelColumn, columnNames.indices.contains(labelColumn) else { return nil }
    return columnNames[labelColumn]
  }
}

/// As it stands in a model's file: with the keys that its form has.
extension DataSchema: Codable {
  private enum Key: String, CodingKey {
    case form, missing, decimal, delimiter, quotes
    case labelColumn = "label_column"
    case columnNames = "column_names"
    case hasNames = "has_names"
    case numberForms = "number_forms"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(form, forKey: .form)
    try container.encodeIfPresent(labelColumn, forKey: .labelColumn)
    guard form == .table else { return }
    try container.encode(columnNames, forKey: .columnNames)
    try container.encode(hasNames, forKey: .hasNames)
    if delimiter != Self.usualDelimiter { try container.encode(delimiter, forKey: .delimiter) }
    try container.encode(decimal, forKey: .decimal)
    if !hasQuotes { try container.encode(false, forKey: .quotes) }
    try container.encode(missing, forKey: .missing)
    if !numberForms.isEmpty { try container.encode(numberForms, forKey: .numberForms) }
  }

  /// - Throws: `DecodingError`, also for a label that is none of the columns.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    form = try container.decode(Form.self, forKey: .form)
    labelColumn = try container.decodeIfPresent(Int.self, forKey: .labelColumn)
    let isTable = form == .table
    columnNames = isTable ? try container.decode([String].self, forKey: .columnNames) : []
    hasNames = isTable ? try container.decode(Bool.self, forKey: .hasNames) : false
    let delimiter = isTable ? try container.decodeIfPresent(String.self, forKey: .delimiter) : nil
    self.delimiter = delimiter ?? Self.usualDelimiter
    decimal = isTable ? try container.decode(DecimalMark.self, forKey: .decimal) : .point
    hasQuotes = try container.decodeIfPresent(Bool.self, forKey: .quotes) ?? true
    missing = isTable ? try container.decode([String].self, forKey: .missing) : []
    numberForms = isTable ? try container.decodeIfPresent([String: NumberForm].self, forKey: .numberForms) ?? [:] : [:]
    guard self.delimiter.utf8.count == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .delimiter, in: container, debugDescription: "it is not one ASCII character")
    }
    if let labelColumn, labelColumn < 0 || (isTable && labelColumn >= columnNames.count) {
      throw DecodingError.dataCorruptedError(
        forKey: .labelColumn, in: container, debugDescription: "column \(labelColumn) of \(columnNames.count)")
    }
  }
}
