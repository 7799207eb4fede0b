public import Collectives

/// How an epoch is cut into steps: how many samples each shard supplies to a step, and how many
/// steps there are until every shard has supplied all it has.
public struct BatchPlan: Equatable, Sendable {
  /// B, samples of a global batch.
  public let batchSize: Int
  /// Batches that make up one step.
  public let accumulation: Int
  /// What each shard supplies to one batch; 1 or more.
  public let shares: [Int]
  public let stepsPerEpoch: Int

  /// - Throws: `TrainingError` where there are more shards than samples in a batch.
  public init(
    sampleCounts: [Int], batchSize: Int, accumulation: Int, layout: ShardLayout
  ) throws(TrainingError) {
    guard layout.shardCount <= batchSize else {
      throw .moreShardsThanBatch(shards: layout.shardCount, batchSize: batchSize, ranks: layout.rankCount)
    }
    self.batchSize = batchSize
    self.accumulation = accumulation
    let shares = (0..<layout.shardCount).map { layout.batchShare(ofShard: $0, batchSize: batchSize) }
    self.shares = shares
    stepsPerEpoch =
      sampleCounts.indices.map { shard in
        let perStep = shares[shard] * accumulation
        return (sampleCounts[shard] + perStep - 1) / perStep
      }.max() ?? 0
  }

  /// The most samples that any shard supplies to a batch.
  ///
  /// - Parameter sampleCounts: Of every shard.
  public func largestShare(sampleCounts: [Int]) -> Int {
    zip(shares, sampleCounts).map { min($0, $1) }.max() ?? 0
  }

  /// The places, in a shard's order of the epoch, of the samples that it supplies to one batch:
  /// what it has, then none.
  public func places(ofShard shard: Int, sampleCount: Int, stepInEpoch: Int, batch: Int) -> Range<Int> {
    let start = (stepInEpoch * accumulation + batch) * shares[shard]
    return min(start, sampleCount)..<min(start + shares[shard], sampleCount)
  }
}
