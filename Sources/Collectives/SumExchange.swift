/// How ranks exchange what a `FixedOrderSum` adds up. It changes no bit of the sum.
///
/// The choice was measured on two ranks of one host. Beyond, it follows from counts: of n words, P ranks, and m parts a
/// rank,
///
/// | | messages in a row | words that a rank receives |
/// | --- | --- | --- |
/// | whole | log₂P | P·m·n |
/// | tree | 2·log₂P | 2·log₂P·n, at most |
/// | sliced | P + log₂P | (m + 1)·n |
///
/// with a microsecond or two for a message, and one for a thousand words.
public enum SumExchange: CaseIterable, Sendable {
  /// One allgather of all parts; every rank adds them up itself. One latency.
  case whole
  /// Parts are sent to the rank that adds them up, along the tree of additions (`SumTransfers`); the total is sent to
  /// all.
  case tree
  /// Each rank receives one slice of every other rank's parts and adds it to its own where that
  /// stands; the slices are gathered. Where each rank has one part this is as much traffic as a ring
  /// allreduce has, and 1/P of the additions.
  case sliced

  /// A message of this size leaves without waiting for its receiver (MPI libraries say 4 KiB).
  private static let eagerWords = 1_008
  /// Beyond it, additions done P times over cost more than a second latency.
  private static let mostWordsReceivedWhole = 32_768

  /// Of more ranks the choice follows from counts.
  private static let mostRanksMeasured = 8
  /// Where the words that are received whole take as long as the second way of a tree.
  private static let mostWordsOfManyRanks = 16_384
  /// Where the words of a tree, some 10 times n, take as long as P messages. (Such slices are hardly padded, too.)
  private static let leastWordsOfSlice = 128

  /// Words of a slice that are exchanged at a time, and then added up while they are in the cache.
  ///
  /// - Parameter parts: That are received.
  static func pieceWords(parts: Int) -> Int { max(65_536 / max(parts, 1) / 16 * 16, 16_384) }

  /// The faster one where messages go through shared memory, as they do on one host (`OneHost`). Over networks it is not
  /// measured.
  ///
  /// Measured on 2 ranks of one host (Benchmarks/log.md), whole against sliced, in µs: 33 floats 0.3/0.5;
  /// 960 0.8/1.2; 1,000 3.2/1.2; 16,384 4.0/3.7; 65,536 15.5/11.3; larger ones are faster sliced by far.
  package static func fastest(words: Int, mostParts: Int, ranks: Int) -> SumExchange {
    guard ranks <= mostRanksMeasured else {
      if ranks * mostParts * words <= mostWordsOfManyRanks { return .whole }
      return words < leastWordsOfSlice * ranks ? .tree : .sliced
    }
    // Slices are exchanged with one rank after the other: worth it for few ranks alone.
    if words * mostParts > eagerWords, words / ranks <= eagerWords, ranks * mostParts <= 4 { return .sliced }
    return (ranks - 1) * mostParts <= mostWordsReceivedWhole / max(words, 1) ? .whole : .sliced
  }
}
