import ClassWeighting
import Collectives
import Configuration
import Datasets
import Failures
import Foundation
import Kernels
import Models
import RandomStreams
import Tensors
import Testing
import Training

/// A communicator that writes down what is called.
private final class Recorder: Communicator {
  private let single = SingleProcessCommunicator()
  var calls: [String] = []

  var rank: Int { 0 }
  var size: Int { 1 }
  var name: String { "recorder" }
  var host: String { "here" }

  func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) {}

  func passed(step: Int) {}

  func barrier() { calls.append("barrier") }

  func sum(_ values: [Int64]) -> [Int64] {
    calls.append("sum \(values.count)")
    return values
  }

  func allgather(_ bytes: [UInt8]) -> [[UInt8]] {
    calls.append("allgather bytes")
    return [bytes]
  }

  func allgather(_ part: Vector, into all: Vector) {
    calls.append("allgather")
    single.allgather(part, into: all)
  }

  func broadcast(_ vector: Vector, from root: Int) { calls.append("broadcast") }

  func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) { calls.append("exchange slices") }

  func allgatherSlices(of whole: Vector, count: Int) { calls.append("allgather slices") }
}

@Suite struct TrainingStepTests {
  private func dataset(_ counts: [Int], shards: Int, ignoredEvery: Int = .max) throws -> Dataset {
    let layout = try ShardLayout(shardCount: shards, rankCount: 1)
    let total = counts.reduce(0, +)
    let labels = counts.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }
    var random = RandomStream(seed: 1, purpose: .syntheticFeatures)
    let order = IndexPermutation(count: total, seed: 2, purpose: .syntheticLabels)
    let parts = (0..<shards).map { shard in
      let rows = layout.range(ofShard: shard, in: total)
      let features = Matrix(zeros: rows.count, 4)
      for row in 0..<rows.count { for column in 0..<4 { features[row, column] = Float(random.normal()) } }
      let shardLabels = rows.map { $0 % ignoredEvery == ignoredEvery - 1 ? Shard.ignoredLabel : labels[order[$0]] }
      return Shard(index: shard, features: .dense(features), labels: shardLabels)
    }
    return Dataset(
      name: "test", featureNames: ["a", "b", "c", "d"],
      classNames: counts.indices.map(String.init), layout: layout,
      shards: parts, sampleCounts: parts.map(\.sampleCount))
  }

  private func step(
    _ dataset: Dataset, weights: TrainingWeights, batchSize: Int, accumulation: Int = 1, hidden: [Int] = [],
    nonfinite: StepOptions.NonfinitePolicy = .stop, recorder: Recorder = Recorder()
  ) throws -> TrainingStep<Recorder> {
    let shape = ModelShape(featureCount: 4, hidden: hidden, classCount: dataset.classCount, activation: .relu)
    let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 256)
    network.layout.initialize(network.parameters, seed: 4)
    let plan = BatchPlan(sampleCounts: dataset.sampleCounts, batchSize: batchSize, accumulation: accumulation)
    var configuration = TrainingConfiguration.defaults
    configuration.optimizer.learningRate = 0.01
    configuration.steps.onNonfinite = nonfinite
    return TrainingStep(
      network, dataset: dataset, classWeights: weights, classCounts: [], plan: plan, configuration: configuration,
      totalSteps: 100, over: recorder)
  }

  @Test func `every sample is used exactly once per epoch, by class`() throws {
    // Shards of unequal size, a batch that is not full, a shard with fewer samples than its share.
    for (counts, shards, batch, accumulation) in [
      ([61, 13, 3], 8, 24, 1), ([5, 2, 1], 8, 19, 1), ([100, 20, 7], 7, 30, 4),
    ] {
      let data = try dataset(counts, shards: shards)
      let recorder = Recorder()
      var step = try step(
        data, weights: .fixed([1, 1, 1]), batchSize: batch, accumulation: accumulation, recorder: recorder)
      let plan = BatchPlan(sampleCounts: data.sampleCounts, batchSize: batch, accumulation: accumulation)
      for epoch in 0..<2 {
        try step.beginEpoch(epoch)
        var seen = 0.0
        for number in 0..<plan.stepsPerEpoch { seen += try step(number).loss.count }
        #expect(seen == Double(data.sampleCount))
        #expect(counts.indices.map { step.confusion.support(of: $0) } == counts)
      }
    }
  }

  @Test func `ignored samples take part in nothing`() throws {
    let data = try dataset([40, 20], shards: 4, ignoredEvery: 3)
    var step = try step(data, weights: .fixed([1, 1]), batchSize: 60)
    try step.beginEpoch(0)
    #expect(try step(0).loss.count == 40)
    #expect(step.confusion.sampleCount == 40)
  }

  @Test func `a step without weight is skipped, and Adam's time stands`() throws {
    let data = try dataset([30, 10], shards: 2)
    var step = try step(data, weights: .fixed([0, 0]), batchSize: 8)
    let before = step.network.parameters.array
    try step.beginEpoch(0)
    _ = try step(0)
    #expect(step.network.parameters.array == before)
    guard case .adam(let adam) = step.optimizer else { return #expect(Bool(false), "no Adam") }
    #expect(adam.stepCount == 0)
    #expect(step.stepCount == 1)
  }

  @Test func `the wish to stop comes back with the step`() throws {
    var step = try step(dataset([30, 10], shards: 2), weights: .fixed([1, 1]), batchSize: 8)
    try step.beginEpoch(0)
    #expect(try step(0).wish == .goOn)
    #expect(try step(1, wish: .stop).wish == .stop)
    #expect(try step(2).wish == .goOn)
  }

  @Test func `batch weights are counted once for many steps`() throws {
    let recorder = Recorder()
    var step = try step(
      dataset([61, 13, 3], shards: 8), weights: .perBatch(InverseFrequency()), batchSize: 24, recorder: recorder)
    try step.beginEpoch(0)
    for number in 0..<4 {
      // 1/n_c over the classes of the batch sums to the number of classes in it.
      let weight = try step(number).loss.weight
      #expect(abs(weight - weight.rounded()) < 1e-5 && (1...3).contains(Int(weight.rounded())))
    }
    #expect(recorder.calls == ["sum 12"])
  }

  @Test func `a loss that is not finite stops with the step's number`() throws {
    let data = try dataset([30, 10], shards: 2)
    data.shards[1].features.dense[3, 2] = .infinity
    var step = try step(data, weights: .fixed([1, 1]), batchSize: 40)
    try step.beginEpoch(0)
    let failure = #expect(throws: AgreedFailure.self) { try step(0) }
    #expect(failure?.message.contains("step 0") == true)
  }

  @Test(arguments: [1, 2, 3], [[], [5]])
  func `a step that is left out counts nowhere`(accumulation: Int, hidden: [Int]) throws {
    let data = try dataset([30, 10], shards: 4)
    data.shards[2].features.dense[3, 2] = .infinity
    var step = try step(
      data, weights: .fixed([1, 1]), batchSize: 5, accumulation: accumulation, hidden: hidden, nonfinite: .skip)
    try step.beginEpoch(0)
    var counted = 0.0
    var skipped = 0
    for number in 0..<step.stepsPerEpoch {
      let result = try step(number)
      counted += result.loss.count
      skipped += result.isSkipped ? 1 : 0
      #expect(Double(step.confusion.sampleCount) == counted, "step \(number)")
    }
    #expect(skipped == 1)
    #expect([35, 30, 25].contains(Int(counted)))
  }

  @Test func `averaging the ranks' weighted means is another gradient`() throws {
    // What data-parallel training gets wrong when each rank divides by its own Σw: with counts
    // 116, 10 and 2 the mean of two halves' means is not the mean of the whole.
    let whole = try dataset([116, 10, 2], shards: 2)
    let weights = [128 / (3 * 116.0), 128 / 30.0, 128 / 6.0]
    let shape = ModelShape(featureCount: 4, hidden: [], classCount: 3, activation: .relu)
    var network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 128)
    network.layout.initialize(network.parameters, seed: 4)
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: weights)
    func gradient(_ shard: Shard) -> (sum: [Double], weight: Double) {
      let sum = Vector(zeros: network.layout.paddedCount)
      let rows = 0..<shard.sampleCount
      network.lossAndGradient(
        .dense(shard.features.dense), labels: shard.labels[...], segments: [BatchSegment(rows: rows, additions: 0)],
        loss: loss,
        dropout: DropoutStreams(seed: 0),
        into: TensorViews([sum], layout: network.layout))
      return (sum.array.map(Double.init), network.losses.sums(of: rows).weight)
    }
    let (a, b) = (gradient(whole.shards[0]), gradient(whole.shards[1]))
    let exact = zip(a.sum, b.sum).map { ($0 + $1) / (a.weight + b.weight) }
    let naive = zip(a.sum, b.sum).map { ($0 / a.weight + $1 / b.weight) / 2 }
    let norm = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let difference = zip(exact, naive).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(difference / norm > 0.01)

    // And the step takes the exact one: with SGD the parameters move by −lr · gradient.
    var configuration = TrainingConfiguration.defaults
    configuration.optimizer.optimizer = .sgd
    configuration.optimizer.learningRate = 1
    let plan = BatchPlan(sampleCounts: whole.sampleCounts, batchSize: 128, accumulation: 1)
    let before = network.parameters.array
    var step = TrainingStep(
      network, dataset: whole, classWeights: .fixed(weights), classCounts: [], plan: plan, configuration: configuration,
      totalSteps: 1, over: Recorder())
    try step.beginEpoch(0)
    _ = try step(0)
    let moved = zip(before, step.network.parameters.array).map { Double($0 - $1) }
    let error = zip(exact, moved).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    #expect(error / norm < 1e-5)
    #expect(abs((step.gradientNorm ?? 0) - norm) / norm < 1e-5)
  }

  @Test func `the norm of the gradient is that of the epoch's last step`() throws {
    let data = try dataset([61, 13, 3], shards: 4)
    var step = try step(data, weights: .fixed([1, 1, 1]), batchSize: 24)
    for epoch in 0..<2 {
      try step.beginEpoch(epoch)
      for number in 0..<4 {
        #expect(step.gradientNorm == nil)
        _ = try step(number)
      }
      #expect((step.gradientNorm ?? 0) > 0)
    }
  }
}

@Suite struct LearningRateScheduleTests {
  private func rates(_ shape: OptimizerOptions.Schedule, warmup: Int) -> [Double] {
    let schedule = LearningRateSchedule(shape: shape, peak: 2, warmupSteps: warmup, totalSteps: 8)
    return (0..<8).map { schedule.rate(atStep: $0) }
  }

  @Test func `shapes`() {
    #expect(rates(.constant, warmup: 0) == Array(repeating: 2, count: 8))
    #expect(rates(.linear, warmup: 0) == [2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25])
    #expect(rates(.step, warmup: 0) == [2, 2, 2, 2, 0.2, 0.2, 0.02, 0.02])
    #expect(
      zip(rates(.cosine, warmup: 0), (0..<8).map { 1 + cos(.pi * Double($0) / 8) }).allSatisfy { abs($0 - $1) < 1e-15 })
    #expect(rates(.linear, warmup: 4) == [0.5, 1, 1.5, 2, 2, 1.5, 1, 0.5])
  }
}
