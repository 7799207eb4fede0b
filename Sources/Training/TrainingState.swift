public import Tensors

/// All that a run needs to go on as if it had never been interrupted: what a checkpoint holds. Random numbers need no
/// state of their own, being drawn by seed, epoch or step, and shard.
public struct TrainingState {
  /// θ, in the layout of the parameters.
  public var parameters: Vector
  /// What the optimizer remembers, by name.
  public var optimizerMemory: [(name: String, values: Vector)]
  /// θ of the best epoch so far, without padding; zeros until there is one. Nil where the run does not keep it.
  public var bestParameters: Vector?
  public var progress: TrainingProgress

  public init(
    parameters: Vector, optimizerMemory: [(name: String, values: Vector)], bestParameters: Vector? = nil,
    progress: TrainingProgress
  ) {
    self.parameters = parameters
    self.bestParameters = bestParameters
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
