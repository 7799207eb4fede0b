internal import Configuration
internal import Foundation

/// What the beginning of a delimited text file says about the whole of it. Every rank reads the
/// same first records, so every rank finds the same.
struct CSVHeader {
  let scanner: CSVScanner
  /// Each once.
  let columnNames: [String]
  /// As they stand in the file.
  private let writtenNames: [String]
  /// Whether the file names its columns.
  let hasNames: Bool
  /// How lines end in a delimiter behind which there is no column.
  let lineEnds: CSVSample.LineEnds
  /// Where the first record of data begins.
  let dataStart: Int
  let decimal: DecimalMark
  /// Whether a number of the sample, an option or the training data proves the mark.
  let isDecimalProven: Bool
  /// What the sampled records of data say of each column.
  let surveys: [ColumnSurvey]
  /// Some of the numbers of each column, for those that are numbers.
  let sampledNumbers: [[Double]]

  /// - Parameter isWhole: Whether `bytes` is all of the text.
  /// - Throws: `CSVError`
  init(_ bytes: Span<UInt8>, isWhole: Bool, path: String, options: CSVOptions) throws(CSVError) {
    // A byte order mark is no part of the first name.
    let mark = bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    // Excel's own line: "sep=;".
    let said = Self.saidDelimiter(bytes, from: mark)
    let start = said?.end ?? mark
    if let kind = FileKind.notTable(bytes) { throw .notText(path: path, kind: kind) }
    let samples = ((options.delimiter ?? said?.delimiter).map { [$0] } ?? CSVOptions.usualDelimiters).map { delimiter in
      CSVSample(
        bytes, from: start,
        CSVScanner(delimiter: delimiter, comment: options.comment, hasQuotes: options.knowsQuotes ?? true),
        isWhole: isWhole)
    }
    let sample = try DelimiterDetection.choose(samples, bytes, path: path, options: options)
    scanner = sample.scanner
    if let comment = options.comment, comment == scanner.delimiter {
      throw .commentIsDelimiter(path: path, character: String(UnicodeScalar(comment)))
    }
    guard let first = sample.records.first, let firstField = first.first, let lastField = first.last else {
      throw .empty(path: path)
    }
    guard first.count <= CSVSample.mostColumns else { throw .tooManyColumns(path: path) }
    let mayBeOne = options.ignoresLabels && options.training?.columns.count == 1
    guard mayBeOne || max(first.count, sample.usualFieldCount.count) >= 2 else { throw .oneColumn(path: path) }

    let usual = sample.usualFieldCount
    // A title above the table, or a comment.
    let isTitle =
      first.count == 1 && usual.count >= 2 && usual.share >= 0.5
      || first.count + 1 < usual.count && usual.share >= 0.8 && sample.records.count >= 5
    if isTitle {
      throw .title(
        path: path, line: CSVScanner.line(of: firstField.lowerBound, in: bytes), found: first.count,
        expected: usual.count,
        start: CSVScanner.excerpt(bytes, firstField.lowerBound..<min(firstField.lowerBound + 1, bytes.count)))
    }
    for (index, field) in first.enumerated() {
      let field = CSVScanner.trimmed(bytes, field)
      guard scanner.isQuoted(bytes, field), !scanner.isWellQuoted(bytes, field) else { continue }
      // What is cut off by the end of the text is told with all that it swallows.
      guard sample.records.count > 1 else {
        throw .openQuotes(path: path, line: CSVScanner.line(of: field.lowerBound, in: bytes))
      }
      throw .badQuotes(
        CSVError.Place(
          path: path, line: CSVScanner.line(of: field.lowerBound, in: bytes), column: index + 1, columnName: "x\(index)"
        ),
        text: CSVScanner.excerpt(bytes, field))
    }
    // Names that go over lines which look like rows have swallowed some.
    if options.knowsQuotes == nil, sample.records.count > 1 {
      let lines = RecordFields.lines(
        bytes, firstField.lowerBound..<lastField.upperBound, scanner, columnCount: usual.count)
      if lines.areRows {
        throw .rowsInQuotes(
          CSVError.Place(
            path: path, line: CSVScanner.line(of: firstField.lowerBound, in: bytes), column: 1, columnName: "x0"),
          lines: lines.count)
      }
    }
    var ends = sample.lineEnds(bytes)
    if ends == .ofRows, sample.isEvenBelowFirst {
      // R writes no name above those of its rows, and perhaps nothing for what is missing in the last column.
      let column = Self.survey(sample, 1..<sample.records.count, columnCount: 1, bytes, options: options)[0]
      // Labels that are all missing are nobody's.
      if Self.isIndex(column), options.training != nil || options.label != .index(-1) {
        throw .indexOrLineEnds(path: path, names: first.count)
      }
    }
    let lacksFirstName = sample.isEvenBelowFirst && ends == .none
    var texts = (lacksFirstName ? [""] : []) + sample.texts(0, in: bytes)
    var surveys = Self.survey(sample, 1..<sample.records.count, columnCount: texts.count, bytes, options: options)
    // A spreadsheet fills the line of its title up.
    if options.hasHeader == nil, options.training == nil, texts.count >= 3, sample.records.count > 1,
      texts.dropFirst().allSatisfy(\.isEmpty), texts[0].isEmpty || texts[0].contains(where: \.isLetter),
      surveys[0].frequencies[texts[0]] == nil
    {
      throw .titleAlone(
        path: path, line: CSVScanner.line(of: firstField.lowerBound, in: bytes), fields: texts.count,
        text: CSVScanner.excerpt(bytes, firstField))
    }
    hasNames = try Self.hasNames(sample, texts, below: surveys, bytes, path: path, options: options)
    if !hasNames, lacksFirstName { throw .namesOneShort(path: path, names: first.count) }
    // Without names a last feature may be missing in all rows.
    if !hasNames { ends = .none }
    lineEnds = ends
    if ends == .ofNames || (ends == .ofRows && first.count == usual.count) {
      texts.removeLast()
      surveys.removeLast()
    }
    if hasNames {
      for (index, text) in texts.enumerated() where text.unicodeScalars.contains("\u{FFFD}") {
        throw .notUTF8(CSVError.Place(path: path, line: 1, column: index + 1, columnName: text))
      }
      writtenNames = texts.map(\.precomposedStringWithCanonicalMapping)
      let end = CSVScanner.lineEnd(in: bytes, from: lastField.upperBound, limit: bytes.count)
      dataStart = min(end, bytes.count)
    } else {
      writtenNames = texts.indices.map { "x\($0)" }
      dataStart = firstField.lowerBound
    }
    let names = Self.unique(writtenNames)
    columnNames = names
    let rows = hasNames ? 1..<sample.records.count : 0..<sample.records.count
    guard !rows.isEmpty else { throw .empty(path: path) }
    if !hasNames { Self.add(0, of: sample, to: &surveys, bytes, options: options) }
    self.surveys = surveys
    let decimal = try DecimalDetection.mark(
      surveys, names: names, delimiter: scanner.delimiter, path: path, options: options)
    self.decimal = decimal
    isDecimalProven =
      options.decimal != nil || options.training?.schema != nil
      || surveys.contains { $0.proof(of: decimal) != nil }
    if hasNames, lacksFirstName, !Self.isIndex(surveys[0]) {
      throw .namesOneShort(path: path, names: first.count)
    }
    sampledNumbers = surveys.indices.map { column in
      guard let reading = surveys[column].reading(decimal) else { return [] }
      return rows.compactMap { row in
        guard column < sample.records[row].count else { return nil }
        return sample.scanner.text(bytes, sample.records[row][column]).flatMap { reading.value($0) }
      }.filter(\.isFinite)
    }
  }

  /// The number of the column that an option names.
  func place(of column: ColumnReference, option: String, path: String) throws(CSVError) -> Int {
    switch column {
    case .name(let name):
      if let place = columnNames.firstIndex(of: name), writtenNames.count(where: { $0 == name }) <= 1 { return place }
      let places = writtenNames.indices.filter { writtenNames[$0] == name }
      guard let first = places.first else {
        throw .noSuchColumn(path: path, option: "\(option) \(name)", names: columnNames)
      }
      guard places.count == 1 else { throw .ambiguousColumn(path: path, option: "\(option) \(name)", places: places) }
      return first
    case .index(let index):
      // A column may have a number for its name; those that count from the end are no names.
      if hasNames, index >= 0, let named = columnNames.firstIndex(of: String(index)) {
        guard named == index || index >= columnNames.count else {
          throw .nameOrPlace(path: path, option: "\(option) \(index)", place: index, named: named)
        }
        return try place(of: .name(String(index)), option: option, path: path)
      }
      guard let place = ColumnReference.place(index, of: columnNames.count) else {
        throw .noSuchColumn(path: path, option: "\(option) \(index)", names: columnNames)
      }
      return place
    }
  }

  /// The delimiter that a first line of Excel's says, and the end of the line.
  private static func saidDelimiter(_ bytes: Span<UInt8>, from start: Int) -> (delimiter: UInt8, end: Int)? {
    let prefix = Array("sep=".utf8)
    guard bytes.count > start + 5, prefix.indices.allSatisfy({ bytes[start + $0] | 0x20 == prefix[$0] | 0x20 }) else {
      return nil
    }
    let end = CSVScanner.lineEnd(in: bytes, from: start, limit: bytes.count)
    guard CSVScanner.trimmed(bytes, (start + 5)..<end).isEmpty else { return nil }
    return (bytes[start + 4], end)
  }

  /// Whether the first column is the index of the rows, which pandas and R write without a name. (pandas gives it one when it
  /// has read it.)
  var hasIndex: Bool {
    guard hasNames, ["", "Unnamed: 0"].contains(writtenNames[0]) else { return false }
    return Self.isIndex(surveys[0])
  }

  /// As it stands in the file.
  var nameOfIndex: String { writtenNames[0] }

  private static func isIndex(_ survey: ColumnSurvey) -> Bool {
    survey.isDistinct && (survey.numbers == 0 || survey.integers == survey.numbers)
  }

  /// Columns whose names stand in the file more than once, or not at all, with the names that they get.
  var renamed: [String] {
    guard hasNames else { return [] }
    return zip(writtenNames, columnNames).filter { $0.0 != $0.1 }.map(\.1)
  }

  private static func hasNames(
    _ sample: CSVSample, _ texts: [String], below: [ColumnSurvey], _ bytes: Span<UInt8>, path: String,
    options: CSVOptions
  ) throws(CSVError) -> Bool {
    if let hasHeader = options.hasHeader { return hasHeader }
    if texts.contains(where: { options.names($0) }) { return true }
    if let training = options.training?.schema, training.hasNames {
      let needed = options.training?.columns.map(\.name) ?? []
      if needed.allSatisfy({ texts.contains($0) }) { return true }
    }
    // Above the names of R's rows there may be no field.
    let fields = texts.count > sample.records[0].count ? [0..<0] + sample.records[0] : sample.records[0]
    let columns = texts.indices.map { column in
      HeaderDetection.Column(
        texts[column],
        isQuoted: sample.scanner.isQuoted(bytes, CSVScanner.trimmed(bytes, fields[column])),
        isMissing: options.missing.contains(texts[column]), below: below[column])
    }
    guard sample.records.count > 1 else {
      // A line alone: numbers are a row.
      return !columns.contains(where: \.isNumber)
    }
    let label: Int? =
      switch options.label {
      case .index(let index): ColumnReference.place(index, of: texts.count)
      case .name: nil
      }
    switch HeaderDetection.decide(columns, label: label, hasTraining: options.training != nil) {
    case .names: return true
    case .row: return false
    case .unclear(let reason): throw .unclearHeader(path: path, line: texts, reason: reason)
    }
  }

  private static func survey(
    _ sample: CSVSample, _ rows: Range<Int>, columnCount: Int, _ bytes: Span<UInt8>, options: CSVOptions
  ) -> [ColumnSurvey] {
    var surveys = [ColumnSurvey](repeating: ColumnSurvey(), count: columnCount)
    for row in rows { add(row, of: sample, to: &surveys, bytes, options: options) }
    return surveys
  }

  private static func add(
    _ row: Int, of sample: CSVSample, to surveys: inout [ColumnSurvey], _ bytes: Span<UInt8>, options: CSVOptions
  ) {
    for (column, field) in sample.records[row].prefix(surveys.count).enumerated() {
      let text = sample.scanner.text(bytes, field) ?? CSVScanner.excerpt(bytes, field)
      surveys[column].add(
        text, isQuoted: sample.scanner.isQuoted(bytes, CSVScanner.trimmed(bytes, field)),
        isMissing: options.missing.contains(text))
    }
  }

  /// The names, as pandas makes them different: "a", "a.1"; those of no name by their places: "x0".
  private static func unique(_ names: [String]) -> [String] {
    var taken = Set(names)
    var seen: Set<String> = []
    return names.enumerated().map { place, name in
      let base = name.isEmpty ? "x\(place)" : name
      if !name.isEmpty, seen.insert(name).inserted { return name }
      var (candidate, number) = (base, 1)
      while taken.contains(candidate) || seen.contains(candidate) {
        candidate = "\(base).\(number)"
        number += 1
      }
      taken.insert(candidate)
      seen.insert(candidate)
      return candidate
    }
  }
}
