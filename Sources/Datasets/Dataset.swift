public import Collectives
public import Tensors

/// What a model is trained on and judged by: samples whose features are the numbers that it sees. A `FeatureEncoding`
/// makes one of a `Table`.
///
/// Where its rows would be much wider than they were read, they stay as they were: what takes samples expands them, a
/// batch at a time, and so has them all as wide as they are for a model.
public struct Dataset: LabeledSamples {
  public let samples: ShardedSamples
  public let featureNames: [String]
  /// The columns that the features were made of; none where rows are taken as they are.
  public let columns: [EncodedColumn]
  /// What makes rows of D features of the rows of shards; nil where these are the features themselves.
  public let expansion: RowEncoder?
  /// Values of a training sample that are not 0, in the mean over all ranks; nil but for sparse rows.
  public let entriesPerSample: Double?

  init(
    _ samples: ShardedSamples, featureNames: [String], columns: [EncodedColumn] = [], expansion: RowEncoder? = nil,
    entriesPerSample: Double? = nil
  ) {
    self.entriesPerSample = entriesPerSample
    precondition(expansion.map { $0.width == featureNames.count } ?? true)
    self.samples = samples
    self.featureNames = featureNames
    self.expansion = expansion
    self.columns = columns
  }

  /// - Parameters:
  ///   - shards: This rank's, in order; numbers that are finite.
  ///   - sampleCounts: Of each shard, of all ranks.
  public init(
    name: String, featureNames: [String], classNames: [String], layout: ShardLayout, shards: [Shard],
    sampleCounts: [Int]
  ) {
    self.init(
      ShardedSamples(name: name, classNames: classNames, layout: layout, shards: shards, sampleCounts: sampleCounts),
      featureNames: featureNames)
  }

  /// D
  public var featureCount: Int { featureNames.count }

  /// The features of a shard's samples, in the memory of the shard where that holds them.
  public func features(of shard: Shard) -> FeatureMatrix {
    guard let expansion, case .dense(let raw) = shard.features else { return shard.features }
    return .dense(expansion(raw))
  }
}

/// The parts of a data set, encoded alike.
public struct DatasetParts {
  public let training: Dataset
  /// What a model is chosen by.
  public let validation: Dataset?
  /// What the final model is judged by, once.
  public let test: Dataset?
}
