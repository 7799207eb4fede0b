internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Kernels
internal import Metrics
internal import Models
internal import Tensors

/// A step of L-BFGS, what an epoch is with full batches: a direction from the gradients of earlier steps, and the search
/// along it for parameters that make f smaller by enough. Every rank takes the same step, from the same sums.
///
/// The loss and gradient at the end of a step are where the next one begins.
final class FullBatchStep<C: Communicator>: RunStep {
  private(set) var network: FeedForwardNetwork
  /// This rank's samples: class against prediction, at the end of the last step.
  var confusion: ConfusionMatrix
  private(set) var stepCount = 0
  let skipsNonfinite: Bool
  let stepsPerEpoch: Int

  private let communicator: C
  private var pass: FullBatchPass<C>
  private let loss: WeightedLoss
  private let objective: Objective
  private let tolerance: Double
  private var pairs: LimitedMemory
  private var progress = DescentProgress()
  /// What f is, in words.
  private let objectiveName: String
  /// ∇f
  private let gradient: Vector
  private let direction: Vector
  /// θ and ∇f at the beginning of the step.
  private let origin: Vector
  private let originGradient: Vector
  private var stepConfusion: ConfusionMatrix

  /// - Parameters:
  ///   - classWeights: Those that follow the batch follow the training part.
  ///   - classCounts: n_c, [C], training samples over all ranks.
  init(
    _ network: FeedForwardNetwork, dataset: Dataset, classWeights: TrainingWeights, classCounts: [Int],
    stepsPerEpoch: Int, configuration: TrainingConfiguration, over communicator: C
  ) {
    let classWeights = classWeights.weights { classCounts }
    let trainingLoss = configuration.loss.trainingLoss(classCounts: classCounts)
    self.network = network
    self.stepsPerEpoch = stepsPerEpoch
    self.communicator = communicator
    skipsNonfinite = configuration.steps.onNonfinite == .skip
    confusion = ConfusionMatrix(classCount: dataset.classCount)
    stepConfusion = confusion
    pass = FullBatchPass(of: dataset, for: network, over: communicator)
    loss = WeightedLoss(trainingLoss, classWeights: classWeights)
    objective = Objective(configuration, layout: network.layout)
    objectiveName =
      "\(trainingLoss) \(classWeights) \(configuration.loss.lossNormalization) "
      + "\(configuration.optimizer.weightDecay)"
    tolerance = configuration.optimizer.tolerance
    let count = network.layout.paddedCount
    pairs = LimitedMemory(parameterCount: count)
    (gradient, direction) = (Vector(zeros: count), Vector(zeros: count))
    (origin, originGradient) = (Vector(zeros: count), Vector(zeros: count))
  }

  /// What it remembers of earlier steps: vectors in the layout of the parameters, by name. Views.
  var memory: [(name: String, values: Vector)] { [("gradient", gradient)] + pairs.vectors }
  func gatherMemory() {}
  var figures: [Double] { [] }

  var optimizerStepCount: Int { stepCount }
  /// A loss that is no number is none to begin with, and along a line no step is left out.
  var reasonOfSkipping: TrainingError? { nil }

  /// The rest of that.
  var descent: DescentProgress? {
    var descent = progress
    (descent.pairs, descent.objective) = (pairs.added, objectiveName)
    return descent
  }

  var learningRate: Double? { nil }
  var gradientNorm: Double? { nil }

  var report: DescentReport? {
    let largest = Double(largestMagnitude(gradient))
    let isWithin = progress.value != nil && largest <= tolerance
    return DescentReport(
      evaluations: progress.evaluations, largestGradient: largest, tolerance: tolerance,
      ending: isWithin ? .tolerance : progress.isStuck ? .precision : nil)
  }

  /// Counts on from where an earlier run stood. The vectors of `memory` and the parameters have been filled in.
  func resume(from progress: TrainingProgress) {
    stepCount = progress.step
    self.progress = progress.descent ?? DescentProgress()
    pairs.resume(added: self.progress.pairs)
    if self.progress.objective != objectiveName { (self.progress.value, self.progress.isStuck) = (nil, false) }
  }

  func beginEpoch(_ epoch: Int) { confusion.removeAll() }

  func beginClassifier(_ stage: ClassifierStage, of dataset: Dataset, drawnBy seed: UInt64?, afterSteps start: Int) {
    preconditionFailure("a configuration with full batches has no such stage: it is refused")
  }

  /// - Parameter wish: This rank's, asked for many times.
  /// - Returns: What the training part is like at the end of the step. Where a rank wished to end, the step is undone, and
  ///   will be taken from its beginning.
  /// - Throws: `AgreedFailure` with `TrainingError.notFinite`; `CollectiveError`.
  func callAsFunction(_ stepInEpoch: Int, wish: () -> Wish) throws -> StepResult {
    var step = Step()
    origin.copy(from: network.parameters)
    if progress.value == nil {
      guard try evaluate(&step, wish) else { return undone(step, gradientToo: false) }
      guard step.value.isFinite else { try communicator.fail(with: notFinite(step)) }
      progress.value = step.value
      // What stands even if the step is undone is counted now.
      progress.evaluations += 1
      step.uncounted = 0
      if report?.ending == .tolerance { return done(step) }
    }
    let value = progress.value ?? step.value
    originGradient.copy(from: gradient)
    for usesPairs in pairs.isEmpty ? [false] : [true, false] {
      pairs.direction(against: originGradient, usingPairs: usesPairs, into: direction)
      let slope = dot(originGradient, direction)
      guard slope < 0, slope.isFinite else { continue }
      // Of a first step nothing but its direction is known.
      let firstStep = usesPairs ? 1 : min(1, 1 / (-slope).squareRoot())
      var search = LineSearch(value: value, slope: slope, firstStep: firstStep)
      while search.state == .looking {
        guard try evaluate(at: search.step, &step, wish) else { return undone(step) }
        search.learn(value: step.value, slope: dot(gradient, direction))
      }
      if search.state == .settled {
        guard try evaluate(at: search.step, &step, wish) else { return undone(step) }
      }
      guard search.state != .failed else { continue }
      if !usesPairs { pairs.removeAll() }
      pairs.add(
        from: origin, to: network.parameters, gradientBefore: originGradient, gradientAfter: gradient)
      return done(step)
    }
    network.parameters.copy(from: origin)
    guard try evaluate(&step, wish) else { return undone(step) }
    progress.isStuck = true
    return done(step)
  }

  /// What a step has come to so far.
  private struct Step {
    var sums = LossSums()
    /// f
    var value = Double.nan
    var wish = Wish.goOn
    var evaluations = 0
    /// Those that belong to the step alone.
    var uncounted = 0
  }

  /// - Returns: Whether all went on; else a rank wished to end.
  private func evaluate(at alpha: Double, _ step: inout Step, _ wish: () -> Wish) throws -> Bool {
    move(network.parameters, from: origin, by: alpha, along: direction)
    return try evaluate(&step, wish)
  }

  private func evaluate(_ step: inout Step, _ wish: () -> Wish) throws -> Bool {
    let sums = try pass(&network, loss, counting: &stepConfusion, wish: wish)
    step.wish = sums.wish
    guard step.wish == .goOn else { return false }
    step.sums = sums.loss
    step.value = objective.value(sums, at: network.parameters, gradient: gradient)
    step.evaluations += 1
    step.uncounted += 1
    return true
  }

  private func done(_ step: Step) -> StepResult {
    progress.value = step.value
    progress.evaluations += step.uncounted
    confusion = stepConfusion
    stepCount += 1
    communicator.passed(step: stepCount)
    return StepResult(loss: step.sums, wish: .goOn, evaluations: step.evaluations)
  }

  /// - Parameter gradientToo: Whether it was known at the beginning of the step.
  private func undone(_ step: Step, gradientToo: Bool = true) -> StepResult {
    network.parameters.copy(from: origin)
    if gradientToo { gradient.copy(from: originGradient) }
    return StepResult(loss: LossSums(), wish: step.wish, isUndone: true)
  }

  private func notFinite(_ step: Step) -> TrainingError {
    .notFinite(what: step.sums.weightedLoss.isFinite ? "gradient" : "loss", step: stepCount)
  }
}
