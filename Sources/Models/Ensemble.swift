public import Kernels
public import Tensors

/// Networks of one shape that judge together: their probabilities are averaged. A single one judges as it is.
///
/// What it gives are logits again, ln((1/K) Σ_k softmax(z_k)), whose softmax is that mean; so whatever is done with the
/// logits of a network (thresholds, calibration, losses) is done with these. Of each sample they depend on that sample
/// alone. Used by one thread.
public struct Ensemble {
  /// Member after member.
  private var networks: [FeedForwardNetwork]
  /// Of several: receives what they come to, [C, samples padded to lanes].
  private let mean: Matrix

  /// - Parameter networks: At least one, of the same shape and with room for as many samples.
  public init(_ networks: [FeedForwardNetwork]) {
    precondition(!networks.isEmpty && networks.allSatisfy { $0.shape == networks[0].shape })
    self.networks = networks
    mean = Matrix(
      zeros: networks.count == 1 ? 0 : networks[0].shape.classCount, paddedToLanes(networks[0].largestBatch))
  }

  /// Networks with parameters of their own, without dropout.
  ///
  /// - Parameters:
  ///   - members: Parameters of each, in the order of `ParameterLayout`, without padding.
  ///   - largestBatch: The most samples of one pass.
  ///   - threadCount: As networks have it.
  public init(_ shape: ModelShape, members: [Vector], largestBatch: Int, threadCount: Int = 1) {
    self.init(
      members.map { parameters in
        let network = FeedForwardNetwork(
          shape, dropout: Dropout(rate: 0), largestBatch: largestBatch, threadCount: threadCount)
        network.parameters.prefix(parameters.count).copy(from: parameters)
        return network
      })
  }

  public var shape: ModelShape { networks[0].shape }
  /// K
  public var memberCount: Int { networks.count }
  /// The class of the largest logit of each sample of the last `evaluate`.
  public var predictions: [Int32] { networks[0].predictions }
  /// The losses of the samples of the last `evaluate`.
  public var losses: SampleLosses { networks[0].losses }

  /// Computes the logits of a batch.
  ///
  /// - Parameters:
  ///   - features: [n, D]
  ///   - folds: The member that judges each sample alone; nil where all judge all.
  /// - Returns: [C, n], valid until the next pass.
  public func logits(of features: BatchFeatures, folds: ArraySlice<Int32>? = nil) -> Matrix {
    guard networks.count > 1 else { return networks[0].logits(of: features) }
    let total = mean.prefix(rows: mean.rows, columns: features.rows)
    for (member, network) in networks.enumerated() {
      let logits = network.logits(of: features)
      guard let folds else {
        addProbabilities(logits, ofMember: member, of: networks.count, to: total)
        continue
      }
      for (sample, fold) in folds.enumerated() where fold == member {
        for classIndex in 0..<total.rows { total[classIndex, sample] = logits[classIndex, sample] }
      }
    }
    return total
  }

  /// Computes the losses of a batch.
  ///
  /// - Parameters:
  ///   - folds: As `logits` has them.
  ///   - body: Takes the logits, [C, n], valid until it returns.
  public mutating func evaluate(
    _ features: BatchFeatures, labels: ArraySlice<Int32>, folds: ArraySlice<Int32>? = nil, loss: WeightedLoss,
    withLogits body: (Matrix) -> Void = { _ in }
  ) {
    let logits = logits(of: features, folds: folds)
    body(logits)
    networks[0].judge(logits, labels: labels, loss: loss)
  }
}
