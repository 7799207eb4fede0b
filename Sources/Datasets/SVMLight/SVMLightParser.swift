internal import Configuration

/// Parses the lines of one shard after the other.
///
///     <label> [qid:<n>] <feature>:<value> <feature>:<value> … [# comment]
///
/// Features ascend within a line. Blank lines and lines of a comment alone are no samples.
struct SVMLightParser {
  private let path: String
  /// The smallest number that a feature may have, where that is known.
  private let firstFeature: Int?
  /// Whether that is how the training data counts, which this is not.
  private let isOfTraining: Bool
  private let skipsBadRows: Bool
  /// Whether no label is asked for: it may be missing, and says nothing where it is there.
  private let ignoresLabels: Bool
  private let countsLines: Bool
  private(set) var labels = Vocabulary(most: Vocabulary.mostLabels)
  /// What stands for a missing label, as in tables; nil where a model says which labels there are.
  private let missingLabels: Set<String>?
  /// Whether there was a row without a label where none is asked for.
  private var hasUnlabeledRows = false
  /// Where lines were left out, among the rows of the shard that was read last.
  private(set) var lost: [LostRows] = []
  private(set) var skippedLines = 0
  /// Values that are rounded by 1 or more.
  private(set) var coarseValues = 0
  private(set) var firstSkipped: SVMLightError?

  /// A larger number would be a sign that it is none of a feature; and names of features, and their weights,
  /// take memory on every rank.
  static let largestFeature = 1 << 22

  /// - Parameter countsLines: Whether the first bad line is told with its number, which takes a look at all before it.
  init(
    path: String, firstFeature: Int?, isOfTraining: Bool = true, skipsBadRows: Bool, ignoresLabels: Bool = false,
    knowsLabels: Bool = false, countsLines: Bool = true
  ) {
    missingLabels = knowsLabels ? nil : MissingTexts.usual.texts
    self.countsLines = countsLines || !skipsBadRows
    self.ignoresLabels = ignoresLabels
    self.path = path
    self.firstFeature = firstFeature
    self.isOfTraining = isOfTraining
    self.skipsBadRows = skipsBadRows
  }

  /// - Throws: `SVMLightError`, and what `milestones` throw.
  mutating func rows(
    _ bytes: Span<UInt8>, linesBeginningIn range: Range<Int>, linesBefore: Int, milestones: inout Milestones
  ) throws -> SparseRows {
    var rows = SparseRows()
    lost = []
    var start = range.lowerBound
    while start < range.upperBound {
      try milestones.pass(start)
      let entriesBefore = rows.values.count
      do throws(SVMLightError) {
        start = try line(bytes, from: start, linesBefore: linesBefore, into: &rows)
      } catch {
        // Which label is one too many depends on the ranks, so that is never a bad row.
        if !skipsBadRows { throw error }
        if case .tooManyLabels = error { throw error }
        rows.features.removeSubrange(entriesBefore...)
        rows.values.removeSubrange(entriesBefore...)
        rows.labels.removeSubrange((rows.starts.count - 1)...)
        skippedLines += 1
        lost.append(LostRows(row: rows.labels.count, count: 1))
        firstSkipped = firstSkipped ?? error
        start = CSVScanner.lineEnd(in: bytes, from: start, limit: bytes.count)
      }
    }
    return rows
  }

  /// - Returns: Where the next line begins.
  private mutating func line(
    _ bytes: Span<UInt8>, from start: Int, linesBefore: Int, into rows: inout SparseRows
  ) throws(SVMLightError) -> Int {
    // Of the lines that are left out only the first is shown, and to count lines takes time.
    let (path, countsLines) = (self.path, firstSkipped == nil && countsLines)
    func place(_ index: Int) -> SVMLightError.Place {
      SVMLightError.Place(path: path, line: countsLines ? linesBefore + CSVScanner.line(of: index, in: bytes) : 0)
    }
    func excerpt(_ range: Range<Int>) -> String { CSVScanner.excerpt(bytes, range) }

    var position = Self.skipSpaces(bytes, from: start)
    let label = position..<Self.tokenEnd(bytes, from: position)
    guard !label.isEmpty else {
      let next = Self.lineEnd(bytes, from: position)
      let isComment = position < bytes.count && bytes[position] == UInt8(ascii: "#")
      // Where labels are left out, an empty line is a row of zeros; or it is nothing.
      if hasUnlabeledRows, !isComment, next < bytes.count { throw .blankLine(place(start)) }
      return next
    }
    if ignoresLabels {
      let isPair = CSVScanner.firstIndex(of: UInt8(ascii: ":"), in: bytes, label) != nil
      hasUnlabeledRows = hasUnlabeledRows || isPair
      if !isPair { position = Self.skipSpaces(bytes, from: label.upperBound) }
      guard isPair || !Self.endsPairs(bytes, at: position) || ClassNames.number(excerpt(label)) != nil else {
        throw .notAPair(place(start), text: excerpt(label))
      }
      rows.labels.append(Shard.ignoredLabel)
    } else {
      rows.labels.append(try number(ofLabel: label, bytes, at: place))
      position = Self.skipSpaces(bytes, from: label.upperBound)
    }
    var last: Int32 = -1
    while !Self.endsPairs(bytes, at: position) {
      guard let (feature, colon) = Self.integer(bytes, from: position), colon < bytes.count,
        bytes[colon] == UInt8(ascii: ":")
      else {
        let token = position..<Self.tokenEnd(bytes, from: position)
        guard excerpt(token).hasPrefix("qid:") else { throw .notAPair(place(start), text: excerpt(token)) }
        position = Self.skipSpaces(bytes, from: token.upperBound)
        continue
      }
      guard feature <= Self.largestFeature else {
        throw .featureTooLarge(place(start), text: excerpt(position..<colon))
      }
      guard feature >= firstFeature ?? 0 else {
        throw .featureZero(place(start), isOfTraining: isOfTraining)
      }
      guard feature > last else {
        throw .notAscending(place(start), feature: feature, previous: Int(last))
      }
      last = Int32(feature)
      if feature == 0 { rows.namesFeatureZero = true }
      let value: Float
      if let (plain, end) = DecimalParser.plainFloat(bytes, from: colon + 1), Self.endsToken(bytes, at: end) {
        (value, position) = (plain, end)
      } else {
        let token = (colon + 1)..<Self.tokenEnd(bytes, from: colon + 1)
        guard let number = DecimalParser.float(bytes, token) else {
          throw .notANumber(place(start), feature: feature, text: excerpt(token))
        }
        guard number.isFinite else { throw .notFinite(place(start), feature: feature, text: excerpt(token)) }
        (value, position) = (number, token.upperBound)
      }
      // From 2²⁴ on not every whole number is a Float32.
      if value.magnitude >= 0x1p24 {
        let token = (colon + 1)..<Self.tokenEnd(bytes, from: colon + 1)
        if let exact = DecimalParser.double(bytes, token), (exact - Double(value)).magnitude >= 1 { coarseValues += 1 }
      }
      if value != 0 {
        rows.features.append(last)
        rows.values.append(value)
      }
      position = Self.skipSpaces(bytes, from: position)
    }
    rows.starts.append(rows.values.count)
    return Self.lineEnd(bytes, from: position)
  }

  private mutating func number(
    ofLabel label: Range<Int>, _ bytes: Span<UInt8>, at place: (Int) -> SVMLightError.Place
  ) throws(SVMLightError) -> Int32 {
    // "+1" is 1.
    let isSigned = label.count > 1 && bytes[label.lowerBound] == UInt8(ascii: "+")
    var content: [UInt8] = []
    for index in label.dropFirst(isSigned ? 1 : 0) { content.append(bytes[index]) }
    let text = String(decoding: content, as: UTF8.self)
    guard !content.contains(UInt8(ascii: ":")) else {
      throw .missingLabel(place(label.lowerBound), text: CSVScanner.excerpt(bytes, label))
    }
    guard !content.contains(UInt8(ascii: ",")) else {
      throw .severalLabels(place(label.lowerBound), text: CSVScanner.excerpt(bytes, label))
    }
    guard content.allSatisfy({ $0 >= 32 }), !text.unicodeScalars.contains("\u{FFFD}") else {
      throw .unusableLabel(place(label.lowerBound), text: CSVScanner.excerpt(bytes, label))
    }
    guard !(missingLabels?.contains(text) ?? false) else { throw .unknownLabel(place(label.lowerBound), text: text) }
    guard let number = labels.number(of: text) else { throw .tooManyLabels(place(label.lowerBound)) }
    return number
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  @inline(__always)
  private static func skipSpaces(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    return index
  }

  /// Whether the pairs of a line end at `index`, with the line or with a comment.
  @inline(__always)
  private static func endsPairs(_ bytes: Span<UInt8>, at index: Int) -> Bool {
    index >= bytes.count || bytes[index] == CSVScanner.newline || bytes[index] == UInt8(ascii: "#")
  }

  @inline(__always)
  private static func endsToken(_ bytes: Span<UInt8>, at index: Int) -> Bool {
    endsPairs(bytes, at: index) || isSpace(bytes[index])
  }

  private static func tokenEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var index = start
    while !endsToken(bytes, at: index) { index += 1 }
    return index
  }

  /// The first byte of the next line.
  private static func lineEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    CSVScanner.lineEnd(in: bytes, from: start, limit: bytes.count)
  }

  /// The digits at `start` as a number, `Int32.max` where it is larger, and the first byte after them.
  @inline(__always)
  private static func integer(_ bytes: Span<UInt8>, from start: Int) -> (value: Int, end: Int)? {
    var (value, index) = (0, start)
    while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
      value = min(10 * value + Int(bytes[index] - UInt8(ascii: "0")), Int(Int32.max))
      index += 1
    }
    return index > start ? (value, index) : nil
  }
}
