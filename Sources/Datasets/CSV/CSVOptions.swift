public import Failures

/// How a delimited text file is to be understood. What is `nil` is detected.
public struct CSVOptions: Equatable, Sendable {
  /// The column of labels.
  public var label: ColumnReference = .index(-1)
  public var hasHeader: Bool?
  public var delimiter: UInt8?

  public init() {}

  /// The delimiters that are looked for, in order of preference.
  static let usualDelimiters: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|")]
}

/// A delimited text file that cannot be understood.
public enum CSVError: Failure, Equatable {
  case empty(path: String)
  case oneColumn(path: String)
  case notANumber(Place, text: String)
  case notFinite(Place, text: String)
  case missingValue(Place)
  case missingLabel(Place)
  case badQuotes(Place, text: String)
  case unusableLabel(Place, text: String)
  case wrongFieldCount(path: String, line: Int, found: Int, expected: Int)
  case oddQuotes(path: String, line: Int)
  case noSuchColumn(path: String, column: String, names: [String])
  case ambiguousColumn(path: String, column: String, places: [Int])
  case notText(path: String, kind: String)
  case notUTF8(Place)
  case tooManyLabels(Place)

  /// Where in a file a field stands.
  public struct Place: Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// From 1.
    public let line: Int
    /// From 1.
    public let column: Int
    public let columnName: String

    public var description: String { "\(path), line \(line), column \(column) (\(columnName))" }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noSuchColumn, .ambiguousColumn: .badConfiguration
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .empty(let path):
      "\(path) has no rows of data"
    case .oneColumn(let path):
      "\(path) has one column only; it needs features and a label (is the delimiter right? --delimiter sets it)"
    case .notANumber(let place, let text):
      """
      \(place): "\(text)" is not a number. Features must be numeric; if this is the first line of names, \
      pass --header yes; if the labels stand in this column, name it with --label.
      """
    case .notFinite(let place, let text):
      "\(place): \(text) is not a finite number that a 32-bit float can hold"
    case .missingValue(let place):
      "\(place): the value is missing. Fill it in, or remove the row."
    case .missingLabel(let place):
      "\(place): the label is missing. Fill it in, or remove the row."
    case .badQuotes(let place, let text):
      "\(place): misplaced quotes in \(text); a field with quotes is enclosed in quotes, and each quote inside is doubled"
    case .unusableLabel(let place, let text):
      "\(place): the label \"\(text)\" holds a control character"
    case .wrongFieldCount(let path, let line, let found, let expected):
      "\(path), line \(line): \(found) fields where \(expected) are expected"
    case .oddQuotes(let path, let line):
      "\(path): a quote is opened and never closed; the last quote of the file stands in line \(line)"
    case .noSuchColumn(let path, let column, let names):
      """
      --label \(column): \(path) has \(names.count) columns: \
      \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")
      """
    case .ambiguousColumn(let path, let column, let places):
      """
      --label \(column): \(path) has several columns of that name; say which by its number: \
      \(places.map(String.init).joined(separator: ", "))
      """
    case .notText(let path, let kind):
      "\(path) is \(kind)"
    case .notUTF8(let place):
      "\(place): the label is not UTF-8 text; convert the file (iconv -f latin1 -t utf-8, for example)"
    case .tooManyLabels(let place):
      """
      \(place): more than \(LabelVocabulary.mostLabels) different labels; this looks like a measurement, not a class. \
      Name the label column with --label.
      """
    }
  }
}
