internal import Files
internal import Foundation

/// How much there is of a table, as the beginning of its file tells before it is read.
struct TableExtent {
  /// Of the file, unpacked; `Int.max` where nothing tells (a pipe may bring any number), 0 of what is not there, as "synthetic:…".
  let bytes: Int
  /// Of a text, those within quotes, too; where it has more than a MiB as many as there are if all are as long as those of
  /// the first MiB. Nil of what is no text, or cannot be read: whoever reads it says why.
  let lines: Int?
  /// Fields of one of the first lines of a text.
  let columns: Int?

  init(bytes: Int, lines: Int? = nil, columns: Int? = nil) {
    (self.bytes, self.lines, self.columns) = (bytes, lines, columns)
  }

  /// Whether it has so many columns that most of them may say nothing of the classes.
  var hasManyColumns: Bool { columns ?? 0 > Self.fewColumns }

  /// Whether it has many columns, and fewer rows to tell by which of them say something.
  var hasFewRows: Bool { hasManyColumns && columns ?? 0 > lines ?? .max }

  /// No more than these say something each, in most tables.
  static let fewColumns = 128

  /// - Parameters:
  ///   - data: A path.
  ///   - options: How a text is to be read.
  init(of data: String, isText: Bool, options: FileOptions = FileOptions()) {
    let path = (data as NSString).resolvingSymlinksInPath
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      self.init(bytes: 0)
      return
    }
    guard attributes[.type] as? FileAttributeType == .typeRegular, let size = (attributes[.size] as? NSNumber)?.intValue
    else {
      self.init(bytes: .max)
      return
    }
    let start = isText ? Self.start(of: path) : nil
    let whole = start.flatMap { $0.count < Self.startLength ? $0.count : nil }
    let bytes = whole ?? Self.unpackedSize(of: path, packed: size) ?? size
    self.init(
      bytes: bytes, lines: start.map { Self.lines(of: bytes, startingWith: $0) },
      columns: start.flatMap { Self.columns(of: $0, options) })
  }

  /// Bytes that lines and columns are counted by.
  private static let startLength = 1 << 20

  /// The first bytes of a text, unpacked; nil of a file that cannot be read.
  private static func start(of path: String) -> [UInt8]? {
    guard var file = try? SequentialFile(path: path) else { return nil }
    return try? file.read(startLength)
  }

  private static func lines(of bytes: Int, startingWith start: [UInt8]) -> Int {
    guard let last = start.last else { return 0 }
    let ends = start.count { $0 == newline }
    // The last one may end with the file.
    guard bytes > start.count else { return ends + (last == newline ? 0 : 1) }
    // Whole ones of those that are counted; or there is none.
    guard let end = start.lastIndex(of: newline) else { return bytes / start.count }
    return Int((Double(bytes) / Double(end + 1) * Double(ends)).rounded())
  }

  /// Fields of most of the first lines, by the delimiter that cuts the most of them into as many; nil where none cuts any.
  private static func columns(of start: [UInt8], _ options: FileOptions) -> Int? {
    // The last one may be cut off.
    let lines = start.split(separator: newline).dropLast(start.last == newline ? 0 : 1).lazy
      .filter { $0.first != options.comment?.byte }.prefix(linesWithColumns)
    let some = lines.isEmpty ? [start[...]] : Array(lines)
    // A space stands in texts, too.
    let kinds = options.delimiter.byte.map { [[$0]] } ?? [Array(",;\t|".utf8), [UInt8(ascii: " ")]]
    for delimiters in kinds {
      let counts = delimiters.compactMap { delimiter in mostUsual(some.map { fieldCount($0, delimiter) }) }
      // Of equals the larger: the same wherever it is asked.
      if let best = counts.max(by: { ($0.lines, $0.fields) < ($1.lines, $1.fields) }), 2 * best.lines >= some.count {
        return best.fields
      }
    }
    return nil
  }

  /// Fields of a line, by delimiters outside of quotes; by spaces, several of which are one.
  private static func fieldCount(_ line: ArraySlice<UInt8>, _ delimiter: UInt8) -> Int {
    var (count, isInQuotes, last) = (1, false, delimiter)
    for byte in line {
      if byte == UInt8(ascii: "\"") { isInQuotes.toggle() }
      let isJoined = delimiter == UInt8(ascii: " ") && last == delimiter
      if byte == delimiter, !isInQuotes, !isJoined { count += 1 }
      last = byte
    }
    return count
  }

  /// The number of fields that most lines have, of two or more; of equals the larger.
  private static func mostUsual(_ counts: [Int]) -> (fields: Int, lines: Int)? {
    Dictionary(counts.filter { $0 > 1 }.map { ($0, 1) }, uniquingKeysWith: +)
      .max { ($0.value, $0.key) < ($1.value, $1.key) }.map { (fields: $0.key, lines: $0.value) }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let linesWithColumns = 10

  /// Bytes of what a gzip file holds, by its last four bytes (RFC 1952); nil for other files.
  private static func unpackedSize(of path: String, packed: Int) -> Int? {
    guard packed >= 18, let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let start = try? file.read(upToCount: 2), start.elementsEqual([0x1F, 0x8B]),
      (try? file.seek(toOffset: UInt64(packed - 4))) != nil, let end = try? file.read(upToCount: 4), end.count == 4
    else { return nil }
    let last = end.reversed().reduce(0) { $0 << 8 | Int($1) }
    // They say it modulo 2³², and of several files in one of the last: text is packed to some fifth.
    return last >= packed ? last : 5 * packed
  }
}
