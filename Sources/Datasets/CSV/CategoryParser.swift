internal import Configuration
internal import Files
internal import Tensors

/// Parses the fields of categorical columns as texts, and writes their numbers into the features.
struct CategoryParser {
  private var fields: RecordFields
  private let missing: Set<String>
  /// The feature of each column of the file that is categorical.
  private let features: [Int?]
  /// Of each feature: the texts that this rank met.
  private(set) var vocabularies: [Vocabulary]
  /// Of each feature: whether its levels are given.
  private let haveLevels: [Bool]
  /// See `FeatureColumn.hashCount`.
  private let hashCounts: [Int?]
  private let skipsBadRows: Bool
  /// Whether levels that are numbers are written with a decimal comma.
  private let hasCommaLevels: Bool
  /// Rows that hold texts which cannot be read, and were not left out before: of the shard that was read last.
  private(set) var badRows: [Int] = []
  /// What is wrong with the first of all.
  private(set) var firstBad: CSVError?

  /// - Parameters:
  ///   - most: Different texts of a feature. More of them are an error, or, where its levels are given, unknown.
  ///   - countsLines: Whether the first bad row is told with its line, which takes a look at all before it.
  init(
    path: String, header: CSVHeader, plan: ColumnPlan, options: CSVOptions, areCategorical: [Bool],
    most: Int = FeatureColumn.mostLevels, countsLines: Bool = true
  ) {
    skipsBadRows = options.skipsBadRows
    fields = RecordFields(path: path, header: header)
    fields.countsLines = countsLines || !options.skipsBadRows
    missing = options.missing
    hasCommaLevels = header.decimal == .comma
    features = plan.featurePlaces.map { place in place.flatMap { areCategorical[$0] ? $0 : nil } }
    haveLevels = plan.features.map { if case .categorical(.some) = $0.demand { true } else { false } }
    hashCounts = plan.features.map(\.hashCount)
    vocabularies = plan.features.map { feature in
      var vocabulary = Vocabulary(most: most)
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
    badRows = []
    // Of a file that somebody writes to the rows may be others now.
    let changed = FileError.changed(path: fields.path)
    var start = range.lowerBound
    var row = 0
    while start < range.upperBound {
      try milestones.pass(start)
      if skipped.contains(start) {
        start = fields.scanner.recordEnd(in: bytes, from: start, limit: bytes.count)
        continue
      }
      if fields.scanner.isComment(bytes, at: start) {
        start = CSVScanner.lineEnd(in: bytes, from: start, limit: bytes.count)
        continue
      }
      var (position, column) = (start, 0)
      while true {
        let end = fields.scanner.fieldEnd(in: bytes, from: position, limit: bytes.count)
        let atRecordEnd = end >= bytes.count || bytes[end] == CSVScanner.newline
        if column == 0, atRecordEnd, CSVScanner.isBlank(bytes, position..<end) {
          row -= 1
        } else if column < features.count, let feature = features[column] {
          let field = CSVScanner.trimmed(bytes, position..<end)
          guard row < matrix.rows else { throw changed }
          do throws(CSVError) {
            matrix[row, feature] = try number(bytes, field, fields.place(linesBefore, column), ofFeature: feature)
          } catch {
            // Which level is one too many depends on the ranks, so that is never a bad row.
            if !skipsBadRows { throw error }
            if case .tooManyLevels = error { throw error }
            fields.countsLines = false
            if badRows.last != row { badRows.append(row) }
            firstBad = firstBad ?? error
          }
        }
        column += 1
        position = end + 1
        if atRecordEnd { break }
      }
      row += 1
      start = position
    }
    guard row == matrix.rows else { throw changed }
  }

  private mutating func number(
    _ bytes: Span<UInt8>, _ field: Range<Int>, _ place: RecordFields.PlaceOfField, ofFeature feature: Int
  ) throws(CSVError) -> Float {
    let text = try fields.text(bytes, field, place)
    if missing.contains(text) { return .nan }
    // Beside decimal commas a point is none of decimals: "1.000" is not "1".
    let level = hasCommaLevels ? text : ClassNames.canonical(text)
    guard let number = vocabularies[feature].number(of: level) else {
      // Of a file that goes with another, most of the texts may be unknown.
      guard !haveLevels[feature] else {
        return FeatureColumn.unknownLevel(Vocabulary.composed(level), hashCount: hashCounts[feature])
      }
      throw .tooManyLevels(path: fields.path, column: fields.columnNames[place.column])
    }
    return Float(number)
  }

  /// Replaces the rank's own numbers of a feature's texts by their places in `levels`.
  func renumber(_ feature: Int, by levels: [String], in matrices: [Matrix]) {
    let places = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, Float($0)) })
    let numbers = vocabularies[feature].texts.map {
      places[$0] ?? FeatureColumn.unknownLevel($0, hashCount: hashCounts[feature])
    }
    for matrix in matrices {
      for row in 0..<matrix.rows where matrix[row, feature] >= 0 {
        let number = Int(matrix[row, feature])
        // Where somebody writes to the file, a field may have been there at first alone: the data is refused then.
        matrix[row, feature] = number < numbers.count ? numbers[number] : .nan
      }
    }
  }
}
