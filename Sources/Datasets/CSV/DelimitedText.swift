internal import Collectives
internal import Files

/// The text of a file of records, plain or packed by gzip. A packed text cannot be entered in the middle:
/// every rank unpacks all of it, but keeps one shard at a time.
struct DelimitedText {
  let path: String
  /// Bytes of the text, unpacked.
  let size: Int
  /// Whether newlines may stand between quotes.
  let hasQuotes: Bool
  /// Of a packed text, all of which has been seen; 0 where quotes mean nothing.
  let quoteCount: Int?
  private let content: Content
  /// The beginning of a packed text.
  private let head: [UInt8]

  private enum Content {
    case plain(MappedFile)
    case packed
  }

  var isPacked: Bool {
    if case .packed = content { true } else { false }
  }

  /// A header and the first record must be no longer.
  private static let headSize = 1 << 22

  /// - Throws: `FileError`, and what `progress` throws.
  init(path: String, hasQuotes: Bool = true, progress: ReadingProgress) throws {
    self.path = path
    self.hasQuotes = hasQuotes
    let file = try MappedFile(path: path)
    guard file.isGzip else {
      content = .plain(file)
      size = file.count
      head = []
      quoteCount = hasQuotes ? nil : 0
      return
    }
    content = .packed
    let packed = try GzipFile(path: path)
    var (size, quotes): (Int, Int) = (0, 0)
    var head: [UInt8] = []
    var milestones = Milestones { [packedSize = file.count] _ in
      try progress("unpacking", path, done: packed.packedOffset, of: packedSize)
    }
    while true {
      try milestones.pass(size)
      let piece = try packed.next()
      guard !piece.isEmpty else { break }
      if head.count < Self.headSize { head += piece }
      size += piece.count
      quotes += CSVScanner.count(CSVScanner.quote, in: piece.span, 0..<piece.count)
    }
    self.size = size
    self.head = head
    quoteCount = hasQuotes ? quotes : 0
  }

  /// The beginning of the text: all of it where it is plain.
  func withHead<Result, Failure>(_ body: (Span<UInt8>) throws(Failure) -> Result) throws(Failure) -> Result {
    switch content {
    case .plain(let file): return try file.withBytes(body)
    case .packed: return try body(head.span)
    }
  }

  /// Where in the whole text a piece of it begins.
  struct Place {
    /// Bytes before the piece.
    var offset = 0
    /// Lines before the piece.
    var lines = 0
  }

  /// Calls `body` for each of this rank's shards in order, with text that holds its records, and the range
  /// in which they begin.
  ///
  /// - Throws: `FileError`, and what `body` throws.
  func forEachShard(
    _ shards: TextShards, ofRank rank: Int, _ body: (Int, Span<UInt8>, Range<Int>, Place) throws -> Void
  ) throws {
    switch content {
    case .plain(let file):
      for shard in shards.layout.shards(ofRank: rank) {
        try file.withBytes { bytes in
          try body(shard, bytes, shards.records(ofShard: shard, in: bytes), Place())
        }
      }
    case .packed:
      var window = UnpackedWindow(try GzipFile(path: path), data: shards.data, hasQuotes: hasQuotes)
      for shard in shards.layout.shards(ofRank: rank) {
        let range = shards.bytes(ofShard: shard)
        let records = try window.move(to: range)
        try body(shard, window.bytes.span, records, window.place)
      }
    }
  }
}

/// The part of a packed text that is in memory.
private struct UnpackedWindow {
  private(set) var bytes: [UInt8] = []
  private(set) var place = DelimitedText.Place()
  private let file: GzipFile
  private let data: Range<Int>
  private let hasQuotes: Bool
  /// Quotes of the data part before the window.
  private var quotesBefore = 0
  private var hasEnded = false

  init(_ file: GzipFile, data: Range<Int>, hasQuotes: Bool) {
    self.file = file
    self.hasQuotes = hasQuotes
    self.data = data
  }

  private var end: Int { place.offset + bytes.count }

  /// Brings the records that begin in `range` of the text into the window.
  ///
  /// - Returns: The range within the window in which they begin.
  mutating func move(to range: Range<Int>) throws(FileError) -> Range<Int> {
    // The byte before belongs to the record that ends where the first one may begin.
    let first = max(range.lowerBound - 1, data.lowerBound)
    while end < first, !hasEnded {
      drop(bytes.count)
      try fill()
    }
    drop(min(first, end) - place.offset)
    while end < range.upperBound, !hasEnded { try fill() }
    let upper = min(range.upperBound, end) - place.offset
    guard upper > 0, !range.isEmpty else { return 0..<0 }
    // And the last record as a whole.
    while !hasEnded, recordEnd(from: upper - 1) == bytes.count { try fill() }
    guard range.lowerBound > data.lowerBound else { return 0..<upper }
    return min(recordEnd(from: 0), upper)..<upper
  }

  /// The first byte after the record that holds the byte at `index`; the window's end where it is not in it.
  private func recordEnd(from index: Int) -> Int {
    let quotes = quotesBefore + CSVScanner.count(CSVScanner.quote, in: bytes.span, 0..<index)
    return CSVScanner.recordEnd(
      in: bytes.span, from: index, quoted: quotes % 2 == 1, hasQuotes: hasQuotes, limit: bytes.count)
  }

  private mutating func fill() throws(FileError) {
    let piece = try file.next()
    hasEnded = piece.isEmpty
    bytes += piece
  }

  /// Forgets the first `count` bytes.
  private mutating func drop(_ count: Int) {
    let ofData = min(max(data.lowerBound - place.offset, 0), count)..<count
    quotesBefore += CSVScanner.count(CSVScanner.quote, in: bytes.span, ofData)
    place.lines += CSVScanner.count(CSVScanner.newline, in: bytes.span, 0..<count)
    place.offset += count
    bytes.removeFirst(count)
  }
}
