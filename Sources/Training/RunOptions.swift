/// What a run needs to know of the configuration.
public struct RunOptions: Equatable, Sendable {
  public var step = StepOptions()
  public var optimizer = OptimizerConfiguration()
  public var epochs = 10
  /// The run ends after this many steps, in the middle of an epoch if need be.
  public var maxSteps: Int?
  /// Steps between two checkpoints within an epoch.
  public var checkpointEvery: Int?
  public var learningRate = 1e-3
  public var schedule = LearningRateSchedule.Shape.constant
  public var warmupSteps = 0

  public init() {}
}
