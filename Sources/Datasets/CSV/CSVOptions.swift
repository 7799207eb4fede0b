public import Configuration

/// How a delimited text file is to be understood. What is `nil` is detected.
public struct CSVOptions: Equatable, Sendable {
  /// The column of labels.
  public var label: ColumnReference = .index(-1)
  public var hasHeader: Bool?
  public var delimiter: UInt8?
  public var decimal: DecimalMark?
  /// Whether quotes enclose fields; where that is not said they do, and text in quotes that looks like rows is refused.
  public var hasQuotes: Bool?
  /// What lines begin with that are comments; nil where none are.
  public var comment: UInt8?
  /// What stands for a value that is not known.
  public var missing = MissingTexts.usual.texts
  /// Columns whose fields are categories even where they are numbers.
  public var categorical: [ColumnReference] = []
  /// Columns whose fields must be numbers.
  public var numeric: [ColumnReference] = []
  /// Columns that are no features.
  public var dropped: [ColumnReference] = []
  /// Features over which categories of many levels will be spread by a hash; nil where they won't be.
  public var hashCount: Int?
  /// Whether records that cannot be read are left out, and counted, instead of ending the job.
  public var skipsBadRows = false
  /// The table that this one goes with: its columns are found by their names, and read as they are there.
  public var training: TrainingTable?

  /// `hasQuotes`, or what is known of the training data's: where quotes enclosed nothing there, they don't here.
  var knowsQuotes: Bool? { hasQuotes ?? (training?.schema?.hasQuotes == false ? false : nil) }

  /// Whether `label` counts for a table that goes with another, whose own label is another's business.
  public var saysLabel = false
  /// Whether no label is asked for: a column of labels may be missing, and says nothing where it is there.
  public var ignoresLabels = false

  public init() {}

  /// The delimiters that are looked for; the last only where none of the others will do.
  static let usualDelimiters: [UInt8] = [
    UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: " "),
  ]

  /// Whether an option names a column so. (Numbers may be places.)
  func names(_ name: String) -> Bool {
    ([label] + categorical + numeric + dropped).contains(.name(name))
  }
}

/// What must be known of the table for training where one that goes with it is read.
public struct TrainingTable: Equatable, Sendable {
  public let columns: [FeatureColumn]
  /// How its file was written; nil where it is none of delimited text.
  public let schema: DataSchema?

  public init(columns: [FeatureColumn], schema: DataSchema?) {
    self.columns = columns
    self.schema = schema?.form == .table ? schema : nil
  }

  public init(columns: [FeatureColumn], reading: TableReading? = nil) {
    self.init(columns: columns, schema: reading.map { DataSchema($0) })
  }
}
