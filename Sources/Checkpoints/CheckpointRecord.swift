public import Training

/// What a checkpoint says beside its vectors.
public struct CheckpointRecord: Codable, Equatable, Sendable {
  public var progress: TrainingProgress
  /// Everything resolved, as config.yaml has it.
  public var configuration: TrainingConfiguration
  public var data: DataFingerprint
  /// What --class-weights came to; empty where weights follow each batch.
  public var classWeights: [Double]
  /// The length of metrics.jsonl when the checkpoint was made: what stands behind it is of a run that went on and
  /// was lost.
  public var metricsBytes: Int

  public init(
    progress: TrainingProgress, configuration: TrainingConfiguration, data: DataFingerprint, classWeights: [Double],
    metricsBytes: Int
  ) {
    self.progress = progress
    self.configuration = configuration
    self.data = data
    self.classWeights = classWeights
    self.metricsBytes = metricsBytes
  }
}
