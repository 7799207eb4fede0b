public import ArgumentParser

/// Every option of `train`. Keys of a `--config` file have the same names.
public struct TrainOptions: ParsableArguments {
  @OptionGroup public var configuration: TrainingConfiguration
  @OptionGroup(title: "This start") public var job: JobOptions

  public init() {}

  /// Checks options that mean nothing by themselves. Not part of `validate`, since what they belong to may stand in
  /// another place: a file, or the configuration of the run that is gone on with.
  ///
  /// - Throws: `ValidationError`
  public func checkPartners() throws {
    let split = configuration.split
    let isJudged =
      split.hasValidation || configuration.stopping.earlyStopping != nil || configuration.model.holdsOutFolds
    try require(
      split.validationLabels == nil || split.validation != nil, "--validation-labels",
      "--validation beside it, whose labels they are")
    let stopping = configuration.stopping
    try require(
      stopping.keepModel != .best || isJudged, "--keep-model best",
      "a validation part to find the best epoch by; add --validation-fraction 0.1, --validation FILE, or --members 8")
    try require(
      stopping.earlyStopping == nil || split.validationFraction != 0 || split.validation != nil
        || configuration.model.holdsOutFolds,
      "--early-stopping and --validation-fraction 0",
      "a validation part to judge epochs by; leave the 0 out, or raise it"
    )
    try require(
      configuration.decision.tuneThresholds == nil || isJudged,
      "--tune-thresholds",
      "a validation part to tune them on; add --validation-fraction 0.1, --validation FILE, or --members 8")
    try require(
      configuration.decision.tauNormalization != .auto || isJudged, "--tau-normalization auto",
      """
      a validation part to choose τ on; add --validation-fraction 0.1, --validation FILE, or --members 8, or say τ: \
      --tau-normalization 0.5
      """)
    try configuration.checkStages()
    try require(
      configuration.optimizer.optimizer != .sparseAdam || configuration.dataFormat == .svmlight,
      "--optimizer sparse-adam", "sparse rows, which svmlight data alone has; --optimizer adam is for all data")
    try require(
      configuration.judging.confidence == nil || isJudged || split.hasTest, "--confidence",
      """
      samples that are not trained on, of which figures have a meaning; add --validation-fraction 0.1, \
      --test-fraction 0.2, --validation FILE, or --members 8
      """)
    try require(
      configuration.judging.validationProbabilities == .no || isJudged, "--validation-probabilities yes",
      "a validation part to write them of; add --validation-fraction 0.1, --validation FILE, or --members 8")
    try require(
      !job.force || job.resume != .no, "--force", "--resume beside it; a new run has nothing to be forced into")
  }
}
