public import Failures

/// Which part of the data belongs to which logical shard, and which shards to which rank.
///
/// The cuts of the data are functions of the shard count V alone; the number
/// of ranks P decides only who computes which shard. The first promise (docs/promises.md) rests on this.
public struct ShardLayout: Sendable, Equatable {
  /// V
  public let shardCount: Int
  /// P
  public let rankCount: Int

  /// - Throws: `ShardLayoutError` where there are more ranks than shards.
  public init(shardCount: Int, rankCount: Int) throws(ShardLayoutError) {
    precondition(rankCount >= 1)
    guard shardCount >= 1 else { throw .notPositive(shards: shardCount) }
    guard rankCount <= shardCount else {
      throw .moreRanksThanShards(ranks: rankCount, shards: shardCount)
    }
    self.shardCount = shardCount
    self.rankCount = rankCount
  }

  /// Part `index` of `total` items cut into `count` contiguous parts as even as can be:
  /// ⌊index·total/count⌋ ..< ⌊(index+1)·total/count⌋.
  public static func part(_ index: Int, of total: Int, cutInto count: Int) -> Range<Int> {
    precondition(index >= 0 && index < count && total >= 0)
    // In two halves, so that no product overflows: total = quotient · count + remainder.
    let (quotient, remainder) = total.quotientAndRemainder(dividingBy: count)
    func cut(_ index: Int) -> Int { index * quotient + index * remainder / count }
    return cut(index)..<cut(index + 1)
  }

  /// The shards that a rank holds: a contiguous run, never empty.
  public func shards(ofRank rank: Int) -> Range<Int> {
    ShardLayout.part(rank, of: shardCount, cutInto: rankCount)
  }

  /// The rows (or bytes) of a data set of `total` that shard `shard` holds.
  public func range(ofShard shard: Int, in total: Int) -> Range<Int> {
    ShardLayout.part(shard, of: total, cutInto: shardCount)
  }
}

/// Shards that the ranks cannot share.
public enum ShardLayoutError: Failure, Equatable {
  case notPositive(shards: Int)
  case moreRanksThanShards(ranks: Int, shards: Int)

  public var exitStatus: ExitStatus { .badConfiguration }

  public var description: String {
    switch self {
    case .notPositive(let shards):
      "--shards \(shards) is not a positive number of shards"
    case .moreRanksThanShards(let ranks, let shards):
      """
      \(ranks) ranks cannot share \(shards) shard\(shards == 1 ? "" : "s"): every rank needs at least one. \
      Start at most \(shards) rank\(shards == 1 ? "" : "s"), or pass --shards \(ranks) (which changes the result: \
      runs agree bit for bit only at the same number of shards).
      """
    }
  }
}
