import Checkpoints
import ClassWeighting
import Collectives
import Configuration
import Datasets
import Kernels
import Models
import RandomStreams
import Tensors
import TestSupport
import Training

/// A small MLP with dropout on made-up data, with validation: everything of a run but its files.
struct SmallRun {
  var epochs = 3
  var optimizer = OptimizerOptions.Kind.adam
  var accumulation = 1
  var hidden = [5]
  var perBatchWeights = false
  var sampler = StepOptions.Sampler.shuffle
  var maxSteps: Int?
  var learningRate = 0.01
  var keepModel = StoppingOptions.KeptModel.last
  var earlyStopping: ModelMetric?
  var patience = 10
  var logLossPenalty = 0.0
  /// Epochs of the last layer alone.
  var retrained = 0
  var batchSize = 12
  var weightDecay = 0.0
  /// Of sgd.
  var momentum = 0.9
  var schedule = OptimizerOptions.Schedule.constant
  /// Changes one feature.
  var spoilsData = false

  static let shardCount = 6

  var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration.defaults
    configuration.data = "made up"
    configuration.input.missing = MissingTexts(argument: "")
    configuration.model.model = hidden.isEmpty ? .linear : .mlp
    configuration.model.hidden = NumberList(hidden)
    configuration.model.dropout = hidden.isEmpty || optimizer == .lbfgs ? 0 : 0.3
    configuration.loss.classWeights = perBatchWeights ? "per-batch" : "balanced"
    configuration.steps.epochs = epochs
    configuration.steps.sampler = sampler
    configuration.stopping.keepModel = keepModel
    configuration.stopping.earlyStopping = earlyStopping
    configuration.stopping.patience = patience
    configuration.stopping.logLossPenalty = logLossPenalty
    configuration.steps.maxSteps = maxSteps
    configuration.steps.batchSize = batchSize
    configuration.steps.retrainClassifier = retrained
    configuration.optimizer.weightDecay = weightDecay
    configuration.optimizer.schedule = schedule
    configuration.steps.accumulate = accumulation
    configuration.optimizer.optimizer = optimizer
    configuration.optimizer.learningRate = learningRate
    configuration.optimizer.momentum = optimizer == .sgd ? momentum : 0
    configuration.optimizer.warmupSteps = 3
    configuration.computation.seed = 5
    return configuration.resolved(shardCount: Self.shardCount)
  }

  func dataset(samples: Int, first: Int, over communicator: some Communicator) throws -> Dataset {
    let layout = try ShardLayout(shardCount: Self.shardCount, rankCount: communicator.size)
    let shards = layout.shards(ofRank: communicator.rank).map { index in
      let rows = layout.range(ofShard: index, in: samples)
      let features = Matrix(zeros: rows.count, 4)
      for (row, sample) in rows.enumerated() {
        var random = RandomStream(seed: 9, purpose: .syntheticFeatures, index: first + sample)
        for column in 0..<4 { features[row, column] = Float(random.normal()) }
        if spoilsData, sample == 17 { features[row, 2] += 1e-3 }
      }
      return Shard(index: index, features: .dense(features), labels: rows.map { Int32($0 % 7 == 0 ? 1 : 0) })
    }
    return Dataset(
      name: "made up", featureNames: (0..<4).map { "x\($0)" }, classNames: ["a", "b"], layout: layout,
      shards: shards, sampleCounts: (0..<Self.shardCount).map { layout.range(ofShard: $0, in: samples).count })
  }

  func trainer<C: Communicator>(over communicator: C) throws -> (Trainer<C>, ParameterLayout, DataFingerprint) {
    let training = try dataset(samples: 61, first: 0, over: communicator)
    let validation = try dataset(samples: 20, first: 100, over: communicator)
    let configuration = configuration
    let shape = ModelShape(featureCount: 4, hidden: hidden, classCount: 2, activation: .relu)
    let plan =
      configuration.optimizer.takesFullBatches
      ? BatchPlan(wholeEpochsOf: training.sampleCounts)
      : BatchPlan(
        sampleCounts: training.sampleCounts, batchSize: configuration.steps.batchSize, accumulation: accumulation,
        mostDraws: sampler == .shuffle ? nil : 1000)
    let classifierPlan =
      retrained == 0
      ? nil
      : BatchPlan(
        sampleCounts: training.sampleCounts, batchSize: configuration.steps.batchSize, accumulation: accumulation,
        mostDraws: 1000)
    let network = FeedForwardNetwork(
      shape, dropout: Dropout(rate: configuration.model.dropout), largestBatch: max(Evaluator.batchSize, 64))
    network.layout.initialize(network.parameters, seed: configuration.computation.seed)
    let trainer = try Trainer(
      network, training: training, validation: validation,
      classWeights: perBatchWeights ? .perBatch(InverseFrequency()) : .fixed([0.6, 3]),
      classCounts: try training.classCounts(over: communicator), plan: plan, classifierPlan: classifierPlan,
      configuration: configuration, over: communicator)
    return (
      trainer, network.layout,
      try DataFingerprint(training: training, validation: validation, over: communicator)
    )
  }

  /// The model's file as a checkpoint takes it.
  func model(_ parameters: Vector, _ layout: ParameterLayout) throws -> Safetensors {
    try ModelFile(
      shape: ModelShape(featureCount: 4, hidden: hidden, classCount: 2, activation: .relu),
      featureNames: ["x0", "x1", "x2", "x3"], classNames: ["a", "b"], classWeights: [],
      loss: ["note": "a \"checksum\":\"text\" that looks like the key"], columns: [],
      members: [parameters.prefix(layout.count)]
    ).safetensors()
  }
}

/// Asks for a stop after so many wishes, and keeps what there is to save.
final class StoppingObserver: TrainingObserver {
  private let wishesBeforeStop: Int
  private let save: (TrainingState, CheckpointOccasion) throws -> Void
  private var wishes = 0
  var reports: [EpochReport] = []

  init(
    stoppingAfter wishes: Int = .max, save: @escaping (TrainingState, CheckpointOccasion) throws -> Void = { _, _ in }
  ) {
    wishesBeforeStop = wishes
    self.save = save
  }

  var wish: Wish {
    wishes += 1
    return wishes > wishesBeforeStop ? .stop : .goOn
  }

  func reportFailure() throws {}
  func stepSkipped(_ error: TrainingError, count: Int) throws {}
  func evaluationNotFinite(_ error: TrainingError) throws {}
  func epochEnded(_ report: EpochReport) throws { reports.append(report) }
  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws { try save(state, occasion) }
}
