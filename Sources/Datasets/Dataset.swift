public import Collectives

/// What a model is trained on and judged by: samples whose features are the numbers that it sees. A `FeatureEncoding`
/// makes one of a `Table`.
public struct Dataset: LabeledSamples {
  public let samples: ShardedSamples
  public let featureNames: [String]

  init(_ samples: ShardedSamples, featureNames: [String]) {
    self.samples = samples
    self.featureNames = featureNames
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
}

/// The parts of a data set, encoded alike.
public struct DatasetParts {
  public let training: Dataset
  /// What a model is chosen by.
  public let validation: Dataset?
  /// What the final model is judged by, once.
  public let test: Dataset?
}
