public import Failures

/// How a delimited text file is to be understood. What is `nil` is detected.
public struct CSVOptions: Equatable, Sendable {
  /// The column of labels.
  public var label: ColumnReference = .index(-1)
  public var hasHeader: Bool?
  public var delimiter: UInt8?
  /// What lines begin with that are comments; nil where none are.
  public var comment: UInt8?
  /// What stands for a value that is not known.
  public var missing: Set<String> = Self.usualMissing
  /// Columns whose fields are categories even where they are numbers.
  public var categorical: [ColumnReference] = []
  /// Columns whose fields must be numbers.
  public var numeric: [ColumnReference] = []
  /// Columns that are no features.
  public var dropped: [ColumnReference] = []
  /// Whether records that cannot be read are left out, and counted, instead of ending the job.
  public var skipsBadRows = false
  /// The columns of the file that this one goes with: found by name, read as they are there.
  public var schema: [FeatureColumn]?

  public static let usualMissing: Set<String> = ["", "?", "NA", "NaN", "null"]

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
  case nearlyNumeric(Place, text: String)
  case missingLabel(Place)
  case badQuotes(Place, text: String)
  case unusableText(Place, text: String)
  /// Of a record that begins with `start`.
  case wrongFieldCount(path: String, line: Int, found: Int, expected: Int, start: String)
  case oddQuotesInComment(path: String, line: Int)
  case commentIsDelimiter(path: String, character: String)
  /// With the line of the last quote, where it is known.
  case oddQuotes(path: String, line: Int?)
  case noSuchColumn(path: String, option: String, names: [String])
  case ambiguousColumn(path: String, option: String, places: [Int])
  case numericAndCategorical(path: String, column: String)
  case columnsDiffer(path: String, expected: [String], found: [String])
  case tooManyLevels(path: String, column: String)
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
    case .noSuchColumn, .ambiguousColumn, .numericAndCategorical, .commentIsDelimiter: .badConfiguration
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .empty(let path):
      "\(path) has no rows of data"
    case .oneColumn(let path):
      "\(path) has one column only; it needs features and a label (is the delimiter right? --delimiter sets it; svmlight text is read by --format svmlight)"
    case .notANumber(let place, let text):
      """
      \(place): "\(text)" is not a number, as this column's fields must be (--numeric, or the training data).
      """
    case .nearlyNumeric(let place, let text):
      """
      \(place): "\(text)" is not a number, but nearly all of this column are. If it stands for a missing value, \
      say --missing "\(text)"; if the column holds categories, --categorical "\(place.columnName)"; if this is the \
      first line of names, --header yes; if the labels stand in this column, --label "\(place.columnName)".
      """
    case .notFinite(let place, let text):
      "\(place): \(text) is not a finite number that a 32-bit float can hold"
    case .missingLabel(let place):
      "\(place): the label is missing. Fill it in, or remove the row."
    case .badQuotes(let place, let text):
      "\(place): misplaced quotes in \(text); a field with quotes is enclosed in quotes, and each quote inside is doubled"
    case .unusableText(let place, let text):
      "\(place): \"\(text)\" holds a control character"
    case .wrongFieldCount(let path, let line, let found, let expected, let start):
      """
      \(path), line \(line): \(found) fields where \(expected) are expected\
      \(["#", "%"].contains(start) ? "; if lines that begin with \(start) are comments, say --comment \"\(start)\"" : "")
      """
    case .commentIsDelimiter(let path, let character):
      "--comment \"\(character)\": \(path) has it between its fields, too; --delimiter says what else it may be"
    case .oddQuotesInComment(let path, let line):
      "\(path), line \(line): a comment with an odd number of quotes; it cannot be told where the next field ends"
    case .oddQuotes(let path, let line):
      """
      \(path): a quote is opened and never closed\(line.map { "; the last quote of the file stands in line \($0)" } ?? "")
      """
    case .noSuchColumn(let path, let option, let names):
      """
      \(option): \(path) has \(names.count) columns: \
      \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")
      """
    case .ambiguousColumn(let path, let option, let places):
      """
      \(option): \(path) has several columns of that name; say which by its number: \
      \(places.map(String.init).joined(separator: ", "))
      """
    case .numericAndCategorical(let path, let column):
      "\(path): column \"\(column)\" is named by both --numeric and --categorical"
    case .columnsDiffer(let path, let expected, let found):
      """
      \(path) has other columns than the training data. Missing: \(Self.list(expected.filter { !found.contains($0) })). \
      Not in the training data: \(Self.list(found.filter { !expected.contains($0) })).
      """
    case .tooManyLevels(let path, let column):
      """
      \(path): column "\(column)" has more than \(FeatureColumn.mostLevels) different texts; it seems to name the rows. \
      Leave it out by --drop "\(column)".
      """
    case .notText(let path, let kind):
      "\(path) is \(kind)"
    case .notUTF8(let place):
      "\(place): the text is not UTF-8; convert the file (iconv -f latin1 -t utf-8, for example)"
    case .tooManyLabels(let place):
      """
      \(place): more than \(Vocabulary.mostLabels) different labels; this looks like a measurement, not a class. \
      Name the label column with --label.
      """
    }
  }

  private static func list(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
  }
}
