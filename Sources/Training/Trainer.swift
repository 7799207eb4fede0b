public import ClassWeighting
public import Collectives
public import Configuration
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
  /// Of all layers together.
  private let epochs: Int
  /// The stage after them, where the last layer is trained again; nil where there is none.
  private let classifier: ClassifierStage?
  private let seed: UInt64
  private let maxSteps: Int?
  private let checkpointEvery: Int?
  private let normalization: LossOptions.Normalization
  /// Whether a sampler repeats samples or leaves some out.
  private let drawsOnce: Bool
  private let selection: EpochSelection
  private let step: any RunStep
  private var timing = TrainingTime()
  private var progress = TrainingProgress()
  /// The epoch that --max-steps has cut, where it is better than all whole ones. It is not part of the state: with more
  /// steps it would not have been judged there.
  private var cutBest: BestEpoch?
  /// A step after which the observer is to see the state, beside those after which it is saved. The same on all ranks.
  public var watchedStep: Int?
  private var judge: ModelJudge<C>

  /// - Parameters:
  ///   - network: With its first parameters.
  ///   - classCounts: n_c, [C], training samples over all ranks.
  ///   - drawnCounts: The same of `training`, where that is only a part of those samples; for samplers that repeat
  ///     samples or leave some out.
  ///   - plan: Of the training data.
  ///   - classifierPlan: The same with the draws of the stage in which the last layer is trained again; nil where the
  ///     configuration has none.
  ///   - rateFactors: What the learning rate of each parameter is multiplied by; nil for 1. Without effect on L-BFGS, which
  ///     has none.
  /// - Throws: `TrainingError` where the run would be too long, on all ranks; `CollectiveError`.
  public init(
    _ network: FeedForwardNetwork, training: Dataset, validation: Dataset?, classWeights: TrainingWeights,
    classCounts: [Int], drawnCounts: [Int]? = nil, plan: BatchPlan, classifierPlan: BatchPlan? = nil,
    configuration: TrainingConfiguration, rateFactors: Vector? = nil, over communicator: C
  ) throws {
    self.communicator = communicator
    self.training = training
    self.validation = validation
    epochs = configuration.steps.epochs
    let classifier = classifierPlan.map {
      ClassifierStage(of: configuration, $0, drawnCounts: drawnCounts ?? classCounts)
    }
    precondition(
      classifier?.epochs ?? 0 == configuration.steps.retrainClassifier, "a plan for another stage than there is")
    precondition(classifier == nil || !network.shape.hidden.isEmpty, "a last layer that is all there is")
    self.classifier = classifier
    seed = configuration.computation.seed
    maxSteps = configuration.steps.maxSteps
    checkpointEvery = configuration.saving.checkpointEvery
    normalization = configuration.loss.lossNormalization
    judge = ModelJudge(configuration, classWeights: classWeights, classCounts: classCounts, over: communicator)
    selection = EpochSelection(
      configuration.stopping, hasValidation: validation != nil, isFold: configuration.model.holdsOutFolds,
      parameterCount: network.layout.count)
    let sampling = configuration.steps.sampling
    drawsOnce = sampling.drawsOnce
    // Of a sampler: as many as it draws in the mean, and no epoch is known to have more than that by ten standard
    // deviations, each sample adding 1/4 to their square at most.
    let draws = sampling.drawsOnce ? nil : sampling.expectedDraws(forCounts: drawnCounts ?? classCounts)
    let stepsPerEpoch = draws.map { plan.steps(ofDraws: $0) } ?? Double(plan.stepsPerEpoch)
    let mostPerEpoch =
      draws.map { plan.steps(ofDraws: $0 + 5 * Double(plan.sampleCount).squareRoot()) } ?? stepsPerEpoch
    func steps(_ perEpoch: Double) -> Double {
      min(Double(configuration.steps.epochs) * perEpoch, configuration.steps.maxSteps.map(Double.init) ?? .infinity)
    }
    // Streams of random numbers are told apart by 32 bits of the batch's number.
    let ofClassifier = classifier.map { Double($0.epochs) * $0.mostStepsPerEpoch } ?? 0
    let mostBatches = (steps(mostPerEpoch) + ofClassifier) * Double(plan.accumulation)
    guard mostBatches <= Double(UInt32.max) else { throw TrainingError.tooManySteps(steps: mostBatches) }
    guard !configuration.optimizer.takesFullBatches else {
      precondition(plan.stepsPerEpoch <= 1, "\(plan.stepsPerEpoch) steps of full batches in an epoch")
      step = FullBatchStep(
        network, dataset: training, classWeights: classWeights, classCounts: classCounts,
        stepsPerEpoch: plan.stepsPerEpoch, configuration: configuration, over: communicator)
      return
    }
    step = BatchStep(
      TrainingStep(
        network, dataset: training, classWeights: classWeights, classCounts: classCounts,
        drawnCounts: drawnCounts, plan: plan, configuration: configuration, totalSteps: Int(steps(stepsPerEpoch)),
        rateFactors: rateFactors, over: communicator))
  }

  /// Goes on where an earlier run of the same data and configuration stood. Called on all ranks alike.
  ///
  /// - Parameter progress: Of the state that the vectors of `state` have been filled with.
  /// - Returns: Whether the epoch that was under way begins anew, since it was begun by an older program that had
  ///   another order of samples.
  @discardableResult
  public mutating func resume(from progress: TrainingProgress) -> Bool {
    self.progress = progress
    if let network = progress.network { beginClassifierStep(drawnBy: nil, afterSteps: network.steps) }
    step.resume(from: progress)
    return self.progress.followCurrentOrder()
  }

  /// Where an earlier run stood, as this one can go on from it: without its best epoch where that was found by another
  /// metric, is not to be compared with those to come, or where its parameters are needed and not there.
  ///
  /// - Parameters:
  ///   - holdsBest: Whether the vectors of `state` have been filled with the best epoch's, too.
  ///   - forgetsBest: Whether epochs to come are of another loss.
  public func adopting(
    _ progress: TrainingProgress, holdsBest: Bool, forgetsBest: Bool = false
  ) -> TrainingProgress {
    selection.adopting(progress, holdsParameters: holdsBest, forgetsBest: forgetsBest)
  }

  /// Trains to the end, or until a rank is asked to stop. At the end the parameters become those that are delivered,
  /// and there is no state any more to go on from. Collective.
  public mutating func run(observer: some TrainingObserver) throws -> RunResult {
    var end = EpochEnd.whole
    repeat {
      while end == .whole, progress.epoch < endOfStage, !selection.isExhausted(progress),
        progress.stepInEpoch > 0 || !(reachedMaxSteps || isAtOptimum)
      {
        end = try runEpoch(observer)
      }
    } while end == .whole && beginClassifier()
    if end == .whole { try observer.checkpoint(try state(), .end) }
    let progress = try state().progress
    return RunResult(
      outcome: end == .stopped ? .stoppedOnRequest : .completed,
      parameters: parameters,
      delivered: end == .stopped ? lastEpoch : deliver(), progress: progress,
      endedEarly: progress.epoch < endOfStage && selection.isExhausted(progress),
      samplesPerSecond: timing.samplesPerSecond, descent: step.report)
  }

  /// Epochs of the run at the end of the stage that is under way.
  private var endOfStage: Int { progress.network.map { $0.epochs + (classifier?.epochs ?? 0) } ?? epochs }

  /// The most epochs of the run: of the first stage, if that is under way, all that it may have.
  private var mostEpochs: Int { (progress.network?.epochs ?? epochs) + (classifier?.epochs ?? 0) }

  /// Nil in a run of one stage.
  private var stage: TrainingStage? {
    guard classifier != nil else { return nil }
    return progress.network == nil ? .network : .classifier
  }

  /// Goes over to the second stage, where there is one that has not begun: with the layers that the first one would have
  /// delivered, and a last layer that is drawn anew. What is looked for from here on is the best of its own epochs.
  ///
  /// It follows from where the first stage has ended, so that a run that goes on from there comes to the same.
  ///
  /// - Returns: Whether it has begun.
  private mutating func beginClassifier() -> Bool {
    guard classifier != nil, progress.network == nil else { return false }
    let network = NetworkStage(
      delivered: deliver(), epochs: progress.epoch, steps: step.stepCount,
      endedEarly: progress.epoch < epochs && selection.isExhausted(progress))
    progress.network = network
    (progress.best, progress.bestSoughtFrom) = (nil, progress.epoch)
    beginClassifierStep(drawnBy: seed, afterSteps: network.steps)
    return true
  }

  private mutating func beginClassifierStep(drawnBy seed: UInt64?, afterSteps start: Int) {
    guard let classifier else { preconditionFailure("a state of a stage that the run does not have") }
    step.beginClassifier(classifier, of: training, drawnBy: seed, afterSteps: start)
    judge = classifier.judge(hasReported: judge.hasReported, over: communicator)
  }

  /// That which the run stands in; one that --max-steps has cut counts as one.
  private var lastEpoch: DeliveredEpoch {
    DeliveredEpoch(epoch: progress.epoch + (progress.stepInEpoch > 0 ? 1 : 0), step: step.stepCount, best: nil)
  }

  /// Puts the best epoch's parameters in the place of the last one's, where they are kept.
  private func deliver() -> DeliveredEpoch {
    guard let parameters = selection.parameters, let best = cutBest ?? progress.best else { return lastEpoch }
    if cutBest == nil { step.network.parameters.prefix(parameters.count).copy(from: parameters) }
    return DeliveredEpoch(epoch: best.epoch, step: best.step, best: best)
  }

  /// Its parameters as they stand, without padding: a view.
  public var parameters: Vector { step.network.parameters.prefix(step.network.layout.count) }

  /// Whether an evaluation has given a loss that is not finite, and that was said.
  public var hasReportedEvaluation: Bool { judge.hasReported }

  /// The model as it stands.
  public var model: JudgedModel { JudgedModel(step.network) }

  /// Why the observer is to see the state after the step that was taken last; nil where it need not.
  private var occasionOfStep: CheckpointOccasion? {
    if let checkpointEvery, step.stepCount % checkpointEvery == 0 { return .step }
    return step.stepCount == watchedStep ? .watched : nil
  }

  private var reachedMaxSteps: Bool { step.stepCount >= maxSteps ?? .max }
  private var isAtOptimum: Bool { step.report?.ending != nil }

  private enum EpochEnd {
    case whole
    /// By --max-steps: with more of them, the epoch would go on.
    case cut
    case stopped
  }

  /// What remains of the epoch that is under way: steps, then the evaluation of the model at its end.
  private mutating func runEpoch(_ observer: some TrainingObserver) throws -> EpochEnd {
    let start = ContinuousClock.now
    try step.beginEpoch(progress.epoch)
    // What an earlier run has seen of the epoch is counted by one rank.
    if communicator.isRoot {
      for cell in progress.epochConfusion { step.confusion.add(cell.count, toCell: cell.index) }
    }
    var samples = 0
    var wish = Wish.goOn
    let stepsPerEpoch = step.stepsPerEpoch
    while progress.stepInEpoch < stepsPerEpoch, wish == .goOn, !reachedMaxSteps {
      let result = try step(progress.stepInEpoch, wish: { observer.wish })
      wish = result.wish
      if result.isUndone { break }
      progress.stepInEpoch += 1
      progress.epochLoss += result.loss
      samples += Int(result.loss.count) * result.evaluations
      if result.isSkipped, let error = step.reasonOfSkipping {
        progress.nonfiniteSteps += 1
        try observer.stepSkipped(error, count: progress.nonfiniteSteps)
      }
      if observer.wantsActivity {
        observer.goesOn(
          with: .epoch(epochProgress(TrainingTime(samples: samples, duration: ContinuousClock.now - start))))
      }
      if wish == .goOn, progress.stepInEpoch < stepsPerEpoch, let occasion = occasionOfStep {
        try checkParameters()
        try observer.checkpoint(try state(), occasion)
      }
    }
    if wish == .fail { try observer.reportFailure() }
    guard wish == .goOn else { return try stop(observer) }
    let confusion = try epochConfusion()
    let epochTiming = TrainingTime(samples: samples, duration: ContinuousClock.now - start)
    timing.add(epochTiming)
    try checkParameters()
    let isWhole = progress.stepInEpoch == stepsPerEpoch
    if !isWhole { try observer.checkpoint(try state(), .end) }

    var onValidation: Evaluation?
    if let validation {
      onValidation = try evaluate(validation, "validation", observer)
      if onValidation == nil { return try stop(observer) }
    }
    let onTraining = Evaluation(progress.epochLoss, confusion: confusion, normalization: normalization)
    let best = selection.best(
      onValidation ?? onTraining, training: onTraining, epoch: progress.epoch + 1, step: step.stepCount,
      before: progress.best)
    try observer.epochEnded(
      EpochReport(
        epoch: progress.epoch + 1, epochs: mostEpochs, step: step.stepCount, training: onTraining,
        validation: onValidation, metric: selection.metric, isBest: best != nil,
        samplesPerSecond: epochTiming.samplesPerSecond, learningRate: step.learningRate, descent: step.report,
        gradientNorm: step.gradientNorm, parameterNorm: sumOfSquares(parameters).squareRoot(),
        draws: drawsOnce && stage != .classifier
          ? nil : (0..<training.classCount).map { confusion.support(of: $0) },
        stage: stage, networkEpoch: progress.network?.delivered.epoch))
    guard isWhole else {
      cutBest = best
      return .cut
    }
    if let best {
      progress.best = best
      selection.keep(step.network.parameters)
    }
    beginNextEpoch()
    let occasion = best != nil ? .bestEpoch : occasionOfStep == .step ? .step : CheckpointOccasion.epoch
    try observer.checkpoint(try state(), occasion)
    return .whole
  }

  /// - Parameter timing: Of what this epoch has taken here.
  private func epochProgress(_ timing: TrainingTime) -> EpochProgress {
    let share = Double(progress.stepInEpoch) / Double(step.stepsPerEpoch)
    let ofEpochs = (Double(progress.epoch) + share) / Double(mostEpochs)
    let loss = normalization.divisor(of: progress.epochLoss).map { progress.epochLoss.weightedLoss / $0 }
    return EpochProgress(
      epoch: progress.epoch + 1, epochs: mostEpochs, share: share,
      shareOfRun: max(ofEpochs, maxSteps.map { Double(step.stepCount) / Double($0) } ?? 0),
      loss: loss, samplesPerSecond: timing.samplesPerSecond, stage: stage)
  }

  private mutating func beginNextEpoch() {
    progress.epoch += 1
    progress.beginEpochAnew()
    step.confusion.removeAll()
  }

  /// Saves where the run stands, to go on from there.
  private func stop(_ observer: some TrainingObserver) throws -> EpochEnd {
    try checkParameters()
    try observer.checkpoint(try state(), .stop)
    return .stopped
  }

  /// All that a later run needs to go on from here. Its vectors are those of the run itself. Collective.
  public func state() throws -> TrainingState {
    var progress = progress
    progress.step = step.stepCount
    progress.optimizerStep = step.optimizerStepCount
    progress.descent = step.descent
    try step.gatherMemory()
    progress.epochConfusion = try epochConfusion().counts.enumerated().compactMap { index, count in
      count == 0 ? nil : ConfusionCell(index: index, count: count)
    }
    return TrainingState(
      step.network.layout, parameters: step.network.parameters, optimizerMemory: step.memory,
      bestParameters: selection.parameters, progress: progress)
  }

  /// The epoch's samples so far, over all ranks. Collective.
  private func epochConfusion() throws(CollectiveError) -> ConfusionMatrix {
    ConfusionMatrix(classCount: training.classCount, counts: try communicator.sum(step.confusion.counts))
  }

  private mutating func evaluate(
    _ dataset: Dataset, _ part: String, _ observer: some TrainingObserver
  ) throws -> Evaluation? {
    var model = model
    return try judge.evaluate(&model, on: dataset, part, step: step.stepCount, observer: observer)
  }

  /// Every rank has taken the same steps, so all have the same finite parameters, and nothing else is ever saved; unless
  /// a rank computes differently (another C library, another kind of processor, bad memory). Of parameters that ranks
  /// move in slices the figures that they are moved by tell of the library.
  private func checkParameters() throws {
    let parameters = step.network.parameters
    // (One alone has nobody to differ from, and sums nothing up for it.)
    if communicator.size > 1 {
      try communicator.requireSame(
        ([checksum(of: parameters)] + step.figures.map(\.bitPattern)).map { String($0) }.joined(separator: " "),
        "the parameters after step \(step.stepCount) (is its program or C library another one?)")
    }
    try step.gatherMemory()
    let vectors = [("model", parameters)] + step.memory.map { ("optimizer's \($0.name)", $0.values) }
    for (name, values) in vectors where !areFinite(values) {
      try communicator.fail(
        with: TrainingError.notFinite(
          what: name, step: step.stepCount, isSkipping: step.skipsNonfinite))
    }
  }
}

/// How long training took, and for how many samples.
private struct TrainingTime {
  var samples = 0
  var duration = Duration.zero

  mutating func add(_ other: TrainingTime) {
    samples += other.samples
    duration += other.duration
  }

  var samplesPerSecond: Double {
    duration > .zero ? Double(samples) / (duration / .seconds(1)) : 0
  }
}
