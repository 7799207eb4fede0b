public import Collectives
public import Tensors

/// The samples of one logical shard.
public struct Shard {
  /// v
  public let index: Int
  /// [n, D]: of a `Table` as `FeatureColumn.Kind` says, of a `Dataset` what a model sees, or what it is made of
  /// (`Dataset.expansion`).
  public let features: FeatureMatrix
  /// n classes, 0 ..< C; `ignoredLabel` for samples that are ignored.
  public let labels: [Int32]
  /// Which of the shard's records these are.
  let places: RowPlaces

  /// The label of a sample that takes no part in losses, counts and metrics.
  public static let ignoredLabel: Int32 = -1

  public init(index: Int, features: FeatureMatrix, labels: [Int32]) {
    self.init(index: index, features: features, labels: labels, RowPlaces(count: labels.count))
  }

  init(index: Int, features: FeatureMatrix, labels: [Int32], _ places: RowPlaces) {
    precondition(features.rows == labels.count, "\(features.rows) rows, \(labels.count) labels")
    self.index = index
    self.features = features
    self.labels = labels
    self.places = places
  }

  public var sampleCount: Int { labels.count }

  /// The samples `rows`, in that order, in memory of their own.
  func selecting(_ rows: [Int]) -> Shard {
    Shard(
      index: index, features: features.selecting(rows), labels: rows.map { labels[$0] }, places.selecting(rows))
  }
}

/// Samples with their classes, cut into shards, of which this rank holds its own.
public struct ShardedSamples {
  /// Where they came from, for people to read.
  public let name: String
  public let classNames: [String]
  public let layout: ShardLayout
  /// This rank's, in order.
  public let shards: [Shard]
  /// Samples in each shard, of all ranks.
  public let sampleCounts: [Int]
  /// The place of each shard's first record in the data, of all ranks.
  private let firstRecords: [Int]

  /// - Parameter recordCounts: Records of each shard as it was read, of all ranks; nil where each has a sample here.
  public init(
    name: String, classNames: [String], layout: ShardLayout, shards: [Shard], sampleCounts: [Int],
    recordCounts: [Int]? = nil
  ) {
    precondition(sampleCounts.count == layout.shardCount)
    var records = 0
    let firstRecords = (recordCounts ?? sampleCounts).map { count in
      defer { records += count }
      return records
    }
    self.init(name, classNames, layout, shards, sampleCounts: sampleCounts, firstRecords: firstRecords)
  }

  private init(
    _ name: String, _ classNames: [String], _ layout: ShardLayout, _ shards: [Shard], sampleCounts: [Int],
    firstRecords: [Int]
  ) {
    self.name = name
    self.classNames = classNames
    self.layout = layout
    self.shards = shards
    self.sampleCounts = sampleCounts
    self.firstRecords = firstRecords
  }

  /// Counts the samples of all ranks. Collective.
  init(
    name: String, classNames: [String], layout: ShardLayout, shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) {
    let counts = try Self.counts(shards, layout, over: communicator)
    self.init(
      name: name, classNames: classNames, layout: layout, shards: shards, sampleCounts: counts.samples,
      recordCounts: counts.records)
  }

  /// Samples and records of each shard, over all ranks. Collective.
  private static func counts(
    _ shards: [Shard], _ layout: ShardLayout, over communicator: some Communicator
  ) throws(CollectiveError) -> (samples: [Int], records: [Int]) {
    var counts = [Int64](repeating: 0, count: 2 * layout.shardCount)
    for shard in shards {
      counts[shard.index] = Int64(shard.sampleCount)
      counts[layout.shardCount + shard.index] = Int64(shard.places.recordCount)
    }
    let all = try communicator.sum(counts).map { Int($0) }
    return (Array(all[..<layout.shardCount]), Array(all[layout.shardCount...]))
  }

  /// Others of the same data. Collective.
  func with(_ shards: [Shard], over communicator: some Communicator) throws(CollectiveError) -> ShardedSamples {
    let counts = try Self.counts(shards, layout, over: communicator)
    return ShardedSamples(
      name, classNames, layout, shards, sampleCounts: counts.samples, firstRecords: firstRecords)
  }

  /// The same samples with other features.
  func with(_ shards: [Shard]) -> ShardedSamples {
    ShardedSamples(name, classNames, layout, shards, sampleCounts: sampleCounts, firstRecords: firstRecords)
  }

  /// All of them as those of one rank.
  func with(_ shards: [Shard], ofOneRank layout: ShardLayout) -> ShardedSamples {
    ShardedSamples(name, classNames, layout, shards, sampleCounts: sampleCounts, firstRecords: firstRecords)
  }

  /// Where a sample stands in the data as it was read, from 0, records that could not be read among them.
  ///
  /// - Parameter row: Of the shard.
  public func place(ofRow row: Int, in shard: Shard) -> Int { firstRecords[shard.index] + shard.places[row] }
}

/// Samples with their classes: of a table as it was read, or encoded for a model.
public protocol LabeledSamples: ~Copyable {
  var samples: ShardedSamples { get }
}

extension LabeledSamples where Self: ~Copyable {
  public var name: String { samples.name }
  public var classNames: [String] { samples.classNames }
  public var layout: ShardLayout { samples.layout }
  public var shards: [Shard] { samples.shards }
  public var sampleCounts: [Int] { samples.sampleCounts }
  /// N, over all ranks, ignored samples included.
  public var sampleCount: Int { samples.sampleCounts.reduce(0, +) }
  /// C
  public var classCount: Int { samples.classNames.count }
  /// Whether its shards hold sparse rows: all of them or none.
  public var isSparse: Bool { samples.shards.contains { $0.features.isSparse } }

  /// [V][C] over all ranks: samples of each class in each shard that are not ignored. Exact.
  public func shardClassCounts(over communicator: some Communicator) throws(CollectiveError) -> [[Int]] {
    var counts = [Int64](repeating: 0, count: layout.shardCount * classCount)
    let classCount = classCount
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
