/// Which samples of its own shards a rank has in each batch of an epoch: a table, so that a step looks up two numbers
/// for a shard. All epochs of a plan share it; where an epoch is too long for it, it holds as many batches as fit, and
/// is written anew when a batch behind them is asked for.
package struct BatchPlaces {
  /// Of the table: 4 MiB, for epochs of a million batches and shards.
  package static let mostCuts = 1 << 20

  private var cuts: BatchCuts
  private let plan: BatchPlan
  /// v of the own shards.
  private let shards: Range<Int>
  /// Batches that the table has room for.
  private let capacity: Int
  /// The batches that the table holds.
  private var batches = 0..<0
  /// [batches + 1, own shards]: the samples of each own shard before each batch, and after the last.
  private var table: [UInt32] = []

  /// - Parameter mostCuts: Of the table; steps that have more batches make it larger.
  package init(_ plan: BatchPlan, shards: Range<Int>, mostCuts: Int = Self.mostCuts) {
    self.plan = plan
    self.shards = shards
    cuts = BatchCuts(plan)
    let fitting = max(mostCuts / max(shards.count, 1) - 1, plan.accumulation, 1)
    capacity = min(fitting, plan.batchesPerEpoch)
    table.reserveCapacity((capacity + 1) * shards.count)
  }

  /// Brings the batches of a step into the table. To be called before they are asked for.
  package mutating func prepare(step: Int) {
    let wanted = plan.batches(ofStep: step)
    guard wanted.lowerBound < batches.lowerBound || wanted.upperBound > batches.upperBound else { return }
    // An epoch that fits is there as a whole, wherever in it a run goes on.
    let start = capacity == plan.batchesPerEpoch ? 0 : wanted.lowerBound
    write(start..<min(start + capacity, plan.batchesPerEpoch))
  }

  /// The places, in its order of the epoch, of the samples that an own shard has in a batch.
  ///
  /// - Parameter index: Of the own shards, from 0.
  @inline(__always)
  package func callAsFunction(ofShard index: Int, batch: Int) -> Range<Int> {
    let place = (batch - batches.lowerBound) * shards.count + index
    return Int(table[place])..<Int(table[place + shards.count])
  }

  private mutating func write(_ batches: Range<Int>) {
    table.removeAll(keepingCapacity: true)
    if cuts.batch != batches.lowerBound { cuts.move(toBatch: batches.lowerBound) }
    append()
    for _ in batches {
      cuts.advance()
      append()
    }
    self.batches = batches
  }

  private mutating func append() {
    for shard in shards { table.append(UInt32(cuts[shard])) }
  }
}
