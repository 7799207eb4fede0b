public import Configuration
public import Failures

/// A delimited text file that cannot be understood.
public enum CSVError: Failure, Equatable {
  case empty(path: String)
  case oneColumn(path: String)
  /// `expected` is what the fields of its column are: "a number".
  case notANumber(Place, text: String, expected: String, advice: String)
  case notFinite(Place, text: String)
  case nearlyNumeric(Place, text: String, expected: String, advice: String)
  /// So many fields of a column are numbers, and so many others.
  case mixed(Place, text: String, expected: String, nouns: String, numbers: Int, others: Int, advice: String)
  case codes(Place, text: String)
  case missingLabel(Place, text: String)
  case badQuotes(Place, text: String)
  case unusableText(Place, text: String)
  /// A first line that has fewer fields than the others.
  case title(path: String, line: Int, found: Int, expected: Int, start: String)
  /// A first line of several fields, of which the first alone has a text, or none.
  case titleAlone(path: String, line: Int, fields: Int, text: String)
  /// Of a record that begins with `start`, a character, or is nothing but `start`, which is drawn.
  case wrongFieldCount(path: String, line: Int, found: Int, expected: Int, start: String)
  /// The first line has a field less than the others.
  case namesOneShort(path: String, names: Int)
  /// The same, and the last field below it is always empty: of the names of rows, or of a delimiter at the end of lines.
  case indexOrLineEnds(path: String, names: Int)
  case tooManyColumns(path: String)
  case commentIsDelimiter(path: String, character: String)
  /// With the line in which the quote stands, where it is known.
  case openQuotes(path: String, line: Int?)
  /// Text within quotes whose lines could be rows.
  case rowsInQuotes(Place, lines: Int)
  case unclearDelimiter(path: String, readings: [String])
  case unclearHeader(path: String, line: [String], reason: String)
  case unclearDecimal(path: String, column: String, text: String, asPoint: String, asComma: String)
  case mixedDecimals(path: String, point: String, comma: String)
  /// A column whose numbers have another mark than is said.
  case otherDecimal(path: String, column: String, text: String, said: DecimalMark)
  case noSuchColumn(path: String, option: String, names: [String])
  /// A number that is the name of one column, and the place of another.
  case nameOrPlace(path: String, option: String, place: Int, named: Int)
  case ambiguousColumn(path: String, option: String, places: [Int])
  case contradiction(path: String, column: String, options: [String])
  case noFeatures(path: String, columns: Int)
  case columnsMissing(path: String, missing: [String], found: [String])
  case otherColumnCount(path: String, expected: Int, found: Int)
  case labelIsFeature(path: String, column: String)
  /// Numbers that mean something else than in the training data.
  case unitsDiffer(path: String, column: String, unit: String, training: String)
  case tooManyLevels(path: String, column: String)
  /// More than become features.
  case tooManyLevelsForFeatures(path: String, column: String, count: Int)
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

    /// Whether its column has a name of its own: others are called by their places.
    var hasName: Bool { columnName != "x\(column - 1)" }

    public var description: String { "\(path), line \(line), column \(column) (\(columnName))" }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noSuchColumn, .labelIsFeature, .nameOrPlace, .ambiguousColumn, .contradiction, .commentIsDelimiter,
      .noFeatures:
      .badConfiguration
    default: .badData
    }
  }

  public var description: String {
    switch self {
    case .empty(let path):
      "\(path) has no rows of data"
    case .oneColumn(let path):
      "\(path) has one column only; it needs features and a label (is the delimiter right? --delimiter sets it; svmlight text is read by --format svmlight)"
    case .notANumber(let place, let text, _, _) where text == place.columnName,
      .nearlyNumeric(let place, let text, _, _) where text == place.columnName:
      """
      \(place): the name of the column stands there once more. If the line repeats the names, as where files are put \
      together, say --on-bad-row skip.
      """
    case .notANumber(let place, let text, let expected, let advice):
      """
      \(place): "\(text)" is not \(expected), as this column's fields must be (--numeric, or the training data)\
      \(advice.isEmpty ? "." : ". " + advice.dropLast())
      """
    case .nearlyNumeric(let place, let text, let expected, let advice):
      """
      \(place): "\(text)" is not \(expected), but nearly all of this column are. \(advice)\(FieldAdvice.onMissing(text)); \
      if the column holds categories, --categorical "\(place.columnName)"\
      \(place.line == 1 ? "; if this is the first line of names, --header yes" : ""); if the labels stand in this \
      column, --label "\(place.columnName)".
      """
    case .mixed(let place, let text, _, _, _, _, _) where text == place.columnName:
      """
      \(place): the name of the column stands there once more. If such lines repeat the names, as where files are put together, \
      take them out.
      """
    case .mixed(let place, let text, let expected, let nouns, let numbers, let others, let advice):
      """
      \(place): "\(text)" is not \(expected); of this column's fields \(numbers) are \(nouns) and \(others) are not. \
      \(advice)\(FieldAdvice.onMissing(text)); if the column holds categories, --categorical "\(place.columnName)"; to leave \
      it out, --drop "\(place.columnName)".
      """
    case .notFinite(let place, let text):
      """
      \(place): \(text) is not a finite number that a 32-bit float can hold. \(FieldAdvice.onMissing(text)); if the column \
      holds categories, --categorical "\(place.columnName)"; to leave it out, --drop "\(place.columnName)".
      """
    case .codes(let place, let text):
      """
      \(place): "\(text)" begins with zeros. If it is a code, say --categorical "\(place.columnName)"; if it is a number, \
      --numeric "\(place.columnName)".
      """
    case .missingLabel(let place, let text):
      """
      \(place): the label is missing. Fill it in, or remove the row\
      \(text.isEmpty ? "" : "; or, if \"\(text)\" is a class, say by --missing what else stands for missing values")\
      \(place.hasName ? "" : "; or, if the labels stand in another column, name it by --label").
      """
    case .badQuotes(let place, let text):
      """
      \(place): misplaced quotes in \(text); a field that begins with a quote ends with one, and each quote inside is \
      doubled. If quotes are characters like others in this file, say --quotes no.
      """
    case .unusableText(let place, let text):
      "\(place): \"\(text)\" holds a control character (in a label, a line end is one)"
    case .title(let path, let line, let found, let expected, let start):
      """
      \(CSVError.wrongFieldCount(path: path, line: line, found: found, expected: expected, start: start)); if that is a title \
      above the names of the columns, take it away
      """
    case .titleAlone(let path, let line, let fields, let text):
      """
      \(path), line \(line): of its \(fields) fields \(text.isEmpty ? "none" : "the first alone") has a text\
      \(text.isEmpty ? "" : " (\(text))"). If it is not the names of the columns but stands above them, take it away; \
      else say --header yes, or --header no.
      """
    case .wrongFieldCount(let path, let line, let found, let expected, let start):
      """
      \(path), line \(line): \(found) field\(found == 1 ? "" : "s") where \(expected) are expected\
      \(["#", "%"].contains(start) ? "; if lines that begin with \(start) are comments, say --comment \"\(start)\"" : "")\
      \(FieldAdvice.isDrawn(start) ? "; if the line is drawn between others, --on-bad-row skip leaves it out" : "")
      """
    case .namesOneShort(let path, let names):
      """
      \(path): line 1 has \(names) fields, the lines below \(names + 1). If line 1 is names, and the first column those of \
      the rows, say --header yes.
      """
    case .indexOrLineEnds(let path, let names):
      """
      \(path): line 1 has \(names) fields, the lines below \(names + 1), the last of them empty. Either the first column is the \
      names of the rows, and has none: write one above it. Or lines end in a delimiter: take that away.
      """
    case .tooManyColumns(let path):
      "\(path): line 1 has more than \(CSVSample.mostColumns) fields; is it one long line?"
    case .commentIsDelimiter(let path, let character):
      "--comment \"\(character)\": \(path) has it between its fields, too; --delimiter says what else it may be"
    case .openQuotes(let path, let line):
      """
      \(path)\(line.map { ", line \($0)" } ?? ""): a quote is opened and never closed. If quotes are characters like \
      others in this file, say --quotes no.
      """
    case .rowsInQuotes(let place, let lines):
      """
      \(place): the text in quotes goes over \(lines) lines that look like rows of their own. If they are rows, quotes \
      are characters like others: say --quotes no. If it is a text, say --quotes yes.
      """
    case .unclearDelimiter(let path, let readings):
      """
      \(path): what is between its fields is not clear. \(readings.joined(separator: " ")) \
      Say which by --delimiter.
      """
    case .unclearHeader(let path, let line, let reason):
      """
      \(path): whether line 1 (\(Self.list(line, most: 8))) is names or a row is not clear: \(reason). \
      Say --header yes: the columns have these names. Or --header no: it is a row, and its label is \
      "\(line.last ?? "")".
      """
    case .unclearDecimal(let path, let column, let text, let asPoint, let asComma):
      """
      \(path): in column "\(column)", "\(text)" may be \(asPoint) or \(asComma), and nothing in the file tells. Say \
      --decimal point (\(asPoint)), or --decimal comma (\(asComma)).
      """
    case .mixedDecimals(let path, let point, let comma):
      """
      \(path): it has numbers with a decimal point (\(point)) and others with a decimal comma (\(comma)). Say which it \
      is by --decimal, and by --categorical or --drop what the other column is.
      """
    case .otherDecimal(let path, let column, let text, let said):
      """
      \(path): "\(text)" of column "\(column)" is no number with a decimal \(said.rawValue). If all numbers have the other \
      mark, say --decimal \(said == .point ? "comma" : "point"); if it is a text, --categorical "\(column)"; else --drop it.
      """
    case .noSuchColumn(let path, let option, let names):
      """
      \(option): \(path) has \(names.count) columns: \
      \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")
      """
    case .nameOrPlace(let path, let option, let place, let named):
      """
      \(option): \(path) has a column of that name, which is number \(named), and another that is number \(place) \
      (counted from 0). Say which by the number from the end: \(option.prefix { $0 != " " }) -…
      """
    case .ambiguousColumn(let path, let option, let places):
      """
      \(option): \(path) has several columns of that name; say which by its number: \
      \(places.map(String.init).joined(separator: ", "))
      """
    case .contradiction(let path, let column, let options):
      "\(path): column \"\(column)\" is named by \(options.joined(separator: " and by ")); it can be only one of them"
    case .noFeatures(let path, let columns):
      "\(path): no feature is left of its \(columns) columns: one is the label, and --drop leaves out the others"
    case .columnsMissing(let path, let missing, let found):
      """
      \(path) lacks \(missing.count == 1 ? "a column" : "columns") of the training data: \(Self.list(missing)). \
      It has \(Self.list(found)).
      """
    case .otherColumnCount(let path, let expected, let found):
      """
      \(path) has \(found) columns, the file of the training data \(expected), and one of them has no names by which \
      columns could be found.
      """
    case .labelIsFeature(let path, let column):
      "--label: column \"\(column)\" of \(path) is a feature of the model; name the column of the labels"
    case .unitsDiffer(let path, let column, let unit, let training):
      "\(path): column \"\(column)\" holds \(unit), in the training data \(training)"
    case .tooManyLevels(let path, let column):
      """
      \(path): column "\(column)" has more than \(FeatureColumn.mostLevels) different texts; it seems to name the rows. \
      Leave it out by --drop "\(column)".
      """
    case .tooManyLevelsForFeatures(let path, let column, let count):
      """
      \(path): column "\(column)" has \(count) different texts, and more than \(FeatureColumn.mostLevelsOfFeatures) are not \
      made features of. If it names the rows, leave it out by --drop "\(column)"; else learn a row of numbers for each of \
      them by --embedding 16.
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

  static func list(_ names: [String], most: Int = 20) -> String {
    names.isEmpty
      ? "none"
      : names.prefix(most).map { $0.isEmpty ? "\"\"" : $0 }.joined(separator: ", ") + (names.count > most ? ", …" : "")
  }
}
