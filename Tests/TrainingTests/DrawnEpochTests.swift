import ClassWeighting
import Collectives
import Configuration
import Datasets
import Kernels
import Models
import RandomStreams
import Tensors
import TestSupport
import Testing
import Training

/// The order of an epoch whose samples a sampler draws: batches as the design says, of B samples, at any rank count.
@Suite struct DrawnEpochTests {
  private static let (samples, shards, classes) = (60, 6, 3)

  /// Sample i has a one in feature i alone, so that a step's gradient says how often it was in the batch.
  private static func dataset(over communicator: some Communicator, sparse: Bool = false) throws -> Dataset {
    let layout = try ShardLayout(shardCount: shards, rankCount: communicator.size)
    let own = layout.shards(ofRank: communicator.rank).map { index in
      let rows = layout.range(ofShard: index, in: samples)
      let dense = Matrix(zeros: rows.count, samples)
      for (row, sample) in rows.enumerated() { dense[row, sample] = 1 }
      let sparseRows = SparseMatrix(
        columns: samples, starts: Array(0...rows.count), entryColumns: rows.map { Int32($0) },
        values: rows.map { _ in 1 })
      return Shard(
        index: index, features: sparse ? .sparse(sparseRows) : .dense(dense),
        labels: rows.map { $0 % 20 == 19 ? 2 : $0 % 6 == 5 ? 1 : 0 })
    }
    return Dataset(
      name: "one-hot", featureNames: (0..<samples).map { "x\($0)" }, classNames: ["a", "b", "c"], layout: layout,
      shards: own, sampleCounts: (0..<shards).map { layout.range(ofShard: $0, in: samples).count })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    var accumulation = 1
    var sparse = false

    var testDescription: String { "\(arguments) \(accumulation) \(sparse)" }
  }

  static let cases = [
    Case(arguments: ["class-balanced"]), Case(arguments: ["class-balanced"], accumulation: 3),
    Case(arguments: ["class-balanced"], sparse: true), Case(arguments: ["power"]),
    Case(arguments: ["progressive", "--epochs", "4"]), Case(arguments: ["oversample"], accumulation: 2, sparse: true),
    Case(arguments: ["oversample"]), Case(arguments: ["undersample"]),
    Case(arguments: ["undersample", "--sampling-ratio", "0.5"], accumulation: 2),
  ]

  /// How often each sample was in each step of an epoch.
  private static func steps(
    _ test: Case, epoch: Int, batchSize: Int, over communicator: some Communicator
  ) throws -> [[Int]] {
    let data = try dataset(over: communicator, sparse: test.sparse)
    let counts = try data.classCounts(over: communicator)
    var configuration = TrainingConfiguration.defaults
    configuration.steps = try StepOptions.parse(["--sampler"] + test.arguments)
    configuration.optimizer.optimizer = .sgd
    configuration.optimizer.learningRate = 1
    configuration.loss.lossNormalization = .sum
    let plan = BatchPlan(
      sampleCounts: data.sampleCounts, batchSize: batchSize, accumulation: test.accumulation,
      mostDraws: Int(configuration.steps.sampling.mostDrawsByClass(forCounts: counts).reduce(0, +)))
    let network = FeedForwardNetwork(
      ModelShape(featureCount: samples, hidden: [], classCount: classes, activation: .relu), dropout: Dropout(rate: 0),
      largestBatch: max(64, plan.largestPass(of: data)))
    let zeros = Vector(zeros: network.parameters.count)
    var step = TrainingStep(
      network, dataset: data, classWeights: .fixed([1, 1, 1]), classCounts: counts, plan: plan,
      configuration: configuration, totalSteps: 1, over: communicator)
    try step.beginEpoch(0)
    try step.beginEpoch(epoch)
    let labels = (0..<samples).map { $0 % 20 == 19 ? 2 : $0 % 6 == 5 ? 1 : 0 }
    return try (0..<step.stepsPerEpoch).map { number in
      step.network.parameters.copy(from: zeros)
      _ = try step(number)
      // [out, in]: with parameters of 0 a sample moves the weight of its class by 1 − 1/C.
      let moved = step.network.parameters.array
      let weight = try #require(step.network.layout["layers.0.weight"])
      return (0..<samples).map {
        Int((moved[weight.range.lowerBound + labels[$0] * samples + $0] * 1.5).rounded())
      }
    }
  }

  /// The definition, word for word.
  private static func expected(_ test: Case, epoch: Int, batchSize: Int) throws -> [[Int]] {
    let data = try dataset(over: SingleProcessCommunicator())
    let counts = try data.classCounts(over: SingleProcessCommunicator())
    let sampling = try StepOptions.parse(["--sampler"] + test.arguments).sampling
    let draws = ClassDraws(rates: sampling.rule(inEpoch: epoch).rates(forCounts: counts))
    let orders = data.shards.map { shard in
      var order: [UInt32] = []
      draws.order(&order, of: shard, epoch: epoch, seed: 0)
      return order.map { data.layout.range(ofShard: shard.index, in: samples).lowerBound + Int($0) }
    }
    let all = orders.indices.flatMap { v in orders[v].indices.map { (shard: v, place: $0) } }.sorted { a, b in
      let (left, right) = (
        (2 * a.place + 1) * orders[b.shard].count, (2 * b.place + 1) * orders[a.shard].count
      )
      return left < right || left == right && a.shard < b.shard
    }.map { orders[$0.shard][$0.place] }
    return stride(from: 0, to: all.count, by: batchSize * test.accumulation).map { start in
      var repeats = Array(repeating: 0, count: samples)
      for sample in all[start..<min(start + batchSize * test.accumulation, all.count)] { repeats[sample] += 1 }
      return repeats
    }
  }

  @Test(arguments: cases)
  func `batches are those of the definition, all but the last of B samples, at 1 and 3 ranks`(_ test: Case) throws {
    for (epoch, batchSize) in [(0, 7), (1, 7), (3, 16), (2, 1000)] {
      let expected = try Self.expected(test, epoch: epoch, batchSize: batchSize)
      #expect(expected.dropLast().allSatisfy { $0.reduce(0, +) == batchSize * test.accumulation })
      for ranks in [1, 3] {
        let found = try onThreads(ranks: ranks) {
          try Self.steps(test, epoch: epoch, batchSize: batchSize, over: $0)
        }
        #expect(found.allSatisfy { $0 == expected }, "epoch \(epoch), B \(batchSize), \(ranks) ranks")
      }
    }
  }

  @Test func `more draws than can be told apart are an error, and no crash`() throws {
    let data = try Self.dataset(over: SingleProcessCommunicator())
    var configuration = TrainingConfiguration.defaults
    configuration.steps = try StepOptions.parse(["--sampler", "oversample"])
    let plan = BatchPlan(sampleCounts: data.sampleCounts, batchSize: 8, accumulation: 1, mostDraws: 1 << 40)
    let network = FeedForwardNetwork(
      ModelShape(featureCount: Self.samples, hidden: [], classCount: 3, activation: .relu), dropout: Dropout(rate: 0),
      largestBatch: 64)
    // As if there were many samples of the first class on other ranks.
    var step = TrainingStep(
      network, dataset: data, classWeights: .fixed([1, 1, 1]), classCounts: [1 << 40, 10, 3], plan: plan,
      configuration: configuration, totalSteps: 1, over: SingleProcessCommunicator())
    #expect { try step.beginEpoch(0) } throws: { "\($0)".contains("samples from shard 0; there can be 4294967295") }
  }
}
