import Collectives
import Datasets
import RandomStreams
import Tensors
import Testing
import Training

/// "The order of an epoch": every sample once, batches of B, the order that the design defines.
@Suite struct BatchPlanTests {
  /// The definition, word for word: all samples in the order of their keys (2j+1)/(2·n_v), equal ones by v.
  private func order(_ counts: [Int]) -> [(shard: Int, place: Int)] {
    counts.indices.flatMap { v in (0..<counts[v]).map { (shard: v, place: $0) } }.sorted { a, b in
      let (left, right) = ((2 * a.place + 1) * counts[b.shard], (2 * b.place + 1) * counts[a.shard])
      return left < right || left == right && a.shard < b.shard
    }
  }

  /// Sizes of every kind: even, uneven, mostly empty, one giant among dwarfs.
  private func counts(_ random: inout RandomStream) -> [Int] {
    let shards = 1 + Int(random.index(below: [1, 4, 40, 90].randomElement(using: &random) ?? 1))
    let most = [1, 3, 20, 200].randomElement(using: &random) ?? 1
    let kind = random.index(below: 4)
    return (0..<shards).map { shard in
      switch kind {
      case 0: most
      case 1: most + shard % 2
      case 2: Int(random.index(below: UInt32(most + 1)))
      default: shard == shards / 2 ? 20 * most : Int(random.index(below: 2))
      }
    }
  }

  @Test func `batches are the order that the design defines, cut after every B samples`() {
    var random = RandomStream(seed: 12, purpose: .shuffle)
    for trial in 0..<400 {
      let counts = counts(&random)
      let total = counts.reduce(0, +)
      let batchSize = 1 + Int(random.index(below: [3, 40, 1_000].randomElement(using: &random) ?? 3))
      let accumulation = [1, 1, 2, 5, 1_000_000].randomElement(using: &random) ?? 1
      let plan = BatchPlan(sampleCounts: counts, batchSize: batchSize, accumulation: accumulation)
      let name: Comment = "trial \(trial): \(counts), B \(batchSize), A \(accumulation)"
      let batches = (total + batchSize - 1) / batchSize
      #expect(plan.batchesPerEpoch == batches, name)
      #expect(plan.stepsPerEpoch == (batches + accumulation - 1) / accumulation, name)
      let steps = (0..<plan.stepsPerEpoch).map { plan.batches(ofStep: $0) }
      #expect(steps.flatMap { Array($0) } == Array(0..<batches), name)
      #expect(steps.dropLast().allSatisfy { $0.count == accumulation }, name)

      let order = order(counts)
      let ranks = 1 + Int(random.index(below: UInt32(counts.count)))
      for rank in [0, ranks - 1, Int(random.index(below: UInt32(ranks)))] {
        let own = ShardLayout.part(rank, of: counts.count, cutInto: ranks)
        // A table that holds the epoch, and one that holds a few batches.
        for mostCuts in [BatchPlaces.mostCuts, 3 * own.count] {
          var places = BatchPlaces(plan, shards: own, mostCuts: mostCuts)
          // Twice, as two epochs do; and once more from the middle on, as a run does that goes on.
          for step in Array(0..<steps.count) + Array(0..<steps.count) + Array((steps.count / 2)..<steps.count) {
            places.prepare(step: step)
            for batch in steps[step] {
              var expected = Array(repeating: [Int](), count: own.count)
              for sample in order[(batch * batchSize)..<min((batch + 1) * batchSize, total)]
              where own.contains(sample.shard) {
                expected[sample.shard - own.lowerBound].append(sample.place)
              }
              for index in 0..<own.count {
                guard Array(places(ofShard: index, batch: batch)) == expected[index] else {
                  Issue.record("\(name), batch \(batch), shard \(own.lowerBound + index)")
                  return
                }
              }
            }
          }
        }
      }
    }
  }

  @Test func `a network for the largest pass has room for every batch, and not much more`() throws {
    var random = RandomStream(seed: 13, purpose: .shuffle)
    for trial in 0..<200 {
      let counts = counts(&random)
      let accumulation = trial % 2 + 1
      let plan = BatchPlan(
        sampleCounts: counts, batchSize: 1 + Int(random.index(below: 100)), accumulation: accumulation)
      let ranks = 1 + Int(random.index(below: UInt32(counts.count)))
      let own = ShardLayout.part(Int(random.index(below: UInt32(ranks))), of: counts.count, cutInto: ranks)
      let dataset = Dataset(
        name: "", featureNames: [], classNames: ["a"],
        layout: try ShardLayout(shardCount: counts.count, rankCount: ranks),
        shards: own.map { index in
          Shard(
            index: index, features: .dense(Matrix(zeros: counts[index], 1)),
            labels: Array(repeating: 0, count: counts[index]))
        }, sampleCounts: counts)
      var cuts = BatchCuts(plan)
      var most = 0
      for _ in 0..<plan.batchesPerEpoch {
        let starts = own.map { cuts[$0] }
        cuts.advance()
        let taken = zip(own, starts).map { cuts[$0] - $1 }
        most = max(most, accumulation == 1 ? taken.reduce(0, +) : taken.max() ?? 0)
      }
      #expect(plan.largestPass(of: dataset) >= most, "trial \(trial)")
      #expect(plan.largestPass(of: dataset) <= plan.batchSize)
    }
    // Even shards: two samples a shard more than its share.
    let plan = BatchPlan(sampleCounts: Array(repeating: 1_000, count: 64), batchSize: 6_400, accumulation: 1)
    let dataset = Dataset(
      name: "", featureNames: [], classNames: ["a"], layout: try ShardLayout(shardCount: 64, rankCount: 64),
      shards: [Shard(index: 3, features: .dense(Matrix(zeros: 0, 1)), labels: [])], sampleCounts: plan.sampleCounts)
    #expect(plan.largestPass(of: dataset) == 102)
  }

  @Test func `even shards give each batch its share to within two samples`() {
    for (samples, shards, batchSize) in [(1_000, 8, 15), (12_345, 100, 64), (9_999, 1_000, 32)] {
      let counts = (0..<shards).map { ShardLayout.part($0, of: samples, cutInto: shards).count }
      var cuts = BatchCuts(BatchPlan(sampleCounts: counts, batchSize: batchSize, accumulation: 1))
      for _ in 1..<(samples / batchSize) {
        let before = counts.indices.map { cuts[$0] }
        cuts.advance()
        for shard in counts.indices {
          let share = Double(batchSize * counts[shard]) / Double(samples)
          #expect(abs(Double(cuts[shard] - before[shard]) - share) < 2)
        }
      }
    }
  }

  @Test func `a thousand samples by 15 take 67 steps, whatever V`() {
    for shards in [1, 8, 12, 500] {
      let counts = (0..<shards).map { ShardLayout.part($0, of: 1_000, cutInto: shards).count }
      #expect(BatchPlan(sampleCounts: counts, batchSize: 15, accumulation: 1).stepsPerEpoch == 67)
      #expect(BatchPlan(sampleCounts: counts, batchSize: 15, accumulation: 4).stepsPerEpoch == 17)
    }
  }

  @Test func `shards of billions of samples are cut without overflow, and no batch is larger than the data`() {
    let (large, small) = (Int(UInt32.max), Int(UInt32.max) - 5)
    let counts = Array(repeating: [large, small], count: 50).flatMap { $0 }
    let total = counts.reduce(0, +)
    var cuts = BatchCuts(BatchPlan(sampleCounts: counts, batchSize: 1 << 40, accumulation: 1))
    cuts.advance()
    let start = counts.indices.map { cuts[$0] }
    #expect(start.reduce(0, +) == total)
    cuts = BatchCuts(BatchPlan(sampleCounts: counts, batchSize: 1 << 30, accumulation: 1))
    cuts.move(toBatch: 300)
    #expect(counts.indices.reduce(0) { $0 + cuts[$1] } == 300 << 30)
    let whole = BatchPlan(sampleCounts: [3, 4], batchSize: .max, accumulation: .max)
    #expect(whole.batchSize == 7 && whole.stepsPerEpoch == 1 && whole.batches(ofStep: 0) == 0..<1)
    #expect(BatchPlan(sampleCounts: [0, 0], batchSize: 5, accumulation: 1).stepsPerEpoch == 0)
  }
}
