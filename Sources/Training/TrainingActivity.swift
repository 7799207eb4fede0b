/// What a run does while nothing has ended yet.
public enum TrainingActivity: Sendable {
  /// Before training.
  case preparing(String)
  case epoch(EpochProgress)
  /// A model is judged on a part of the data.
  ///
  /// - `share`: Of this rank's samples, in 0...1.
  case judging(part: String, share: Double)
}

/// How far the epoch is that is under way, and the run with it.
public struct EpochProgress: Sendable {
  /// From 1.
  public let epoch: Int
  public let epochs: Int
  /// Steps of the epoch that are taken, in 0...1.
  public let share: Double
  /// Of the longest that the run may be, in 0...1: it ends before where --patience or an optimum ends it.
  public var shareOfRun: Double
  /// Over the epoch's batches so far, as the epoch's will be; nil where they carry no weight.
  public let loss: Double?
  /// Over all ranks, since the epoch was begun or gone on with.
  public let samplesPerSecond: Double
  /// Nil in a run of one stage.
  public var stage: TrainingStage?
  /// Of a run of several; nil for one model.
  public var member: MemberPlace?

  /// - Parameter shareOfRun: Of the member's own run, where there are several.
  public init(
    epoch: Int, epochs: Int, share: Double, shareOfRun: Double, loss: Double?, samplesPerSecond: Double,
    stage: TrainingStage? = nil, member: MemberPlace? = nil
  ) {
    (self.epoch, self.epochs, self.share, self.shareOfRun) = (epoch, epochs, share, shareOfRun)
    (self.loss, self.samplesPerSecond) = (loss, samplesPerSecond)
    (self.stage, self.member) = (stage, member)
  }
}
