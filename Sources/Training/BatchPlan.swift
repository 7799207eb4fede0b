public import Collectives
public import Datasets

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

  /// The most samples of this rank that pass through the network at a time: those of its shards'
  /// batches, or of one shard's where a step has several batches.
  public func largestPass(of dataset: Dataset) -> Int {
    let counts = dataset.shards.map { min(shares[$0.index], $0.sampleCount) }
    return accumulation == 1 ? counts.reduce(0, +) : counts.max() ?? 0
  }

  /// The places, in a shard's order of the epoch, of the samples that it supplies to one batch:
  /// what it has, then none.
  public func places(ofShard shard: Int, sampleCount: Int, stepInEpoch: Int, batch: Int) -> Range<Int> {
    let start = (stepInEpoch * accumulation + batch) * shares[shard]
    return min(start, sampleCount)..<min(start + shares[shard], sampleCount)
  }
}
