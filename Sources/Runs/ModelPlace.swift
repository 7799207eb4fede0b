public import Checkpoints
public import Failures
internal import Files
internal import Foundation
public import Models

/// A model where a user names it: a file of its own, a checkpoint, or the folder of a run.
public struct ModelPlace {
  /// What was named.
  public enum Kind: String, Sendable {
    case model
    case checkpoint
    case run
  }

  public let kind: Kind
  /// As it was named.
  public let path: String
  /// The file that holds the model: of a run that is complete its model.safetensors, of another one the newest whole
  /// checkpoint; nil where a run has not come to one.
  public let file: String?
  /// What that file holds; nil where there is none.
  public let foundModel: ModelFile?
  /// Where `file` is a checkpoint: what it says beside the model.
  public let checkpoint: CheckpointRecord?

  /// - Throws: `ModelPlaceError`, `FileError`, `SafetensorsError`, `ModelReadingError`, `CheckpointError`
  public init(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ModelPlaceError.notThere(path: path)
    }
    self.path = path
    guard isFolder.boolValue else {
      let content = try Safetensors(verifying: try WholeFile.bytes(at: path), path: path)
      (file, foundModel) = (path, try ModelFile(content, path: path))
      // Read once more as what it is, with its checksum.
      checkpoint = Checkpoint.isCheckpoint(content) ? try Checkpoint(readingFrom: path).record : nil
      kind = checkpoint == nil ? .model : .checkpoint
      return
    }
    guard RunDirectory.isRun(path) else { throw ModelPlaceError.noRun(path) }
    kind = .run
    let modelPath = path + "/" + RunDirectory.modelFile
    // What a run has come to needs no checkpoint, which may be damaged by now, or gone.
    let isComplete = Self.isComplete(path)
    let newest = isComplete ? nil : try CheckpointFolder(ofRun: path).newestWhole().found
    let file = isComplete ? modelPath : newest?.entry.path
    self.file = file
    checkpoint = newest?.checkpoint.record
    foundModel = try file.map { try ModelFile(Safetensors(verifying: WholeFile.bytes(at: $0), path: $0), path: $0) }
  }

  /// Whether the model in the folder of a run is what that run has come to. It may be of an earlier one, which is being
  /// replaced or gone on with: then there is a log, and no summary yet. (In a copy there may be neither, and without
  /// a folder of checkpoints there is nothing else.)
  private static func isComplete(_ path: String) -> Bool {
    let files = FileManager.default
    guard files.fileExists(atPath: path + "/" + RunDirectory.modelFile) else { return false }
    return files.fileExists(atPath: path + "/" + RunDirectory.summaryFile)
      || !files.fileExists(atPath: path + "/" + RunDirectory.logFile)
      || !files.fileExists(atPath: path + "/" + RunDirectory.checkpointFolder)
  }

  /// The model, for who cannot do without.
  ///
  /// - Throws: `ModelPlaceError.noModel`
  public func model() throws(ModelPlaceError) -> ModelFile {
    guard let foundModel else { throw .noModel(path: path) }
    return foundModel
  }
}

extension ModelPlace {
  /// The file that `--init` names: itself, or of the folder of a run its model. Of a run that has not ended, whose
  /// checkpoints come and go, one has to be named.
  ///
  /// - Throws: `ModelPlaceError`, and what finding a run's checkpoint throws.
  static func fileOfFirstParameters(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return path
    }
    guard RunDirectory.isRun(path) else { throw ModelPlaceError.noRun(path) }
    if isComplete(path) { return path + "/" + RunDirectory.modelFile }
    guard let newest = try CheckpointFolder(ofRun: path).newestWhole().found else {
      throw ModelPlaceError.noModel(path: path)
    }
    throw ModelPlaceError.notEnded(path: path, checkpoint: newest.entry.path)
  }
}

/// Where there is no model.
public enum ModelPlaceError: Failure, Equatable {
  case notThere(path: String)
  /// `advice` names a run that it holds, or is empty.
  case noRun(path: String, advice: String)
  case noModel(path: String)
  case notEnded(path: String, checkpoint: String)

  /// Of a folder.
  static func noRun(_ path: String) -> ModelPlaceError {
    .noRun(path: path, advice: RunDirectory.words(ofRunsIn: path))
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notThere: .noInput
    case .noRun, .noModel, .notEnded: .badData
    }
  }

  public var description: String {
    switch self {
    case .notThere(let path):
      "there is no \(path); expected a model.safetensors, a checkpoint, or the folder of a run"
    case .noRun(let path, let advice):
      """
      \(path) is a folder, but none of a run: it lacks \(RunDirectory.configurationFile), or both a model and what a run \
      begins with (\(RunDirectory.weightsFile), checkpoints)\(advice)
      """
    case .noModel(let path):
      """
      the run in \(path) has not come to its first checkpoint: it holds no model yet. \
      cw-dist-train --resume \(path.asShellWord) goes on with it.
      """
    case .notEnded(let path, let checkpoint):
      """
      the run in \(path) has not ended. --init \(checkpoint.asShellWord) begins with its newest checkpoint; \
      cw-dist-train --resume \(path.asShellWord) goes on with it.
      """
    }
  }
}
