public import Collectives
public import Tensors

/// The samples of one logical shard.
public struct Shard {
  /// v
  public let index: Int
  /// [n, D]: see `FeatureColumn.Kind`; once encoded, numbers.
  public let features: FeatureMatrix
  /// n classes, 0 ..< C; `ignoredLabel` for samples that are ignored.
  public let labels: [Int32]

  /// The label of a sample that takes no part in losses, counts and metrics.
  public static let ignoredLabel: Int32 = -1

  public init(index: Int, features: FeatureMatrix, labels: [Int32]) {
    precondition(features.rows == labels.count, "\(features.rows) rows, \(labels.count) labels")
    self.index = index
    self.features = features
    self.labels = labels
  }

  public var sampleCount: Int { labels.count }
}

/// A data set, cut into shards, of which this rank holds its own.
public struct Dataset {
  /// Where it came from, for people to read.
  public let name: String
  public let columns: [FeatureColumn]
  public let classNames: [String]
  public let layout: ShardLayout
  /// This rank's, in order.
  public var shards: [Shard]
  /// Samples in each shard, of all ranks.
  public let sampleCounts: [Int]

  public init(
    name: String, columns: [FeatureColumn], classNames: [String], layout: ShardLayout, shards: [Shard],
    sampleCounts: [Int]
  ) {
    precondition(sampleCounts.count == layout.shardCount)
    self.name = name
    self.columns = columns
    self.classNames = classNames
    self.layout = layout
    self.shards = shards
    self.sampleCounts = sampleCounts
  }

  /// N, over all ranks, ignored samples included.
  public var sampleCount: Int { sampleCounts.reduce(0, +) }
  /// Whether its shards hold sparse rows: all of them or none.
  public var isSparse: Bool { shards.contains { $0.features.isSparse } }
  /// D
  public var featureCount: Int { columns.count }
  public var featureNames: [String] { columns.map(\.name) }
  /// C
  public var classCount: Int { classNames.count }

  /// [V][C] over all ranks: samples of each class in each shard that are not ignored. Exact.
  public func shardClassCounts(over communicator: some Communicator) throws(CollectiveError) -> [[Int]] {
    var counts = [Int64](repeating: 0, count: layout.shardCount * classCount)
    for shard in shards {
      for label in shard.labels where label >= 0 { counts[shard.index * classCount + Int(label)] += 1 }
    }
    counts = try communicator.sum(counts)
    return (0..<layout.shardCount).map { shard in
      counts[(shard * classCount)..<((shard + 1) * classCount)].map { Int($0) }
    }
  }

  /// n_c over all ranks: samples of each class that are not ignored. Exact.
  public func classCounts(over communicator: some Communicator) throws(CollectiveError) -> [Int] {
    var counts = [Int64](repeating: 0, count: classCount)
    for shard in shards {
      for label in shard.labels where label >= 0 { counts[Int(label)] += 1 }
    }
    return try communicator.sum(counts).map { Int($0) }
  }
}
