public import ClassWeighting
public import Collectives
public import Datasets
public import Kernels
public import Metrics
public import Models
internal import RandomStreams
internal import Tensors

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
  /// Why the last step that was left out was.
  public internal(set) var reasonOfSkipping: TrainingError?
  /// How many steps were left out by this trainer. The origin of the first few is looked for.
  var skippedCount = 0

  let communicator: C
  let shards: [Shard]
  let featureNames: [String]
  let plan: BatchPlan
  /// Which of the own shards' samples are in the batches of the step.
  var places: BatchPlaces
  let options: StepOptions
  private let schedule: LearningRateSchedule
  private var sum: FixedOrderSum<C>
  var loss: WeightedLoss
  private var classWeights: BatchClassWeights

  /// The order of each own shard in this epoch.
  var orders: [[UInt32]]
  let takesSamplesInPlace: Bool
  /// Samples brought together, where the data is dense.
  private let batchRows: Matrix
  /// The same, where the data is sparse.
  private var sparseBatch: SparseBatch?
  var batchLabels: [Int32]
  private var segments: [BatchSegment] = []
  /// Where the gradients of the own shards' subtrees belong; for steps of one batch.
  private let subtreeGradients: GradientViews
  /// Where the gradient of each own shard belongs; for steps of several batches.
  private let shardGradients: [GradientViews]
  /// Class and prediction of the step's samples, kept until it is known whether they count; for steps of several
  /// batches.
  private var stepLabels: [Int32] = []
  private var stepPredictions: [Int32] = []
  /// Samples of the last pass.
  private var passCount = 0
  private var lossStack: [LossSums] = []
  /// The own shards in the order of this epoch, and the places of a step's samples in them; for a network
  /// that takes samples in place.
  var linearSegments: [LinearPass.Segment] = []
  private var linearPlaces: [Range<Int>] = []

  public init(
    _ network: FeedForwardNetwork, optimizer: Optimizer, dataset: Dataset, classWeights: TrainingWeights,
    plan: BatchPlan,
    schedule: LearningRateSchedule, options: StepOptions, over communicator: C
  ) {
    self.network = network
    self.optimizer = optimizer
    self.communicator = communicator
    self.plan = plan
    self.options = options
    self.schedule = schedule
    shards = dataset.shards
    featureNames = dataset.featureNames
    places = BatchPlaces(plan, shards: dataset.layout.shards(ofRank: communicator.rank))
    orders = dataset.shards.map { _ in [] }
    confusion = ConfusionMatrix(classCount: dataset.classCount)
    let sum = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: GradientSums.shape(parameterCount: network.layout.paddedCount),
      subtreesOnly: plan.accumulation == 1)
    self.sum = sum
    subtreeGradients = GradientViews(sum.subtrees.map(\.floats), layout: network.layout)
    shardGradients =
      plan.accumulation == 1
      ? [] : dataset.shards.indices.map { GradientViews([sum.part(ofShard: $0).floats], layout: network.layout) }
    self.classWeights = BatchClassWeights(classWeights, plan: plan, classCount: dataset.classCount)
    loss = WeightedLoss(options.loss, classWeights: self.classWeights.values)
    takesSamplesInPlace = network.takesSamplesInPlace && plan.accumulation == 1 && !dataset.isSparse
    sparseBatch = dataset.isSparse ? SparseBatch(featureCount: dataset.featureCount) : nil
    let largestBatch = plan.largestPass(of: dataset)
    let stride = paddedToLanes(dataset.featureCount)
    let gatheredRows = takesSamplesInPlace || dataset.isSparse ? 0 : largestBatch
    batchRows = Matrix(
      Storage(zeros: gatheredRows * stride), rows: gatheredRows, columns: dataset.featureCount, stride: stride)
    batchLabels = Array(repeating: 0, count: paddedToLanes(largestBatch) + laneCount)
    if plan.accumulation > 1 {
      let samples = dataset.shards.reduce(0) { $0 + $1.sampleCount }
      let (most, overflows) = (plan.accumulation * dataset.shards.count).multipliedReportingOverflow(by: largestBatch)
      stepLabels.reserveCapacity(overflows ? samples : min(most, samples))
      stepPredictions.reserveCapacity(overflows ? samples : min(most, samples))
    }
  }

  public var stepsPerEpoch: Int { plan.stepsPerEpoch }

  /// Puts every shard into the order of `epoch`, from 0.
  public mutating func beginEpoch(_ epoch: Int) {
    linearSegments.removeAll(keepingCapacity: true)
    for (index, shard) in shards.enumerated() {
      options.sampler.order(
        &orders[index], sampleCount: shard.sampleCount, ofShard: shard.index, epoch: epoch, seed: options.seed)
    }
    if takesSamplesInPlace {
      linearSegments = shards.indices.map { index in
        LinearPass.Segment(
          features: shards[index].features.dense, labels: shards[index].labels, order: orders[index],
          additions: sum.additionsAfterShard[index])
      }
    }
    confusion.removeAll()
    classWeights.beginEpoch()
  }

  /// Counts on from where an earlier run stood.
  mutating func resume(from progress: TrainingProgress) {
    optimizer.stepCount = progress.optimizerStep
    stepCount = progress.step
  }

  /// Shards → forward → weighted loss → backward → sum in fixed order → optimizer.
  ///
  /// - Parameters:
  ///   - stepInEpoch: From 0.
  ///   - wish: This rank's.
  /// - Throws: `AgreedFailure` with `TrainingError.notFinite`; `CollectiveError`.
  public mutating func callAsFunction(_ stepInEpoch: Int, wish: Wish = .goOn) throws -> StepResult {
    try followClassWeights(stepInEpoch)
    places.prepare(step: stepInEpoch)
    if takesSamplesInPlace {
      computeLinearSubtrees(stepInEpoch)
      commitSubtrees(wish)
    } else if plan.accumulation == 1 {
      computeSubtrees(stepInEpoch, wish)
    } else {
      stepLabels.removeAll(keepingCapacity: true)
      stepPredictions.removeAll(keepingCapacity: true)
      for index in shards.indices {
        accumulate(shard: index, stepInEpoch, index == 0 ? wish : .goOn)
      }
    }
    let total = GradientSums(try sum.total())
    defer {
      stepCount += 1
      communicator.passed(step: stepCount)
    }
    guard total.loss.weightedLoss.isFinite, areFinite(total.gradient) else {
      return try skipOrFail(stepInEpoch, total)
    }

    // A batch without weight teaches nothing: all ranks skip it, and the optimizer's time stands.
    if let divisor = options.normalization.divisor(of: total.loss) {
      let scale = gradientScale(total, divisor: divisor)
      if optimizer.squaresGradients, !areSquaresFinite(total.gradient, scale: scale) {
        return try skipOrFail(stepInEpoch, total)
      }
      optimizer.step(
        network.parameters, gradient: total.gradient, gradientScale: scale,
        learningRate: schedule.rate(atStep: stepCount))
    }
    countSamples()
    return StepResult(loss: total.loss, wish: total.wish)
  }

  /// Puts the weights of this batch into the loss, where they follow the batch.
  private mutating func followClassWeights(_ stepInEpoch: Int) throws(CollectiveError) {
    guard try classWeights.follow(step: stepInEpoch, shards: shards, orders: orders, over: communicator) else { return }
    loss.setClassWeights(classWeights.values)
  }

  /// The own shards' parts of the step, in one pass: what is computed for a row depends on that row
  /// alone, and only the gradients of the weights add up rows, shard by shard.
  private mutating func computeSubtrees(_ stepInEpoch: Int, _ wish: Wish) {
    segments.removeAll(keepingCapacity: true)
    sparseBatch?.removeAll()
    var rowCount = 0
    for (index, additions) in sum.additionsAfterShard.enumerated() {
      let rows = gather(shard: index, batch: stepInEpoch, at: rowCount)
      segments.append(BatchSegment(rows: rows, additions: additions))
      rowCount = rows.upperBound
    }
    pass(rowCount: rowCount, firstShard: 0, batchOfStep: 0, into: subtreeGradients)

    lossStack.removeAll(keepingCapacity: true)
    for segment in segments {
      lossStack.append(network.losses.sums(of: segment.rows))
      for _ in 0..<segment.additions {
        let last = lossStack.removeLast()
        lossStack[lossStack.count - 1] += last
      }
    }
    commitSubtrees(wish)
  }

  /// The same for a small linear model, whose samples need not be brought together.
  private mutating func computeLinearSubtrees(_ stepInEpoch: Int) {
    linearPlaces.removeAll(keepingCapacity: true)
    for index in shards.indices { linearPlaces.append(places(ofShard: index, batch: stepInEpoch)) }
    passCount = network.lossAndGradient(
      ofSamplesIn: linearSegments, places: linearPlaces, loss: loss, labels: &batchLabels, lossSums: &lossStack,
      into: subtreeGradients)
  }

  private mutating func commitSubtrees(_ wish: Wish) {
    for (index, subtree) in sum.subtrees.enumerated() {
      let part = GradientSums(subtree)
      part.loss = lossStack[index]
      part.wish = index == 0 ? wish : .goOn
    }
    sum.commitSubtrees()
  }

  /// One shard's part of a step of several batches.
  private mutating func accumulate(shard index: Int, _ stepInEpoch: Int, _ wish: Wish) {
    let part = GradientSums(sum.nextPart)
    part.loss = addUpBatches(ofShard: index, stepInEpoch, into: shardGradients[index])
    part.wish = wish
    sum.commit()
  }

  /// Adds up a shard's batches of a step, one after another.
  mutating func addUpBatches(ofShard index: Int, _ stepInEpoch: Int, into gradient: GradientViews) -> LossSums {
    var loss = LossSums()
    let batches = plan.batches(ofStep: stepInEpoch)
    for batch in batches {
      // The first writes the gradient, and be it zeros.
      let isFirst = batch == batches.lowerBound
      if !isFirst, places(ofShard: index, batch: batch).isEmpty { continue }
      sparseBatch?.removeAll()
      let rows = gather(shard: index, batch: batch, at: 0)
      segments.removeAll(keepingCapacity: true)
      segments.append(BatchSegment(rows: rows, additions: 0))
      pass(
        rowCount: rows.count, firstShard: index, batchOfStep: batch - batches.lowerBound, into: gradient,
        accumulating: !isFirst)
      loss += network.losses.sums(of: rows)
      if plan.accumulation > 1 {
        stepLabels.append(contentsOf: batchLabels[rows])
        stepPredictions.append(contentsOf: network.predictions[rows])
      }
    }
    return loss
  }

  /// Counts the samples of a step that was not left out.
  private mutating func countSamples() {
    if plan.accumulation == 1 {
      confusion.record(actual: batchLabels[0..<passCount], predicted: network.predictions)
    } else {
      confusion.record(actual: stepLabels[...], predicted: stepPredictions)
    }
  }

  /// Brings a shard's samples of a batch together, from row `start` of the pass on.
  ///
  /// - Parameter batch: Of the epoch.
  /// - Returns: Their rows.
  private mutating func gather(shard index: Int, batch: Int, at start: Int) -> Range<Int> {
    let shard = shards[index]
    let places = places(ofShard: index, batch: batch)
    let rows = start..<(start + places.count)
    switch shard.features {
    case .dense(let features):
      gatherSamples(
        of: features, labels: shard.labels, orders[index], places, into: batchRows, labels: &batchLabels, at: start)
    case .sparse(let features):
      sparseBatch?.append(features, orders[index], places)
      for (row, place) in zip(rows, places) { batchLabels[row] = shard.labels[Int(orders[index][place])] }
    }
    return rows
  }

  /// Forward, loss and backward of what was gathered.
  ///
  /// - Parameters:
  ///   - firstShard: Of the own shards, that of the first segment.
  ///   - batchOfStep: From 0.
  private mutating func pass(
    rowCount: Int, firstShard: Int, batchOfStep: Int, into gradients: GradientViews, accumulating: Bool = false
  ) {
    let (seed, pass) = (options.seed, stepCount * plan.accumulation + batchOfStep)
    let firstIndex = shards[firstShard].index
    let labels = batchLabels[0..<rowCount]
    network.lossAndGradient(
      sparseBatch.map { .sparse($0) } ?? .dense(batchRows.prefix(rows: rowCount)), labels: labels, segments: segments,
      loss: loss,
      dropoutStream: { layer, segment in
        RandomStream(seed: seed, purpose: .dropout, step: pass, index: layer << 32 | (firstIndex + segment))
      },
      into: gradients, accumulating: accumulating)
    passCount = rowCount
  }

  /// What the gradient sum is multiplied by: 1/divisor, and less where its norm is clipped.
  private func gradientScale(_ total: GradientSums, divisor: Double) -> Double {
    guard let clipNorm = options.clipNorm else { return 1 / divisor }
    let norm = sumOfSquares(total.gradient).squareRoot() / divisor
    // As PyTorch's clip_grad_norm_, the small term included.
    return min(1, clipNorm / (norm + 1e-6)) / divisor
  }
}

/// What every rank knows after a step.
public struct StepResult: Equatable, Sendable {
  /// Over the global batch; nothing where the step was left out.
  public let loss: LossSums
  /// What any rank wishes.
  public let wish: Wish
  /// Whether the step was left out; `TrainingStep.reasonOfSkipping` says why.
  public var isSkipped = false
}
