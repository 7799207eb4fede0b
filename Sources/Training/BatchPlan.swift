public import Datasets

/// How an epoch is cut into batches and steps.
///
/// Sample j of shard v, in the shard's own order of the epoch, has the key (2j+1)/(2·n_v); all samples stand in the
/// order of their keys, equal ones by v. Batch b is the samples bB ..< (b+1)B of this order, so every batch but the
/// last has B samples, at any V (docs/promises.md, 3). `BatchCuts` says which they are.
public struct BatchPlan: Equatable, Sendable {
  /// n_v, the samples that each shard supplies to the epoch, of all ranks. They may be 0.
  public let sampleCounts: [Int]
  /// N
  public let sampleCount: Int
  /// B, samples of a global batch; no more than there are.
  public let batchSize: Int
  /// That which was asked for.
  private let wantedBatchSize: Int
  /// Where a sampler decides anew in each epoch how many samples it has: no epoch has more.
  private let mostDraws: Int?
  /// A, batches that make up one step.
  public let accumulation: Int
  /// ⌈N/B⌉
  public let batchesPerEpoch: Int
  /// ⌈⌈N/B⌉/A⌉
  public let stepsPerEpoch: Int

  /// Takes time in V alone, so that who changes the counts can make another plan for each epoch.
  ///
  /// - Parameter mostDraws: Where the counts change from epoch to epoch: no epoch has more samples, over all ranks.
  public init(sampleCounts: [Int], batchSize: Int, accumulation: Int, mostDraws: Int? = nil) {
    precondition(batchSize >= 1 && accumulation >= 1, "batches of \(batchSize), \(accumulation) a step")
    precondition(sampleCounts.allSatisfy { $0 >= 0 && $0 <= Int(UInt32.max) }, "shards of \(sampleCounts) samples")
    self.sampleCounts = sampleCounts
    sampleCount = sampleCounts.reduce(0, +)
    self.batchSize = min(batchSize, max(sampleCount, 1))
    wantedBatchSize = batchSize
    self.mostDraws = mostDraws
    self.accumulation = accumulation
    batchesPerEpoch = Self.quotient(sampleCount, self.batchSize)
    stepsPerEpoch = Self.quotient(batchesPerEpoch, accumulation)
  }

  /// Every epoch is one step of one batch: the whole training part.
  public init(wholeEpochsOf sampleCounts: [Int]) {
    self.init(sampleCounts: sampleCounts, batchSize: max(sampleCounts.reduce(0, +), 1), accumulation: 1)
  }

  /// The plan of an epoch that has other samples.
  ///
  /// - Parameter sampleCounts: n_v of all ranks, none over `UInt32.max`.
  func with(sampleCounts: [Int]) -> BatchPlan {
    BatchPlan(
      sampleCounts: sampleCounts, batchSize: wantedBatchSize, accumulation: accumulation, mostDraws: mostDraws)
  }

  /// Steps of an epoch of so many samples as a sampler draws in the mean.
  func steps(ofDraws draws: Double) -> Double {
    ((draws / Double(wantedBatchSize)).rounded(.up) / Double(accumulation)).rounded(.up)
  }

  /// The batches of a step, which has fewer than A where it is the last.
  public func batches(ofStep step: Int) -> Range<Int> {
    let start = step * accumulation
    return start..<(start + min(accumulation, batchesPerEpoch - start))
  }

  /// No fewer than the samples of this rank that ever pass through the network at a time: those of its shards' part
  /// of a batch, or of one shard's where a step has several batches.
  public func largestPass(of dataset: Dataset) -> Int {
    // What share a shard has of each epoch is not known before; a batch has no more than all shards together.
    if let mostDraws { return min(wantedBatchSize, mostDraws) }
    let counts = dataset.shards.map { mostSamples(ofShard: $0.index) }
    return min(accumulation == 1 ? counts.reduce(0, +) : counts.max() ?? 0, batchSize)
  }

  /// No fewer than the samples of a shard in any batch.
  ///
  /// Where the order is cut at a key x, n_v·x − ½ to n_v·x + ½ samples of each shard come before; their sum being t,
  /// x is within V/(2N) of t/N, and between two cuts it moves by no more than (B + V)/N.
  private func mostSamples(ofShard shard: Int) -> Int {
    let count = sampleCounts[shard]
    guard count > 0 else { return 0 }
    let shards = sampleCounts.count { $0 > 0 }
    let product = count.multipliedFullWidth(by: batchSize + shards)
    return min(count, sampleCount.dividingFullWidth(product).quotient + 1)
  }

  /// ⌈a/b⌉ of any a that is not negative.
  private static func quotient(_ a: Int, _ b: Int) -> Int { a / b + (a % b == 0 ? 0 : 1) }
}
