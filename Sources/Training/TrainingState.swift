public import Models
public import Tensors

/// All that a run needs to go on as if it had never been interrupted: what a checkpoint holds. Random numbers need no
/// state of their own, being drawn by seed, epoch or step, and shard.
public struct TrainingState {
  /// Of the parameters.
  public let layout: ParameterLayout
  /// θ
  public var parameters: Vector
  /// What the optimizer remembers, by name.
  public var optimizerMemory: [(name: String, values: Vector)]
  /// θ of the best epoch so far, without padding; zeros until there is one. Nil where the run does not keep it.
  public var bestParameters: Vector?
  public var progress: TrainingProgress
  /// Of a run of several members: those that were trained before the one that all this is of.
  public var trainedMembers: [TrainedMember] = []
  /// θ of each of them, without padding.
  public var memberParameters: [Vector] = []

  public init(
    _ layout: ParameterLayout, parameters: Vector, optimizerMemory: [(name: String, values: Vector)],
    bestParameters: Vector? = nil, progress: TrainingProgress
  ) {
    self.layout = layout
    self.parameters = parameters
    self.bestParameters = bestParameters
    self.optimizerMemory = optimizerMemory
    self.progress = progress
  }

  /// The same of a member that follows others.
  public func after(_ trainedMembers: [TrainedMember], _ memberParameters: [Vector]) -> TrainingState {
    var state = self
    (state.trainedMembers, state.memberParameters) = (trainedMembers, memberParameters)
    return state
  }

  /// Of a run that stands between two members, or behind the last.
  public init(
    _ layout: ParameterLayout, between trainedMembers: [TrainedMember], _ memberParameters: [Vector]
  ) {
    self.init(layout, parameters: Vector(zeros: 0), optimizerMemory: [], progress: TrainingProgress())
    (self.trainedMembers, self.memberParameters) = (trainedMembers, memberParameters)
  }

  /// Whether no member is under way: there is nothing but those that are trained.
  public var isBetweenMembers: Bool { parameters.count == 0 }
  /// Steps since the beginning of the run, of all members.
  public var step: Int { trainedMembers.reduce(progress.step) { $0 + $1.steps } }
}

/// A cell of a confusion matrix.
public struct ConfusionCell: Codable, Equatable, Sendable {
  /// actual · C + predicted
  public let index: Int
  public let count: Int64
}
