internal import Files

/// A text that comes from its beginning only, cut into pieces that end where records do. One rank has it, and hands the
/// pieces out.
struct TextFeed {
  private let source: SequentialSource
  /// What has come and was not handed out.
  private var bytes: [UInt8] = []
  /// Lines before it.
  private var lines = 0
  private var hasEnded = false
  /// Whether the text has ended within quotes.
  private(set) var endsQuoted = false

  /// Bytes of a piece, or some more.
  private let pieceSize: Int
  /// What detection may look at: so long, and longer where it would hold too few lines.
  private static let headSize = 1 << 18
  private static let headLines = 4
  private static let mostHead = 1 << 28
  private static let mostRecord = 1 << 27

  /// Reads the beginning.
  ///
  /// - Throws: `FileError`
  init(_ source: SequentialSource, pieceSize: Int) throws {
    self.source = source
    self.pieceSize = pieceSize
    while !hasEnded, bytes.count < Self.mostHead,
      bytes.count < Self.headSize
        || CSVScanner.count(CSVScanner.newline, in: bytes.span, 0..<bytes.count) < Self.headLines
    {
      try fill()
    }
  }

  var head: [UInt8] { bytes }
  /// Whether the head is all of the text.
  var isWhole: Bool { hasEnded }

  /// Leaves out what stands before the data.
  mutating func skip(_ count: Int) { drop(count) }

  /// The next records; nil at the end.
  ///
  /// - Throws: `FileError`
  mutating func next(_ scanner: CSVScanner) throws -> (bytes: [UInt8], linesBefore: Int)? {
    while bytes.count < pieceSize, !hasEnded { try fill() }
    guard !bytes.isEmpty else { return nil }
    var end = min(pieceSize, bytes.count)
    var state = scanner.state(after: 0..<end, in: bytes.span, from: .recordStart)
    while state != .recordStart {
      let record = scanner.recordEnd(in: bytes.span, from: end, state, limit: bytes.count)
      if let recordEnd = record.end {
        end = recordEnd
        break
      }
      (end, state) = (bytes.count, record.state)
      // A record has its end before so much, or a quote that was never closed.
      if hasEnded || bytes.count > Self.mostRecord {
        endsQuoted = state == .quoted
        break
      }
      try fill()
    }
    let piece = (bytes: Array(bytes[..<end]), linesBefore: lines)
    drop(end)
    return piece
  }

  private mutating func fill() throws {
    let next = try source.next()
    hasEnded = next.isEmpty
    bytes += next
  }

  private mutating func drop(_ count: Int) {
    lines += CSVScanner.count(CSVScanner.newline, in: bytes.span, 0..<count)
    bytes.removeFirst(count)
  }
}
