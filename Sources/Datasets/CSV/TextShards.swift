internal import Collectives
internal import Files

/// Which records of a text belong to which shard: those that begin at the byte offsets
/// ⌊vS/V⌋ ..< ⌊(v+1)S/V⌋ of its data part of S bytes. Newlines inside quotes end no record.
///
/// Whether a place lies within quotes follows from all that stands before it. Each rank finds, for its own shards, what
/// state follows from each that may be before; joined in order, these give the state before every shard.
struct TextShards {
  let layout: ShardLayout
  /// The data part.
  let data: Range<Int>
  let scanner: CSVScanner
  /// Before each shard's first byte (behind the quotes that go on there), and at the end. None for a packed text, which
  /// every rank goes through from its beginning.
  private let places: [Place]

  /// What is to be known of a place before the text around it is looked at.
  private enum Place: Int, CaseIterable {
    case outside
    case comment
    case quoted
  }

  /// Collective.
  init(
    _ text: DelimitedText, data: Range<Int>, layout: ShardLayout, _ scanner: CSVScanner,
    over communicator: some Communicator
  ) throws(CollectiveError) {
    self.layout = layout
    self.data = data
    self.scanner = scanner
    guard !text.isPacked, scanner.hasQuotes else {
      places = []
      return
    }
    var followers = [Int64](repeating: 0, count: layout.shardCount)
    text.withHead { bytes in
      for shard in layout.shards(ofRank: communicator.rank) {
        let range = Self.bytes(ofShard: shard, data: data, layout: layout)
        let start = Self.cut(range.lowerBound, bytes, data)
        let end = Self.cut(range.upperBound, bytes, data)
        guard start < end else {
          followers[shard] = Self.packed(Place.allCases)
          continue
        }
        followers[shard] = Self.packed(
          Place.allCases.map { place in
            Self.place(
              scanner.state(after: start..<end, in: bytes, from: Self.state(place, start, bytes, data, scanner)))
          })
      }
    }
    var places = [Place.outside]
    for packed in try communicator.sum(followers) {
      places.append(Place(rawValue: Int(packed) >> (2 * places[places.count - 1].rawValue) & 3) ?? .outside)
    }
    self.places = places
  }

  /// Whether the text ends within quotes, as far as that is known before it is read.
  var endsQuoted: Bool { places.last == .quoted }

  func bytes(ofShard shard: Int) -> Range<Int> { Self.bytes(ofShard: shard, data: data, layout: layout) }

  /// Where the first record of a shard begins, and where the records that are not its begin: the
  /// last record may end beyond it. Of a text that is not packed.
  func records(ofShard shard: Int, in bytes: Span<UInt8>) -> Range<Int> {
    let range = self.bytes(ofShard: shard)
    guard range.lowerBound > data.lowerBound, !range.isEmpty else { return range }
    let start = scanner.hasQuotes ? Self.cut(range.lowerBound, bytes, data) : range.lowerBound
    let place = scanner.hasQuotes ? places[shard] : .outside
    let state = Self.state(place, start, bytes, data, scanner)
    if state == .recordStart { return min(start, range.upperBound)..<range.upperBound }
    guard start < range.upperBound,
      let end = scanner.recordEnd(in: bytes, from: start, state, limit: range.upperBound).end
    else { return range.upperBound..<range.upperBound }
    return end..<range.upperBound
  }

  /// Tells how much of a rank's part is read, by positions in a piece of the text.
  func milestones(
    _ progress: ReadingProgress, _ activity: String, _ path: String, ofRank rank: Int, _ place: DelimitedText.Place
  ) -> Milestones {
    let own = layout.shards(ofRank: rank)
    let start = bytes(ofShard: own.lowerBound).lowerBound
    let total = bytes(ofShard: own.upperBound - 1).upperBound - start
    return Milestones { position in
      try progress(activity, path, done: place.offset + position - start, of: total)
    }
  }

  /// `place`, or behind the quotes that go on there: what a quote means may depend on those before it.
  private static func cut(_ place: Int, _ bytes: Span<UInt8>, _ data: Range<Int>) -> Int {
    var place = place
    while place > data.lowerBound, place < data.upperBound, bytes[place - 1] == CSVScanner.quote { place += 1 }
    return place
  }

  /// The state at a cut.
  private static func state(
    _ place: Place, _ cut: Int, _ bytes: Span<UInt8>, _ data: Range<Int>, _ scanner: CSVScanner
  ) -> RecordState {
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

  /// Two bits for each place.
  private static func packed(_ followers: [Place]) -> Int64 {
    followers.enumerated().reduce(0) { $0 | Int64($1.element.rawValue) << (2 * Int64($1.offset)) }
  }

  private static func bytes(ofShard shard: Int, data: Range<Int>, layout: ShardLayout) -> Range<Int> {
    let range = layout.range(ofShard: shard, in: data.count)
    return (data.lowerBound + range.lowerBound)..<(data.lowerBound + range.upperBound)
  }
}
