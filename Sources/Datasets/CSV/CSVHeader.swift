/// What the beginning of a delimited text file says about the whole of it. Every rank reads the
/// same first records, so every rank finds the same.
struct CSVHeader {
  let scanner: CSVScanner
  let columnNames: [String]
  /// Whether the file names its columns.
  let hasNames: Bool
  /// Where the first record of data begins.
  let dataStart: Int

  /// - Throws: `CSVError`
  init(_ bytes: Span<UInt8>, path: String, options: CSVOptions) throws(CSVError) {
    // A byte order mark is no part of the first name.
    let start =
      bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    if let kind = Self.binaryKind(bytes) { throw .notText(path: path, kind: kind) }
    let comments = CSVScanner(delimiter: 0, comment: options.comment)
    guard let first = Self.record(bytes, from: start, comments) else { throw .empty(path: path) }
    let scanner = CSVScanner(delimiter: options.delimiter ?? Self.delimiter(bytes, first), comment: options.comment)
    if let comment = options.comment, comment == scanner.delimiter {
      throw .commentIsDelimiter(path: path, character: String(UnicodeScalar(comment)))
    }
    let firstFields = scanner.fields(bytes, first)
    let secondFields = Self.record(bytes, from: first.upperBound, comments).map { scanner.fields(bytes, $0) }
    guard firstFields.count >= 2 else { throw .oneColumn(path: path) }

    let hasHeader =
      options.hasHeader ?? Self.looksLikeHeader(bytes, firstFields, before: secondFields, label: options.label)
    self.scanner = scanner
    hasNames = hasHeader
    if hasHeader {
      columnNames = firstFields.map { CSVScanner.text(bytes, $0) ?? CSVScanner.excerpt(bytes, $0) }
      dataStart = first.upperBound
    } else {
      columnNames = firstFields.indices.map { "x\($0)" }
      dataStart = first.lowerBound
    }
    guard Self.record(bytes, from: dataStart, comments) != nil else { throw .empty(path: path) }
  }

  /// The number of the column that an option names.
  func place(of column: ColumnReference, option: String, path: String) throws(CSVError) -> Int {
    switch column {
    case .name(let name):
      let places = columnNames.indices.filter { columnNames[$0] == name }
      guard let first = places.first else {
        throw .noSuchColumn(path: path, option: "\(option) \(name)", names: columnNames)
      }
      guard places.count == 1 else { throw .ambiguousColumn(path: path, option: "\(option) \(name)", places: places) }
      return first
    case .index(let index):
      // A column may have a number for its name.
      if columnNames.contains(String(index)) { return try place(of: .name(String(index)), option: option, path: path) }
      guard let place = ColumnReference.place(index, of: columnNames.count) else {
        throw .noSuchColumn(path: path, option: "\(option) \(index)", names: columnNames)
      }
      return place
    }
  }

  /// The next record that is neither blank nor a comment.
  private static func record(_ bytes: Span<UInt8>, from start: Int, _ comments: CSVScanner) -> Range<Int>? {
    var start = start
    while start < bytes.count {
      if comments.isComment(bytes, at: start), let end = comments.commentEnd(in: bytes, from: start) {
        start = end
        continue
      }
      let end = CSVScanner.recordEnd(in: bytes, from: start, limit: bytes.count)
      if !CSVScanner.isBlank(bytes, start..<end) { return start..<end }
      start = end
    }
    return nil
  }

  /// The usual delimiter that cuts the record into the most fields.
  private static func delimiter(_ bytes: Span<UInt8>, _ record: Range<Int>) -> UInt8 {
    var best = CSVOptions.usualDelimiters[0]
    var mostFields = 1
    for delimiter in CSVOptions.usualDelimiters {
      let count = CSVScanner(delimiter: delimiter).fields(bytes, record).count
      if count > mostFields { (best, mostFields) = (delimiter, count) }
    }
    return best
  }

  /// A header is a record without numbers above one that has some, or above none at all; or one
  /// whose field above a numeric label is a word (the names of other columns may be numbers).
  private static func looksLikeHeader(
    _ bytes: Span<UInt8>, _ first: [Range<Int>], before second: [Range<Int>]?, label: ColumnReference
  ) -> Bool {
    func isNumber(_ field: Range<Int>) -> Bool {
      guard let text = CSVScanner.text(bytes, field) else { return false }
      let unquoted = Array(text.utf8)
      return DecimalParser.float(unquoted.span, CSVScanner.trimmed(unquoted.span, 0..<unquoted.count)) != nil
    }
    if !first.contains(where: isNumber) { return second?.contains(where: isNumber) ?? true }
    switch label {
    case .name(let name):
      return first.contains { CSVScanner.text(bytes, $0) == name }
    case .index(let index):
      guard let second, let place = ColumnReference.place(index, of: first.count), second.indices.contains(place)
      else { return false }
      let word = CSVScanner.text(bytes, first[place]) ?? ""
      let isMissing = ["", "?", "NA", "null"].contains(word)
      return !isMissing && !isNumber(first[place]) && isNumber(second[place])
    }
  }

  /// What a file is that begins as no text does.
  static func binaryKind(_ bytes: Span<UInt8>) -> String? {
    for index in 0..<min(bytes.count, 1024) where bytes[index] == 0 {
      return "binary, or text in UTF-16; convert it to UTF-8"
    }
    return nil
  }
}

extension CSVScanner {
  /// The fields of one record.
  func fields(_ bytes: Span<UInt8>, _ record: Range<Int>) -> [Range<Int>] {
    var fields: [Range<Int>] = []
    var start = record.lowerBound
    while true {
      let end = fieldEnd(in: bytes, from: start, limit: record.upperBound)
      fields.append(start..<end)
      guard end < record.upperBound, bytes[end] == delimiter else { return fields }
      start = end + 1
    }
  }
}
