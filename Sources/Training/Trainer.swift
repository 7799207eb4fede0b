public import Collectives
public import Datasets
internal import Kernels
internal import Metrics
public import Models
internal import Tensors

/// A run: epochs of steps, with an evaluation after each.
public struct Trainer<C: Communicator> {
  private let communicator: C
  private let training: Dataset
  private let validation: Dataset?
  private let classWeights: [Double]?
  private let options: RunOptions
  private let plan: BatchPlan
  private let evaluator: Evaluator
  private var step: TrainingStep<C>
  private var timing = TrainingTime()

  /// - Parameters:
  ///   - network: With its first parameters.
  ///   - classWeights: Nil where they follow each batch.
  /// - Throws: `TrainingError` where the options do not fit the data, on all ranks.
  public init(
    _ network: FeedForwardNetwork, training: Dataset, validation: Dataset?, classWeights: [Double]?,
    options: RunOptions, over communicator: C
  ) throws(TrainingError) {
    self.communicator = communicator
    self.training = training
    self.validation = validation
    self.classWeights = classWeights
    self.options = options
    evaluator = Evaluator(options.step)
    plan = try BatchPlan(
      sampleCounts: training.sampleCounts, batchSize: options.batchSize, accumulation: options.accumulation,
      layout: training.layout)
    let totalSteps = min(options.epochs * plan.stepsPerEpoch, options.maxSteps ?? .max)
    step = TrainingStep(
      network, optimizer: Optimizer(options.optimizer, parameterCount: network.layout.paddedCount),
      dataset: training, classWeights: classWeights, plan: plan,
      schedule: LearningRateSchedule(
        shape: options.schedule, peak: options.learningRate, warmupSteps: options.warmupSteps,
        totalSteps: totalSteps),
      options: options.step, over: communicator)
  }

  /// The most samples that one pass of the network will hold.
  public static func largestPass(batchSize: Int, layout: ShardLayout) -> Int {
    max(Evaluator.batchSize, (batchSize + layout.shardCount - 1) / layout.shardCount)
  }

  /// Trains to the end, or until a stop is requested. Collective.
  ///
  /// - Parameters:
  ///   - stopRequested: Asked before every step.
  ///   - epochEnded: Called on every rank, with the same report but for its timing.
  public mutating func run(
    stopRequested: () -> Bool = { StopRequest.isRequested }, epochEnded: (EpochReport) throws -> Void
  ) throws -> RunResult {
    var outcome = RunResult.Outcome.completed
    for epoch in 0..<options.epochs where outcome == .completed && !reachedMaxSteps {
      let (report, stopped) = try runEpoch(epoch, stopRequested)
      try epochEnded(report)
      if stopped { outcome = .stoppedOnRequest }
    }
    return RunResult(
      outcome: outcome, parameters: step.network.parameters.prefix(step.network.layout.count).array,
      steps: step.stepCount, samplesPerSecond: timing.samplesPerSecond,
      training: try evaluate(training), validation: try validation.map { try evaluate($0) })
  }

  private var reachedMaxSteps: Bool { step.stepCount >= options.maxSteps ?? .max }

  private mutating func runEpoch(
    _ epoch: Int, _ stopRequested: () -> Bool
  ) throws -> (report: EpochReport, stopped: Bool) {
    var epochTiming = TrainingTime()
    var sums = LossSums()
    var stopped = false
    let start = ContinuousClock.now
    step.beginEpoch(epoch)
    for stepInEpoch in 0..<plan.stepsPerEpoch where !stopped && !reachedMaxSteps {
      let result = try step(stepInEpoch, stopRequested: stopRequested())
      sums += result.loss
      stopped = result.stopRequested
    }
    let counts = try communicator.sum(step.confusion.counts)
    let confusion = ConfusionMatrix(classCount: training.classCount, counts: counts)
    epochTiming.add(samples: confusion.sampleCount, duration: ContinuousClock.now - start)
    timing.add(epochTiming)
    let report = EpochReport(
      epoch: epoch + 1, epochs: options.epochs, step: step.stepCount,
      training: Evaluation(sums, confusion: confusion, normalization: options.step.normalization),
      validation: try validation.map { try evaluate($0) }, samplesPerSecond: epochTiming.samplesPerSecond)
    return (report, stopped)
  }

  private func evaluate(_ dataset: Dataset) throws(CollectiveError) -> Evaluation {
    var network = step.network
    return try evaluator.evaluate(&network, on: dataset, classWeights: classWeights, over: communicator)
  }
}

/// What a run needs to know of the configuration.
public struct RunOptions: Equatable, Sendable {
  public var step = StepOptions()
  public var optimizer = OptimizerConfiguration()
  public var epochs = 10
  /// The run ends after this many steps, in the middle of an epoch if need be.
  public var maxSteps: Int?
  /// B
  public var batchSize = 32
  /// Batches per step.
  public var accumulation = 1
  public var learningRate = 1e-3
  public var schedule = LearningRateSchedule.Shape.constant
  public var warmupSteps = 0

  public init() {}
}

/// An epoch that has ended.
public struct EpochReport: Sendable {
  /// From 1.
  public let epoch: Int
  public let epochs: Int
  /// Steps since the beginning of the run.
  public let step: Int
  /// Over the epoch's batches, each by the model as it was at its step.
  public let training: Evaluation
  /// By the model at the end of the epoch.
  public let validation: Evaluation?
  /// Of this epoch's steps, without evaluation.
  public let samplesPerSecond: Double
}

/// A run that has ended.
public struct RunResult: Sendable {
  public enum Outcome: String, Sendable {
    case completed
    case stoppedOnRequest = "stopped on request"
  }

  public let outcome: Outcome
  /// In the order of `ParameterLayout`.
  public let parameters: [Float]
  public let steps: Int
  /// Of the training steps alone.
  public let samplesPerSecond: Double
  /// By the final model.
  public let training: Evaluation
  public let validation: Evaluation?
}

/// How long training took, and for how many samples.
private struct TrainingTime {
  private var samples = 0
  private var duration = Duration.zero

  mutating func add(samples: Int, duration: Duration) {
    self.samples += samples
    self.duration += duration
  }

  mutating func add(_ other: TrainingTime) {
    add(samples: other.samples, duration: other.duration)
  }

  var samplesPerSecond: Double {
    duration > .zero ? Double(samples) / (duration / .seconds(1)) : 0
  }
}
