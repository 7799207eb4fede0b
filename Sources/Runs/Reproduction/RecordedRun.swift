internal import Checkpoints
internal import Configuration
internal import Files
internal import Foundation
internal import Training

/// What the folder of a run holds that another training can be compared with.
struct RecordedRun {
  let path: String
  let configurationPath: String
  let configurationText: String
  let configuration: TrainingConfiguration
  /// Nil where there is no metrics.jsonl.
  let metrics: RecordedMetrics?
  /// The newest that is whole.
  let checkpoint: (path: String, checkpoint: Checkpoint)?
  /// Nil where there is none, or only one of before the run was gone on with.
  let modelPath: String?
  /// Nil where the run has not come to its end.
  let summary: RunSummary?
  let classWeights: ClassWeightsRecord?
  /// What is not there that a run has, or cannot be read, in words.
  let lacks: [String]

  /// - Throws: `ReproductionError`, `FileError`, `InspectionError`, `OptionsFileError`
  init(_ path: String) throws {
    func isThere(_ file: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + file) }
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ReproductionError.notThere(path: path)
    }
    guard isFolder.boolValue else { throw ReproductionError.file(path: path) }
    guard isThere(RunDirectory.configurationFile) else {
      throw ReproductionError.noRun(path: path, advice: RunDirectory.words(ofRunsIn: path))
    }
    self.path = path
    summary = try RunSummary(ofRun: path)
    configurationPath = path + "/" + RunDirectory.configurationFile
    configurationText = try WholeFile.text(at: configurationPath)
    do {
      configuration = try TrainingConfiguration(
        recordedIn: OptionsFile(yaml: configurationText, path: configurationPath))
    } catch {
      throw summary.map { error.adding(Self.version(of: $0)) } ?? error
    }
    classWeights = try ClassWeightsRecord(ofRun: path)
    var lacks: [String] = []
    if isThere(RunDirectory.metricsFile) {
      let metrics = RecordedMetrics(try WholeFile.text(at: path + "/" + RunDirectory.metricsFile))
      if metrics.endsInHalfLine { lacks.append("\(RunDirectory.metricsFile) ends in half a line, which is left out") }
      self.metrics = metrics
    } else {
      metrics = nil
      lacks.append("\(RunDirectory.metricsFile) is not there")
    }

    let folder = CheckpointFolder(ofRun: path)
    do {
      let search = try folder.newestWhole()
      lacks += search.passedOver
      checkpoint = search.found.map { ($0.entry.path, $0.checkpoint) }
      if search.found == nil { lacks.append("there is no whole checkpoint") }
    } catch let error as CheckpointError {
      checkpoint = nil
      lacks.append("\(error)")
    }

    let hasModel = isThere(RunDirectory.modelFile)
    var isOfTheEnd = hasModel
    if hasModel, summary == nil {
      // Without a checkpoint a log tells that a run has begun to replace the one that has left the model.
      if let record = checkpoint?.checkpoint.record {
        isOfTheEnd = Self.isAtEnd(record, configuration)
      } else {
        isOfTheEnd = !isThere(RunDirectory.logFile)
      }
    }
    modelPath = isOfTheEnd ? path + "/" + RunDirectory.modelFile : nil
    if hasModel, !isOfTheEnd {
      lacks.append("\(RunDirectory.modelFile) is of before the run was gone on with, which did not come to its end")
    } else if summary != nil, !hasModel {
      lacks.append("\(RunDirectory.modelFile) is not there")
    }
    self.lacks = lacks
    if (metrics?.places ?? []).isEmpty && checkpoint == nil && modelPath == nil {
      throw ReproductionError.nothingToCompare(path: path)
    }
  }

  /// Whether a model in the folder is that of the run's end. A run that is gone on with loses its summary first, and
  /// keeps the model of before.
  private static func isAtEnd(_ newest: CheckpointRecord, _ configuration: TrainingConfiguration) -> Bool {
    let (progress, members) = (newest.progress, configuration.model.memberCount)
    let steps = configuration.steps
    let isMemberAtEnd =
      progress.network.map { progress.epoch - $0.epochs >= steps.retrainClassifier }
      ?? (progress.epoch >= steps.epochs && steps.retrainClassifier == 0 || progress.step >= steps.maxSteps ?? .max)
    return newest.trainedMembers.count + (isMemberAtEnd ? 1 : 0) >= members
  }

  /// "the run was made by cw-dist-train 0.1.0, and this is cw-dist-train 0.1.0 (commit 3c20ef2ab1)"
  static func version(of summary: RunSummary) -> String {
    "the run was made by \(ProgramName(summary.version, summary.commit)), and this is \(ProgramName.own)"
  }

  /// Whether it came to its end.
  var isComplete: Bool { modelPath != nil || summary != nil }

  /// What was read then: "1,000 training samples of 10 features", for who looks for the data.
  var expectation: String {
    if let data = checkpoint?.checkpoint.record.data {
      func part(_ name: String, _ part: DataFingerprint.Part?) -> String {
        part.map { ", \($0.samples) \(name)" } ?? ""
      }
      return """
        \(data.training.samples) training samples\(part("for validation", data.validation))\
        \(part("for test", data.test)) of \(data.training.features) features and \(data.training.classes.count) classes
        """
    }
    guard let classWeights else { return "" }
    let samples = classWeights.classes.reduce(0) { $0 + $1.count }
    return "\(samples) training samples of \(classWeights.classes.count) classes"
  }
}
