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

  /// Whether it has many columns and fewer rows, too few to learn what to make of each column.
  var hasFewRows: Bool {
    guard let lines, let columns else { return false }
    return columns > Self.fewColumns && columns > lines
  }

  /// So many are no reason to learn less of each.
  static let fewColumns = 128

  /// - Parameter data: A path.
  init(of data: String, isText: Bool) {
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
      bytes: bytes, lines: start.map { Self.lines(of: bytes, startingWith: $0) }, columns: start.flatMap(Self.columns))
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
    return Int(Double(bytes) / Double(end + 1) * Double(ends))
  }

  /// The most fields of one of the first lines (above the names there may be a title), by the delimiter that is most frequent.
  private static func columns(of start: [UInt8]) -> Int? {
    let lines = start.split(separator: newline, maxSplits: linesWithColumns).prefix(linesWithColumns)
    let delimiters = lines.map { line in ",;\t|".utf8.map { delimiter in line.count { $0 == delimiter } }.max() ?? 0 }
    return delimiters.max().map { $0 + 1 }
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
