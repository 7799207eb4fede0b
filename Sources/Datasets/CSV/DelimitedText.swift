internal import Collectives
internal import Files

/// The text of a file of records, plain or packed by gzip. A packed text cannot be entered in the middle:
/// every rank unpacks all of it, but keeps one shard at a time.
struct DelimitedText {
  let path: String
  /// Bytes of the text, unpacked.
  let size: Int
  private let content: Content
  /// The beginning of a packed text.
  private let head: [UInt8]
  private let progress: ReadingProgress

  private enum Content {
    case plain(MappedFile)
    /// The file is unpacked again for each pass, and mapped to be told if it changes.
    case packed(MappedFile)
  }

  var isPacked: Bool {
    if case .packed = content { true } else { false }
  }

  /// The head of a packed text is so long, and longer where it would hold too few lines.
  private static let headSize = 1 << 22
  private static let headLines = 4
  private static let mostHead = 1 << 28

  /// - Throws: `FileError`, and what `progress` throws.
  init(path: String, progress: ReadingProgress) throws {
    self.path = path
    self.progress = progress
    let file = try MappedFile(path: path)
    guard file.isGzip else {
      content = .plain(file)
      size = file.count
      head = []
      return
    }
    content = .packed(file)
    let packed = try GzipFile(path: path)
    var (size, lines) = (0, 0)
    var head: [UInt8] = []
    var milestones = Milestones { [packedSize = file.count] _ in
      try progress("unpacking", path, done: packed.packedOffset, of: packedSize)
    }
    while true {
      try milestones.pass(size)
      let piece = try packed.next()
      guard !piece.isEmpty else { break }
      if head.count < Self.headSize || (lines < Self.headLines && head.count < Self.mostHead) {
        head += piece
        lines += CSVScanner.count(CSVScanner.newline, in: piece.span, 0..<piece.count)
      }
      size += piece.count
    }
    self.size = size
    self.head = head
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
  /// - Returns: Whether the text ends within quotes, as far as this rank has seen it.
  /// - Throws: `FileError`, what `body` throws, and what `progress` throws.
  @discardableResult
  func forEachShard(
    _ shards: TextShards, ofRank rank: Int, _ body: (Int, Span<UInt8>, Range<Int>, Place) throws -> Void
  ) throws -> Bool {
    switch content {
    case .plain(let file):
      for shard in shards.layout.shards(ofRank: rank) {
        try file.withBytes { bytes in
          try body(shard, bytes, shards.records(ofShard: shard, in: bytes), Place())
        }
      }
      return shards.endsQuoted
    case .packed:
      var window = UnpackedWindow(try GzipFile(path: path), data: shards.data, shards.scanner) { unpacked in
        try progress("unpacking", path, done: unpacked, of: size)
      }
      for shard in shards.layout.shards(ofRank: rank) {
        let records = try window.move(to: shards.bytes(ofShard: shard))
        try body(shard, window.bytes.span, records, window.place)
      }
      return window.endsQuoted
    }
  }
}

/// The part of a packed text that is in memory. It moves on only.
private struct UnpackedWindow {
  private(set) var bytes: [UInt8] = []
  private(set) var place = DelimitedText.Place()
  private let file: GzipFile
  private let data: Range<Int>
  private let scanner: CSVScanner
  private let unpacked: (Int) throws -> Void
  /// Before the window.
  private var state = RecordState.recordStart
  private var hasEnded = false
  /// Where in the text the record ends that was looked at last: the next begins there.
  private var nextRecord: Int
  private(set) var endsQuoted = false

  /// - Parameter unpacked: Told how many bytes are unpacked.
  init(_ file: GzipFile, data: Range<Int>, _ scanner: CSVScanner, unpacked: @escaping (Int) throws -> Void) {
    self.file = file
    self.data = data
    self.scanner = scanner
    self.unpacked = unpacked
    nextRecord = data.lowerBound
  }

  private var end: Int { place.offset + bytes.count }

  /// Brings the records that begin in `range` of the text into the window.
  ///
  /// - Returns: The range within the window in which they begin.
  mutating func move(to range: Range<Int>) throws -> Range<Int> {
    while end < range.lowerBound, !hasEnded {
      drop(bytes.count)
      try fill()
    }
    drop(max(min(range.lowerBound, end) - place.offset, 0))
    guard !range.isEmpty, nextRecord < range.upperBound else { return 0..<0 }
    if nextRecord < range.lowerBound {
      // No record of the text before was looked at by this rank: that one may end here.
      nextRecord = state == .recordStart ? range.lowerBound : try recordEnd(from: 0, state)
      guard nextRecord < range.upperBound else { return 0..<0 }
    }
    let first = nextRecord - place.offset
    while end < range.upperBound, !hasEnded { try fill() }
    let upper = min(range.upperBound, end) - place.offset
    guard first < upper else { return 0..<0 }
    // The last record as a whole.
    let stateThere = scanner.state(after: first..<upper, in: bytes.span, from: .recordStart)
    nextRecord = stateThere == .recordStart ? place.offset + upper : try recordEnd(from: upper, stateThere)
    return first..<upper
  }

  /// The place in the text behind the record that goes on at `index` of the window.
  private mutating func recordEnd(from index: Int, _ state: RecordState) throws -> Int {
    var (index, state) = (index, state)
    while true {
      let record = scanner.recordEnd(in: bytes.span, from: index, state, limit: bytes.count)
      if let recordEnd = record.end { return place.offset + recordEnd }
      (index, state) = (bytes.count, record.state)
      guard !hasEnded else {
        endsQuoted = state == .quoted
        return end
      }
      try fill()
    }
  }

  private mutating func fill() throws {
    let piece = try file.next()
    hasEnded = piece.isEmpty
    bytes += piece
    try unpacked(end)
  }

  /// Forgets the first `count` bytes.
  private mutating func drop(_ count: Int) {
    let ofData = min(max(data.lowerBound - place.offset, 0), count)..<count
    state = scanner.state(after: ofData, in: bytes.span, from: state)
    place.lines += CSVScanner.count(CSVScanner.newline, in: bytes.span, 0..<count)
    place.offset += count
    bytes.removeFirst(count)
  }
}
