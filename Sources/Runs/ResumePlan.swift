internal import Checkpoints
public import Configuration
internal import Files
internal import Foundation
internal import Training

/// What the root makes of `--resume` and of what it finds on the disk.
struct ResumePlan {
  let found: (path: String, checkpoint: Checkpoint)?
  /// Why newer checkpoints are not taken.
  let passedOver: [String]
  /// What of the run's own is lost by it; nil where nothing is.
  let loss: String?
  /// Of the run that is gone on with, or begun again.
  let configuration: (yaml: String, path: String)?
  let directory: RunDirectory.Choice
  /// Held from before anything is decided by what stands in the folder: another job may be about to end in it.
  let lock: RunLock?

  init(_ options: TrainOptions, _ arguments: [String]) throws {
    let job = options.job
    switch job.resume {
    case .no, .auto:
      loss = nil
      let run = job.runDir ?? "runs/\(options.dataName)"
      lock = try RunDirectory.lock(run)
      let search = try CheckpointFolder(ofRun: run).newestWhole()
      found = search.found.map { (path: $0.entry.path, checkpoint: $0.checkpoint) }
      passedOver = search.passedOver
      if let found {
        directory = .continued(run)
        configuration = try Self.configuration(of: found.checkpoint, at: found.path)
      } else {
        // A run that has not come to its first whole checkpoint is begun anew.
        let isUnfinished = RunDirectory.holdsBeginning(run)
        if let reason = passedOver.first, !isUnfinished { throw CheckpointError.noneWhole(run: run, reason: reason) }
        directory = isUnfinished ? .begunAgain(run) : .exactly(run, overwrite: false)
        let path = run + "/" + RunDirectory.configurationFile
        let isRecorded = isUnfinished && FileManager.default.fileExists(atPath: path)
        configuration = isRecorded ? (try WholeFile.text(at: path), path) : nil
      }
      try RunDirectory.check(directory)
    case .path(let path):
      let run = try Self.run(ofCheckpoint: path)
      func place(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().standardized.path }
      let isContinued = run.map { run in
        RunDirectory.isRun(run) && (job.runDir.map { place($0) == place(run) } ?? true)
      }
      lock = isContinued == true ? try RunDirectory.lock(run ?? path) : nil
      let (foundPath, checkpoint, passedOver) = try Self.checkpoint(at: path)
      found = (foundPath, checkpoint)
      self.passedOver = passedOver
      let configuration = try Self.configuration(of: checkpoint, at: foundPath)
      self.configuration = configuration
      loss = isContinued == true ? run.flatMap { Self.loss(in: $0, goingOnFrom: checkpoint.record.step) } : nil
      if let run, isContinued == true {
        directory = .continued(job.runDir ?? run)
      } else {
        directory = try TrainOptions(
          arguments, completedBy: configuration.yaml, of: configuration.path, isCheckpoint: true
        ).newRunDirectory
      }
      try RunDirectory.check(directory)
    }
  }

  /// Nil where the checkpoint is the newest, damaged ones aside.
  private static func loss(in run: String, goingOnFrom step: Int) -> String? {
    let newer = CheckpointFolder(ofRun: run).entries.prefix { $0.step > step }
    guard let newest = newer.first(where: { (try? CheckpointFolder.read($0)) != nil }) else { return nil }
    return """
      \(run) has come to step \(newest.step), and goes on from step \(step): what it came to after that is replaced, and \
      newer checkpoints are set aside, under names that end in .passed-over
      """
  }

  private static func configuration(of checkpoint: Checkpoint, at path: String) throws -> (yaml: String, path: String) {
    (try checkpoint.record.configuration.yaml, path)
  }

  /// The folder of the run that `path` names, or that the checkpoint of that name lies in.
  private static func run(ofCheckpoint path: String) throws -> String? {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError.notThere(path: path)
    }
    if isFolder.boolValue { return path }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    return folder.lastPathComponent == "checkpoints" ? folder.deletingLastPathComponent().relativePath : nil
  }

  /// The checkpoint of that name, or the newest of the run of that name.
  private static func checkpoint(at path: String) throws -> (String, Checkpoint, passedOver: [String]) {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError.notThere(path: path)
    }
    guard isFolder.boolValue else { return (path, try Checkpoint(readingFrom: path), []) }
    let search = try CheckpointFolder(ofRun: path).newestWhole()
    guard let found = search.found else {
      guard let reason = search.passedOver.first else { throw CheckpointError.notThere(path: path) }
      throw CheckpointError.noneLeft(run: path, reason: reason)
    }
    return (found.entry.path, found.checkpoint, search.passedOver)
  }
}

extension TrainOptions {
  /// "covertype" for "data/covertype.csv"
  public var dataName: String {
    let data = configuration.dataName
    return data.hasPrefix("synthetic")
      ? "synthetic" : URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
  }

  /// The folder of a run that begins at its beginning.
  var newRunDirectory: RunDirectory.Choice {
    if let path = job.runDir { return .exactly(path, overwrite: job.overwrite) }
    return job.overwrite ? .exactly("runs/\(dataName)", overwrite: true) : .next(name: dataName)
  }
}
