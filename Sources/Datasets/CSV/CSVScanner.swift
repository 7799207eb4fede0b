internal import CIntrinsics

/// The grammar of delimited text. Quotes toggle: a newline ends a record, and a delimiter a field,
/// where an even number of quotes stands before it. So every record boundary of a file follows
/// from the number of quotes before it, wherever one begins to read.
struct CSVScanner: Sendable {
  let delimiter: UInt8
  /// What a line that is a comment begins with.
  var comment: UInt8? = nil

  static let quote = UInt8(ascii: "\"")
  static let newline = UInt8(ascii: "\n")

  /// The end of the field that begins at `start`: at its delimiter, its newline, or `limit`.
  @inline(__always)
  func fieldEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    var index = start
    var quoted = false
    while index < limit {
      let byte = bytes[index]
      if byte == Self.quote {
        quoted.toggle()
      } else if !quoted, byte == delimiter || byte == Self.newline {
        return index
      }
      index += 1
    }
    return limit
  }

  /// Whether a record that begins at `start` is a comment.
  @inline(__always)
  func isComment(_ bytes: Span<UInt8>, at start: Int) -> Bool {
    guard let comment, start < bytes.count else { return false }
    return bytes[start] == comment
  }

  /// The first byte after the comment that begins at `start`; nil where it holds an odd number of quotes, which
  /// would open a field that no one closes.
  func commentEnd(in bytes: Span<UInt8>, from start: Int) -> Int? {
    let end = Self.recordEnd(in: bytes, from: start, hasQuotes: false, limit: bytes.count)
    return Self.count(Self.quote, in: bytes, start..<end) % 2 == 0 ? end : nil
  }

  /// Whether the byte at `index` ends an unquoted field, and if so, whether it ends the line.
  @inline(__always)
  func endsField(_ bytes: Span<UInt8>, at index: Int) -> Bool? {
    let byte = bytes[index]
    return byte == delimiter ? false : byte == Self.newline ? true : nil
  }

  /// The first byte after the record that holds `start`, where `quoted` tells whether an odd number
  /// of quotes stands before `start`.
  ///
  /// - Parameter hasQuotes: Whether quotes mean anything.
  static func recordEnd(
    in bytes: Span<UInt8>, from start: Int, quoted: Bool = false, hasQuotes: Bool = true, limit: Int
  ) -> Int {
    var quoted = quoted
    for index in start..<limit {
      let byte = bytes[index]
      if byte == quote, hasQuotes {
        quoted.toggle()
      } else if byte == newline, !quoted {
        return index + 1
      }
    }
    return limit
  }

  /// How often `byte` stands in `range`.
  static func count(_ byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    unsafe bytes.extracting(range).withUnsafeBufferPointer { part in
      guard let base = part.baseAddress else { return 0 }
      return unsafe Int(cintrinsics_count(base, part.count, byte))
    }
  }

  /// The line, from 1, that holds the byte at `offset`.
  static func line(of offset: Int, in bytes: Span<UInt8>) -> Int {
    count(newline, in: bytes, 0..<offset) + 1
  }

  /// Whether nothing but spaces stands in `range`.
  static func isBlank(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    trimmed(bytes, range).isEmpty
  }

  /// Without white space at either end (a carriage return before the newline included).
  @inline(__always)
  static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, isSpace(bytes[start]) { start += 1 }
    while start < end, isSpace(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  /// The text of a field, without the quotes around it. Nil where quotes stand in other places.
  static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
    let range = trimmed(bytes, range)
    var content: [UInt8] = []
    content.reserveCapacity(range.count)
    guard let first = range.first else { return "" }
    guard bytes[first] == quote else {
      for index in range {
        if bytes[index] == quote { return nil }
        content.append(bytes[index])
      }
      return String(decoding: content, as: UTF8.self)
    }
    guard range.count >= 2, bytes[range.upperBound - 1] == quote else { return nil }
    var index = first + 1
    while index < range.upperBound - 1 {
      if bytes[index] == quote {
        // A quote inside is written twice.
        guard index + 1 < range.upperBound - 1, bytes[index + 1] == quote else { return nil }
        index += 1
      }
      content.append(bytes[index])
      index += 1
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// A field for a message: shortened, and printable.
  static func excerpt(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    let shown = range.prefix(40)
    var content: [UInt8] = []
    for index in shown { content.append(bytes[index]) }
    let text = String(decoding: content, as: UTF8.self).unicodeScalars
      .map { $0.properties.generalCategory == .control ? "�" : String($0) }.joined()
    return shown.count < range.count ? text + "…" : text
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") || byte == newline
  }
}
