/// Where a text may be cut into parts whose records are read apart from one another: a record is of the part in which it
/// begins.
///
/// Whether a place lies within quotes follows from all that stands before it. So whoever holds a part says what follows
/// from each place that may be before it, and joined in order these give the place before every part.
struct RecordCuts {
  /// The data part of the text.
  let data: Range<Int>
  let scanner: CSVScanner

  /// What is to be known of a place before the text around it is looked at.
  enum Place: Int, CaseIterable {
    case outside
    case comment
    case quoted
  }

  /// The place behind a part, for each that may be before it.
  struct Followers {
    /// Two bits for each.
    let packed: Int64

    init(packed: Int64) { self.packed = packed }

    init(_ places: [Place]) {
      packed = places.enumerated().reduce(0) { $0 | Int64($1.element.rawValue) << (2 * Int64($1.offset)) }
    }

    func place(after before: Place) -> Place { Place(rawValue: Int(packed) >> (2 * before.rawValue) & 3) ?? .outside }
  }

  func followers(of range: Range<Int>, in bytes: Span<UInt8>) -> Followers {
    let start = cut(range.lowerBound, bytes)
    let end = cut(range.upperBound, bytes)
    guard start < end else { return Followers(Place.allCases) }
    return Followers(
      Place.allCases.map { place in
        Self.place(scanner.state(after: start..<end, in: bytes, from: state(place, start, bytes)))
      })
  }

  /// Where the first record of a part begins, and where the records that are not its begin: the last record may end
  /// beyond it.
  ///
  /// - Parameter place: Before the part.
  func records(of range: Range<Int>, after place: Place, in bytes: Span<UInt8>) -> Range<Int> {
    guard range.lowerBound > data.lowerBound, !range.isEmpty else { return range }
    let start = scanner.hasQuotes ? cut(range.lowerBound, bytes) : range.lowerBound
    let state = state(scanner.hasQuotes ? place : .outside, start, bytes)
    if state == .recordStart { return min(start, range.upperBound)..<range.upperBound }
    guard start < range.upperBound,
      let end = scanner.recordEnd(in: bytes, from: start, state, limit: range.upperBound).end
    else { return range.upperBound..<range.upperBound }
    return end..<range.upperBound
  }

  /// `place`, or behind the quotes that go on there: what a quote means may depend on those before it.
  private func cut(_ place: Int, _ bytes: Span<UInt8>) -> Int {
    var place = place
    while place > data.lowerBound, place < data.upperBound, bytes[place - 1] == CSVScanner.quote { place += 1 }
    return place
  }

  /// The state at a cut.
  private func state(_ place: Place, _ cut: Int, _ bytes: Span<UInt8>) -> RecordState {
    switch place {
    case .quoted: return .quoted
    case .comment: return .comment
    case .outside:
      var last = cut
      while last > data.lowerBound, scanner.isPadding(bytes[last - 1]) { last -= 1 }
      let isAtLineStart = last == data.lowerBound || bytes[last - 1] == CSVScanner.newline
      if isAtLineStart { return last == cut ? .recordStart : .fieldStart }
      return bytes[last - 1] == scanner.delimiter ? .fieldStart : .unquoted
    }
  }

  private static func place(_ state: RecordState) -> Place {
    switch state {
    case .quoted: .quoted
    case .comment: .comment
    case .recordStart, .fieldStart, .unquoted, .quoteInQuoted: .outside
    }
  }
}
