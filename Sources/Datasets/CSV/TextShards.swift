internal import Collectives

/// Which records of a text belong to which shard: those that begin at the byte offsets
/// ⌊vS/V⌋ ..< ⌊(v+1)S/V⌋ of its data part of S bytes. Newlines inside quotes end no record.
///
/// Each rank finds, for its own shards, what `RecordCuts.Place` follows from each that may be before; joined in order,
/// these give the place before every shard.
struct TextShards {
  let layout: ShardLayout
  private let cuts: RecordCuts
  /// Before each shard's first byte (behind the quotes that go on there), and at the end. None for a packed text, which
  /// every rank goes through from its beginning.
  private let places: [RecordCuts.Place]

  /// Collective.
  init(
    _ text: DelimitedText, data: Range<Int>, layout: ShardLayout, _ scanner: CSVScanner,
    over communicator: some Communicator
  ) throws(CollectiveError) {
    self.layout = layout
    let cuts = RecordCuts(data: data, scanner: scanner)
    self.cuts = cuts
    guard !text.isPacked, scanner.hasQuotes else {
      places = []
      return
    }
    var followers = [Int64](repeating: 0, count: layout.shardCount)
    text.withHead { bytes in
      for shard in layout.shards(ofRank: communicator.rank) {
        followers[shard] = cuts.followers(of: Self.bytes(ofShard: shard, data: data, layout: layout), in: bytes).packed
      }
    }
    var places = [RecordCuts.Place.outside]
    for packed in try communicator.sum(followers) {
      places.append(RecordCuts.Followers(packed: packed).place(after: places[places.count - 1]))
    }
    self.places = places
  }

  /// The data part.
  var data: Range<Int> { cuts.data }
  var scanner: CSVScanner { cuts.scanner }

  /// Whether the text ends within quotes, as far as that is known before it is read.
  var endsQuoted: Bool { places.last == .quoted }

  func bytes(ofShard shard: Int) -> Range<Int> { Self.bytes(ofShard: shard, data: data, layout: layout) }

  /// Where the first record of a shard begins, and where the records that are not its begin: the
  /// last record may end beyond it. Of a text that is not packed.
  func records(ofShard shard: Int, in bytes: Span<UInt8>) -> Range<Int> {
    cuts.records(of: self.bytes(ofShard: shard), after: scanner.hasQuotes ? places[shard] : .outside, in: bytes)
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

  private static func bytes(ofShard shard: Int, data: Range<Int>, layout: ShardLayout) -> Range<Int> {
    let range = layout.range(ofShard: shard, in: data.count)
    return (data.lowerBound + range.lowerBound)..<(data.lowerBound + range.upperBound)
  }
}
