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
