public import Collectives
public import Datasets
internal import Kernels
internal import Metrics
public import Models
public import Tensors

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
  ///   - plan: Of the training data.
  /// - Throws: `TrainingError` where the run would be too long, on all ranks.
  public init(
    _ network: FeedForwardNetwork, training: Dataset, validation: Dataset?, classWeights: [Double]?,
    plan: BatchPlan, options: RunOptions, over communicator: C
  ) throws(TrainingError) {
    self.communicator = communicator
    self.training = training
    self.validation = validation
    self.classWeights = classWeights
    self.options = options
    evaluator = Evaluator(options.step)
    self.plan = plan
    // Streams of random numbers are told apart by 32 bits of the batch's number.
    let mostSteps = min(
      Double(options.epochs) * Double(plan.stepsPerEpoch), options.maxSteps.map(Double.init) ?? .infinity)
    guard mostSteps * Double(plan.accumulation) <= Double(UInt32.max) else {
      throw .tooManySteps(steps: mostSteps * Double(plan.accumulation))
    }
    let totalSteps = Int(mostSteps)
    step = TrainingStep(
      network, optimizer: Optimizer(options.optimizer, parameterCount: network.layout.paddedCount),
      dataset: training, classWeights: classWeights, plan: plan,
      schedule: LearningRateSchedule(
        shape: options.schedule, peak: options.learningRate, warmupSteps: options.warmupSteps,
        totalSteps: totalSteps),
      options: options.step, over: communicator)
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
      outcome: outcome, parameters: step.network.parameters.prefix(step.network.layout.count),
      steps: step.stepCount, samplesPerSecond: timing.samplesPerSecond)
  }

  /// Evaluates the model as it stands on both parts of the data. Collective.
  public func evaluate() throws -> FinalEvaluation {
    FinalEvaluation(
      training: try evaluate(training, "training loss"),
      validation: try validation.map { try evaluate($0, "validation loss") })
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
    try checkParameters()
    let report = EpochReport(
      epoch: epoch + 1, epochs: options.epochs, step: step.stepCount,
      training: Evaluation(sums, confusion: confusion, normalization: options.step.normalization),
      // A stop is urgent: what was asked for is to end.
      validation: stopped ? nil : try validation.map { try evaluate($0, "validation loss") },
      samplesPerSecond: epochTiming.samplesPerSecond)
    return (report, stopped)
  }

  private func evaluate(_ dataset: Dataset, _ what: String) throws -> Evaluation {
    var network = step.network
    let evaluation = try evaluator.evaluate(&network, on: dataset, classWeights: classWeights, over: communicator)
    guard evaluation.isFinite else {
      try communicator.fail(with: TrainingError.notFinite(what: what, step: step.stepCount))
    }
    return evaluation
  }

  /// Every rank has taken the same steps, so all have the same finite parameters; unless a rank
  /// computes differently (another C library, another kind of processor, bad memory).
  private func checkParameters() throws {
    let parameters = step.network.parameters
    try communicator.requireSame(
      String(checksum(of: parameters)),
      "the parameters after step \(step.stepCount) (is its program or C library another one?)")
    guard sumOfSquares(parameters).isFinite else {
      try communicator.fail(with: TrainingError.notFinite(what: "model", step: step.stepCount))
    }
  }
}

/// What a run needs to know of the configuration.
public struct RunOptions: Equatable, Sendable {
  public var step = StepOptions()
  public var optimizer = OptimizerConfiguration()
  public var epochs = 10
  /// The run ends after this many steps, in the middle of an epoch if need be.
  public var maxSteps: Int?
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
public struct RunResult {
  public enum Outcome: String, Sendable {
    case completed
    case stoppedOnRequest = "stopped on request"
  }

  public let outcome: Outcome
  /// In the order of `ParameterLayout`.
  public let parameters: Vector
  public let steps: Int
  /// Of the training steps alone.
  public let samplesPerSecond: Double
}

/// What the final model does on both parts of the data.
public struct FinalEvaluation: Sendable {
  public let training: Evaluation
  public let validation: Evaluation?

  /// What a model is judged by: the validation part where there is one.
  public var decisive: (split: String, evaluation: Evaluation) {
    if let validation { ("validation", validation) } else { ("training", training) }
  }
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
