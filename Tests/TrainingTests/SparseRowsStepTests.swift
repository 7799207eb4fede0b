import ClassWeighting
import Collectives
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Tensors
import TestSupport
import Testing
import Training

/// Steps on sparse rows that move what their samples have, and nothing else.
@Suite struct SparseRowsStepTests {
  private static let (sampleCount, featureCount, classCount) = (90, 40, 3)

  /// A run's settings.
  private struct Settings {
    var optimizer = OptimizerOptions.Kind.sparseAdam
    var hidden: [Int] = []
    var accumulation = 1
    var batchSize = 6
    var clipNorm: Double?
    var weightDecay = 0.0
    var byFeature = true
    /// Whether samples have all features and not some of them.
    var isFull = false
  }

  /// The entries of a sample: of features 0, 3, 6, … alone, where it has not all of them.
  private static func entries(_ sample: Int, isFull: Bool) -> [(feature: Int, value: Float)] {
    let features = isFull ? Array(0..<featureCount) : Array(Set((0..<2).map { (sample * sample + $0 * 7) % 13 * 3 }))
    return features.sorted().map { ($0, Float((sample * 31 + $0 * 17) % 23) / 5 - 1.9) }
  }

  private static func label(_ sample: Int) -> Int32 { Int32(sample * 5 % classCount) }

  private static func dataset(_ layout: ShardLayout, rank: Int, isFull: Bool) -> Dataset {
    let shards = (0..<layout.shardCount).map { shard in
      let samples = layout.range(ofShard: shard, in: sampleCount)
      var (starts, columns, values): ([Int], [Int32], [Float]) = ([0], [], [])
      for sample in samples {
        let entries = entries(sample, isFull: isFull)
        columns += entries.map { Int32($0.feature) }
        values += entries.map(\.value)
        starts.append(values.count)
      }
      let rows = SparseMatrix(columns: featureCount, starts: starts, entryColumns: columns, values: values)
      return Shard(index: shard, features: .sparse(rows), labels: samples.map { label($0) })
    }
    return Dataset(
      name: "test", featureNames: (0..<featureCount).map(String.init), classNames: ["x", "y", "z"], layout: layout,
      shards: Array(shards[layout.shards(ofRank: rank)]), sampleCounts: shards.map(\.sampleCount))
  }

  /// Where two epochs lead to.
  private struct State: Equatable {
    /// Of the tensors, in the order of files.
    var parameters: [UInt32]
    /// Parameters and the optimizer's memory, as they lie in the layout.
    var all: [UInt32]
  }

  private static func states(ranks: Int = 1, _ settings: Settings) throws -> [State] {
    try onThreads(ranks: ranks) { communicator in
      let layout = try ShardLayout(shardCount: 8, rankCount: ranks)
      let data = dataset(layout, rank: communicator.rank, isFull: settings.isFull)
      let shape = ModelShape(
        featureCount: featureCount, hidden: settings.hidden, classCount: classCount, activation: .relu,
        firstLayerIsTable: settings.byFeature)
      let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0.2), largestBatch: 256)
      network.layout.initialize(network.parameters, seed: 4)
      var configuration = TrainingConfiguration.defaults
      configuration.optimizer.optimizer = settings.optimizer
      configuration.optimizer.clipNorm = settings.clipNorm
      configuration.optimizer.weightDecay = settings.weightDecay
      configuration.optimizer.learningRate = 0.05
      let plan = BatchPlan(
        sampleCounts: data.sampleCounts, batchSize: settings.batchSize, accumulation: settings.accumulation)
      var step = TrainingStep(
        network, dataset: data, classWeights: .fixed([0.5, 1, 3]), classCounts: [], plan: plan,
        configuration: configuration, totalSteps: 100, over: communicator)
      for epoch in 0..<2 {
        try step.beginEpoch(epoch)
        for number in 0..<plan.stepsPerEpoch { _ = try step(number) }
      }
      let parameters = step.network.parameters
      return State(
        parameters: network.layout.tensors(ofMembers: [parameters]).flatMap { $0.values.array.map(\.bitPattern) },
        all: (parameters.array + step.optimizer.memory.flatMap(\.values.array)).map(\.bitPattern))
    }
  }

  @Test(arguments: [OptimizerOptions.Kind.sparseAdam, .sgd], [[], [18]])
  func `parameters and moments have the same bits at every number of ranks`(
    optimizer: OptimizerOptions.Kind, hidden: [Int]
  ) throws {
    for accumulation in [1, 3] {
      let settings = Settings(optimizer: optimizer, hidden: hidden, accumulation: accumulation, clipNorm: 0.5)
      let alone = try Self.states(settings)[0]
      for ranks in [2, 3, 5, 8] {
        for found in try Self.states(ranks: ranks, settings) { #expect(found == alone, "\(ranks) ranks") }
      }
    }
  }

  @Test(arguments: [[], [18]])
  func `gradient descent comes to the bits of one that moves everything`(hidden: [Int]) throws {
    for accumulation in [1, 3] {
      var settings = Settings(optimizer: .sgd, hidden: hidden, accumulation: accumulation)
      let byFeature = try Self.states(settings)[0]
      settings.byFeature = false
      #expect(byFeature.parameters == (try Self.states(settings)[0].parameters))
    }
  }

  @Test func `where samples have all features it is Adam`() throws {
    var settings = Settings(hidden: [18], isFull: true)
    let sparse = try Self.states(settings)[0]
    (settings.optimizer, settings.byFeature) = (.adam, false)
    #expect(sparse.parameters == (try Self.states(settings)[0].parameters))
    settings.isFull = false
    let adam = try Self.states(settings)[0]
    (settings.optimizer, settings.byFeature) = (.sparseAdam, true)
    #expect(adam.parameters != (try Self.states(settings)[0].parameters), "and nowhere else")
  }

  /// SparseAdam in Double, of the linear model.
  private struct Reference {
    var weight: [[Double]]
    var bias: [Double]
    private var moments: [[(m: Double, v: Double)]]
    private var momentsOfBias: [(m: Double, v: Double)]
    private var steps = 0.0

    init(weight: [[Double]], bias: [Double]) {
      (self.weight, self.bias) = (weight, bias)
      moments = weight.map { $0.map { _ in (0, 0) } }
      momentsOfBias = bias.map { _ in (0, 0) }
    }

    mutating func step(_ samples: [Int], classWeights: [Double], rate: Double, decay: Double) {
      var (gradient, ofBias) = ([Int: [Double]](), bias.map { _ in 0.0 })
      let total = samples.reduce(0) { $0 + classWeights[Int(label($1))] }
      for sample in samples {
        let entries = entries(sample, isFull: false)
        let logits = bias.indices.map { c in
          entries.reduce(bias[c]) { $0 + weight[c][$1.feature] * Double($1.value) }
        }
        let sum = logits.reduce(0) { $0 + exp($1) }
        let actual = Int(label(sample))
        for c in bias.indices {
          let dz = classWeights[actual] * (exp(logits[c]) / sum - (c == actual ? 1 : 0)) / total
          ofBias[c] += dz
          for entry in entries {
            gradient[entry.feature, default: bias.map { _ in 0 }][c] += dz * Double(entry.value)
          }
        }
      }
      steps += 1
      func move(_ parameter: inout Double, _ moment: inout (m: Double, v: Double), _ g: Double) {
        moment = (0.9 * moment.m + 0.1 * g, 0.999 * moment.v + 0.001 * g * g)
        parameter *= 1 - rate * decay
        parameter -=
          rate / (1 - pow(0.9, steps)) * moment.m / ((moment.v / (1 - pow(0.999, steps))).squareRoot() + 1e-8)
      }
      for c in bias.indices { move(&bias[c], &momentsOfBias[c], ofBias[c]) }
      for (feature, g) in gradient {
        for c in bias.indices { move(&weight[c][feature], &moments[c][feature], g[c]) }
      }
    }
  }

  /// The samples of each step, in batches of 6.
  private static func samplesOfSteps(epochs: Int) throws -> [[Int]] {
    let layout = try ShardLayout(shardCount: 8, rankCount: 1)
    let ranges = (0..<8).map { layout.range(ofShard: $0, in: sampleCount) }
    let plan = BatchPlan(sampleCounts: ranges.map(\.count), batchSize: 6, accumulation: 1)
    let configuration = TrainingConfiguration.defaults
    return (0..<epochs).flatMap { epoch in
      let orders = ranges.enumerated().map { shard, range in
        var order: [UInt32] = []
        configuration.steps.sampling.order(
          &order, sampleCount: range.count, ofShard: shard, epoch: epoch, seed: configuration.computation.seed)
        return order
      }
      var places = BatchPlaces(plan, shards: 0..<8)
      return (0..<plan.stepsPerEpoch).map { step in
        places.prepare(step: step)
        return ranges.indices.flatMap { shard in
          places(ofShard: shard, batch: step).map { ranges[shard].lowerBound + Int(orders[shard][$0]) }
        }
      }
    }
  }

  @Test(arguments: [0, 0.3])
  func `it is SparseAdam in Double, decay included, and what no sample has stays where it was`(decay: Double) throws {
    let shape = ModelShape(
      featureCount: Self.featureCount, hidden: [], classCount: Self.classCount, activation: .relu)
    let first = Vector(zeros: ParameterLayout(shape).paddedCount)
    ParameterLayout(shape).initialize(first, seed: 4)
    let count = Self.featureCount * Self.classCount
    var reference = Reference(
      weight: (0..<Self.classCount).map { c in
        (0..<Self.featureCount).map { Double(first[c * Self.featureCount + $0]) }
      }, bias: (0..<Self.classCount).map { Double(first[count + $0]) })
    let found = try Self.states(Settings(weightDecay: decay))[0].parameters.map { Float(bitPattern: $0) }
    for step in try Self.samplesOfSteps(epochs: 2) {
      reference.step(step, classWeights: [0.5, 1, 3], rate: 0.05, decay: decay)
    }
    let met = Set((0..<Self.sampleCount).flatMap { Self.entries($0, isFull: false).map(\.feature) })
    #expect(met.count > 5 && met.count < Self.featureCount)
    for c in 0..<Self.classCount {
      for feature in 0..<Self.featureCount {
        let value = found[c * Self.featureCount + feature]
        #expect(abs(Double(value) - reference.weight[c][feature]) < 2e-5, "[\(c), \(feature)]")
        let stays = value == first[c * Self.featureCount + feature]
        #expect(stays == !met.contains(feature), "feature \(feature)")
      }
      #expect(abs(Double(found[count + c]) - reference.bias[c]) < 2e-5)
    }
  }
}
