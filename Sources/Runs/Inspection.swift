public import Checkpoints
internal import Configuration
internal import Datasets
public import Failures
internal import Files
internal import Foundation
public import Models
internal import Training

/// What a model, a checkpoint or a run's folder holds.
public struct Inspection {
  /// What was looked at.
  public enum Kind: String, Sendable {
    case model
    case checkpoint
    case run
  }

  public let kind: Kind
  public let path: String
  /// Nil for a run that has not come to its first checkpoint.
  public let model: ModelFile?
  /// Of a checkpoint, and of the newest whole one of a run.
  public let checkpoint: CheckpointRecord?
  /// Training samples of each class, where the run's folder says so.
  public let classCounts: [String: Int]
  /// What a run came to; nil for one that has not ended.
  public let summary: RunSummary?

  /// - Throws: `InspectionError`, `FileError`, `SafetensorsError`, `ModelReadingError`, `CheckpointError`
  public init(_ path: String) throws {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw InspectionError.notThere(path: path)
    }
    self.path = path
    guard isFolder.boolValue else {
      let file = try Safetensors(decoding: try WholeFile.bytes(at: path), path: path)
      model = try ModelFile(file, path: path)
      // Read once more as what it is, with its checksum.
      checkpoint = Checkpoint.isCheckpoint(file) ? try Checkpoint(readingFrom: path).record : nil
      kind = checkpoint == nil ? .model : .checkpoint
      (classCounts, summary) = ([:], nil)
      return
    }
    guard RunDirectory.isRun(path) else { throw InspectionError.noRun(path: path) }
    kind = .run
    let newest = try CheckpointFolder(ofRun: path).newestWhole().found
    checkpoint = newest?.checkpoint.record
    let modelPath = path + "/" + RunDirectory.modelFile
    let modelFile = FileManager.default.fileExists(atPath: modelPath) ? modelPath : newest?.entry.path
    model = try modelFile.map { try ModelFile(Safetensors(decoding: WholeFile.bytes(at: $0), path: $0), path: $0) }
    classCounts = try ClassWeightsRecord.counts(in: path + "/" + RunDirectory.weightsFile)
    summary = try RunSummary(ofRun: path)
  }
}

/// What summary.json says of a run that has ended.
public struct RunSummary: Codable, Equatable, Sendable {
  /// The figures of one part of the data.
  public struct Figures: Codable, Equatable, Sendable {
    public let samples: Int
    public let accuracy: Double
    public let balancedAccuracy: Double
    public let macroF1: Double

    enum CodingKeys: String, CodingKey {
      case samples, accuracy
      case balancedAccuracy = "balanced_accuracy"
      case macroF1 = "macro_f1"
    }
  }

  public let outcome: String
  public let steps: Int
  /// Nil for runs of versions that delivered the last epoch's model, and did not say.
  public let delivered: DeliveredRecord?
  public let ranks: Int
  public let version: String
  public let mpi: String
  public let train: Figures
  public let validation: Figures?
  public let test: Figures?

  /// Nil where the run has none.
  ///
  /// - Throws: `FileError`, `InspectionError`
  init?(ofRun path: String) throws {
    let file = path + "/" + RunDirectory.summaryFile
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let summary = try? JSONDecoder().decode(RunSummary.self, from: Data(try WholeFile.bytes(at: file))) else {
      throw InspectionError.unreadable(path: file)
    }
    self = summary
  }
}

extension ClassWeightsRecord {
  /// - Throws: `FileError`, `InspectionError`
  fileprivate static func counts(in path: String) throws -> [String: Int] {
    struct Counts: Decodable {
      struct Row: Decodable {
        let name: String
        let count: Int
      }

      let classes: [Row]
    }
    guard let counts = try? JSONDecoder().decode(Counts.self, from: Data(try WholeFile.bytes(at: path))) else {
      throw InspectionError.unreadable(path: path)
    }
    return Dictionary(counts.classes.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What cannot be looked into.
public enum InspectionError: Failure, Equatable {
  case notThere(path: String)
  case noRun(path: String)
  case unreadable(path: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notThere: .noInput
    case .noRun, .unreadable: .badData
    }
  }

  public var description: String {
    switch self {
    case .notThere(let path):
      "there is no \(path); inspect takes a model.safetensors, a checkpoint, or the folder of a run"
    case .noRun(let path):
      "\(path) is a folder, but none of a run: it lacks \(RunDirectory.configurationFile) or the checkpoints"
    case .unreadable(let path):
      "\(path) is not what this program writes under that name"
    }
  }
}
