internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Kernels
internal import Metrics
internal import Models
internal import Tensors

/// Where the samples of a step come from: this rank's shards, each in its order of the epoch, cut into batches. Those of
/// a batch are brought together first, or for a small linear model taken from where they lie; who asks need not know.
struct StepSamples {
  /// Which of the own shards.
  enum Selection {
    case all
    /// From 0.
    case one(Int)
  }

  /// The own ones.
  let shards: [Shard]
  /// The order of each in this epoch.
  private(set) var orders: [[UInt32]]
  private var plan: BatchPlan
  private let ownShards: Range<Int>
  private let sampling: Sampling
  private let seed: UInt64
  private var places: BatchPlaces
  /// The additions that follow each shard, where all of them pass at once (see `FixedOrderSum`).
  private let additions: [Int]

  /// Where the shards are narrower than what a model sees.
  private let expansion: RowEncoder?
  private let takesInPlace: Bool
  private let isSparse: Bool
  /// The places of a batch's samples in the orders of the shards.
  private var ranges: [Range<Int>] = []
  /// Where samples are taken in place: the shards in the order of this epoch.
  private var inPlaceSegments: [LinearPass.Segment] = []
  /// Where they are not.
  private var gathered: GatheredBatch
  /// Where the shards are sparse: in the order of this epoch.
  private var sparseSegments: [SparseBatch.Segment] = []
  private var segments: [BatchSegment] = []

  /// Of the last pass, and how many samples it had.
  private var labels: [Int32]
  private var count = 0
  /// What the losses of the last pass add up to: a sum for each that remains of the tree of shards.
  private(set) var lossSums: [LossSums] = []
  /// Class and prediction of all samples of a step that has several passes.
  private var stepLabels: [Int32] = []
  private var stepPredictions: [Int32] = []

  /// - Parameter additions: Due after each own shard, where the shards pass together.
  init(
    of dataset: Dataset, plan: BatchPlan, sampling: Sampling, seed: UInt64, ofRank rank: Int,
    additions: [Int], for network: FeedForwardNetwork
  ) {
    shards = dataset.shards
    orders = dataset.shards.map { _ in [] }
    self.plan = plan
    self.sampling = sampling
    self.seed = seed
    ownShards = dataset.layout.shards(ofRank: rank)
    places = BatchPlaces(plan, shards: ownShards)
    self.additions = additions
    expansion = dataset.expansion
    isSparse = dataset.isSparse
    takesInPlace =
      network.takesSamplesInPlace && plan.accumulation == 1 && !isSparse && expansion == nil
    let largestPass = plan.largestPass(of: dataset)
    gathered = GatheredBatch(of: dataset, capacity: takesInPlace ? 0 : largestPass)
    labels = Array(repeating: 0, count: paddedToLanes(largestPass) + laneCount)
    if plan.accumulation > 1 {
      let samples = dataset.shards.reduce(0) { $0 + $1.sampleCount }
      let (most, overflows) = (plan.accumulation * dataset.shards.count).multipliedReportingOverflow(by: largestPass)
      stepLabels.reserveCapacity(overflows ? samples : min(most, samples))
      stepPredictions.reserveCapacity(overflows ? samples : min(most, samples))
    }
  }

  /// Puts every shard into the order of `epoch`, from 0.
  mutating func beginEpoch(_ epoch: Int) {
    forgetOrders()
    for (index, shard) in shards.enumerated() {
      sampling.order(
        &orders[index], sampleCount: shard.sampleCount, ofShard: shard.index, epoch: epoch, seed: seed)
    }
    keepOrders()
  }

  /// Draws the samples of `epoch`, from 0, for a sampler that repeats some or leaves some out. Collective.
  ///
  /// - Parameter counts: n_c, [C], of the samples that are drawn from, over all ranks.
  /// - Returns: The plan of the epoch.
  /// - Throws: `AgreedFailure` with `TrainingError.tooManyDraws`, `MemoryError`; `CollectiveError`.
  mutating func drawEpoch(
    _ epoch: Int, classCounts counts: [Int], over communicator: some Communicator
  ) throws -> BatchPlan {
    forgetOrders()
    let draws = ClassDraws(rates: sampling.rule(inEpoch: epoch).rates(forCounts: counts))
    try communicator.agree {
      for (index, shard) in shards.enumerated() {
        let most = draws.most(of: shard.labels)
        guard most <= Double(UInt32.max) else { throw TrainingError.tooManyDraws(shard: shard.index, draws: most) }
        try MemoryError.check(byteCount: 4 * most, for: "the order of \(Int(most)) samples that an epoch draws")
        draws.order(&orders[index], of: shard, epoch: epoch, seed: seed)
      }
    }
    var drawn = [Int64](repeating: 0, count: plan.sampleCounts.count)
    for (index, shard) in shards.enumerated() { drawn[shard.index] = Int64(orders[index].count) }
    plan = plan.with(sampleCounts: try communicator.sum(drawn).map { Int($0) })
    places = BatchPlaces(plan, shards: ownShards)
    keepOrders()
    return plan
  }

  /// Lets go of the orders, so that they are written anew where they lie.
  private mutating func forgetOrders() {
    inPlaceSegments.removeAll(keepingCapacity: true)
    sparseSegments.removeAll(keepingCapacity: true)
  }

  private mutating func keepOrders() {
    for (index, shard) in shards.enumerated() {
      if takesInPlace {
        inPlaceSegments.append(inPlaceSegment(index, additions: additions[index]))
      } else if case .sparse(let features) = shard.features {
        sparseSegments.append(SparseBatch.Segment(features: features, labels: shard.labels, order: orders[index]))
      }
    }
  }

  /// To be called before a step's batches are asked for.
  mutating func beginStep(_ stepInEpoch: Int) {
    places.prepare(step: stepInEpoch)
    stepLabels.removeAll(keepingCapacity: true)
    stepPredictions.removeAll(keepingCapacity: true)
  }

  /// Whether an own shard has no sample in a batch of the step.
  func isEmpty(shard index: Int, batch: Int) -> Bool { places(ofShard: index, batch: batch).isEmpty }

  /// Forward, loss and backward of the samples that own shards have in a batch: what is computed for a sample depends
  /// on it alone, and only gradients and losses add up samples, shard by shard.
  ///
  /// - Parameters:
  ///   - batch: Of the epoch.
  ///   - number: Of the batch, since the beginning of the run.
  ///   - gradients: Receive the sums that remain of the tree of the shards, as does `lossSums`.
  ///   - accumulating: Whether to add to what stands there; of one shard.
  mutating func pass(
    _ selection: Selection, ofBatch batch: Int, number: Int, through network: inout FeedForwardNetwork,
    _ loss: WeightedLoss, into gradients: TensorViews, accumulating: Bool = false
  ) {
    if takesInPlace {
      passInPlace(selection, ofBatch: batch, through: &network, loss, into: gradients)
    } else {
      gather(selection, ofBatch: batch)
      network.lossAndGradient(
        gathered.features, labels: labels[0..<count], segments: segments, loss: loss,
        dropout: DropoutStreams(seed: seed, pass: number, firstShard: shards[indices(selection).lowerBound].index),
        into: gradients, accumulating: accumulating)
      addUpLosses(network.losses)
    }
    if plan.accumulation > 1 {
      stepLabels.append(contentsOf: labels[0..<count])
      stepPredictions.append(contentsOf: network.predictions[0..<count])
    }
  }

  /// Counts the samples of the step.
  ///
  /// - Parameter predictions: Of the last pass.
  func count(in confusion: inout ConfusionMatrix, predictions: [Int32]) {
    if plan.accumulation == 1 {
      confusion.record(actual: labels[0..<count], predicted: predictions)
    } else {
      confusion.record(actual: stepLabels[...], predicted: stepPredictions)
    }
  }

  private func indices(_ selection: Selection) -> Range<Int> {
    switch selection {
    case .all: shards.indices
    case .one(let index): index..<(index + 1)
    }
  }

  private func additions(_ selection: Selection, after index: Int) -> Int {
    switch selection {
    case .all: additions[index]
    case .one: 0
    }
  }

  private mutating func gather(_ selection: Selection, ofBatch batch: Int) {
    let indices = indices(selection)
    findRanges(selection, ofBatch: batch)
    gathered.removeAll()
    if isSparse {
      gathered.append(sparseSegments[indices], ranges, labels: &labels)
    } else {
      for (index, places) in zip(indices, ranges) {
        gathered.append(shards[index], orders[index], places, labels: &labels)
      }
    }
    segments.removeAll(keepingCapacity: true)
    count = 0
    for (index, places) in zip(indices, ranges) {
      segments.append(
        BatchSegment(rows: count..<(count + places.count), additions: additions(selection, after: index)))
      count += places.count
    }
  }

  /// The places of the samples that own shards have in a batch.
  private mutating func findRanges(_ selection: Selection, ofBatch batch: Int) {
    ranges.removeAll(keepingCapacity: true)
    for index in indices(selection) { ranges.append(places(ofShard: index, batch: batch)) }
  }

  private mutating func addUpLosses(_ losses: SampleLosses) {
    lossSums.removeAll(keepingCapacity: true)
    for segment in segments {
      lossSums.append(losses.sums(of: segment.rows))
      for _ in 0..<segment.additions {
        let last = lossSums.removeLast()
        lossSums[lossSums.count - 1] += last
      }
    }
  }

  private mutating func passInPlace(
    _ selection: Selection, ofBatch batch: Int, through network: inout FeedForwardNetwork, _ loss: WeightedLoss,
    into gradients: TensorViews
  ) {
    findRanges(selection, ofBatch: batch)
    let segments =
      switch selection {
      case .all: inPlaceSegments
      case .one(let index): [inPlaceSegment(index, additions: 0)]
      }
    count = network.lossAndGradient(
      ofSamplesIn: segments, places: ranges, loss: loss, labels: &labels, lossSums: &lossSums, into: gradients)
  }

  private func inPlaceSegment(_ index: Int, additions: Int) -> LinearPass.Segment {
    LinearPass.Segment(
      features: shards[index].features.dense, labels: shards[index].labels, order: orders[index],
      additions: additions)
  }
}

extension StepSamples {
  /// Calls `body` with each feature of an own shard's samples in some batches: value, sample, column.
  func forEachFeature(ofShard index: Int, batches: Range<Int>, _ body: (Float, Int, Int) -> Void) {
    for batch in batches {
      for place in places(ofShard: index, batch: batch) {
        let row = Int(orders[index][place])
        switch shards[index].features {
        case .dense(let matrix):
          let sample = matrix.rows(row..<(row + 1))
          let features = expansion.map { $0(sample) } ?? sample
          for column in 0..<features.columns { body(features[0, column], row, column) }
        case .sparse(let matrix):
          for entry in matrix.entries(ofRow: row) { body(matrix.values[entry], row, Int(matrix.entryColumns[entry])) }
        }
      }
    }
  }
}
