internal import Collectives
internal import Files

/// The text of a file of records in pieces, of which each rank has one in a round. A plain file is read by every rank; one
/// that can only be read from its beginning (packed by gzip, standard input) by the root, which hands the pieces out.
struct TextPieces {
  /// For messages.
  let name: String
  private var source: Source
  private var scanner = CSVScanner(delimiter: 0, hasQuotes: false)
  private var dataStart = 0
  /// The place in a plain text where the next round begins, and what is known of it.
  private var position = 0
  private var place = RecordCuts.Place.outside

  private enum Source {
    case plain(MappedFile)
    /// With the beginning of the text on every rank, and the rest on the root.
    case fed(TextFeed?, head: [UInt8], isWhole: Bool)
  }

  /// Stands for standard input as the name of a file.
  static let standardInput = "-"
  /// Bytes of a text that a piece has. What is summed over pieces depends on it, and not on the ranks.
  private let pieceSize: Int
  /// Larger than what a core keeps close to it does not help.
  private static let usualPieceSize = 1 << 22
  private static let margin = 1 << 20
  /// A round has one piece for every rank in the memory of the root.
  private static let fedPieceSize = 1 << 20

  /// Collective.
  ///
  /// - Parameter pieceSize: In bytes; nil for what is quickest.
  /// - Throws: `AgreedFailure` with `FileError`; `CollectiveError`.
  init(path: String, pieceSize: Int?, over communicator: some Communicator) throws {
    name = path == Self.standardInput ? SequentialSource.standardInput.name : path
    let plain: MappedFile? = try communicator.agree {
      guard path != Self.standardInput else { return nil }
      let file = try MappedFile(path: path)
      return file.isGzip ? nil : file
    }
    if let plain {
      try communicator.requireSame("\(plain.count)", "the file \(path)")
      source = .plain(plain)
      self.pieceSize = pieceSize ?? Self.usualPieceSize
      return
    }
    let pieceSize = pieceSize ?? Self.fedPieceSize
    self.pieceSize = pieceSize
    let feed: TextFeed? = try communicator.agree {
      guard communicator.isRoot else { return nil }
      return try TextFeed(
        path == Self.standardInput ? .standardInput : SequentialSource(gzip: path), pieceSize: pieceSize)
    }
    let isWhole = try communicator.sum(feed?.isWhole == true ? 1 : 0) > 0
    source = .fed(feed, head: try communicator.broadcast(feed?.head ?? []), isWhole: isWhole)
  }

  /// The beginning of the text, of a plain one all of it, and whether it is all.
  func withHead<Result, Failure>(
    _ body: (Span<UInt8>, _ isWhole: Bool) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch source {
    case .plain(let file): try file.withBytes { bytes throws(Failure) in try body(bytes, true) }
    case .fed(_, let head, let isWhole): try body(head.span, isWhole)
    }
  }

  /// Leaves out what stands before the data. Called once, before the first round.
  mutating func begin(at dataStart: Int, _ scanner: CSVScanner) {
    self.scanner = scanner
    (self.dataStart, position) = (dataStart, dataStart)
    guard case .fed(var feed, _, let isWhole) = source else { return }
    feed?.skip(dataStart)
    source = .fed(feed, head: [], isWhole: isWhole)
  }

  /// A round: calls `body` with bytes that hold this rank's records, the range in which they begin (perhaps an empty
  /// one), and the lines before the bytes. Collective.
  ///
  /// - Returns: False at the end, where nothing was called.
  /// - Throws: `AgreedFailure` with what `body` throws, `FileError`, or `CSVError.openQuotes`; `CollectiveError`.
  mutating func next(
    over communicator: some Communicator, _ body: (Span<UInt8>, Range<Int>, _ linesBefore: Int) throws -> Void
  ) throws -> Bool {
    switch source {
    case .plain(let file):
      return try next(of: file, over: communicator, body)
    case .fed(var feed, let head, let isWhole):
      defer { source = .fed(feed, head: head, isWhole: isWhole) }
      return try next(of: &feed, over: communicator, body)
    }
  }

  private mutating func next(
    of file: MappedFile, over communicator: some Communicator, _ body: (Span<UInt8>, Range<Int>, Int) throws -> Void
  ) throws -> Bool {
    guard position < file.count else { return false }
    let cuts = RecordCuts(data: dataStart..<file.count, scanner: scanner)
    func part(_ rank: Int) -> Range<Int> {
      let start = min(position + rank * pieceSize, file.count)
      return start..<min(start + pieceSize, file.count)
    }
    let own = part(communicator.rank)
    var before = place
    if scanner.hasQuotes {
      var followers = [Int64](repeating: 0, count: communicator.size)
      followers[communicator.rank] = file.withBytes { cuts.followers(of: own, in: $0).packed }
      for (rank, packed) in try communicator.sum(followers).enumerated() {
        if rank == communicator.rank { before = place }
        place = RecordCuts.Followers(packed: packed).place(after: place)
      }
    }
    try communicator.agree {
      try file.withBytes { bytes in
        try body(bytes, cuts.records(of: own, after: before, in: bytes), 0)
      }
      try MappedFile.checkUnchanged()
      // With what the system has mapped around it, and what a last record took of the next piece.
      file.release(max(own.lowerBound - Self.margin, 0)..<min(own.upperBound + Self.margin, file.count))
    }
    position = part(communicator.size).lowerBound
    if position == file.count, place == .quoted {
      try communicator.fail(with: CSVError.openQuotes(path: name, line: nil))
    }
    return true
  }

  private func next(
    of feed: inout TextFeed?, over communicator: some Communicator,
    _ body: (Span<UInt8>, Range<Int>, Int) throws -> Void
  ) throws -> Bool {
    var own: [UInt8] = []
    var linesBefore = [Int64](repeating: 0, count: communicator.size)
    var failure: (any Error)?
    for rank in 0..<communicator.size {
      var piece: [UInt8] = []
      if communicator.isRoot, failure == nil {
        do {
          if let next = try feed?.next(scanner) { (piece, linesBefore[rank]) = (next.bytes, Int64(next.linesBefore)) }
        } catch {
          failure = error
        }
      }
      if rank == 0 {
        own = piece
      } else {
        let isReceiver = communicator.rank == rank
        let received = try communicator.pass(
          piece, to: communicator.isRoot ? rank : nil, from: isReceiver ? 0 : nil)
        if isReceiver { own = received }
      }
    }
    let sums = try communicator.sum(linesBefore + [Int64(own.count)])
    try communicator.agree {
      if let failure { throw failure }
      try body(own.span, 0..<own.count, Int(sums[communicator.rank]))
      if feed?.endsQuoted == true { throw CSVError.openQuotes(path: name, line: nil) }
    }
    return sums[communicator.size] > 0
  }
}
