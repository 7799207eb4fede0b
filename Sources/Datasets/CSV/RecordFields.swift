/// What both parsers know of fields.
struct RecordFields {
  let path: String
  let columnNames: [String]
  let scanner: CSVScanner
  /// Whether places are told with their lines.
  var countsLines = true

  init(path: String, header: CSVHeader) {
    self.path = path
    columnNames = header.columnNames
    scanner = header.scanner
  }

  var columnCount: Int { columnNames.count }

  /// A place that is made only where there is something to say of it: lines are counted then.
  struct PlaceOfField {
    let fields: RecordFields
    let linesBefore: Int
    let column: Int

    func callAsFunction(_ bytes: Span<UInt8>, _ field: Range<Int>) -> CSVError.Place {
      CSVError.Place(
        path: fields.path, line: fields.line(of: field.lowerBound, in: bytes, linesBefore: linesBefore),
        column: column + 1,
        columnName: fields.columnNames[column])
    }
  }

  @inline(__always)
  func place(_ linesBefore: Int, _ column: Int) -> PlaceOfField {
    PlaceOfField(fields: self, linesBefore: linesBefore, column: column)
  }

  /// 0 where lines are not counted.
  func line(of offset: Int, in bytes: Span<UInt8>, linesBefore: Int) -> Int {
    countsLines ? linesBefore + CSVScanner.line(of: offset, in: bytes) : 0
  }

  /// The text of a label or a category.
  func text(_ bytes: Span<UInt8>, _ field: Range<Int>, _ place: PlaceOfField) throws(CSVError) -> String {
    guard let text = scanner.text(bytes, field) else {
      throw .badQuotes(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    // What decoding puts in the place of bytes that are no UTF-8.
    guard !text.unicodeScalars.contains("\u{FFFD}") else { throw .notUTF8(place(bytes, field)) }
    // Texts travel between ranks with NULs between them.
    guard !text.utf8.contains(0) else {
      throw .unusableText(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    return text
  }

  /// Checks a field that begins with a quote: of any column, for what stands in quotes decides where records end.
  ///
  /// - Parameters:
  ///   - record: Where its record begins.
  ///   - trusted: Whether it may go over lines that look like rows.
  func checkQuotes(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: PlaceOfField, record: Int, trusted: Bool
  ) throws(CSVError) {
    guard scanner.isWellQuoted(bytes, field) else {
      throw .badQuotes(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    guard !trusted, CSVScanner.firstIndex(of: CSVScanner.newline, in: bytes, field) != nil else { return }
    let end = scanner.recordEnd(in: bytes, from: record, limit: bytes.count)
    var (start, lines) = (record, 0)
    while start < end {
      let lineEnd = CSVScanner.lineEnd(in: bytes, from: start, limit: end)
      guard CSVScanner.count(scanner.delimiter, in: bytes, start..<lineEnd) == columnCount - 1 else { return }
      (start, lines) = (lineEnd, lines + 1)
    }
    throw .rowsInQuotes(place(bytes, field), lines: lines)
  }

  /// The rows of the file that a record takes which cannot be read: where that is due to its quotes, or where it has too
  /// many fields, every line of it may have been one.
  func rows(of error: CSVError, _ bytes: Span<UInt8>, _ record: Range<Int>) -> Int {
    switch error {
    case .badQuotes, .rowsInQuotes, .wrongFieldCount:
      let last = bytes[record.upperBound - 1] == CSVScanner.newline ? 0 : 1
      return CSVScanner.count(CSVScanner.newline, in: bytes, record) + last
    default: return 1
    }
  }

  func wrongCount(_ bytes: Span<UInt8>, from start: Int, linesBefore: Int) -> CSVError {
    let record = start..<scanner.recordEnd(in: bytes, from: start, limit: bytes.count)
    let end = record.upperBound
    let content = end > start && bytes[end - 1] == CSVScanner.newline ? start..<(end - 1) : record
    return .wrongFieldCount(
      path: path, line: line(of: start, in: bytes, linesBefore: linesBefore),
      found: scanner.fieldCount(bytes, content), expected: columnCount,
      start: CSVScanner.excerpt(bytes, start..<min(start + 1, bytes.count)))
  }
}
