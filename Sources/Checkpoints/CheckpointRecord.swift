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
  /// Where the run was gone on with by other rules, in the order of steps. (An older program did not note it.)
  public var ruleChanges: [RuleChange]
  /// Of a run of several members: those that are trained; `progress` is of the next one.
  public var trainedMembers: [TrainedMember]
  /// Whether there is a state of that next one: it has been begun.
  public var isUnderWay: Bool

  public init(
    progress: TrainingProgress, configuration: TrainingConfiguration, data: DataFingerprint, classWeights: [Double],
    metricsBytes: Int, ruleChanges: [RuleChange] = [], trainedMembers: [TrainedMember] = [], isUnderWay: Bool = true
  ) {
    self.trainedMembers = trainedMembers
    self.isUnderWay = isUnderWay
    self.progress = progress
    self.configuration = configuration
    self.data = data
    self.classWeights = classWeights
    self.metricsBytes = metricsBytes
    self.ruleChanges = ruleChanges
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
    ruleChanges = try values.decodeIfPresent([RuleChange].self, forKey: .ruleChanges) ?? []
    trainedMembers = try values.decodeIfPresent([TrainedMember].self, forKey: .trainedMembers) ?? []
    isUnderWay = try values.decodeIfPresent(Bool.self, forKey: .isUnderWay) ?? true
  }

  /// Steps since the beginning of the run, of all members.
  public var step: Int { trainedMembers.reduce(progress.step) { $0 + $1.steps } }
}

/// A run that was gone on with by other rules than it was begun with: its configuration has the last ones alone.
public struct RuleChange: Codable, Equatable, Sendable {
  /// Steps that were trained by the former ones.
  public let step: Int
  /// In words: "--learning-rate 0.001 (now 0.1)"
  public let rules: [String]
}
