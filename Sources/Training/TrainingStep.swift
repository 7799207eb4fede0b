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
  /// Samples seen in this epoch by this rank: class against prediction, as of their own step.
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
  let options: StepOptions
  private let schedule: LearningRateSchedule
  private var sum: FixedOrderSum<C>
  var loss: SoftmaxCrossEntropy
  private var batchWeights: BatchClassWeights?

  /// The order of each own shard in this epoch.
  var orders: [[UInt32]]
  let takesSamplesInPlace: Bool
  /// Samples brought together, where the data is dense.
  private let batchRows: Matrix
  /// The same, where the data is sparse.
  private var sparseBatch: SparseBatch?
  var batchLabels: [Int32]
  private var segments: [BatchSegment] = []
  /// Where the gradients of the own shards' subtrees belong.
  private let subtreeGradients: GradientViews
  private var lossStack: [LossSums] = []
  /// The own shards in the order of this epoch, and the places of a step's samples in them; for a network
  /// that takes samples in place.
  var linearSegments: [LinearPass.Segment] = []
  private var linearPlaces: [Range<Int>] = []

  /// - Parameter classWeights: Of the run; nil where they follow each batch.
  public init(
    _ network: FeedForwardNetwork, optimizer: Optimizer, dataset: Dataset, classWeights: [Double]?, plan: BatchPlan,
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
    orders = dataset.shards.map { _ in [] }
    confusion = ConfusionMatrix(classCount: dataset.classCount)
    sum = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: GradientSums.shape(parameterCount: network.layout.paddedCount),
      subtreesOnly: plan.accumulation == 1)
    subtreeGradients = GradientViews(sum.subtrees.map(\.floats), layout: network.layout)
    loss = SoftmaxCrossEntropy(
      classWeights: classWeights ?? Array(repeating: 0, count: dataset.classCount),
      labelSmoothing: options.labelSmoothing)
    batchWeights =
      classWeights == nil
      ? BatchClassWeights(
        plan: plan, classCount: dataset.classCount, maxWeight: options.maxWeight) : nil
    takesSamplesInPlace = network.takesSamplesInPlace && plan.accumulation == 1 && !dataset.isSparse
    sparseBatch = dataset.isSparse ? SparseBatch(featureCount: dataset.featureCount) : nil
    let largestBatch = plan.largestPass(of: dataset)
    let stride = paddedToLanes(dataset.featureCount)
    let gatheredRows = takesSamplesInPlace || dataset.isSparse ? 0 : largestBatch
    batchRows = Matrix(
      Storage(zeros: gatheredRows * stride), rows: gatheredRows, columns: dataset.featureCount, stride: stride)
    batchLabels = Array(repeating: 0, count: paddedToLanes(largestBatch) + laneCount)
  }

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
    batchWeights?.beginEpoch()
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
    try followBatchWeights(stepInEpoch)
    if takesSamplesInPlace {
      computeLinearSubtrees(stepInEpoch)
      commitSubtrees(wish)
    } else if plan.accumulation == 1 {
      computeSubtrees(stepInEpoch, wish)
    } else {
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
    return StepResult(loss: total.loss, wish: total.wish)
  }

  /// Puts the weights of this batch into the loss, where they follow the batch.
  private mutating func followBatchWeights(_ stepInEpoch: Int) throws(CollectiveError) {
    let (shards, orders, communicator) = (shards, orders, communicator)
    guard
      let weights = try batchWeights?.weights(
        ofStep: stepInEpoch, shards: shards, orders: orders, over: communicator)
    else { return }
    loss.setClassWeights(weights)
  }

  /// The own shards' parts of the step, in one pass: what is computed for a row depends on that row
  /// alone, and only the gradients of the weights add up rows, shard by shard.
  private mutating func computeSubtrees(_ stepInEpoch: Int, _ wish: Wish) {
    segments.removeAll(keepingCapacity: true)
    sparseBatch?.removeAll()
    var rowCount = 0
    for (index, additions) in sum.additionsAfterShard.enumerated() {
      let rows = gather(shard: index, stepInEpoch, batch: 0, at: rowCount)
      segments.append(BatchSegment(rows: rows, additions: additions))
      rowCount = rows.upperBound
    }
    pass(rowCount: rowCount, ofShards: shards, batch: 0, into: subtreeGradients)

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
    for shard in shards {
      linearPlaces.append(
        plan.places(ofShard: shard.index, sampleCount: shard.sampleCount, stepInEpoch: stepInEpoch, batch: 0))
    }
    let count = network.lossAndGradient(
      ofSamplesIn: linearSegments, places: linearPlaces, loss: loss, labels: &batchLabels, lossSums: &lossStack,
      into: subtreeGradients)
    confusion.record(actual: batchLabels[0..<count], predicted: network.predictions)
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
    part.loss = addUpBatches(ofShard: index, stepInEpoch, into: GradientViews([part.gradient], layout: network.layout))
    part.wish = wish
    sum.commit()
  }

  /// Adds up a shard's batches of a step, one after another.
  mutating func addUpBatches(ofShard index: Int, _ stepInEpoch: Int, into gradient: GradientViews) -> LossSums {
    var loss = LossSums()
    for batch in 0..<plan.accumulation {
      sparseBatch?.removeAll()
      let rows = gather(shard: index, stepInEpoch, batch: batch, at: 0)
      segments = [BatchSegment(rows: rows, additions: 0)]
      pass(
        rowCount: rows.count, ofShards: [shards[index]], batch: batch, into: gradient, accumulating: batch > 0)
      loss += network.losses.sums(of: rows)
    }
    return loss
  }

  /// Brings a shard's samples of a batch together, from row `start` of the pass on.
  ///
  /// - Returns: Their rows.
  private mutating func gather(shard index: Int, _ stepInEpoch: Int, batch: Int, at start: Int) -> Range<Int> {
    let shard = shards[index]
    let places = plan.places(
      ofShard: shard.index, sampleCount: shard.sampleCount, stepInEpoch: stepInEpoch, batch: batch)
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
  private mutating func pass(
    rowCount: Int, ofShards shards: [Shard], batch: Int, into gradients: GradientViews, accumulating: Bool = false
  ) {
    let (seed, pass) = (options.seed, stepCount * plan.accumulation + batch)
    let labels = batchLabels[0..<rowCount]
    network.lossAndGradient(
      sparseBatch.map { .sparse($0) } ?? .dense(batchRows.prefix(rows: rowCount)), labels: labels, segments: segments,
      loss: loss,
      dropoutStream: { layer, segment in
        RandomStream(seed: seed, purpose: .dropout, step: pass, index: layer << 32 | shards[segment].index)
      },
      into: gradients, accumulating: accumulating)
    confusion.record(actual: labels, predicted: network.predictions)
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
