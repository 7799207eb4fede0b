public import Datasets
internal import Kernels
public import Models
internal import Tensors

/// What judges the samples of a data set: all members of a model together, or each sample by the one that was trained
/// without its fold.
public struct JudgedModel {
  private var ensemble: Ensemble
  private let folds: SampleFolds?

  /// - Parameter folds: Of the data set that is judged, as many as there are members; member k was trained without fold
  ///   k. Nil where all judge all.
  public init(_ ensemble: Ensemble, folds: SampleFolds? = nil) {
    precondition(folds.map { $0.count == ensemble.memberCount } ?? true, "other members than folds")
    self.ensemble = ensemble
    self.folds = folds
  }

  /// A model of one network.
  public init(_ network: FeedForwardNetwork) {
    self.init(Ensemble([network]))
  }

  /// C
  var classCount: Int { ensemble.shape.classCount }
  var predictions: [Int32] { ensemble.predictions }
  var losses: SampleLosses { ensemble.losses }

  /// The logits of a batch.
  ///
  /// - Parameters:
  ///   - features: [n, D]
  ///   - rows: Where they stand in `shard`.
  /// - Returns: [C, n], valid until the next pass.
  func logits(of features: BatchFeatures, _ shard: Shard, _ rows: Range<Int>) -> Matrix {
    ensemble.logits(of: features, folds: folds(shard, rows))
  }

  /// Computes the losses of a batch.
  ///
  /// - Parameter body: Takes the logits, [C, n], valid until it returns.
  mutating func evaluate(
    _ features: BatchFeatures, _ shard: Shard, _ rows: Range<Int>, loss: WeightedLoss,
    withLogits body: (Matrix) -> Void
  ) {
    ensemble.evaluate(
      features, labels: shard.labels[rows], folds: folds(shard, rows), loss: loss, withLogits: body)
  }

  private func folds(_ shard: Shard, _ rows: Range<Int>) -> ArraySlice<Int32>? {
    folds.map { $0.folds(ofShard: shard.index)[rows] }
  }
}
