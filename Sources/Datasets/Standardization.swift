public import Collectives
internal import Tensors

/// Brings every feature to mean 0 and variance 1, as learned from the training part.
public struct Standardization: Equatable, Sendable {
  /// [D]
  public let mean: [Double]
  /// [D]; the population's standard deviation, or 1 for a constant feature.
  public let scale: [Double]

  /// Learns from every sample of `dataset`, all ranks. Collective.
  ///
  /// Two passes, in Double: first the means, then the squared deviations from them, which loses no
  /// digits where the mean is large. Both are summed over shards in fixed order.
  public init(learningFrom dataset: Dataset, over communicator: some Communicator) throws(CollectiveError) {
    let count = Double(max(dataset.sampleCount, 1))
    let sums = try Self.sum(over: dataset, communicator) { value, _ in value }
    let mean = sums.map { $0 / count }
    let squares = try Self.sum(over: dataset, communicator) { value, feature in
      let deviation = value - mean[feature]
      return deviation * deviation
    }
    self.mean = mean
    scale = zip(mean, squares).map { mean, square in
      // The mean of equal values is off by a rounding, and leaves a deviation that is none: the
      // bound is scikit-learn's (StandardScaler).
      let variance = square / count
      let roundings = count * .ulpOfOne
      let isConstant = variance <= roundings * variance + (roundings * mean) * (roundings * mean)
      return isConstant ? 1 : variance.squareRoot()
    }
  }

  /// Rewrites the features in place.
  public func apply(to dataset: Dataset) {
    for shard in dataset.shards {
      for row in 0..<shard.features.rows {
        let features = shard.features.row(row)
        for feature in 0..<features.count {
          features[feature] = Float((Double(features[feature]) - mean[feature]) / scale[feature])
        }
      }
    }
  }

  /// Σ f(x, feature) of each feature, over all samples in the order of shards.
  private static func sum(
    over dataset: Dataset, _ communicator: some Communicator, _ f: (Double, Int) -> Double
  ) throws(CollectiveError) -> [Double] {
    let featureCount = dataset.featureCount
    var sums = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: .init(floatCount: 0, doubleCount: featureCount))
    for shard in dataset.shards {
      var totals = [Double](repeating: 0, count: featureCount)
      for row in 0..<shard.features.rows {
        let features = shard.features.row(row)
        for feature in 0..<featureCount { totals[feature] += f(Double(features[feature]), feature) }
      }
      let part = sums.nextPart
      for feature in 0..<featureCount { part[double: feature] = totals[feature] }
      sums.commit()
    }
    let total = try sums.total()
    return (0..<featureCount).map { total[double: $0] }
  }
}
