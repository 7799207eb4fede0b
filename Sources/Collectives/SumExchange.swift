/// How ranks exchange what a `FixedOrderSum` adds up. It changes no bit of the sum.
///
/// The choice was measured on two ranks of one host. Beyond, it is a guess from the same costs.
public enum SumExchange: CaseIterable, Sendable {
  /// One allgather of all parts; every rank adds them up itself. One latency.
  case whole
  /// Each rank receives one slice of every other rank's parts and adds it to its own where that
  /// stands; the slices are gathered. Where each rank has one part this is as much traffic as a ring
  /// allreduce has, and 1/P of the additions.
  case sliced

  /// A message of this size leaves without waiting for its receiver (MPI libraries say 4 KiB).
  private static let eagerWords = 1_008
  /// Beyond it, additions done P times over cost more than a second latency.
  private static let mostWordsReceivedWhole = 131_072

  /// Words of a slice that are exchanged at a time, and then added up while they are in the cache.
  ///
  /// - Parameter parts: That are received.
  static func pieceWords(parts: Int) -> Int { max(262_144 / max(parts, 1) / 16 * 16, 16_384) }

  /// The faster one.
  ///
  /// Measured on 2 ranks of one host (Benchmarks/log.md), whole against sliced, in µs: 33 floats 0.3/0.5;
  /// 960 0.8/1.2; 1,000 3.2/1.2; 2,100 3.6/6.7; 16,384 9.6/17; 65,536 32/50; 200,000 95/96;
  /// 538,000 280/193; 6,500,000 8,700/3,000.
  static func fastest(words: Int, mostParts: Int, ranks: Int) -> SumExchange {
    // Slices are exchanged with one rank after the other: worth it for few ranks alone.
    if words * mostParts > eagerWords, words / ranks <= eagerWords, ranks * mostParts <= 4 { return .sliced }
    return (ranks - 1) * mostParts <= mostWordsReceivedWhole / max(words, 1) ? .whole : .sliced
  }
}
