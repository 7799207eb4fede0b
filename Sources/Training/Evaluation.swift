public import ClassWeighting
public import Collectives
public import Configuration
public import Datasets
internal import Kernels
public import Metrics
public import Models
internal import Tensors

/// What a model does on one part of the data, over all ranks.
public struct Evaluation: Equatable, Sendable {
  /// The part's loss as one batch; nil where it carries no weight.
  public let loss: Double?
  /// Mean −log p of the true class, unweighted, in nats; nil where there are no samples.
  public let logLoss: Double?
  public let confusion: ConfusionMatrix

  /// Whether every figure is a number.
  var isFinite: Bool { (loss ?? 0).isFinite && (logLoss ?? 0).isFinite }

  init(_ sums: LossSums, confusion: ConfusionMatrix, normalization: LossOptions.Normalization) {
    loss = normalization.divisor(of: sums).map { sums.weightedLoss / $0 }
    logLoss = sums.count > 0 ? sums.negativeLogLikelihood / sums.count : nil
    self.confusion = confusion
  }
}

/// Evaluates a model on a data set: each shard in pieces of fixed size, the shards' sums in fixed
/// order.
public struct Evaluator {
  /// Samples of one pass. Part of what a run's bits depend on.
  public static let batchSize = 256

  private let options: LossOptions

  /// The rows of each pass.
  static func batches(of shard: Shard) -> [Range<Int>] {
    stride(from: 0, to: shard.sampleCount, by: batchSize).map { $0..<min($0 + batchSize, shard.sampleCount) }
  }

  public init(_ options: LossOptions) {
    self.options = options
  }

  /// Collective.
  ///
  /// - Parameters:
  ///   - classWeights: Those that follow the batch follow this data set as a whole.
  ///   - isStopRequested: Asked now and then.
  /// - Returns: Nil where a rank was asked to stop before it had seen all of its samples.
  public func evaluate(
    _ network: inout FeedForwardNetwork, on dataset: Dataset, classWeights: TrainingWeights,
    unless isStopRequested: () -> Bool = { false }, over communicator: some Communicator
  ) throws(CollectiveError) -> Evaluation? {
    let weights = try classWeights.weights { () throws(CollectiveError) in
      try dataset.classCounts(over: communicator)
    }
    let loss = WeightedLoss(options.trainingLoss, classWeights: weights)
    var confusion = ConfusionMatrix(classCount: dataset.classCount)
    var sum = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: GradientSums.shape(parameterCount: 0))
    var samples = ConsecutiveSamples(of: dataset, capacity: Self.batchSize)
    for shard in dataset.shards {
      let part = GradientSums(sum.nextPart)
      let losses = evaluate(&network, on: shard, &samples, loss: loss, &confusion, unless: isStopRequested)
      part.loss = losses ?? LossSums()
      part.wish = losses == nil ? .stop : .goOn
      sum.commit()
    }
    let total = GradientSums(try sum.total())
    guard total.wish == .goOn else { return nil }
    let counts = try communicator.sum(confusion.counts)
    return Evaluation(
      total.loss, confusion: ConfusionMatrix(classCount: dataset.classCount, counts: counts),
      normalization: options.lossNormalization)
  }

  private func evaluate(
    _ network: inout FeedForwardNetwork, on shard: Shard, _ samples: inout ConsecutiveSamples, loss: WeightedLoss,
    _ confusion: inout ConfusionMatrix, unless isStopRequested: () -> Bool
  ) -> LossSums? {
    var sums = LossSums()
    for rows in Self.batches(of: shard) {
      guard !isStopRequested() else { return nil }
      network.evaluate(samples(shard, rows), labels: shard.labels[rows], loss: loss)
      sums += network.losses.sums(of: 0..<rows.count)
      confusion.record(actual: shard.labels[rows], predicted: network.predictions)
    }
    return sums
  }
}
