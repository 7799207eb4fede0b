public import Collectives
internal import Tensors

/// Makes the samples of a `SyntheticData` that belong to this rank's shards.
public struct SyntheticReader: DatasetReader {
  public let data: SyntheticData

  public init(_ data: SyntheticData) {
    self.data = data
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    let own = layout.shards(ofRank: communicator.rank)
    let ownSamples = own.reduce(0.0) { $0 + Double(layout.range(ofShard: $1, in: data.sampleCount).count) }
    // Before anything is computed, and before numbers that the bytes of memory would not fit into.
    try communicator.agree {
      try MemoryError.check(
        byteCount: ownSamples * Double(data.featureCount + 1) * 4 + Double(data.classCount * data.featureCount) * 8,
        for: "\(data.sampleCount) samples of \(data.featureCount) features")
    }
    let samples = SyntheticSamples(data)
    let shards = own.map { index in
      let (features, labels) = samples[layout.range(ofShard: index, in: data.sampleCount)]
      return RawDataset.Shard(index: index, features: .dense(features), labels: labels)
    }
    return RawDataset(
      name: "synthetic", columns: data.columns, labelTexts: data.labelTexts, shards: shards)
  }
}

extension SyntheticData {
  var columns: [FeatureColumn] { (0..<featureCount).map { FeatureColumn(name: "x\($0)") } }
  var labelTexts: [String] { (0..<classCount).map(String.init) }
}
