public import ClassWeighting
public import Collectives
public import Configuration
public import Datasets
public import Kernels
public import Metrics
public import Models
public import Tensors

/// The synchronized step: what every rank does between two states of the model that are the same
/// on all of them.
///
/// Letters, here and everywhere: N samples, D features, C classes, B samples of a global batch,
/// P ranks, V shards.
public struct TrainingStep<C: Communicator> {
  public internal(set) var network: FeedForwardNetwork
  public internal(set) var optimizer: Optimizer
  /// Samples seen in this epoch by this rank: class against prediction, as of their own step. Those of steps that were
  /// left out are not counted, as they are not in the epoch's loss.
  public internal(set) var confusion: ConfusionMatrix
  /// Steps taken or skipped since the beginning of the run.
  public internal(set) var stepCount = 0
  /// Of the gradient of the epoch's last step, divided and not clipped; nil before that, and where it was left out. Of
  /// other steps nobody asks for it, and it takes a pass over the gradient.
  public private(set) var gradientNorm: Double?
  /// Why the last step that was left out was.
  public internal(set) var reasonOfSkipping: TrainingError?
  /// How many steps were left out by this trainer. The origin of the first few is looked for.
  var skippedCount = 0

  let communicator: C
  /// Of the epoch that is under way.
  private(set) var plan: BatchPlan
  /// Which samples an epoch has; and n_c, [C], of those that they are drawn from.
  private var sampling: Sampling
  private var drawnCounts: [Int]
  /// Whether steps that are not finite are left out, and do not end the run.
  let skipsNonfinite: Bool
  let featureNames: [String]
  var samples: StepSamples
  private var classWeights: BatchClassWeights
  private var loss: WeightedLoss
  var sum: FixedOrderSum<C>
  /// What it comes to, over all ranks; where ranks move a slice each, in this rank's slice. Made once: each view of it is a
  /// reference that a small model's step would count.
  private var total: GradientSums
  /// Nil where every rank moves all parameters.
  private var slices: SlicedUpdate?
  /// Whether what the optimizer remembers is up to date on this rank beyond its own slice.
  private var hasWholeMemory = true
  /// Nil where the model has no tables, or they are not trained.
  private(set) var tables: TableSums?
  private(set) var gradients: ShardGradients
  private let normalization: LossOptions.Normalization
  /// The largest norm of the divided gradient.
  private let clipNorm: Double?
  private var schedule: LearningRateSchedule
  /// What the learning rate of embeddings is of that of all other parameters.
  private let embeddingRate: Double
  /// Elements of the gradient, the first, that are of embeddings.
  private var embeddingCount: Int
  /// What the learning rate of each parameter is multiplied by; nil for 1.
  private let rateFactors: Vector?
  /// The step that the schedule begins with.
  private var scheduleStart = 0
  /// What moves are the parameters from here on: whole lanes.
  private var firstTrained = 0
  /// The parameters from there on that don't: fewer than 16, since tensors begin anywhere.
  private var frozen: [Float] = []
  /// Of the step that is taken next.
  private var learningRates: LearningRates {
    let rate = schedule.rate(atStep: stepCount - scheduleStart)
    return LearningRates(
      rate, embeddings: rate * embeddingRate, embeddingCount: embeddingCount, factors: rateFactors)
  }
  /// Of the step that was taken last; nil before the first.
  var learningRate: Double? {
    stepCount > scheduleStart ? schedule.rate(atStep: stepCount - 1 - scheduleStart) : nil
  }

  /// - Parameters:
  ///   - classCounts: n_c, [C], training samples over all ranks.
  ///   - drawnCounts: The same of the samples that are drawn from, where those are others; for samplers that repeat
  ///     samples or leave some out.
  ///   - plan: Of `dataset`; that of each epoch follows from it.
  ///   - totalSteps: Of the run; the learning rate may follow its end.
  ///   - rateFactors: What the learning rate of each parameter is multiplied by; nil for 1.
  public init(
    _ network: FeedForwardNetwork, dataset: Dataset, classWeights: TrainingWeights, classCounts: [Int],
    drawnCounts: [Int]? = nil, plan: BatchPlan, configuration: TrainingConfiguration, totalSteps: Int,
    rateFactors: Vector? = nil, over communicator: C
  ) {
    precondition(rateFactors.map { $0.count == network.layout.paddedCount } ?? true, "factors of other parameters")
    self.network = network
    self.rateFactors = rateFactors
    self.communicator = communicator
    self.plan = plan
    sampling = configuration.steps.sampling
    self.drawnCounts = drawnCounts ?? classCounts
    optimizer = Optimizer(configuration.optimizer, parameterCount: network.layout.paddedCount)
    schedule = LearningRateSchedule(configuration.optimizer, totalSteps: totalSteps)
    // The first layer of sparse rows may be a table, too.
    embeddingRate = network.shape.embedding == nil ? 1 : configuration.optimizer.embeddingRate
    embeddingCount = network.layout.embeddingCount
    normalization = configuration.loss.lossNormalization
    clipNorm = configuration.optimizer.clipNorm
    skipsNonfinite = configuration.steps.onNonfinite == .skip
    featureNames = dataset.featureNames
    confusion = ConfusionMatrix(classCount: dataset.classCount)
    self.classWeights = BatchClassWeights(
      classWeights, plan: plan, classCount: dataset.classCount,
      firstEpoch: (configuration.loss.reweightFromEpoch ?? 1) - 1)
    loss = WeightedLoss(
      configuration.loss.trainingLoss(classCounts: classCounts), classWeights: self.classWeights.values)
    sum = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: GradientSums.shape(parameterCount: network.layout.paddedGradientCount),
      subtreesOnly: plan.accumulation == 1)
    total = GradientSums(sum.result)
    tables = TableSums(network.layout, dataset.layout)
    // The norm of a gradient takes all of it, and tables have sums of their own.
    if let count = sum.sliceCount, tables == nil, clipNorm == nil {
      slices = SlicedUpdate(sliceCount: count, of: sum.shape, rank: communicator.rank, size: communicator.size)
    }
    gradients = ShardGradients(
      in: sum, rows: tables?.gradients, shardCount: dataset.shards.count, layout: network.layout, plan: plan)
    samples = StepSamples(
      of: dataset, plan: plan, sampling: sampling, seed: configuration.computation.seed,
      ofRank: communicator.rank, additions: sum.additionsAfterShard, for: network)
  }

  public var stepsPerEpoch: Int { plan.stepsPerEpoch }

  /// Puts every shard into the order of `epoch`, from 0. Collective where a sampler repeats samples or leaves some out.
  ///
  /// - Throws: `AgreedFailure` with `TrainingError.tooManyDraws`, `MemoryError`; `CollectiveError`.
  public mutating func beginEpoch(_ epoch: Int) throws {
    if sampling.drawsOnce {
      samples.beginEpoch(epoch)
    } else {
      plan = try samples.drawEpoch(epoch, classCounts: drawnCounts, over: communicator)
    }
    classWeights.beginEpoch(epoch, plan)
    loss.setClassWeights(classWeights.values)
    confusion.removeAll()
    gradientNorm = nil
  }

  /// Goes over to the last layer alone, as it stands: gradients, sums and steps are of it from here on.
  ///
  /// - Parameters:
  ///   - dataset: That which the step was made for.
  ///   - start: Steps before the stage.
  mutating func beginClassifier(_ stage: ClassifierStage, of dataset: Dataset, afterSteps start: Int) {
    let (configuration, layout) = (stage.configuration, network.layout)
    network.trainsClassifierAlone = true
    (plan, sampling, drawnCounts) = (stage.plan, configuration.steps.sampling, stage.drawnCounts)
    schedule = LearningRateSchedule(
      configuration.optimizer, totalSteps: Int(Double(stage.epochs) * stage.stepsPerEpoch))
    scheduleStart = start
    embeddingCount = 0
    // Of a class without a sample none is drawn.
    classWeights = BatchClassWeights(
      .fixed(stage.drawnCounts.map { _ in 1 }), plan: plan, classCount: dataset.classCount)
    loss = WeightedLoss(
      configuration.loss.trainingLoss(classCounts: stage.drawnCounts), classWeights: classWeights.values)
    precondition(layout.classifierStart >= layout.tableCount, "a linear model has no layers before its last")
    firstTrained = layout.tableCount + (layout.classifierStart - layout.tableCount) / laneCount * laneCount
    frozen = network.parameters[firstTrained..<layout.classifierStart].array
    sum = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: GradientSums.shape(parameterCount: layout.paddedCount - firstTrained), subtreesOnly: plan.accumulation == 1
    )
    total = GradientSums(sum.result)
    tables = nil
    (slices, hasWholeMemory) = (nil, true)
    gradients = ShardGradients(
      in: sum, rows: nil, shardCount: dataset.shards.count, layout: layout, from: firstTrained, plan: plan)
    samples = StepSamples(
      of: dataset, plan: plan, sampling: sampling, seed: configuration.computation.seed, ofRank: communicator.rank,
      additions: sum.additionsAfterShard, for: network)
  }

  /// Counts on from where an earlier run stood.
  mutating func resume(from progress: TrainingProgress) {
    optimizer.stepCount = progress.optimizerStep
    stepCount = progress.step
  }

  /// Class weights of the batch → shards → forward → weighted loss → backward → sum in fixed order → optimizer.
  ///
  /// - Parameters:
  ///   - stepInEpoch: From 0.
  ///   - wish: This rank's.
  /// - Throws: `AgreedFailure` with `TrainingError.notFinite`; `CollectiveError`.
  public mutating func callAsFunction(_ stepInEpoch: Int, wish: Wish = .goOn) throws -> StepResult {
    try followClassWeights(stepInEpoch)
    samples.beginStep(stepInEpoch)
    tables?.gradients.removeAll()
    if plan.accumulation == 1 {
      samples.pass(
        .all, ofBatch: stepInEpoch, number: stepCount, through: &network, loss, into: gradients.ofSubtrees)
      commitSubtrees(samples.lossSums, wish)
    } else {
      for index in samples.shards.indices {
        let loss = addUpBatches(ofShard: index, stepInEpoch, into: gradients.ofShard[index])
        commitShard(index, loss, index == 0 ? wish : .goOn)
      }
    }
    let figures = try combineRanks()
    defer {
      stepCount += 1
      communicator.passed(step: stepCount)
    }
    guard figures.loss.weightedLoss.isFinite, figures.largest.isFinite else {
      return try skipOrFail(stepInEpoch, figures)
    }

    // A batch without weight teaches nothing: all ranks skip it, and the optimizer's time stands.
    if let divisor = normalization.divisor(of: figures.loss) {
      let scale = gradientScale(divisor: divisor)
      if stepInEpoch == plan.stepsPerEpoch - 1 {
        if slices != nil { try sum.gatherTotal() }
        gradientNorm = norm(divisor: divisor)
      }
      if optimizer.squaresGradients, !areSquaresFinite(upTo: figures.largest, scale: scale) {
        return try skipOrFail(stepInEpoch, figures)
      }
      optimizer.step(
        network.parameters, gradient: total.gradient, part: slices?.own, rows: tables?.touched, gradientScale: scale,
        learningRates: learningRates)
      try gatherParameters()
      // Their gradients are 0, but a decay is no gradient.
      for (index, parameter) in frozen.enumerated() { network.parameters[firstTrained + index] = parameter }
    }
    samples.count(in: &confusion, predictions: network.predictions)
    return StepResult(loss: figures.loss, wish: figures.wish)
  }

  /// Combines what all ranks have, in `total`.
  ///
  /// - Returns: What is looked at before a step is taken.
  private mutating func combineRanks() throws(CollectiveError) -> StepFigures {
    if let slices {
      try sum.combineSlices()
      let (losses, largest) = try slices.agree(on: total, over: communicator)
      return StepFigures(loss: losses.loss, wish: losses.wish, largest: largest)
    }
    try sum.combine()
    // Where nothing was added to what the pass has written.
    let noted = communicator.size == 1 && plan.accumulation == 1 ? network.largestGradient : nil
    var largest = noted ?? largestMagnitude(total.gradient)
    if let tables {
      try tables.add(over: communicator)
      largest = largerMagnitude(largest, largestMagnitude(tables.touched.gradient))
    }
    return StepFigures(loss: total.loss, wish: total.wish, largest: largest)
  }

  /// After a step of slices: the parameters on all ranks.
  private mutating func gatherParameters() throws(CollectiveError) {
    guard let slices else { return }
    hasWholeMemory = false
    try slices.gather(network.parameters, over: communicator)
  }

  /// Makes what the optimizer remembers the same on all ranks. Collective.
  package mutating func gatherMemory() throws(CollectiveError) {
    guard let slices, !hasWholeMemory else { return }
    for (_, values) in optimizer.memory { try slices.gather(values, over: communicator) }
    hasWholeMemory = true
  }

  /// Puts the weights of this batch into the loss, where they follow the batch.
  private mutating func followClassWeights(_ stepInEpoch: Int) throws(CollectiveError) {
    guard classWeights.followBatches else { return }
    try classWeights.follow(
      step: stepInEpoch, shards: samples.shards, orders: samples.orders, over: communicator)
    loss.setClassWeights(classWeights.values)
  }

  /// One own shard's part of a step: its batches, one after another.
  ///
  /// - Returns: What their losses add up to.
  mutating func addUpBatches(ofShard index: Int, _ stepInEpoch: Int, into gradient: TensorViews) -> LossSums {
    var sum = LossSums()
    let batches = plan.batches(ofStep: stepInEpoch)
    for batch in batches {
      // The first writes the gradient, and be it zeros.
      let isFirst = batch == batches.lowerBound
      if !isFirst, samples.isEmpty(shard: index, batch: batch) { continue }
      samples.pass(
        .one(index), ofBatch: batch, number: stepCount * plan.accumulation + batch - batches.lowerBound,
        through: &network, loss, into: gradient, accumulating: !isFirst)
      sum += samples.lossSums[0]
    }
    return sum
  }

  /// What the gradient sum is multiplied by: 1/divisor, and less where its norm is clipped.
  private func gradientScale(divisor: Double) -> Double {
    guard let clipNorm else { return 1 / divisor }
    let norm = norm(divisor: divisor)
    // As PyTorch's clip_grad_norm_, the small term included.
    return min(1, clipNorm / (norm + 1e-6)) / divisor
  }

  /// Of the divided gradient.
  private func norm(divisor: Double) -> Double {
    let ofTables = tables.map { sumOfSquares($0.touched.gradient) } ?? 0
    return (sumOfSquares(total.gradient) + ofTables).squareRoot() / divisor
  }
}

/// What is known of a step before it is taken.
struct StepFigures {
  let loss: LossSums
  let wish: Wish
  /// The largest magnitude of the whole gradient, tables included; NaN where it has one.
  let largest: Float
}

/// What every rank knows after a step.
public struct StepResult: Equatable, Sendable {
  /// Over the global batch; nothing where the step was left out.
  public let loss: LossSums
  /// What any rank wishes.
  public let wish: Wish
  /// Whether the step was left out; `TrainingStep.reasonOfSkipping` says why.
  public var isSkipped = false
  /// Passes over the samples.
  var evaluations = 1
  /// Whether nothing has come of it, since a rank wished to end: it will be taken from its beginning.
  var isUndone = false
}
