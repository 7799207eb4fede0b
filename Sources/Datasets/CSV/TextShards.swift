internal import Collectives
internal import Files

/// Which records of a text belong to which shard: those that begin at the byte offsets
/// ⌊vS/V⌋ ..< ⌊(v+1)S/V⌋ of its data part of S bytes. Newlines inside quotes end no record.
struct TextShards {
  let layout: ShardLayout
  /// The data part.
  let data: Range<Int>
  private let hasQuotes: Bool
  /// The quotes in the data part before each shard's first byte, and in the whole of it.
  private let quotesBefore: [Int]

  /// Counts the quotes in this rank's shards, and adds up the ranks'. (Of a packed text they have been
  /// counted; a text without quotes has none to count.) Collective.
  init(
    _ text: DelimitedText, data: Range<Int>, layout: ShardLayout, over communicator: some Communicator
  ) throws(CollectiveError) {
    self.layout = layout
    self.data = data
    hasQuotes = text.hasQuotes
    var quotes = [Int64](repeating: 0, count: layout.shardCount)
    text.withHead { bytes in
      if let all = text.quoteCount {
        let beforeData = CSVScanner.count(CSVScanner.quote, in: bytes, 0..<data.lowerBound)
        if communicator.isRoot { quotes[0] = Int64(all - beforeData) }
        return
      }
      for shard in layout.shards(ofRank: communicator.rank) {
        let range = Self.bytes(ofShard: shard, data: data, layout: layout)
        quotes[shard] = Int64(CSVScanner.count(CSVScanner.quote, in: bytes, range))
      }
    }
    var before = [0]
    for count in try communicator.sum(quotes) { before.append(before[before.count - 1] + Int(count)) }
    quotesBefore = before
  }

  var quoteCount: Int { quotesBefore[layout.shardCount] }

  func bytes(ofShard shard: Int) -> Range<Int> { Self.bytes(ofShard: shard, data: data, layout: layout) }

  /// Where the first record of a shard begins, and where the records that are not its begin: the
  /// last record may end beyond it.
  func records(ofShard shard: Int, in bytes: Span<UInt8>) -> Range<Int> {
    let range = Self.bytes(ofShard: shard, data: data, layout: layout)
    guard range.lowerBound > data.lowerBound, !range.isEmpty else { return range }
    // The record that holds the byte before the shard ends where the shard's first may begin.
    let before = range.lowerBound - 1
    let quotes = quotesBefore[shard] - (bytes[before] == CSVScanner.quote ? 1 : 0)
    let start = CSVScanner.recordEnd(
      in: bytes, from: before, quoted: quotes % 2 == 1, hasQuotes: hasQuotes, limit: data.upperBound)
    return min(start, range.upperBound)..<range.upperBound
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
