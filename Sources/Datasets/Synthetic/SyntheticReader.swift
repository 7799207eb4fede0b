public import Collectives
internal import RandomStreams
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
    let centers = (0..<data.classCount).map(center)
    let order = IndexPermutation(count: data.sampleCount, seed: data.seed, purpose: .syntheticLabels)
    // The first class takes the first places of the permuted order, and so on.
    var ends: [Int] = []
    for count in data.classCounts { ends.append((ends.last ?? 0) + count) }

    let shards = own.map { index in
      let rows = layout.range(ofShard: index, in: data.sampleCount)
      let features = Matrix(zeros: rows.count, data.featureCount)
      let labels = rows.map { sample in
        let place = order[sample]
        // The last end is N, beyond every place.
        return Int32(ends.firstIndex { place < $0 } ?? ends.count - 1)
      }
      for (row, sample) in rows.enumerated() {
        fill(features.row(row), sample: sample, center: centers[Int(labels[row])])
      }
      return RawDataset.Shard(index: index, features: .dense(features), labels: labels)
    }
    return RawDataset(
      name: "synthetic", columns: (0..<data.featureCount).map { FeatureColumn(name: "x\($0)") },
      labelTexts: (0..<data.classCount).map(String.init), shards: shards)
  }

  /// A random direction of length `separation`.
  private func center(ofClass index: Int) -> [Double] {
    var stream = RandomStream(seed: data.seed, purpose: .syntheticCenters, index: index)
    let direction = (0..<data.featureCount).map { _ in stream.normal() }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return direction.map { $0 / length * data.separation }
  }

  private func fill(_ row: Vector, sample: Int, center: [Double]) {
    var stream = RandomStream(seed: data.seed, purpose: .syntheticFeatures, index: sample)
    for feature in 0..<row.count {
      row[feature] =
        data.separation == 0
        ? Float(stream.nextWord() >> 8) * 0x1p-24 : Float(center[feature] + stream.normal())
    }
  }
}
