internal import Checkpoints
internal import Collectives
internal import Configuration
internal import Files
internal import Models
internal import Tensors
internal import Training

/// The folder of a run: its checkpoints and its model, and a listener that writes the rest. Only the root has one.
struct RunOutput {
  private let directory: RunDirectory
  private let configuration: TrainingConfiguration
  private let data: DataFingerprint
  private let classWeights: [Double]
  private let ruleChanges: [RuleChange]
  private let log: RunLog
  /// Those of the run, and those of its folder.
  let listeners: RunListeners
  let checkpoints: CheckpointWriter
  /// What checkpoints have of the model. Made once: names of features may be many.
  private let modelInCheckpoints: Safetensors
  /// The same while all layers are trained, where the last one is trained again later, from other draws.
  private let modelBeforeClassifier: Safetensors?

  /// Makes the folder, or goes on in that of `resumption`, and writes what is known before the run. Collective; nil on
  /// all ranks but the root.
  ///
  /// - Parameters:
  ///   - model: As it is before the run; its parameters may be any.
  ///   - first: The same as a model of the first of two stages; nil where there is one.
  ///   - earlier: What was said before it had a folder.
  init?(
    _ place: RunPlace, resumption: Resumption?, description: RunDescription, configuration: TrainingConfiguration,
    data: DataFingerprint, classWeights: [Double], model: ModelFile, inFirstStage first: ModelFile?,
    earlier: [RunEvent], _ listeners: RunListeners,
    over communicator: some Communicator
  ) throws {
    let choice = place.choice
    let made: (directory: RunDirectory, models: (Safetensors, before: Safetensors?), log: RunLog, events: EventLog)? =
      try communicator.agree {
        guard communicator.isRoot else { return nil }
        let directory = try RunDirectory.create(choice, holding: place.lock)
        let folder = CheckpointFolder(ofRun: directory.path)
        if case .exactly(_, overwrite: true) = choice { folder.removeAll() }
        // Whatever is newer than where the run begins is not of it, but may be somebody's.
        folder.setAside(after: resumption?.record.step ?? -1)
        if let resumption, try !directory.continueMetrics(from: choice, resumption) {
          listeners.warn("\(directory.metricsPath) lacks lines of epochs before the checkpoint")
        }
        try directory.writeConfiguration(configuration)
        let log = try RunLog(directory, earlier: earlier)
        let isContinued = if case .continued = choice { true } else { false }
        let events = EventLog(
          directory.path,
          earlier: isContinued ? directory.path : resumption.map { RunDirectory.folder(ofCheckpoint: $0.path) },
          resumption?.record,
          description, configuration, warn: RunListeners([log]).with(listeners).warn)
        return (directory, (try model.safetensors(), try first?.safetensors()), log, events)
      }
    guard let (directory, models, log, events) = made else { return nil }
    var onDisk: CheckpointRecord?
    if case .continued = choice { onDisk = resumption?.record }
    self.directory = directory
    self.configuration = configuration
    self.data = data
    self.classWeights = classWeights
    ruleChanges =
      resumption?.record.ruleChanges(goingOnWith: configuration, classWeights: classWeights) ?? []
    self.log = log
    self.listeners = RunListeners([log, directory, events]).with(listeners)
    (modelInCheckpoints, modelBeforeClassifier) = models
    checkpoints = CheckpointWriter(
      folder: CheckpointFolder(ofRun: directory.path), keeping: configuration.saving.keep,
      metricsPath: directory.metricsPath, resumed: onDisk)
  }

  var path: String { directory.path }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    guard occasion != .watched, occasion != .epoch || !checkpoints.leavesOutNext else { return }
    let record = CheckpointRecord(
      progress: state.progress, configuration: configuration, data: data, classWeights: classWeights,
      metricsBytes: directory.metricsBytes, ruleChanges: ruleChanges, trainedMembers: state.trainedMembers,
      isUnderWay: !state.isBetweenMembers)
    let members = state.memberParameters + (state.isBetweenMembers ? [] : [state.parameters])
    // Of several members the first that has ended tells.
    let isBefore = state.progress.network == nil && state.memberParameters.isEmpty
    let model = isBefore ? modelBeforeClassifier ?? modelInCheckpoints : modelInCheckpoints
    let checkpoint = try Checkpoint(
      record, model: model.with(members: members, state.layout), state: state)
    try checkpoints.submit(checkpoint)
    switch occasion {
    case .step, .watched, .epoch, .bestEpoch, .member: break
    // Whoever asked to stop may not wait for long.
    case .stop, .end: try checkpoints.finish()
    }
  }

  /// The newest checkpoint on the disk, and how to go on from it; for who is told of a failure.
  var adviceToResume: String? {
    guard let newest = CheckpointFolder(ofRun: directory.path).entries.first else { return nil }
    return
      "The last checkpoint is \(newest.path); --run-dir \(directory.path.asShellWord) --resume auto goes on from it."
  }

  /// Notes in the log that the run ends with an error. What is wrong is known; that it cannot be noted is the lesser news.
  func noteFailure(_ message: String) { try? log.failed(message) }

  func save(_ model: ModelFile) throws {
    try directory.write(to: RunDirectory.modelFile) { try model.write(to: $0) }
  }
}

extension RunDirectory {
  /// Brings metrics.jsonl to where the checkpoint stands: in its own run's folder by leaving out what came after it, in
  /// another by a copy of what came before.
  ///
  /// - Returns: False where lines are missing.
  /// - Throws: `FileError`
  fileprivate func continueMetrics(from choice: Choice, _ resumption: Resumption) throws -> Bool {
    let length = resumption.record.metricsBytes
    if case .continued = choice { return try cutMetrics(to: length) }
    return try copyMetrics(
      from: RunDirectory.metricsPath(besideCheckpoint: resumption.path), length: length)
  }
}
