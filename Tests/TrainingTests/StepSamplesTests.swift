import ClassWeighting
import Collectives
import Configuration
import Datasets
import Kernels
import Models
import RandomStreams
import Tensors
import Testing
import Training

/// Wherever a step's samples come from, it has the same bits.
@Suite struct StepSamplesTests {
  /// 83 samples of 5 features in 6 shards, a third of the values zeros, one label in 10 ignored.
  private func dataset(isSparse: Bool) throws -> Dataset {
    let layout = try ShardLayout(shardCount: 6, rankCount: 1)
    var random = RandomStream(seed: 4, purpose: .syntheticFeatures)
    let shards = (0..<6).map { shard in
      let rows = layout.range(ofShard: shard, in: 83)
      let dense = Matrix(zeros: rows.count, 5)
      var (starts, columns, values): ([Int], [Int32], [Float]) = ([0], [], [])
      for row in 0..<rows.count {
        for column in 0..<5 where (row + column) % 3 > 0 {
          dense[row, column] = Float(random.normal())
          columns.append(Int32(column))
          values.append(dense[row, column])
        }
        starts.append(values.count)
      }
      let sparse = SparseMatrix(columns: 5, starts: starts, entryColumns: columns, values: values)
      return Shard(
        index: shard, features: isSparse ? .sparse(sparse) : .dense(dense),
        labels: rows.map { $0 % 10 == 9 ? Shard.ignoredLabel : Int32($0 % 3) })
    }
    return Dataset(
      name: "test", featureNames: (0..<5).map { "x\($0)" }, classNames: ["a", "b", "c"],
      layout: layout, shards: shards, sampleCounts: shards.map(\.sampleCount))
  }

  private func train(
    isSparse: Bool, hidden: [Int], accumulation: Int
  ) throws -> (parameters: [UInt32], losses: [LossSums], confusion: [Int64]) {
    try train(on: try dataset(isSparse: isSparse), hidden: hidden, accumulation: accumulation)
  }

  private func train(
    on data: Dataset, hidden: [Int], accumulation: Int
  ) throws -> (parameters: [UInt32], losses: [LossSums], confusion: [Int64]) {
    let plan = BatchPlan(sampleCounts: data.sampleCounts, batchSize: 12, accumulation: accumulation)
    let network = FeedForwardNetwork(
      ModelShape(featureCount: data.featureCount, hidden: hidden, classCount: 3, activation: .tanh),
      dropout: Dropout(rate: 0.2),
      largestBatch: 32)
    network.layout.initialize(network.parameters, seed: 1)
    var configuration = TrainingConfiguration.defaults
    configuration.optimizer.learningRate = 0.1
    var step = TrainingStep(
      network, dataset: data, classWeights: .perBatch(InverseFrequency(maxWeight: 0.4)), classCounts: [], plan: plan,
      configuration: configuration, totalSteps: 20, over: SingleProcessCommunicator())
    var losses: [LossSums] = []
    try step.beginEpoch(1)
    for number in 0..<step.stepsPerEpoch { losses.append(try step(number).loss) }
    return (step.network.parameters.array.map(\.bitPattern), losses, step.confusion.counts)
  }

  @Test(arguments: [[], [6]], [1, 2])
  func `dense rows, in place or brought together, and sparse rows`(hidden: [Int], accumulation: Int) throws {
    let dense = try train(isSparse: false, hidden: hidden, accumulation: accumulation)
    let sparse = try train(isSparse: true, hidden: hidden, accumulation: accumulation)
    #expect(dense.parameters == sparse.parameters)
    #expect(dense.losses == sparse.losses)
    #expect(dense.confusion == sparse.confusion)
    #expect(dense.losses.reduce(0) { $0 + $1.count } == 75)
  }

  @Test(arguments: [[], [6]], [1, 2])
  func `rows that are expanded batch by batch, and rows that lie there expanded`(
    hidden: [Int], accumulation: Int
  ) throws {
    let raw = try dataset(isSparse: false)
    let table = Table(raw.samples, columns: raw.featureNames.map { FeatureColumn(name: $0) })
    let encoding = try FeatureEncoding(
      learningFrom: table, numbers: .piecewise(bins: 7), standardizing: true, mostOneHot: 8,
      over: SingleProcessCommunicator())
    let narrow = encoding.apply(to: table)
    #expect(narrow.shards.allSatisfy { $0.features.columns == 5 } && narrow.featureCount > 20)
    let wide = Dataset(
      name: "wide", featureNames: narrow.featureNames, classNames: narrow.classNames, layout: narrow.layout,
      shards: narrow.shards.map { Shard(index: $0.index, features: narrow.features(of: $0), labels: $0.labels) },
      sampleCounts: narrow.sampleCounts)
    let (one, other) = (
      try train(on: narrow, hidden: hidden, accumulation: accumulation),
      try train(on: wide, hidden: hidden, accumulation: accumulation)
    )
    #expect(one.parameters == other.parameters && one.losses == other.losses && one.confusion == other.confusion)
    #expect(one.losses.reduce(0) { $0 + $1.count } == 75)

    // And is judged alike.
    let networks = [narrow, wide].map { data in
      let shape = ModelShape(featureCount: data.featureCount, hidden: hidden, classCount: 3, activation: .tanh)
      let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: Evaluator.batchSize)
      network.layout.initialize(network.parameters, seed: 1)
      return network
    }
    let evaluations = try zip([narrow, wide], networks).map { data, network in
      var model = JudgedModel(network)
      return try Evaluator(.defaults, classCounts: []).evaluate(
        &model, on: data, classWeights: .fixed([1, 2, 3]), over: SingleProcessCommunicator())
    }
    #expect(evaluations[0] != nil && evaluations[0] == evaluations[1])
    let temperatures = try zip([narrow, wide], networks).map { data, network in
      try TemperatureFit(weights: [1, 2, 3], mostBytesKept: 0).find(
        JudgedModel(network), on: data, over: SingleProcessCommunicator())
    }
    #expect(temperatures[0].temperature != nil && temperatures[0] == temperatures[1])
  }
}
