internal import ClassWeighting
internal import Collectives
internal import Datasets
internal import Kernels
internal import Models
internal import Training

/// Trains a small network for some steps on all ranks together, and once more by each rank alone: the parameters must
/// be the same to the last bit.
struct SelfCheck {
  static let steps = 25
  private let shardCount: Int

  init(over communicator: some Communicator) {
    shardCount = max(8, communicator.size)
  }

  /// Whether all ranks found so. Collective.
  func passes(over communicator: some Communicator) throws -> Bool {
    let together = try checksumAfterTraining(over: communicator)
    let alone = try checksumAfterTraining(over: SingleProcessCommunicator())
    return try communicator.sum(together == alone ? 0 : 1) == 0
  }

  private func checksumAfterTraining(over communicator: some Communicator) throws -> UInt64 {
    let layout = try ShardLayout(shardCount: shardCount, rankCount: communicator.size)
    let raw = try SyntheticReader(SyntheticData("samples=\(97 * shardCount),classes=4")).read(
      layout: layout, over: communicator)
    let table = try Table(raw, ignoring: nil, layout: layout, over: communicator)
    let encoding = try FeatureEncoding(
      learningFrom: table, standardizing: false, mostOneHot: 2, over: communicator)
    let dataset = encoding.apply(to: table)
    let plan = BatchPlan(sampleCounts: dataset.sampleCounts, batchSize: 5 * shardCount + 3, accumulation: 1)
    let network = FeedForwardNetwork(
      ModelShape(featureCount: dataset.featureCount, hidden: [33], classCount: 4, activation: .relu),
      dropout: Dropout(rate: 0.2), largestBatch: max(plan.largestPass(of: dataset), 1))
    network.layout.initialize(network.parameters, seed: 1)
    var step = TrainingStep(
      network, optimizer: Optimizer(OptimizerConfiguration(), parameterCount: network.layout.paddedCount),
      dataset: dataset, classWeights: .fixed([0.3, 4, 4, 4]), plan: plan,
      schedule: LearningRateSchedule(shape: .constant, peak: 0.01, warmupSteps: 0, totalSteps: Self.steps),
      options: StepOptions(), over: communicator)
    for number in 0..<Self.steps {
      if number % plan.stepsPerEpoch == 0 { step.beginEpoch(number / plan.stepsPerEpoch) }
      _ = try step(number % plan.stepsPerEpoch)
    }
    return checksum(of: step.network.parameters)
  }
}
