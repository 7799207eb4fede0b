internal import Collectives
internal import Datasets
internal import Kernels
internal import Metrics
internal import Models
internal import Tensors

/// The step of a run: of a batch (`BatchStep`), or of the whole training part (`FullBatchStep`).
///
/// A class for each, since a step changes in place what is large, and which of the two there is is known only when a run
/// begins. (As a value of one type or the other it took a third of the time of a small step.)
protocol RunStep: AnyObject {
  var network: FeedForwardNetwork { get }
  /// Samples seen in this epoch by this rank.
  var confusion: ConfusionMatrix { get set }
  /// Steps taken or skipped since the beginning of the run.
  var stepCount: Int { get }
  /// Steps that moved the parameters.
  var optimizerStepCount: Int { get }
  /// What the optimizer remembers of earlier steps: vectors in the layout of the parameters, by name. Views.
  var memory: [(name: String, values: Vector)] { get }
  /// Makes it the same on all ranks. Collective.
  func gatherMemory() throws(CollectiveError)
  /// What each rank computes of a step by itself beside parameters, and all must agree on, bit by bit.
  var figures: [Double] { get }
  /// Whether steps that are not finite are left out, and do not end the run.
  var skipsNonfinite: Bool { get }
  /// Why the last step that was left out was.
  var reasonOfSkipping: TrainingError? { get }
  /// Of full batches: the part of what the optimizer remembers that is not vectors.
  var descent: DescentProgress? { get }
  /// Of full batches: where the optimizer stands.
  var report: DescentReport? { get }

  /// Of the epoch that is under way.
  var stepsPerEpoch: Int { get }

  /// Of the step that was taken last; nil before the first, and of full batches, whose steps are as long as they are.
  var learningRate: Double? { get }
  /// Of the gradient of the epoch's last step, divided and not clipped; nil before that, where it was left out, and of
  /// full batches.
  var gradientNorm: Double? { get }

  /// Collective.
  ///
  /// - Parameters:
  ///   - stepInEpoch: From 0.
  ///   - wish: This rank's; of full batches asked for many times.
  func callAsFunction(_ stepInEpoch: Int, wish: () -> Wish) throws -> StepResult
  /// Collective.
  ///
  /// - Parameter epoch: From 0.
  func beginEpoch(_ epoch: Int) throws
  /// Counts on from where an earlier run stood, whose vectors have been filled in.
  func resume(from progress: TrainingProgress)
  /// Goes over to the last layer alone (see `ClassifierStage`). Of steps of batches.
  ///
  /// - Parameters:
  ///   - seed: Draws the layer anew, and the optimizer forgets all steps; nil where it goes on from a checkpoint that has
  ///     both.
  ///   - start: Steps before the stage.
  func beginClassifier(_ stage: ClassifierStage, of dataset: Dataset, drawnBy seed: UInt64?, afterSteps start: Int)
}

/// A step of a batch.
final class BatchStep<C: Communicator>: RunStep {
  private var step: TrainingStep<C>

  init(_ step: TrainingStep<C>) {
    self.step = step
  }

  var network: FeedForwardNetwork { step.network }
  var confusion: ConfusionMatrix {
    get { step.confusion }
    set { step.confusion = newValue }
  }
  var stepCount: Int { step.stepCount }
  var optimizerStepCount: Int { step.optimizer.stepCount }
  var memory: [(name: String, values: Vector)] { step.optimizer.memory }
  func gatherMemory() throws(CollectiveError) { try step.gatherMemory() }
  var figures: [Double] { step.optimizer.figures + (step.learningRate.map { [$0] } ?? []) }
  var skipsNonfinite: Bool { step.skipsNonfinite }
  var reasonOfSkipping: TrainingError? { step.reasonOfSkipping }
  var descent: DescentProgress? { nil }
  var report: DescentReport? { nil }
  var learningRate: Double? { step.learningRate }
  var gradientNorm: Double? { step.gradientNorm }

  // Who makes the run is in another module, and what it says of C is not known here. For one process it is said here:
  // looking up types and counting references was a tenth of a small model's step.
  #if compiler(>=6.3)
    @specialized(where C == SingleProcessCommunicator)
  #endif
  func callAsFunction(_ stepInEpoch: Int, wish: () -> Wish) throws -> StepResult {
    try step(stepInEpoch, wish: wish())
  }

  func beginEpoch(_ epoch: Int) throws { try step.beginEpoch(epoch) }
  var stepsPerEpoch: Int { step.stepsPerEpoch }
  func resume(from progress: TrainingProgress) { step.resume(from: progress) }

  func beginClassifier(_ stage: ClassifierStage, of dataset: Dataset, drawnBy seed: UInt64?, afterSteps start: Int) {
    if let seed {
      step.network.layout.initializeClassifier(step.network.parameters, seed: seed)
      step.optimizer.reset()
    }
    step.beginClassifier(stage, of: dataset, afterSteps: start)
  }
}
