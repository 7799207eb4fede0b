internal import Tensors

/// Parses the records of one shard after the other: the label, and every other field as a number, NaN where
/// it is missing or no number.
struct RecordParser {
  private var fields: RecordFields
  private let plan: ColumnPlan
  private let missing: Set<String>
  /// Numbers that stand for missing values, such as −9 or 999.
  private let missingNumbers: [Float]
  private let skipsBadRows: Bool
  private(set) var labels = Vocabulary(most: Vocabulary.mostLabels)
  /// Of each feature.
  private(set) var tallies: [ColumnTally]
  /// Records that were left out.
  private(set) var skipped = SkippedRecords()

  init(path: String, header: CSVHeader, plan: ColumnPlan, missing: Set<String>, skipsBadRows: Bool) {
    fields = RecordFields(path: path, header: header)
    self.plan = plan
    self.skipsBadRows = skipsBadRows
    self.missing = missing
    missingNumbers = missing.compactMap { text in
      let bytes = Array(text.utf8)
      return DecimalParser.float(bytes.span, 0..<bytes.count).flatMap { $0.isFinite ? $0 : nil }
    }
    tallies = Array(repeating: ColumnTally(), count: plan.features.count)
  }

  /// - Throws: `CSVError`, and what `milestones` throw.
  mutating func shard(
    _ index: Int, _ bytes: Span<UInt8>, recordsBeginningIn range: Range<Int>, linesBefore: Int,
    milestones: inout Milestones
  ) throws -> RawDataset.Shard {
    // No more records than newlines, and one that may end without.
    let most = range.isEmpty ? 0 : CSVScanner.count(CSVScanner.newline, in: bytes, range) + 1
    let features = Matrix(zeros: most, plan.features.count)
    var numbers: [Int32] = []
    numbers.reserveCapacity(most)
    var start = range.lowerBound
    var rowsKept = 0
    while start < range.upperBound {
      try milestones.pass(start)
      let talliesBefore = skipsBadRows ? tallies : []
      do throws(CSVError) {
        start = try record(bytes, from: start, linesBefore: linesBefore, into: features, &numbers, shard: index)
      } catch {
        // Which label is one too many depends on the ranks, so that is never a bad row.
        if !skipsBadRows { throw error }
        if case .tooManyLabels = error { throw error }
        // Nor is there a way to tell where the next one begins.
        if case .oddQuotesInComment = error { throw error }
        // Its label may have been read, and stands behind those of the rows that are kept.
        if numbers.count > rowsKept { numbers.removeLast() }
        tallies = talliesBefore
        skipped.add(error, start, ofShard: index)
        // Only the first is shown, and to count lines takes time.
        fields.countsLines = false
        start = CSVScanner.recordEnd(in: bytes, from: start, limit: bytes.count)
      }
      rowsKept = numbers.count
    }
    return RawDataset.Shard(index: index, features: .dense(features.prefix(rows: numbers.count)), labels: numbers)
  }

  /// Parses the record at `start` into the next row.
  ///
  /// - Returns: Where the next record begins.
  private mutating func record(
    _ bytes: Span<UInt8>, from start: Int, linesBefore: Int, into features: Matrix, _ numbers: inout [Int32],
    shard: Int
  ) throws(CSVError) -> Int {
    let limit = bytes.count
    let (columnCount, scanner) = (fields.columnCount, fields.scanner)
    if scanner.isComment(bytes, at: start) {
      return try fields.commentEnd(bytes, from: start, linesBefore: linesBefore)
    }
    let row = numbers.count
    var position = start
    var column = 0
    while true {
      // The usual: a number, and right after it the end of its field.
      if column < columnCount, let place = plan.featurePlaces[column],
        let (value, end) = DecimalParser.plainFloat(bytes, from: position),
        let endsLine = scanner.endsField(bytes, at: end), endsLine == (column == columnCount - 1)
      {
        features[row, place] = missingNumbers.isEmpty ? value : unlessMissing(value, ofFeature: place)
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
      let place = fields.place(linesBefore, column)
      if column == plan.labelColumn {
        numbers.append(try label(bytes, field, place))
      } else if let feature = plan.featurePlaces[column] {
        let textsBefore = tallies[feature].texts
        features[row, feature] = try number(bytes, field, place, ofFeature: feature)
        if skipsBadRows, tallies[feature].texts > textsBefore {
          tallies[feature].rowsOfTexts.append(RowPlace(shard: shard, row: row))
        }
      }
      column += 1
      if atRecordEnd {
        guard column == columnCount else { break }
        return min(end + 1, limit)
      }
      position = end + 1
    }
    throw fields.wrongCount(bytes, from: start, linesBefore: linesBefore)
  }

  private mutating func number(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: RecordFields.PlaceOfField, ofFeature feature: Int
  ) throws(CSVError) -> Float {
    if let value = DecimalParser.float(bytes, field), value.isFinite {
      return unlessMissing(value, ofFeature: feature)
    }
    guard let text = CSVScanner.text(bytes, field) else {
      throw .badQuotes(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    if missing.contains(text) {
      tallies[feature].missing += 1
      return .nan
    }
    // A number may be quoted.
    let unquoted = [UInt8](text.utf8)
    if let value = DecimalParser.float(unquoted.span, CSVScanner.trimmed(unquoted.span, 0..<unquoted.count)) {
      if value.isFinite { return unlessMissing(value, ofFeature: feature) }
      if case .categorical = plan.features[feature].demand { return .nan }
      throw .notFinite(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    if plan.features[feature].demand == .numeric {
      throw .notANumber(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    tallies[feature].texts += 1
    if tallies[feature].firstText == nil {
      tallies[feature].firstText = (place(bytes, field), CSVScanner.excerpt(bytes, field))
    }
    return .nan
  }

  private mutating func unlessMissing(_ value: Float, ofFeature feature: Int) -> Float {
    guard missingNumbers.contains(value) else { return value }
    tallies[feature].missing += 1
    return .nan
  }

  private mutating func label(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: RecordFields.PlaceOfField
  ) throws(CSVError) -> Int32 {
    let text = try fields.text(bytes, field, place)
    if let known = labels.knownNumber(of: text) { return known }
    // A number may stand for a missing value among the features, and for a class here.
    guard !text.isEmpty, !missing.contains(text) || ClassNames.number(text) != nil else {
      throw .missingLabel(place(bytes, field))
    }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      throw .unusableText(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    guard let number = labels.number(of: text) else { throw .tooManyLabels(place(bytes, field)) }
    return number
  }
}

/// Parses the fields of categorical columns as texts, and writes their numbers into the features.
struct CategoryParser {
  private let fields: RecordFields
  private let missing: Set<String>
  /// The feature of each column of the file that is categorical.
  private let features: [Int?]
  /// Of each feature: the texts that this rank met.
  private(set) var vocabularies: [Vocabulary]
  /// Of each feature: whether its levels are given.
  private let haveLevels: [Bool]

  init(path: String, header: CSVHeader, plan: ColumnPlan, missing: Set<String>, areCategorical: [Bool]) {
    fields = RecordFields(path: path, header: header)
    self.missing = missing
    features = plan.featurePlaces.map { place in place.flatMap { areCategorical[$0] ? $0 : nil } }
    haveLevels = plan.features.map { if case .categorical(.some) = $0.demand { true } else { false } }
    vocabularies = plan.features.map { feature in
      var vocabulary = Vocabulary(most: FeatureColumn.mostLevels)
      // Given levels first, so that no number of unknown texts leaves them out.
      if case .categorical(let levels?) = feature.demand { for level in levels { _ = vocabulary.number(of: level) } }
      return vocabulary
    }
  }

  /// - Parameters:
  ///   - matrix: Receives the numbers of the texts, row after row: the same rows as before.
  ///   - skipped: Where the records begin that have no row.
  mutating func shard(
    _ bytes: Span<UInt8>, recordsBeginningIn range: Range<Int>, linesBefore: Int, into matrix: Matrix,
    skipping skipped: Set<Int>, milestones: inout Milestones
  ) throws {
    var start = range.lowerBound
    var row = 0
    while start < range.upperBound {
      try milestones.pass(start)
      if skipped.contains(start) {
        start = CSVScanner.recordEnd(in: bytes, from: start, limit: bytes.count)
        continue
      }
      if fields.scanner.isComment(bytes, at: start) {
        start = try fields.commentEnd(bytes, from: start, linesBefore: linesBefore)
        continue
      }
      var (position, column) = (start, 0)
      while true {
        let end = fields.scanner.fieldEnd(in: bytes, from: position, limit: bytes.count)
        let atRecordEnd = end >= bytes.count || bytes[end] == CSVScanner.newline
        if column == 0, atRecordEnd, CSVScanner.isBlank(bytes, position..<end) {
          row -= 1
        } else if let feature = features[column] {
          let field = CSVScanner.trimmed(bytes, position..<end)
          matrix[row, feature] = try number(bytes, field, fields.place(linesBefore, column), ofFeature: feature)
        }
        column += 1
        position = end + 1
        if atRecordEnd { break }
      }
      row += 1
      start = position
    }
  }

  private mutating func number(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: RecordFields.PlaceOfField, ofFeature feature: Int
  ) throws(CSVError) -> Float {
    let text = try fields.text(bytes, field, place)
    if missing.contains(text) { return .nan }
    guard let number = vocabularies[feature].number(of: text) else {
      // Of a file that goes with another, most of the texts may be unknown.
      guard !haveLevels[feature] else { return FeatureColumn.unknownLevel }
      throw .tooManyLevels(path: fields.path, column: fields.columnNames[place.column])
    }
    return Float(number)
  }

  /// Replaces the rank's own numbers of a feature's texts by their places in `levels`.
  func renumber(_ feature: Int, by levels: [String], in matrices: [Matrix]) {
    let places = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, Float($0)) })
    let numbers = vocabularies[feature].texts.map { places[$0] ?? FeatureColumn.unknownLevel }
    for matrix in matrices {
      for row in 0..<matrix.rows where matrix[row, feature] >= 0 {
        matrix[row, feature] = numbers[Int(matrix[row, feature])]
      }
    }
  }
}

/// A row of a shard.
struct RowPlace: Hashable {
  let shard: Int
  let row: Int
}

/// Records that cannot be read and were left out.
struct SkippedRecords {
  /// Of each shard: where they begin in the text that the shard was read from.
  private(set) var starts: [Int: Set<Int>] = [:]
  private(set) var count = 0
  private(set) var first: CSVError?

  mutating func add(_ error: CSVError, _ start: Int, ofShard shard: Int) {
    starts[shard, default: []].insert(start)
    add(error, count: 1)
  }

  mutating func add(_ error: CSVError, count: Int) {
    self.count += count
    first = first ?? error
  }
}

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
    guard let text = CSVScanner.text(bytes, field) else {
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

  func wrongCount(_ bytes: Span<UInt8>, from start: Int, linesBefore: Int) -> CSVError {
    let record = start..<CSVScanner.recordEnd(in: bytes, from: start, limit: bytes.count)
    return .wrongFieldCount(
      path: path, line: line(of: start, in: bytes, linesBefore: linesBefore),
      found: scanner.fields(bytes, record).count, expected: columnCount,
      start: CSVScanner.excerpt(bytes, start..<min(start + 1, bytes.count)))
  }

  /// The first byte after the comment at `start`.
  func commentEnd(_ bytes: Span<UInt8>, from start: Int, linesBefore: Int) throws(CSVError) -> Int {
    guard let end = scanner.commentEnd(in: bytes, from: start) else {
      throw .oddQuotesInComment(path: path, line: line(of: start, in: bytes, linesBefore: linesBefore))
    }
    return end
  }
}
