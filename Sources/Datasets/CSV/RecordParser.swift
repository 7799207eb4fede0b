internal import Configuration
internal import Tensors

/// Parses the records of one shard after the other: the label, and every other field as a number, NaN where
/// it is missing or no number.
struct RecordParser {
  private var fields: RecordFields
  private let plan: ColumnPlan
  private let missing: Set<String>
  /// Numbers that stand for missing values, such as −9 or 999.
  private let missingNumbers: [Double]
  private let skipsBadRows: Bool
  /// Whether text in quotes may go over lines that look like rows.
  private let trustsQuotes: Bool
  /// Whether points may still turn out to be those of thousands.
  private let watchesPoints: Bool
  /// Whether the user says what the decimal mark is: the other one separates thousands.
  private let isMarkSaid: Bool
  /// Whether labels that are numbers are written with a decimal comma.
  private let hasCommaLabels: Bool
  /// Of each column: its feature, where its numbers are written plainly and rounded as they are.
  private let plainPlaces: [Int?]
  private(set) var labels = Vocabulary(most: Vocabulary.mostLabels)
  /// Of each feature.
  private(set) var tallies: [ColumnTally]
  /// Records that were left out.
  private(set) var skipped = SkippedRecords()

  /// - Parameter countsLines: Whether the first bad row is told with its line, which takes a look at all before it.
  init(path: String, header: CSVHeader, plan: ColumnPlan, options: CSVOptions, countsLines: Bool = true) {
    fields = RecordFields(path: path, header: header)
    fields.countsLines = countsLines || !options.skipsBadRows
    self.plan = plan
    skipsBadRows = options.skipsBadRows
    trustsQuotes = options.knowsQuotes != nil
    watchesPoints = !header.isDecimalProven
    isMarkSaid = options.decimal != nil
    hasCommaLabels = header.decimal == .comma
    missing = options.missing
    missingNumbers = missing.compactMap { ColumnReading.plain.value($0) }.filter(\.isFinite)
    plainPlaces = plan.featurePlaces.map { place in
      place.flatMap {
        let feature = plan.features[$0]
        return feature.reading == .plain && feature.offset == 0 && feature.demand != .constant ? $0 : nil
      }
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
        // Its label may have been read, and stands behind those of the rows that are kept.
        if numbers.count > rowsKept { numbers.removeLast() }
        tallies = talliesBefore
        let end = fields.scanner.recordEnd(in: bytes, from: start, limit: bytes.count)
        skipped.add(error, start, ofShard: index, rows: fields.rows(of: error, bytes, start..<end), before: rowsKept)
        // Only the first is shown, and to count lines takes time.
        fields.countsLines = false
        start = end
      }
      rowsKept = numbers.count
    }
    return RawDataset.Shard(
      index: index, features: .dense(features.prefix(rows: numbers.count)), labels: numbers,
      lost: skipped.lost[index] ?? [])
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
    if scanner.isComment(bytes, at: start) { return CSVScanner.lineEnd(in: bytes, from: start, limit: limit) }
    let row = numbers.count
    var position = start
    var column = 0
    var isText = trustsQuotes
    while true {
      // The usual: a number, and right after it the end of its field.
      if column < columnCount, let place = plainPlaces[column],
        let (value, end) = DecimalParser.plainFloat(bytes, from: position),
        let endsLine = scanner.endsField(bytes, at: end), endsLine == (column == columnCount - 1),
        !wantsLook(bytes, position..<end)
      {
        features[row, place] = missingNumbers.isEmpty ? value : unlessMissing(Double(value), value, ofFeature: place)
        if endsLine {
          addUnlabeledRow(to: &numbers)
          return end + 1
        }
        column += 1
        position = end + 1
        continue
      }
      let end = scanner.fieldEnd(in: bytes, from: position, limit: limit)
      let atRecordEnd = end >= limit || bytes[end] == CSVScanner.newline
      if column == 0, atRecordEnd, CSVScanner.isBlank(bytes, position..<end) {
        return min(end + 1, limit)  // a blank line
      }
      guard column < columnCount else {
        guard atRecordEnd, fields.isLineEnd(bytes, position..<end, column: column) else { break }
        addUnlabeledRow(to: &numbers)
        return min(end + 1, limit)
      }
      let field = CSVScanner.trimmed(bytes, position..<end)
      let place = fields.place(linesBefore, column)
      if scanner.isQuoted(bytes, field) {
        isText = try fields.checkQuotes(bytes, field, place, record: start, isText: isText)
      }
      if column == plan.labelColumn {
        numbers.append(try label(bytes, field, place))
      } else if let feature = plan.featurePlaces[column] {
        let textsBefore = tallies[feature].texts + tallies[feature].infinite
        features[row, feature] = try number(bytes, field, place, ofFeature: feature)
        if skipsBadRows, tallies[feature].texts + tallies[feature].infinite > textsBefore {
          tallies[feature].rowsOfTexts.append(RowPlace(shard: shard, row: row))
        }
      }
      column += 1
      if atRecordEnd {
        // Where rows end in a delimiter, what ends in nothing lacks a field.
        guard column == columnCount, !(fields.endsInDelimiter && field.isEmpty) else { break }
        addUnlabeledRow(to: &numbers)
        return min(end + 1, limit)
      }
      position = end + 1
    }
    throw fields.wrongCount(bytes, from: start, linesBefore: linesBefore)
  }

  /// The number that stands for the label of a row where none is asked for.
  @inline(__always)
  private func addUnlabeledRow(to numbers: inout [Int32]) {
    if plan.labelColumn == nil { numbers.append(Shard.ignoredLabel) }
  }

  private mutating func number(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: RecordFields.PlaceOfField, ofFeature feature: Int
  ) throws(CSVError) -> Float {
    let plan = plan.features[feature]
    if plan.demand == .constant { return .nan }
    if plan.reading == .plain {
      if plan.demand == .none, !field.isEmpty, wantsLook(bytes, field), DecimalParser.float(bytes, field) != nil {
        look(bytes, field, place, ofFeature: feature)
      }
      if plan.offset == 0 {
        if let value = DecimalParser.float(bytes, field), value.isFinite {
          if value == 0, !DecimalParser.isZero(bytes, field) { tallies[feature].vanished += 1 }
          return unlessMissing(Double(value), value, ofFeature: feature)
        }
      } else if let value = DecimalParser.double(bytes, field), Float(value - plan.offset).isFinite {
        return unlessMissing(value, Float(value - plan.offset), ofFeature: feature)
      }
    }
    guard let text = fields.scanner.text(bytes, field) else {
      throw .badQuotes(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    if missing.contains(text) {
      tallies[feature].missing += 1
      return .nan
    }
    if let value = plan.reading.value(text, takesGroups: isMarkSaid) {
      let rounded = Float(value - plan.offset)
      if rounded == 0, value != plan.offset { tallies[feature].vanished += 1 }
      if rounded.isFinite { return unlessMissing(value, rounded, ofFeature: feature) }
      if case .categorical = plan.demand { return .nan }
      if plan.demand == .numeric { throw .notFinite(place(bytes, field), text: CSVScanner.excerpt(bytes, field)) }
      // Among texts it is one of them: "NAN" is an airport, and 14777e96 may be hexadecimal.
      tallies[feature].infinite += 1
      if tallies[feature].firstInfinite == nil {
        tallies[feature].firstInfinite = (place(bytes, field), CSVScanner.excerpt(bytes, field))
      }
      return .nan
    }
    let excerpt = text.count > 40 ? "\(text.prefix(40))…" : text
    if plan.demand == .numeric {
      throw .notANumber(
        place(bytes, field), text: excerpt, expected: plan.reading.noun,
        advice: FieldAdvice.onNumber(text, plan.reading, isMarkProven: !watchesPoints))
    }
    // Which places texts stand at is of no interest where they are known to be levels.
    if case .categorical = plan.demand { return .nan }
    tallies[feature].texts += 1
    if tallies[feature].firstText == nil { tallies[feature].firstText = (place(bytes, field), excerpt) }
    return .nan
  }

  /// Whether a number may be a code, or one with a point of thousands.
  @inline(__always)
  private func wantsLook(_ bytes: Span<UInt8>, _ number: Range<Int>) -> Bool {
    let start = number.lowerBound
    let hasLeadingZero =
      bytes[start] == UInt8(ascii: "0") && number.count > 1 && bytes[start + 1] &- UInt8(ascii: "0") < 10
    return hasLeadingZero
      || (watchesPoints && CSVScanner.firstIndex(of: UInt8(ascii: "."), in: bytes, number) != nil)
  }

  /// Notes what speaks for one or the other.
  private mutating func look(
    _ bytes: Span<UInt8>, _ number: Range<Int>, _ place: RecordFields.PlaceOfField, ofFeature feature: Int
  ) {
    guard let point = CSVScanner.firstIndex(of: UInt8(ascii: "."), in: bytes, number) else {
      tallies[feature].codes += 1
      if tallies[feature].firstCode == nil {
        tallies[feature].firstCode = (place(bytes, number), CSVScanner.excerpt(bytes, number))
      }
      return
    }
    let start = bytes[number.lowerBound] == UInt8(ascii: "-") ? number.lowerBound + 1 : number.lowerBound
    let mayBeOfThousands =
      number.upperBound - point == 4 && (1...3).contains(point - start) && bytes[start] != UInt8(ascii: "0")
    if mayBeOfThousands { tallies[feature].points += 1 } else { tallies[feature].provenPoints += 1 }
    if mayBeOfThousands, tallies[feature].firstPoint == nil {
      tallies[feature].firstPoint = CSVScanner.excerpt(bytes, number)
    }
  }

  private mutating func unlessMissing(_ value: Double, _ rounded: Float, ofFeature feature: Int) -> Float {
    // Up to 2²⁴, as a Float32 has them: the value may have been rounded to one.
    let isMissing = missingNumbers.contains { $0 == value || (value.magnitude < 0x1p24 && Float($0) == Float(value)) }
    guard isMissing else { return rounded }
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
      throw .missingLabel(place(bytes, field), text: text)
    }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 }) else {
      throw .unusableText(place(bytes, field), text: CSVScanner.excerpt(bytes, field))
    }
    let label = hasCommaLabels ? ClassNames.withPoint(text) : text
    guard let number = labels.number(of: label) else { throw .tooManyLabels(place(bytes, field)) }
    return number
  }
}
