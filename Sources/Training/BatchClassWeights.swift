internal import ClassWeighting
internal import Collectives
internal import Datasets

/// The class weights of each step: those of the run, or such as follow each global batch's own counts.
///
/// The counts of many steps are summed over the ranks at once, ahead of the steps, so that a step
/// still has one reduction only.
struct BatchClassWeights {
  /// Counts of all steps of a window take at most this many numbers.
  private static let mostCounts = 65_536

  private var plan: BatchPlan
  private var cuts: BatchCuts
  private let classCount: Int
  private let weights: TrainingWeights
  /// The first epoch, from 0, in which they are used; before it all are 1.
  private let firstEpoch: Int
  private var windowStart = 0
  /// [steps of the window, C], global.
  private var counts: [Int64] = []
  /// [C], of the step that was asked for last.
  private(set) var values: [Double]

  /// Whether they may be others at each step of the epoch; else nobody need ask for them again.
  private(set) var followBatches = false

  /// - Parameter firstEpoch: From 0, in which they are used; before it all are 1, but for those that are 0.
  init(_ weights: TrainingWeights, plan: BatchPlan, classCount: Int, firstEpoch: Int = 0) {
    self.weights = weights
    self.firstEpoch = firstEpoch
    self.plan = plan
    cuts = BatchCuts(plan)
    self.classCount = classCount
    values = weights.weights { Array(repeating: 0, count: classCount) }
    precondition(values.count == classCount, "\(values.count) weights for \(classCount) classes")
  }

  /// Makes `values` those of an epoch, from 0, where they don't follow its batches, and forgets what was counted: a new
  /// epoch has new orders.
  ///
  /// - Parameter plan: Of the epoch.
  mutating func beginEpoch(_ epoch: Int, _ plan: BatchPlan) {
    if plan != self.plan {
      self.plan = plan
      cuts = BatchCuts(plan)
    }
    let isDeferred = epoch < firstEpoch
    switch weights {
    case .fixed(let weights):
      values = isDeferred ? weights.map { $0 == 0 ? 0 : 1 } : weights
    case .perBatch:
      followBatches = !isDeferred
      values = Array(repeating: isDeferred ? 1 : 0, count: classCount)
    }
    windowStart = 0
    counts = []
  }

  /// Makes `values` those of a step. Collective: all ranks ask for the same steps in the same order.
  mutating func follow(
    step stepInEpoch: Int, shards: [Shard], orders: [[UInt32]], over communicator: some Communicator
  ) throws(CollectiveError) {
    guard case .perBatch(let rule) = weights else { return }
    if stepInEpoch >= windowStart + counts.count / classCount {
      windowStart = stepInEpoch
      let length = min(max(Self.mostCounts / classCount, 1), plan.stepsPerEpoch - stepInEpoch)
      count(steps: stepInEpoch..<(stepInEpoch + length), shards, orders)
      counts = try communicator.sum(counts)
    }
    let start = (stepInEpoch - windowStart) * classCount
    for label in 0..<classCount { values[label] = rule.weight(forCount: Int(counts[start + label])) }
  }

  /// Counts this rank's samples of the window.
  private mutating func count(steps: Range<Int>, _ shards: [Shard], _ orders: [[UInt32]]) {
    counts = Array(repeating: 0, count: steps.count * classCount)
    let first = plan.batches(ofStep: steps.lowerBound).lowerBound
    if cuts.batch != first { cuts.move(toBatch: first) }
    var starts = shards.map { cuts[$0.index] }
    for step in steps {
      let cells = (step - steps.lowerBound) * classCount
      for _ in plan.batches(ofStep: step) { cuts.advance() }
      for index in shards.indices {
        let end = cuts[shards[index].index]
        for place in starts[index]..<end {
          let label = shards[index].labels[Int(orders[index][place])]
          if label >= 0 { counts[cells + Int(label)] += 1 }
        }
        starts[index] = end
      }
    }
  }
}
