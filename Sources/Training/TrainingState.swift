public import Kernels
public import Tensors

/// All that a run needs to go on as if it had never been interrupted: what a checkpoint holds. Random numbers need no
/// state of their own, being drawn by seed, epoch or step, and shard.
public struct TrainingState {
  /// θ, in the layout of the parameters.
  public var parameters: Vector
  /// What the optimizer remembers, by name.
  public var optimizerMemory: [(name: String, values: Vector)]
  public var progress: TrainingProgress

  public init(parameters: Vector, optimizerMemory: [(name: String, values: Vector)], progress: TrainingProgress) {
    self.parameters = parameters
    self.optimizerMemory = optimizerMemory
    self.progress = progress
  }
}

/// Where a run stands: the part of its state that is not vectors. The same on all ranks.
public struct TrainingProgress: Codable, Equatable, Sendable {
  /// The epoch that is under way, from 0; the number of epochs where all are done.
  public var epoch = 0
  /// Steps of it that are done. Where it is all of them, what remains of the epoch is its evaluation.
  public var stepInEpoch = 0
  /// Steps since the beginning of the run.
  public var step = 0
  /// Steps that moved the parameters: t of Adam.
  public var optimizerStep = 0
  /// Steps that were left out since their loss or gradient was not finite.
  public var nonfiniteSteps = 0
  /// Sums over the epoch's steps so far.
  public var epochLoss = LossSums()
  /// The epoch's samples so far: the cells of the confusion matrix that are not 0.
  public var epochConfusion: [ConfusionCell] = []
  /// The best epoch so far.
  public var best: BestEpoch?

  public init() {}
}

/// A cell of a confusion matrix.
public struct ConfusionCell: Codable, Equatable, Sendable {
  /// actual · C + predicted
  public let index: Int
  public let count: Int64
}

/// The epoch after which the model was the best so far: by balanced accuracy on the validation part, or without one
/// over the training batches.
public struct BestEpoch: Codable, Equatable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Steps since the beginning of the run.
  public let step: Int
  public let balancedAccuracy: Double

  enum CodingKeys: String, CodingKey {
    case epoch, step
    case balancedAccuracy = "balanced_accuracy"
  }
}
