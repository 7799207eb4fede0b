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

/// Steps of models with tables, of which samples meet few rows.
@Suite struct TableSumsTests {
  private static let width = 5
  private static let sampleCount = 90
  /// Of a table of 1,000 rows samples meet 90 at most.
  private static let columns = [
    EncodedColumn(name: "many", kind: .level(LevelNumbers((0..<999).map(String.init)))),
    EncodedColumn(name: "number", kind: .numeric(mean: 0, scale: 1, fill: 0)),
    EncodedColumn(name: "few", kind: .level(LevelNumbers(["a", "b"]))),
  ]

  private static func dataset(_ layout: ShardLayout, rank: Int) -> Dataset {
    let shards = (0..<layout.shardCount).map { shard in
      let rows = layout.range(ofShard: shard, in: sampleCount)
      let features = Matrix(zeros: rows.count, 3)
      for (place, row) in rows.enumerated() {
        features[place, 0] = Float(row * row % 61 * 16)
        features[place, 1] = Float(row % 7) - 3
        features[place, 2] = Float(row % 3)
      }
      return Shard(index: shard, features: .dense(features), labels: rows.map { Int32($0 * 5 % 3) })
    }
    return Dataset(
      name: "test", featureNames: ["many", "number", "few"], classNames: ["x", "y", "z"], layout: layout,
      shards: Array(shards[layout.shards(ofRank: rank)]), sampleCounts: shards.map(\.sampleCount))
  }

  private static func parameters(
    ranks: Int, accumulation: Int, shards: Int = 8, batchSize: Int = 20, clipNorm: Double? = 0.5,
    optimizer: OptimizerOptions.Kind = .adamw, weightDecay: Double = 0.1
  ) throws -> [[UInt32]] {
    try onThreads(ranks: ranks) { communicator in
      let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
      let data = dataset(layout, rank: communicator.rank)
      let shape = ModelShape(
        featureCount: 3, hidden: [6], classCount: 3, activation: .relu,
        embedding: EmbeddingShape(width: width, of: columns))
      let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0.2), largestBatch: 256)
      network.layout.initialize(network.parameters, seed: 4)
      var configuration = TrainingConfiguration.defaults
      configuration.optimizer.optimizer = optimizer
      configuration.optimizer.clipNorm = clipNorm
      configuration.optimizer.weightDecay = weightDecay
      configuration.optimizer.learningRate = 0.05
      let plan = BatchPlan(
        sampleCounts: data.sampleCounts, batchSize: batchSize, accumulation: accumulation)
      var step = TrainingStep(
        network, dataset: data, classWeights: .fixed([0.5, 1, 3]), classCounts: [], plan: plan,
        configuration: configuration, totalSteps: 100, over: communicator)
      for epoch in 0..<2 {
        try step.beginEpoch(epoch)
        for number in 0..<plan.stepsPerEpoch { _ = try step(number) }
      }
      let memory = step.optimizer.memory.flatMap(\.values.array)
      return (step.network.parameters.array + memory).map(\.bitPattern)
    }
  }

  @Test(arguments: [1, 3], [8, 5])
  func `parameters and moments have the same bits at every number of ranks`(accumulation: Int, shards: Int) throws {
    let alone = try Self.parameters(ranks: 1, accumulation: accumulation, shards: shards)[0]
    for ranks in [2, 3, 5, 8] where ranks <= shards {
      for found in try Self.parameters(ranks: ranks, accumulation: accumulation, shards: shards) {
        #expect(found == alone, "\(ranks) ranks")
      }
    }
  }

  @Test func `rows that no sample meets stay where they were`() throws {
    let shape = ModelShape(
      featureCount: 3, hidden: [6], classCount: 3, activation: .relu,
      embedding: EmbeddingShape(width: Self.width, of: Self.columns))
    let layout = ParameterLayout(shape)
    let first = Vector(zeros: layout.paddedCount)
    layout.initialize(first, seed: 4)
    let last = try Self.parameters(ranks: 3, accumulation: 1)[0]
    let met = Set((0..<Self.sampleCount).map { $0 * $0 % 61 * 16 })
    for row in 0..<1000 {
      let isMoved = (0..<Self.width).contains { first[row * Self.width + $0].bitPattern != last[row * Self.width + $0] }
      #expect(isMoved == met.contains(row), "row \(row)")
    }
  }

  /// The norm of a step's gradient is that of all parameters: clipped to 0.01 of it, a step of 0.05 moves them by no more
  /// than that together, but for the decay.
  @Test func `the norm that a gradient is clipped to has the rows of tables in it`() throws {
    let shape = ModelShape(
      featureCount: 3, hidden: [6], classCount: 3, activation: .relu,
      embedding: EmbeddingShape(width: Self.width, of: Self.columns))
    let layout = ParameterLayout(shape)
    let first = Vector(zeros: layout.paddedCount)
    layout.initialize(first, seed: 4)
    let last = try Self.parameters(
      ranks: 2, accumulation: 1, batchSize: 1000, clipNorm: 0.01, optimizer: .sgd, weightDecay: 0)[0]
    let squares = (0..<layout.count).map { index in
      let move = Double(Float(bitPattern: last[index]) - first[index])
      return move * move
    }
    let ofTables = squares[..<layout.tableCount].reduce(0, +)
    // Two steps, one in each epoch, along much the same gradient.
    let norm = squares.reduce(0, +).squareRoot()
    #expect(norm < 2 * 0.05 * 0.01 * 1.01 && norm > 0.05 * 0.01, "\(norm)")
    #expect(ofTables > 0.01 * norm * norm)
  }
}
