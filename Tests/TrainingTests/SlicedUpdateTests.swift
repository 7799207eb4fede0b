import ClassWeighting
import Collectives
import Configuration
import Datasets
import Failures
import Kernels
import Models
import RandomStreams
import Tensors
import TestSupport
import Testing
import Training

/// A model so large that ranks move a slice of its parameters each, against one process, which moves all.
@Suite struct SlicedUpdateTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    var optimizer = OptimizerOptions.Kind.adamw
    var clipNorm: Double?
    var accumulation = 1
    /// The sample that has a feature of 1e30, in every epoch.
    var poisoned: Int?
    var feature: Float = 1e30
    /// Whether columns are embedded, at a learning rate of their own.
    var embeds = false

    var testDescription: String {
      "\(optimizer) clip \(clipNorm ?? 0) accumulation \(accumulation) \(poisoned.map { "\(feature) in \($0)" } ?? "")\(embeds ? " embeds" : "")"
    }
  }

  private struct End: Equatable, Sendable {
    var parameters: [UInt32] = []
    var memory: [[UInt32]] = []
    var norms: [Double?] = []
    var losses: [Double] = []
    var skipped: [Int] = []
    var reason: String?
    var stepCount = 0
  }

  private func dataset(_ test: Case, rank: Int, ranks: Int) throws -> Dataset {
    let layout = try ShardLayout(shardCount: 8, rankCount: ranks)
    let total = 83
    var random = RandomStream(seed: 1, purpose: .syntheticFeatures)
    let features = (0..<total).map { row in
      (0..<4).map { column in row == test.poisoned && column == 2 ? test.feature : Float(random.normal()) }
    }
    let parts = layout.shards(ofRank: rank).map { shard in
      let rows = layout.range(ofShard: shard, in: total)
      let matrix = Matrix(zeros: rows.count, 4)
      for (index, row) in rows.enumerated() { for column in 0..<4 { matrix[index, column] = features[row][column] } }
      return Shard(index: shard, features: .dense(matrix), labels: rows.map { Int32($0 % 3) })
    }
    return Dataset(
      name: "test", featureNames: ["a", "b", "c", "d"], classNames: ["x", "y", "z"], layout: layout, shards: parts,
      sampleCounts: (0..<8).map { layout.range(ofShard: $0, in: total).count })
  }

  /// Two epochs, with the optimizer's memory gathered in the middle, as a checkpoint does.
  private func end(of test: Case, over communicator: some Communicator) throws -> End {
    let data = try dataset(test, rank: communicator.rank, ranks: communicator.size)
    // 134,000 parameters: sums of two ranks are exchanged in slices from 32,768 words on.
    let columns = ["a", "b", "c", "d"].map { EncodedColumn(name: $0, kind: .numeric(mean: 0, scale: 1, fill: 0)) }
    let shape = ModelShape(
      featureCount: 4, hidden: [512, 256], classCount: 3, activation: .relu,
      embedding: test.embeds ? EmbeddingShape(width: 5, of: columns) : nil)
    let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 64)
    network.layout.initialize(network.parameters, seed: 4)
    let sums = FixedOrderSum(
      over: communicator, layout: data.layout,
      shape: GradientSums.shape(parameterCount: network.layout.paddedGradientCount))
    try #require((sums.sliceCount != nil) == (communicator.size > 1), "else nothing is divided")
    let plan = BatchPlan(sampleCounts: data.sampleCounts, batchSize: 19, accumulation: test.accumulation)
    var configuration = TrainingConfiguration.defaults
    configuration.optimizer.optimizer = test.optimizer
    configuration.optimizer.momentum = test.optimizer == .sgd ? 0.9 : 0
    configuration.optimizer.learningRate = 0.01
    configuration.optimizer.embeddingRate = test.embeds ? 3 : 1
    configuration.optimizer.clipNorm = test.clipNorm
    configuration.steps.onNonfinite = .skip
    var step = TrainingStep(
      network, dataset: data, classWeights: .fixed([1, 2, 3]), classCounts: [28, 28, 27], plan: plan,
      configuration: configuration, totalSteps: 100, over: communicator)
    var end = End()
    for epoch in 0..<2 {
      try step.beginEpoch(epoch)
      for number in 0..<step.stepsPerEpoch {
        let result = try step(number)
        end.losses.append(result.loss.weightedLoss)
        if result.isSkipped { end.skipped.append(step.stepCount) }
        if number == 1 { try step.gatherMemory() }
      }
      end.norms.append(step.gradientNorm)
    }
    try step.gatherMemory()
    end.parameters = step.network.parameters.array.map(\.bitPattern)
    end.memory = step.optimizer.memory.map { $0.values.array.map(\.bitPattern) }
    end.reason = step.reasonOfSkipping?.description
    end.stepCount = step.optimizer.stepCount
    return end
  }

  private static let cases = [
    Case(), Case(optimizer: .adam, accumulation: 2), Case(optimizer: .sgd), Case(clipNorm: 0.1),
    Case(poisoned: 40), Case(poisoned: 40, feature: 1e24), Case(optimizer: .sgd, poisoned: 82, feature: .infinity),
    Case(embeds: true), Case(optimizer: .sgd, embeds: true),
  ]

  @Test(arguments: cases)
  private func `the same bits at any number of ranks`(test: Case) throws {
    let whole = try onThreads(ranks: 1) { try end(of: test, over: $0) }[0]
    #expect(whole.skipped.isEmpty == (test.poisoned == nil))
    #expect(test.feature != 1e24 || whole.reason?.contains("square of the gradient") == true, "\(whole.reason ?? "")")
    #expect(whole.stepCount > 0 && whole.memory.allSatisfy { $0.contains { $0 != 0 } })
    for ranks in [2, 3, 8] {
      for end in try onThreads(ranks: ranks, { try end(of: test, over: $0) }) {
        #expect(end.parameters == whole.parameters && end.memory == whole.memory, "\(ranks) ranks")
        #expect(end.norms == whole.norms && end.losses == whole.losses && end.skipped == whole.skipped)
        #expect(end.reason == whole.reason && end.stepCount == whole.stepCount)
      }
    }
  }

  @Test func `the optimizer's work is divided`() throws {
    let lists = try onThreads(ranks: 3) { communicator in
      let shape = PackedSums.Shape(floatCount: 40_000, doubleCount: 6)
      let layout = try ShardLayout(shardCount: 8, rankCount: 3)
      let sum = FixedOrderSum(over: communicator, layout: layout, shape: shape)
      return try #require(
        sum.sliceCount.flatMap { SlicedUpdate(sliceCount: $0, of: shape, rank: communicator.rank, size: 3) }
      ).own
    }
    #expect(lists == [0..<13_344, 13_344..<26_688, 26_688..<40_000])
  }

  @Test func `a slice may lie behind the parameters`() {
    let shape = PackedSums.Shape(floatCount: 32_768, doubleCount: 6)
    let parts = (0..<5).compactMap { SlicedUpdate(sliceCount: 8_192, of: shape, rank: $0, size: 5)?.own }
    #expect(parts.map(\.count) == [8_192, 8_192, 8_192, 8_192, 0])
    #expect(SlicedUpdate(sliceCount: 8_192, of: .init(floatCount: 32_752, doubleCount: 6), rank: 0, size: 4) == nil)
  }
}
