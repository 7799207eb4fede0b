internal import CIntrinsics
internal import Foundation

/// The grammar of delimited text, as RFC 4180 has it: a quote opens a field only at its beginning (spaces before it
/// are passed over), within quotes a quote is written twice, and a newline ends a record unless it stands within
/// quotes. Anywhere else a quote is a character like others: `10" pipe` is a text.
struct CSVScanner: Sendable {
  let delimiter: UInt8
  /// What a line that is a comment begins with.
  var comment: UInt8? = nil
  /// Whether quotes mean anything.
  var hasQuotes = true

  static let quote = UInt8(ascii: "\"")
  static let newline = UInt8(ascii: "\n")
  static let space = UInt8(ascii: " ")

  /// Whether fields stand between spaces, by which columns may be aligned: several are one, and those at either end of a line are
  /// none.
  @inline(__always)
  var isAligned: Bool { delimiter == Self.space }

  /// The end of the field that begins at `start`: at its delimiter (of several spaces the last), its newline, or `limit`.
  @inline(__always)
  func fieldEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    var index = start
    while index < limit, isPadding(bytes[index]) || (isAligned && bytes[index] == Self.space) { index += 1 }
    if hasQuotes, index < limit, bytes[index] == Self.quote { index = quotesEnd(in: bytes, from: index, limit: limit) }
    while index < limit {
      let byte = bytes[index]
      if byte == delimiter { return isAligned ? spacesEnd(in: bytes, from: index, limit: limit) : index }
      if byte == Self.newline { return index }
      index += 1
    }
    return limit
  }

  /// The last of the spaces from `start` on; where the line ends behind them, the newline or `limit`.
  private func spacesEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    var index = start
    while index < limit, bytes[index] == Self.space || isPadding(bytes[index]) { index += 1 }
    return index == limit || bytes[index] == Self.newline ? index : index - 1
  }

  /// The first byte behind the quotes that open at `start`; `limit` where they do not close.
  private func quotesEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    var index = start + 1
    while let quote = Self.firstIndex(of: Self.quote, in: bytes, index..<limit) {
      guard quote + 1 < limit, bytes[quote + 1] == Self.quote else { return quote + 1 }
      index = quote + 2
    }
    return limit
  }

  /// Whether a record that begins at `start` is a comment.
  @inline(__always)
  func isComment(_ bytes: Span<UInt8>, at start: Int) -> Bool {
    guard let comment, start < bytes.count else { return false }
    return bytes[start] == comment
  }

  /// Whether the byte at `index` ends an unquoted field, and if so, whether it ends the line. Nil also where more spaces follow
  /// a space: what they end is for `fieldEnd` to say.
  @inline(__always)
  func endsField(_ bytes: Span<UInt8>, at index: Int) -> Bool? {
    let byte = bytes[index]
    if byte == Self.newline { return true }
    guard byte == delimiter, !isAligned || (index + 1 < bytes.count && bytes[index + 1] > Self.space) else {
      return nil
    }
    return false
  }

  /// The first byte after the line that holds `start`, or `limit`.
  static func lineEnd(in bytes: Span<UInt8>, from start: Int, limit: Int) -> Int {
    firstIndex(of: newline, in: bytes, start..<limit).map { $0 + 1 } ?? limit
  }

  /// Where `byte` stands first in `range`.
  @inline(__always)
  static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    // Mostly it is near, and a call would take longer.
    let near = min(range.upperBound, range.lowerBound + 24)
    for index in range.lowerBound..<near where bytes[index] == byte { return index }
    return near < range.upperBound ? firstDistantIndex(of: byte, in: bytes, near..<range.upperBound) : nil
  }

  private static func firstDistantIndex(of byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    unsafe bytes.extracting(range).withUnsafeBytes { part -> Int? in
      guard let base = part.baseAddress, let found = unsafe memchr(base, Int32(byte), part.count) else { return nil }
      return unsafe range.lowerBound + (UnsafeRawPointer(found) - base)
    }
  }

  /// Where `byte` stands last in `range`.
  static func lastIndex(of byte: UInt8, in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    var index = range.upperBound
    while index > range.lowerBound {
      index -= 1
      if bytes[index] == byte { return index }
    }
    return nil
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

  /// Whether a field, without the white space around it, is enclosed in quotes or begins so.
  @inline(__always)
  func isQuoted(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    hasQuotes && !field.isEmpty && bytes[field.lowerBound] == Self.quote
  }

  /// Whether a field that begins with a quote ends where its quotes close.
  func isWellQuoted(_ bytes: Span<UInt8>, _ field: Range<Int>) -> Bool {
    field.count >= 2 && bytes[field.upperBound - 1] == Self.quote
      && quotesEnd(in: bytes, from: field.lowerBound, limit: field.upperBound) == field.upperBound
  }

  /// The text of a field, without the quotes around it. Nil where something stands behind the closing quote.
  func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
    let range = Self.trimmed(bytes, range)
    var content: [UInt8] = []
    content.reserveCapacity(range.count)
    guard isQuoted(bytes, range) else {
      for index in range { content.append(bytes[index]) }
      return String(decoding: content, as: UTF8.self)
    }
    let last = range.upperBound - 1
    guard range.count >= 2, bytes[last] == Self.quote else { return nil }
    var index = range.lowerBound + 1
    while index < last {
      if bytes[index] == Self.quote {
        // A quote inside is written twice.
        guard index + 1 < last, bytes[index + 1] == Self.quote else { return nil }
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

  /// White space within a line that is no delimiter.
  @inline(__always)
  func isPadding(_ byte: UInt8) -> Bool {
    byte != delimiter && byte != Self.newline && Self.isSpace(byte)
  }

  @inline(__always)
  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") || byte == newline
  }
}

extension CSVScanner {
  /// The fields of one record, or the first `most` of them.
  func fields(_ bytes: Span<UInt8>, _ record: Range<Int>, most: Int = .max) -> [Range<Int>] {
    var fields: [Range<Int>] = []
    var start = record.lowerBound
    while fields.count < most {
      let end = fieldEnd(in: bytes, from: start, limit: record.upperBound)
      fields.append(start..<end)
      guard end < record.upperBound, bytes[end] == delimiter else { return fields }
      start = end + 1
    }
    return fields
  }

  /// Delimiters of a line, those within quotes, too; where columns are aligned, those that separate fields.
  func delimiterCount(in bytes: Span<UInt8>, line: Range<Int>) -> Int {
    guard isAligned else { return Self.count(delimiter, in: bytes, line) }
    return fieldCount(bytes, Self.trimmed(bytes, line)) - 1
  }

  func fieldCount(_ bytes: Span<UInt8>, _ record: Range<Int>) -> Int {
    var (start, count) = (record.lowerBound, 0)
    while true {
      let end = fieldEnd(in: bytes, from: start, limit: record.upperBound)
      count += 1
      guard end < record.upperBound, bytes[end] == delimiter else { return count }
      start = end + 1
    }
  }
}
