/// The first records of a text, cut into fields by one delimiter: what detection looks at. The same on all ranks, and of
/// a packed text the same as of a plain one.
struct CSVSample {
  let scanner: CSVScanner
  /// Places of the fields, record by record.
  let records: [[Range<Int>]]

  /// Of records that begin in so many bytes…
  private static let mostBytes = 1 << 17
  /// …so many, but some of them however long they are.
  private static let mostRecords = 500
  private static let fewRecords = 3
  /// More fields are a sign that the text is no table.
  static let mostColumns = 1 << 20

  /// - Parameters:
  ///   - start: Behind a byte order mark.
  ///   - isWhole: Whether `bytes` is all of the text.
  init(_ bytes: Span<UInt8>, from start: Int, _ scanner: CSVScanner, isWhole: Bool) {
    self.scanner = scanner
    var records: [[Range<Int>]] = []
    var start = start
    let mostFields = Self.mostColumns + 1
    let origin = start
    while start < bytes.count, records.count < Self.mostRecords,
      start - origin < Self.mostBytes || records.count < Self.fewRecords
    {
      let end = scanner.recordEnd(in: bytes, from: start, .recordStart, limit: bytes.count).end
      // What is cut off may go on in any way.
      guard let recordEnd = end ?? (isWhole ? bytes.count : nil) else { break }
      let record = start..<recordEnd
      if !scanner.isComment(bytes, at: start), !CSVScanner.isBlank(bytes, record) {
        let content = end == nil ? record : start..<(recordEnd - 1)
        records.append(scanner.fields(bytes, content, most: mostFields))
      }
      start = recordEnd
    }
    self.records = records
  }

  /// The number of fields of most records below the first (of the first, where it is alone), and their share.
  var usualFieldCount: (count: Int, share: Double) {
    let counts = (records.count > 1 ? records.dropFirst() : records[...]).map(\.count)
    let frequencies = Dictionary(counts.map { ($0, 1) }, uniquingKeysWith: +)
    // Of equals the larger: the same wherever it is asked.
    guard let most = frequencies.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return (0, 0) }
    return (most.key, Double(most.value) / Double(counts.count))
  }

  /// Whether every record has the same number of fields, two or more.
  var isEven: Bool {
    let count = usualFieldCount.count
    return count >= 2 && records.allSatisfy { $0.count == count }
  }

  /// The same, but that the first lacks one: R writes no name above those of the rows.
  var isEvenBelowFirst: Bool {
    let count = usualFieldCount.count
    guard records.count > 1, count >= 3, let first = records.first else { return false }
    return first.count == count - 1 && records.dropFirst().allSatisfy { $0.count == count }
  }

  /// How lines end in a delimiter with nothing behind it, which then begins no column.
  enum LineEnds {
    case none
    /// The first line alone, of names.
    case ofNames
    /// All below the first, which has no name for a column there, or an empty one.
    case ofRows
  }

  /// - Parameter bytes: The text.
  /// - Returns: As if the first line were names. (A row may end in a missing value.)
  func lineEnds(_ bytes: Span<UInt8>) -> LineEnds {
    // Spaces at the end of lines are none.
    guard records.count > 1, !scanner.isAligned, let first = records.first else { return .none }
    let usual = usualFieldCount.count
    func endsInNothing(_ record: [Range<Int>]) -> Bool {
      record.last.map { CSVScanner.trimmed(bytes, $0).isEmpty } ?? false
    }
    if first.count == usual + 1, usual >= 2, endsInNothing(first) { return .ofNames }
    guard usual >= 3, first.count == usual - 1 || (first.count == usual && endsInNothing(first)),
      records.dropFirst().allSatisfy({ $0.count != usual || endsInNothing($0) })
    else { return .none }
    return .ofRows
  }

  /// Whether the first line has a delimiter more than all others, which have as many as each other, and nothing behind it.
  func isEvenButForNames(_ bytes: Span<UInt8>) -> Bool {
    guard case .ofNames = lineEnds(bytes) else { return false }
    let count = usualFieldCount.count
    return records.dropFirst().allSatisfy { $0.count == count }
  }

  /// Whether quotes stand in the middle of fields, as they do where it is cut by the wrong delimiter.
  func hasStrayQuotes(_ bytes: Span<UInt8>) -> Bool {
    records.contains { record in
      record.contains { field in
        !scanner.isQuoted(bytes, CSVScanner.trimmed(bytes, field))
          && CSVScanner.firstIndex(of: CSVScanner.quote, in: bytes, field) != nil
      }
    }
  }

  /// The fields of a record, as texts: those that cannot be read are as they stand.
  func texts(_ record: Int, in bytes: Span<UInt8>) -> [String] {
    records[record].map { scanner.text(bytes, $0) ?? CSVScanner.excerpt(bytes, $0) }
  }
}
