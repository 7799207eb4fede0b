/// What both parsers know of fields.
struct RecordFields {
  let path: String
  let columnNames: [String]
  let scanner: CSVScanner
  /// Whether a delimiter stands behind the last field of rows, too.
  let endsInDelimiter: Bool
  /// Whether places are told with their lines.
  var countsLines = true

  init(path: String, header: CSVHeader) {
    self.path = path
    columnNames = header.columnNames
    scanner = header.scanner
    endsInDelimiter = header.lineEnds == .ofRows
  }

  var columnCount: Int { columnNames.count }

  /// Whether a field that ends a record, and begins no column, is the nothing behind the delimiter at the end of rows.
  func isLineEnd(_ bytes: Span<UInt8>, _ field: Range<Int>, column: Int) -> Bool {
    endsInDelimiter && column == columnCount && CSVScanner.trimmed(bytes, field).isEmpty
  }

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
  /// - Parameter isText: Whether the record is known to be one, however many lines it takes.
  /// - Returns: Whether it is known now.
  /// - Throws: `CSVError`
  func checkQuotes(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: PlaceOfField, record: Int, isText: Bool
  ) throws(CSVError) -> Bool {
    guard scanner.isWellQuoted(bytes, field) else {
      throw .badQuotes(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    guard !isText, CSVScanner.firstIndex(of: CSVScanner.newline, in: bytes, field) != nil else { return isText }
    let end = scanner.recordEnd(in: bytes, from: record, limit: bytes.count)
    let lines = lines(bytes, record..<end)
    guard !lines.areRows else { throw .rowsInQuotes(place(bytes, field), lines: lines.count) }
    return true
  }

  private func lines(_ bytes: Span<UInt8>, _ record: Range<Int>) -> (count: Int, areRows: Bool) {
    Self.lines(bytes, record, scanner, columnCount: columnCount + (endsInDelimiter ? 1 : 0))
  }

  /// The lines of a record, but for blank ones, and whether they look like rows of their own: the first and the last do,
  /// or half of them.
  static func lines(
    _ bytes: Span<UInt8>, _ record: Range<Int>, _ scanner: CSVScanner, columnCount: Int
  ) -> (count: Int, areRows: Bool) {
    var (start, count, rows) = (record.lowerBound, 0, 0)
    var (isFirst, isLast) = (false, false)
    while start < record.upperBound {
      let end = CSVScanner.lineEnd(in: bytes, from: start, limit: record.upperBound)
      if !CSVScanner.isBlank(bytes, start..<end) {
        isLast = scanner.delimiterCount(in: bytes, line: start..<end) == columnCount - 1
        if count == 0 { isFirst = isLast }
        count += 1
        rows += isLast ? 1 : 0
      }
      start = end
    }
    // One of them does where the text is in the first column, or in the last.
    return (count, rows > 1 && (isFirst && isLast || 2 * rows >= count))
  }

  /// The rows of the file that a record takes which cannot be read: where that is due to its quotes, or where its lines
  /// look like rows, every line of it may have been one.
  func rows(of error: CSVError, _ bytes: Span<UInt8>, _ record: Range<Int>) -> Int {
    let lines = lines(bytes, record)
    switch error {
    case .badQuotes, .rowsInQuotes: return lines.count
    default: return lines.areRows ? lines.count : 1
    }
  }

  func wrongCount(_ bytes: Span<UInt8>, from start: Int, linesBefore: Int) -> CSVError {
    let record = start..<scanner.recordEnd(in: bytes, from: start, limit: bytes.count)
    let end = record.upperBound
    let content = end > start && bytes[end - 1] == CSVScanner.newline ? start..<(end - 1) : record
    let count = scanner.fieldCount(bytes, content)
    let last = scanner.fields(bytes, content, most: count).last ?? 0..<0
    let endsInNothing = endsInDelimiter && CSVScanner.trimmed(bytes, last).isEmpty
    let text = CSVScanner.trimmed(bytes, content)
    let isDrawn = text.count >= 3 && text.allSatisfy { FieldAdvice.isDrawn(bytes[$0]) }
    return .wrongFieldCount(
      path: path, line: line(of: start, in: bytes, linesBefore: linesBefore),
      found: count - (endsInNothing ? 1 : 0), expected: columnCount,
      start: CSVScanner.excerpt(bytes, isDrawn ? text.prefix(3) : start..<min(start + 1, bytes.count)))
  }
}
