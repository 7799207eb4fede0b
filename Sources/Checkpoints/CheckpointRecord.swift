public import Configuration
public import Training

/// What a checkpoint says beside its vectors.
public struct CheckpointRecord: Codable, Equatable {
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

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    progress = try values.decode(TrainingProgress.self, forKey: .progress)
    guard values.contains(.configuration) else {
      throw DecodingError.keyNotFound(
        CodingKeys.configuration, .init(codingPath: [], debugDescription: "it has no configuration"))
    }
    // A configuration's own way of being decoded belongs to the parser of the command line.
    configuration = try TrainingConfiguration(recordedBy: values.superDecoder(forKey: .configuration))
    data = try values.decode(DataFingerprint.self, forKey: .data)
    classWeights = try values.decode([Double].self, forKey: .classWeights)
    metricsBytes = try values.decode(Int.self, forKey: .metricsBytes)
  }
}
