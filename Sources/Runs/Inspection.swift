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
  public let place: ModelPlace
  /// Of a checkpoint, and of the newest whole one of a run.
  public let checkpoint: CheckpointRecord?
  /// Training samples of each class, where the run's folder says so.
  public let classCounts: [String: Int]
  /// What happened to a run, a line for each time that it was started; none where its folder has no log.
  public let story: [String]
  /// What a run came to; nil for one that has not ended.
  public let summary: RunSummary?

  /// - Throws: `InspectionError`, `ModelPlaceError`, `FileError`, `SafetensorsError`, `ModelReadingError`,
  ///   `CheckpointError`
  public init(_ path: String) throws {
    place = try ModelPlace(path)
    let isRun = place.kind == .run
    checkpoint =
      isRun ? try CheckpointFolder(ofRun: path).newestWhole().found?.checkpoint.record : place.checkpoint
    classCounts = isRun ? try ClassWeightsRecord(ofRun: path)?.counts ?? [:] : [:]
    story = isRun ? RunStory.lines(ofRun: path) : []
    summary = isRun ? try RunSummary(ofRun: path) : nil
  }

  public var kind: ModelPlace.Kind { place.kind }
  public var path: String { place.path }
  /// Nil for a run that has not come to its first checkpoint.
  public var model: ModelFile? { place.foundModel }
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
  /// The first stage of a run of one model that had two.
  public let network: NetworkRecord?
  public let ranks: Int
  /// Of each rank; nil in a summary that does not say.
  public let hosts: [String]?
  public let version: String
  /// What the program was built from; nil where that is not known.
  public let commit: String?
  public let mpi: String
  /// Nil for a run of one model.
  public let members: [MemberRecord]?
  public let train: Figures
  /// Of a run of several members: each sample by the one that was trained without it.
  public let outOfFold: Figures?
  public let validation: Figures?
  public let test: Figures?

  enum CodingKeys: String, CodingKey {
    case outcome, steps, delivered, network, ranks, hosts, version, commit, mpi, members, train
    case outOfFold = "out_of_fold"
    case validation, test
  }

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
  /// Nil where the run has none.
  ///
  /// - Throws: `FileError`, `InspectionError`
  init?(ofRun path: String) throws {
    let file = path + "/" + RunDirectory.weightsFile
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    guard let record = try? JSONDecoder().decode(Self.self, from: Data(try WholeFile.bytes(at: file))) else {
      throw InspectionError.unreadable(path: file)
    }
    self = record
  }

  fileprivate var counts: [String: Int] {
    Dictionary(classes.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What cannot be looked into.
public enum InspectionError: Failure, Equatable {
  case unreadable(path: String)

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path) is not what this program writes under that name"
    }
  }
}
