public import Configuration

/// How a file of delimited text was read: what was found in it, and what was decided.
public struct TableReading: Equatable, Sendable {
  /// The character between fields.
  public let delimiter: String
  public let hasNames: Bool
  /// Whether lines, or the first of them, end in a delimiter behind which there is no column.
  public let endsInDelimiter: Bool
  public let decimal: DecimalMark
  /// Whether quotes enclose fields, and are none of their characters.
  public let hasQuotes: Bool
  /// Of all columns of the file.
  public let columnNames: [String]
  /// The place of the labels, from 0.
  public let labelColumn: Int
  /// Whether labels are taken for texts, be they numbers: by --categorical.
  public let hasTextLabels: Bool
  /// Columns that are no features.
  public let leftOut: [LeftOut]
  /// Columns whose numbers are not written plainly, and how: "price: $, thousands by comma".
  public let forms: [String]
  /// Those of them that more is to be known of than the decimal mark.
  public let numberForms: [String: NumberForm]
  /// Columns whose names stood in the file twice, or not at all.
  public let renamed: [String]

  /// A column that is no feature, and why.
  public struct LeftOut: Equatable, Sendable {
    public let column: Int
    public let name: String
    public let reason: String
  }

  init(_ header: CSVHeader, _ plan: ColumnPlan) {
    guard let labelColumn = plan.labelColumn else { preconditionFailure("a table for training has labels") }
    delimiter = String(UnicodeScalar(header.scanner.delimiter))
    hasNames = header.hasNames
    endsInDelimiter = header.lineEnds != .none
    decimal = header.decimal
    hasQuotes = header.scanner.hasQuotes
    columnNames = header.columnNames
    self.labelColumn = labelColumn
    hasTextLabels = plan.hasTextLabels
    leftOut = plan.leftOut
    let numbers = zip(header.surveys, plan.featurePlaces).compactMap {
      survey, place -> (name: String, form: NumberForm)? in
      guard let feature = place.map({ plan.features[$0] }), case .number(let form) = feature.reading,
        feature.isOfNumbers,
        survey.isNumeric
      else { return nil }
      return (feature.name, form)
    }
    numberForms = Dictionary(uniqueKeysWithValues: numbers.filter(\.form.isUnusual))
    forms =
      numbers.compactMap { name, form in form.summary.map { "\(name): \($0)" } }
      + plan.codes.map { "\($0): digits with zeros in front, taken for codes (--numeric \"\($0)\" for numbers)" }
    let names = Set(plan.leftOut.map { header.columnNames[$0.column] })
    renamed = header.renamed.filter { !names.contains($0) }
  }

  public var labelName: String { columnNames[labelColumn] }

  /// What was decided, for people: a line each.
  ///
  /// - Parameter columns: The features that came of it.
  public func lines(_ columns: [FeatureColumn]) -> [(title: String, text: String)] {
    var lines: [(title: String, text: String)] = [
      (
        "file",
        """
        fields by \(DelimiterDetection.name(delimiter.utf8.first ?? 0)), \
        \(hasNames ? "names in line 1" : "no names (line 1 is a row)")\(decimal == .comma ? ", decimal comma" : "")\
        \(endsInDelimiter ? ", one more of those with nothing behind it at the end of lines" : "")
        """
      ),
      ("label", "column \(labelColumn) (\(labelName)) of \(columnNames.count), counted from 0"),
    ]
    func list(_ names: [String]) -> String { Self.list(names, most: 8) }
    let numbers = columns.filter { $0.kind == .numeric && !$0.isTime }
    let times = columns.filter(\.isTime)
    let categories = columns.filter { $0.kind != .numeric }
    var kinds: [String] = []
    if !numbers.isEmpty { kinds.append("\(numbers.count) of numbers: \(list(numbers.map(\.name)))") }
    if !times.isEmpty { kinds.append("\(times.count) of times: \(list(times.map(\.name)))") }
    if !categories.isEmpty {
      kinds.append("\(categories.count) of categories: \(list(categories.map(Self.words)))")
    }
    lines.append(("columns", kinds.joined(separator: "; ")))
    if !forms.isEmpty { lines.append(("written", Self.list(forms, most: 8, separator: "; "))) }
    if !renamed.isEmpty {
      lines.append(("renamed", "\(list(renamed)): without a name in the file, or with one of another"))
    }
    if !leftOut.isEmpty {
      let words = leftOut.map { "\($0.name.isEmpty ? "column \($0.column)" : $0.name) (\($0.reason))" }
      lines.append(("left out", list(words)))
    }
    return lines
  }

  /// "color (4 levels)", and all levels where numbers are among few.
  private static func words(_ column: FeatureColumn) -> String {
    let levels = column.levels
    let isMixed = levels.contains { ClassNames.number($0) != nil }
    return isMixed && levels.count <= 8
      ? "\(column.name) (\(levels.joined(separator: ", ")))"
      : "\(column.name) (\(levels.count) level\(levels.count == 1 ? "" : "s"))"
  }

  private static func list(_ names: [String], most: Int, separator: String = ", ") -> String {
    names.prefix(most).joined(separator: separator) + (names.count > most ? "\(separator)… (\(names.count))" : "")
  }
}
