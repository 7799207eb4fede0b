internal import Collectives
internal import Datasets

/// Class weights that follow each global batch: 1/n_c of the batch's own counts, 0 for a class that
/// is not in it.
///
/// The counts of many steps are summed over the ranks at once, ahead of the steps, so that a step
/// still has one reduction only.
struct BatchClassWeights {
  /// Counts of all steps of a window take at most this many numbers.
  private static let mostCounts = 65_536

  private let plan: BatchPlan
  private var cuts: BatchCuts
  private let classCount: Int
  private let maxWeight: Double
  private var windowStart = 0
  /// [steps of the window, C], global.
  private var counts: [Int64] = []
  /// [C], of the step that was asked for last.
  private(set) var values: [Double]

  init(plan: BatchPlan, classCount: Int, maxWeight: Double?) {
    self.plan = plan
    cuts = BatchCuts(plan)
    self.maxWeight = maxWeight ?? .infinity
    self.classCount = classCount
    values = Array(repeating: 0, count: classCount)
  }

  /// Forgets what was counted: a new epoch has new orders.
  mutating func beginEpoch() {
    windowStart = 0
    counts = []
  }

  /// Makes `values` those of a step. Collective: all ranks ask for the same steps in the same order.
  mutating func follow(
    step stepInEpoch: Int, shards: [Shard], orders: [[UInt32]], over communicator: some Communicator
  ) throws(CollectiveError) {
    if stepInEpoch >= windowStart + counts.count / classCount {
      windowStart = stepInEpoch
      let length = min(max(Self.mostCounts / classCount, 1), plan.stepsPerEpoch - stepInEpoch)
      count(steps: stepInEpoch..<(stepInEpoch + length), shards, orders)
      counts = try communicator.sum(counts)
    }
    let start = (stepInEpoch - windowStart) * classCount
    for label in 0..<classCount {
      let count = counts[start + label]
      values[label] = count == 0 ? 0 : min(1 / Double(count), maxWeight)
    }
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
