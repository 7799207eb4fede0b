public import ClassWeighting
public import Collectives
public import Configuration
public import Datasets
internal import Kernels
public import Metrics
public import Models
public import Tensors

/// What a model does on one part of the data, over all ranks.
public struct Evaluation: Codable, Equatable, Sendable {
  /// The part's loss as one batch; nil where it carries no weight.
  public let loss: Double?
  /// Mean −log p of the true class, unweighted, in nats; nil where there are no samples.
  public let logLoss: Double?
  /// By the model's decision.
  public let confusion: ConfusionMatrix
  /// By the largest logit, where the decision is another one.
  public let untuned: ConfusionMatrix?
  /// Of raw probabilities; nil where it was not asked for, the samples are too many (`RawProbabilityTally`), or a probability
  /// was no number.
  public internal(set) var ranking: RankingMetrics?
  /// The standard error of the log loss; nil where it was not asked for.
  public internal(set) var logLossError: Double?

  /// How sure the figures are; nil where that was not asked for.
  public private(set) var intervals: MetricIntervals?

  /// The same with its intervals. They follow from it alone, and take time where classes are many.
  package func withIntervals(confidence: Double) -> Evaluation {
    var evaluation = self
    evaluation.intervals = MetricIntervals(
      confusion, logLoss: logLoss, logLossError: logLossError, confidence: confidence)
    return evaluation
  }

  /// Whether every figure is a number.
  package var isFinite: Bool { (loss ?? 0).isFinite && (logLoss ?? 0).isFinite }

  init(
    _ sums: LossSums, confusion: ConfusionMatrix, untuned: ConfusionMatrix? = nil,
    normalization: LossOptions.Normalization
  ) {
    self.untuned = untuned
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
  private let trainingLoss: any TrainingLoss

  /// The rows of each pass.
  static func batches(of shard: Shard) -> [Range<Int>] {
    stride(from: 0, to: shard.sampleCount, by: batchSize).map { $0..<min($0 + batchSize, shard.sampleCount) }
  }

  /// - Parameter classCounts: n_c, [C], training samples over all ranks.
  public init(_ options: LossOptions, classCounts: [Int]) {
    self.options = options
    trainingLoss = options.trainingLoss(classCounts: classCounts)
  }

  /// Collective.
  ///
  /// - Parameters:
  ///   - classWeights: Those that follow the batch follow this data set as a whole.
  ///   - decision: How logits become a class; nil where the largest decides.
  ///   - isStopRequested: Asked now and then.
  ///   - body: Takes the logits of each batch, [C, n], valid until it returns, and their labels.
  /// - Returns: Nil where a rank was asked to stop before it had seen all of its samples.
  public func evaluate(
    _ model: inout JudgedModel, on dataset: Dataset, classWeights: TrainingWeights,
    decision: DecisionRule? = nil,
    unless isStopRequested: () -> Bool = { false }, over communicator: some Communicator,
    withLogits body: (Matrix, ArraySlice<Int32>) -> Void = { _, _ in }
  ) throws(CollectiveError) -> Evaluation? {
    let weights = try classWeights.weights { () throws(CollectiveError) in
      try dataset.classCounts(over: communicator)
    }
    let loss = WeightedLoss(trainingLoss, classWeights: weights)
    var tally = DecisionCounts(decision, classCount: dataset.classCount)
    var sum = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: GradientSums.shape(parameterCount: 0))
    var samples = ConsecutiveSamples(of: dataset, capacity: Self.batchSize)
    for shard in dataset.shards {
      let part = GradientSums(sum.nextPart)
      let losses = evaluate(&model, on: shard, &samples, loss: loss, &tally, unless: isStopRequested, body)
      part.loss = losses ?? LossSums()
      part.wish = losses == nil ? .stop : .goOn
      sum.commit()
    }
    let total = GradientSums(try sum.total())
    guard total.wish == .goOn else { return nil }
    let byLargest = try tally.byLargest.total(over: communicator)
    let tuned = decision == nil ? nil : try tally.tuned.total(over: communicator)
    return Evaluation(
      total.loss, confusion: tuned ?? byLargest, untuned: tuned == nil ? nil : byLargest,
      normalization: options.lossNormalization)
  }

  private func evaluate(
    _ model: inout JudgedModel, on shard: Shard, _ samples: inout ConsecutiveSamples, loss: WeightedLoss,
    _ tally: inout DecisionCounts, unless isStopRequested: () -> Bool, _ body: (Matrix, ArraySlice<Int32>) -> Void
  ) -> LossSums? {
    var sums = LossSums()
    for rows in Self.batches(of: shard) {
      guard !isStopRequested() else { return nil }
      model.evaluate(samples(shard, rows), shard, rows, loss: loss) {
        tally.record(tuned: $0, labels: shard.labels[rows])
        body($0, shard.labels[rows])
      }
      sums += model.losses.sums(of: 0..<rows.count)
      tally.byLargest.record(actual: shard.labels[rows], predicted: model.predictions)
    }
    return sums
  }
}

/// The confusion of this rank's samples by the largest logit, and by a decision where there is one.
private struct DecisionCounts {
  var byLargest: ConfusionMatrix
  private(set) var tuned: ConfusionMatrix
  private let decision: DecisionRule?
  private var predictions: [Int32] = []

  init(_ decision: DecisionRule?, classCount: Int) {
    self.decision = decision
    byLargest = ConfusionMatrix(classCount: classCount)
    tuned = byLargest
  }

  /// - Parameter logits: [C, n]
  mutating func record(tuned logits: Matrix, labels: ArraySlice<Int32>) {
    guard let decision else { return }
    DecisionRule.predict(decision, logits, into: &predictions)
    tuned.record(actual: labels, predicted: predictions)
  }
}

extension ConfusionMatrix {
  /// That of all ranks. Collective.
  fileprivate func total(over communicator: some Communicator) throws(CollectiveError) -> ConfusionMatrix {
    ConfusionMatrix(classCount: classCount, counts: try communicator.sum(counts))
  }
}
