public import Collectives
internal import Files
internal import Tensors

/// Reads delimited text: numeric features, and one column of labels. A rank parses only the
/// records of its own shards.
public struct CSVReader: DatasetReader {
  public let path: String
  public let options: CSVOptions

  public init(path: String, options: CSVOptions) {
    self.path = path
    self.options = options
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    let (file, header, labelColumn) = try communicator.agree {
      let file = try MappedFile(path: path)
      let header = try file.withBytes { bytes throws(CSVError) in
        try CSVHeader(bytes, path: path, options: options)
      }
      return (file, header, try header.labelColumn(options.label, path: path))
    }
    try communicator.requireSame(
      "\(file.count) \(header.dataStart) \(labelColumn) \(header.columnNames)", "the file \(path)")
    let text = try TextShards(file, data: header.dataStart..<file.count, layout: layout, over: communicator)
    return try communicator.agree {
      guard text.quoteCount % 2 == 0 else {
        throw CSVError.oddQuotes(path: path, line: file.withBytes { Self.lineOfLastQuote($0) })
      }
      var parser = RecordParser(path: path, header: header, labelColumn: labelColumn)
      var shards: [RawDataset.Shard] = []
      for shard in layout.shards(ofRank: communicator.rank) {
        shards.append(
          try file.withBytes { bytes throws(CSVError) in
            try parser.shard(shard, bytes, recordsBeginningIn: text.records(ofShard: shard, in: bytes))
          })
      }
      var names = header.columnNames
      names.remove(at: labelColumn)
      return RawDataset(name: path, featureNames: names, labelTexts: parser.labels.texts, shards: shards)
    }
  }

  private static func lineOfLastQuote(_ bytes: Span<UInt8>) -> Int {
    let last = bytes.indices.last { bytes[$0] == CSVScanner.quote }
    return CSVScanner.line(of: last ?? 0, in: bytes)
  }
}

/// Parses the records of one shard after the other.
private struct RecordParser {
  let path: String
  let header: CSVHeader
  let labelColumn: Int
  var labels = LabelVocabulary()

  init(path: String, header: CSVHeader, labelColumn: Int) {
    self.path = path
    self.header = header
    self.labelColumn = labelColumn
  }

  mutating func shard(
    _ index: Int, _ bytes: Span<UInt8>, recordsBeginningIn range: Range<Int>
  ) throws(CSVError) -> RawDataset.Shard {
    let limit = bytes.count
    // No more records than newlines, and one that may end without.
    let most = range.isEmpty ? 0 : CSVScanner.count(CSVScanner.newline, in: bytes, range) + 1
    let features = Matrix(zeros: most, header.columnNames.count - 1)
    var numbers: [Int32] = []
    numbers.reserveCapacity(most)
    var start = range.lowerBound
    while start < range.upperBound {
      let lineEnd = try record(bytes, from: start, limit: limit, into: features, &numbers)
      start = lineEnd
    }
    return RawDataset.Shard(index: index, features: features.prefix(rows: numbers.count), labels: numbers)
  }

  /// Parses the record at `start` into the next row.
  ///
  /// - Returns: Where the next record begins.
  private mutating func record(
    _ bytes: Span<UInt8>, from start: Int, limit: Int, into features: Matrix, _ numbers: inout [Int32]
  ) throws(CSVError) -> Int {
    let columnCount = header.columnNames.count
    let scanner = header.scanner
    let row = numbers.count
    var position = start
    var column = 0
    while true {
      // The usual: a number, and right after it the end of its field.
      if column < columnCount, column != labelColumn,
        let (value, end) = DecimalParser.plainFloat(bytes, from: position),
        let endsLine = scanner.endsField(bytes, at: end), endsLine == (column == columnCount - 1)
      {
        features[row, column < labelColumn ? column : column - 1] = value
        if endsLine { return end + 1 }
        column += 1
        position = end + 1
        continue
      }
      let end = scanner.fieldEnd(in: bytes, from: position, limit: limit)
      let atRecordEnd = end >= limit || bytes[end] == CSVScanner.newline
      if column == 0, atRecordEnd, CSVScanner.isBlank(bytes, position..<end) {
        return min(end + 1, limit)  // a blank line
      }
      guard column < columnCount else { break }
      let field = CSVScanner.trimmed(bytes, position..<end)
      if column == labelColumn {
        numbers.append(try label(bytes, field, column: column))
      } else {
        features[row, column < labelColumn ? column : column - 1] = try number(bytes, field, column: column)
      }
      column += 1
      if atRecordEnd {
        guard column == columnCount else { break }
        return min(end + 1, limit)
      }
      position = end + 1
    }
    let record = start..<CSVScanner.recordEnd(in: bytes, from: start, limit: limit)
    throw .wrongFieldCount(
      path: path, line: CSVScanner.line(of: start, in: bytes),
      found: scanner.fields(bytes, record).count, expected: columnCount)
  }

  private func number(_ bytes: Span<UInt8>, _ field: Range<Int>, column: Int) throws(CSVError) -> Float {
    if let value = DecimalParser.float(bytes, field) {
      guard value.isFinite else {
        throw .notFinite(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
      }
      return value
    }
    guard let text = CSVScanner.text(bytes, field) else {
      throw .badQuotes(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
    }
    guard !text.isEmpty else { throw .missingValue(place(bytes, field, column)) }
    // A number may be quoted.
    let unquoted = [UInt8](text.utf8)
    guard let value = DecimalParser.float(unquoted.span, CSVScanner.trimmed(unquoted.span, 0..<unquoted.count)) else {
      throw .notANumber(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
    }
    guard value.isFinite else {
      throw .notFinite(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
    }
    return value
  }

  private mutating func label(_ bytes: Span<UInt8>, _ field: Range<Int>, column: Int) throws(CSVError) -> Int32 {
    guard let text = CSVScanner.text(bytes, field) else {
      throw .badQuotes(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
    }
    guard !text.isEmpty else { throw .missingLabel(place(bytes, field, column)) }
    // What decoding puts in the place of bytes that are no UTF-8.
    guard !text.unicodeScalars.contains("\u{FFFD}") else { throw .notUTF8(place(bytes, field, column)) }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      throw .unusableLabel(place(bytes, field, column), text: CSVScanner.excerpt(bytes, field))
    }
    guard let number = labels.number(of: text) else { throw .tooManyLabels(place(bytes, field, column)) }
    return number
  }

  private func place(_ bytes: Span<UInt8>, _ field: Range<Int>, _ column: Int) -> CSVError.Place {
    CSVError.Place(
      path: path, line: CSVScanner.line(of: field.lowerBound, in: bytes), column: column + 1,
      columnName: header.columnNames[column])
  }
}
