/// Where in the grammar of `CSVScanner` a place between two bytes lies.
enum RecordState: Equatable, Sendable {
  /// At the beginning of a line that may be a record or a comment.
  case recordStart
  /// Where a quote opens the field.
  case fieldStart
  /// Within a field, where a quote is a character like others.
  case unquoted
  case comment
  case quoted
  /// Behind a quote within quotes: it closes them, unless another quote follows.
  case quoteInQuoted
}

extension CSVScanner {
  /// The state behind `range`, where `state` is that before it. In time of its length, whatever is in it.
  func state(after range: Range<Int>, in bytes: Span<UInt8>, from state: RecordState) -> RecordState {
    guard hasQuotes else { return stateOutside(at: range.upperBound, in: bytes, from: range.lowerBound, state) }
    var (state, index) = (state, range.lowerBound)
    while index < range.upperBound {
      switch state {
      case .quoted:
        guard let quote = Self.firstIndex(of: Self.quote, in: bytes, index..<range.upperBound) else { return .quoted }
        (state, index) = (.quoteInQuoted, quote + 1)
      case .quoteInQuoted:
        if bytes[index] == Self.quote {
          (state, index) = (.quoted, index + 1)
        } else {
          state = .unquoted
        }
      case .recordStart, .fieldStart, .unquoted, .comment:
        guard let quote = Self.firstIndex(of: Self.quote, in: bytes, index..<range.upperBound) else {
          return stateOutside(at: range.upperBound, in: bytes, from: index, state)
        }
        state = stateOutside(at: quote, in: bytes, from: index, state)
        switch state {
        case .recordStart, .fieldStart: state = .quoted
        case .comment:
          guard let newline = Self.firstIndex(of: Self.newline, in: bytes, quote..<range.upperBound) else {
            return .comment
          }
          (state, index) = (.recordStart, newline + 1)
          continue
        case .unquoted, .quoted, .quoteInQuoted: break
        }
        index = quote + 1
      }
    }
    return state
  }

  /// The end of the record or comment that goes on at `start`.
  ///
  /// - Returns: The first byte behind it; nil where it does not end before `limit`, with the state there.
  func recordEnd(
    in bytes: Span<UInt8>, from start: Int, _ state: RecordState, limit: Int
  ) -> (end: Int?, state: RecordState) {
    var (state, index) = (state, start)
    // The next newline from `index` on; looked for once, however many quotes stand before it.
    var newline = -1
    while index < limit {
      switch state {
      case .quoted:
        guard let quote = Self.firstIndex(of: Self.quote, in: bytes, index..<limit) else { return (nil, .quoted) }
        (state, index) = (.quoteInQuoted, quote + 1)
      case .quoteInQuoted where bytes[index] == Self.quote:
        (state, index) = (.quoted, index + 1)
      case .quoteInQuoted:
        state = .unquoted
      case .recordStart, .fieldStart, .unquoted, .comment:
        if newline < index { newline = Self.firstIndex(of: Self.newline, in: bytes, index..<limit) ?? limit }
        let quote = hasQuotes ? Self.firstIndex(of: Self.quote, in: bytes, index..<newline) : nil
        guard let quote else {
          guard newline < limit else { return (nil, stateOutside(at: limit, in: bytes, from: index, state)) }
          return (newline + 1, .recordStart)
        }
        state = stateOutside(at: quote, in: bytes, from: index, state)
        switch state {
        case .recordStart, .fieldStart: (state, index) = (.quoted, quote + 1)
        case .comment: index = newline
        case .unquoted, .quoted, .quoteInQuoted: index = quote + 1
        }
      }
    }
    return (nil, state)
  }

  /// The first byte behind the record or comment that begins at `start`, or `limit`.
  func recordEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    recordEnd(in: bytes, from: start, .recordStart, limit: limit).end ?? limit
  }

  /// The state at `end`, where no quote has opened since `start`.
  ///
  /// - Parameter state: At `start`.
  func stateOutside(
    at end: Int, in bytes: Span<UInt8>, from start: Int, _ state: RecordState
  ) -> RecordState {
    guard start < end else { return state }
    if let comment {
      let newline = Self.lastIndex(of: Self.newline, in: bytes, start..<end)
      if newline == nil, state == .comment { return .comment }
      if newline != nil || state == .recordStart, (newline.map { $0 + 1 } ?? start) < end,
        bytes[newline.map { $0 + 1 } ?? start] == comment
      {
        return .comment
      }
    }
    var last = end - 1
    while last > start, isPadding(bytes[last]) { last -= 1 }
    switch bytes[last] {
    case Self.newline: return last == end - 1 ? .recordStart : .fieldStart
    case delimiter: return .fieldStart
    case let byte where isPadding(byte): return state == .recordStart ? .fieldStart : state
    default: return .unquoted
    }
  }
}
