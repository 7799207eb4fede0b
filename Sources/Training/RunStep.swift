internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Metrics
internal import Models
internal import Tensors

/// The step of a run: of a batch, or of the whole training part. One of the two is there.
struct RunStep<C: Communicator> {
  // Two that may be absent, and not cases of one value: a step changes in place, and to take it out of a case would copy it.
  private var batches: TrainingStep<C>?
  private var full: FullBatchStep<C>?
  let skipsNonfinite: Bool

  /// - Parameter totalSteps: Of the run; the learning rate may follow its end.
  /// - Throws: `CollectiveError`
  init(
    _ network: FeedForwardNetwork, dataset: Dataset, classWeights: TrainingWeights, plan: BatchPlan,
    configuration: TrainingConfiguration, totalSteps: Int, over communicator: C
  ) throws(CollectiveError) {
    skipsNonfinite = configuration.steps.onNonfinite == .skip
    guard configuration.optimizer.takesFullBatches else {
      batches = TrainingStep(
        network, dataset: dataset, classWeights: classWeights, plan: plan, configuration: configuration,
        totalSteps: totalSteps, over: communicator)
      return
    }
    precondition(plan.stepsPerEpoch <= 1, "\(plan.stepsPerEpoch) steps of full batches in an epoch")
    // The batch is the training part, whatever the weights follow.
    let weights = try classWeights.weights { () throws(CollectiveError) in
      try dataset.classCounts(over: communicator)
    }
    full = FullBatchStep(
      network, dataset: dataset, classWeights: weights, configuration: configuration, over: communicator)
  }

  /// - Parameter wish: This rank's; of full batches asked for many times.
  mutating func callAsFunction(_ stepInEpoch: Int, wish: @autoclosure () -> Wish) throws -> StepResult {
    if let result = try batches?.callAsFunction(stepInEpoch, wish: wish()) { return result }
    guard let result = try full?.callAsFunction(wish: wish) else { preconditionFailure("a run without steps") }
    return result
  }

  mutating func beginEpoch(_ epoch: Int) {
    batches?.beginEpoch(epoch)
    full?.beginEpoch()
  }

  /// Counts on from where an earlier run stood, whose vectors have been filled in.
  mutating func resume(from progress: TrainingProgress) {
    batches?.resume(from: progress)
    full?.resume(from: progress)
  }

  var network: FeedForwardNetwork {
    guard let network = batches?.network ?? full?.network else { preconditionFailure("a run without steps") }
    return network
  }

  /// Samples seen in this epoch by this rank.
  var confusion: ConfusionMatrix {
    guard let confusion = batches?.confusion ?? full?.confusion else { preconditionFailure("a run without steps") }
    return confusion
  }

  /// Counts samples that an earlier run has seen of the epoch.
  mutating func count(_ cells: [ConfusionCell]) {
    for cell in cells {
      batches?.confusion.add(cell.count, toCell: cell.index)
      full?.confusion.add(cell.count, toCell: cell.index)
    }
  }

  mutating func forgetSamples() {
    batches?.confusion.removeAll()
    full?.confusion.removeAll()
  }

  /// Steps taken or skipped since the beginning of the run.
  var stepCount: Int { batches?.stepCount ?? full?.stepCount ?? 0 }
  /// Steps that moved the parameters.
  var optimizerStepCount: Int { batches?.optimizer.stepCount ?? stepCount }
  /// What the optimizer remembers: vectors by name.
  var memory: [(name: String, values: Vector)] { batches?.optimizer.memory ?? full?.memory ?? [] }
  /// Why the last step that was left out was.
  var reasonOfSkipping: TrainingError? { batches?.reasonOfSkipping }

  /// Of full batches: the rest of what the optimizer remembers.
  var descent: DescentProgress? { full?.descent }
  /// Of full batches: where the optimizer stands.
  var report: DescentReport? { full?.report }
}
