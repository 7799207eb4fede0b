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
    let data = try dataset(isSparse: isSparse)
    let plan = BatchPlan(sampleCounts: data.sampleCounts, batchSize: 12, accumulation: accumulation)
    let network = FeedForwardNetwork(
      ModelShape(featureCount: 5, hidden: hidden, classCount: 3, activation: .tanh), dropout: Dropout(rate: 0.2),
      largestBatch: 32)
    network.layout.initialize(network.parameters, seed: 1)
    var configuration = TrainingConfiguration.defaults
    configuration.optimizer.learningRate = 0.1
    var step = TrainingStep(
      network, dataset: data, classWeights: .perBatch(InverseFrequency(maxWeight: 0.4)), plan: plan,
      configuration: configuration, totalSteps: 20, over: SingleProcessCommunicator())
    var losses: [LossSums] = []
    step.beginEpoch(1)
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
}
