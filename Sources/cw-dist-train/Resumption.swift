internal import ArgumentParser
internal import Checkpoints
internal import Collectives
internal import Files
internal import Foundation
internal import Models
internal import Reporting
internal import Training

/// How a run begins: at its beginning, or with a checkpoint.
struct Beginning {
  let resumption: Resumption?
  /// As they were typed, with those of the run that it goes on with where nothing was typed.
  let options: TrainOptions
  /// Where the run's files belong. What ranks but the root have here means nothing.
  let directory: RunDirectory.Choice
  /// Of that folder, where it was there already. Only the root has it.
  let lock: RunLock?

  /// Looks for a checkpoint, and where the run's files belong. Collective.
  init(_ command: TrainCommand, over communicator: some Communicator) throws {
    let typed = command.options
    guard typed.resume != .no else {
      (resumption, options, directory, lock) = (nil, typed, typed.newRunDirectory, nil)
      let directory = directory
      try communicator.agree { if communicator.isRoot { try RunDirectory.check(directory) } }
      return
    }
    let plan = try communicator.agree { communicator.isRoot ? try ResumePlan(command) : nil }
    for reason in plan?.passedOver ?? [] { Console.warning("passed over: \(reason)") }
    // Short texts, and none for no checkpoint.
    let path = try Self.text(plan?.found?.path, over: communicator)
    let ownRecord = try communicator.agree { try plan?.found.map { try JSONText.line($0.checkpoint.record) } }
    let record = try Self.text(ownRecord, over: communicator)
    let configuration = try Self.text(plan?.configuration?.yaml, over: communicator)
    let origin = try Self.text(plan?.configuration?.path, over: communicator)
    options = try communicator.agree {
      guard origin.isEmpty else {
        return try command.options(completedBy: configuration, of: origin, isCheckpoint: !path.isEmpty)
      }
      do {
        try typed.checkPartners()
      } catch {
        throw UsageError(text: TrainOptions.message(for: error))
      }
      return typed
    }
    resumption =
      path.isEmpty
      ? nil
      : Resumption(
        path: path, record: try JSONDecoder().decode(CheckpointRecord.self, from: Data(record.utf8)),
        checkpoint: plan?.found?.checkpoint)
    directory = plan?.directory ?? options.newRunDirectory
    lock = plan?.lock
    if path.isEmpty, !origin.isEmpty, communicator.isRoot, !options.quiet {
      Console.note("there is no checkpoint yet; options that are not typed are those of \(origin)")
    }
  }

  /// The root's text on every rank. Collective.
  private static func text(_ text: String?, over communicator: some Communicator) throws -> String {
    String(decoding: try communicator.broadcast(Array((text ?? "").utf8)), as: UTF8.self)
  }
}

extension TrainCommand {
  /// The options as they were typed, with those of a configuration where nothing was typed.
  ///
  /// - Parameters:
  ///   - path: Where the configuration stands, for messages.
  ///   - isCheckpoint: Whether that is a checkpoint. Its number of shards is no option then: how many there must be,
  ///     and for how many ranks, is said by the record.
  /// - Throws: `OptionsFileError`, `UsageError`
  fileprivate func options(completedBy yaml: String, of path: String, isCheckpoint: Bool) throws -> TrainOptions {
    let stored = try OptionsFile(yaml: yaml, path: path).options
    let all = try ConfigurationFile.putting(
      stored, ofFile: path, before: arguments, leavingOut: isCheckpoint ? ["shards"] : [])
    do {
      let options = try TrainOptions.parse(Array(all.dropFirst()))
      try options.checkPartners()
      return options
    } catch {
      throw UsageError(text: TrainOptions.message(for: error))
    }
  }
}

/// The checkpoint that a run goes on from: found and read by one rank, known to all.
struct Resumption {
  let path: String
  let record: CheckpointRecord
  /// Only the root's.
  fileprivate let checkpoint: Checkpoint?

  /// Checks that the features have the names that they had. (The root alone knows them; it speaks for all.) Collective.
  func checkNames(ofFeatures names: [String], over communicator: some Communicator) throws {
    try communicator.agree { try checkpoint?.check(featureNames: names, path: path) }
  }

  /// Puts the run where the checkpoint stood. Collective.
  func restore<C: Communicator>(_ trainer: inout Trainer<C>, layout: ParameterLayout, over communicator: C) throws {
    let state = try trainer.state()
    try communicator.agree { try checkpoint?.load(into: state, layout: layout, path: path) }
    for vector in [state.parameters] + state.optimizerMemory.map(\.values) {
      try communicator.broadcast(vector, from: 0)
    }
    if trainer.resume(from: record.progress), communicator.isRoot {
      Console.warning(
        """
        \(path) is of an older version, which put an epoch's samples into other batches: epoch \
        \(record.progress.epoch + 1), of which \(record.progress.stepInEpoch) steps were done, begins anew
        """)
    }
  }
}

/// What the root makes of `--resume` and of what it finds on the disk.
private struct ResumePlan {
  let found: (path: String, checkpoint: Checkpoint)?
  /// Why newer checkpoints are not taken.
  let passedOver: [String]
  /// Of the run that is gone on with, or begun again.
  let configuration: (yaml: String, path: String)?
  let directory: RunDirectory.Choice
  /// Held from before anything is decided by what stands in the folder: another job may be about to end in it.
  let lock: RunLock?

  init(_ command: TrainCommand) throws {
    let options = command.options
    switch options.resume {
    case .no, .auto:
      let run = options.runDir ?? "runs/\(options.dataName)"
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
        configuration = isUnfinished ? (try WholeFile.text(at: path), path) : nil
      }
      try RunDirectory.check(directory)
    case .path(let path):
      let run = try Self.run(ofCheckpoint: path)
      func place(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().standardized.path }
      let isContinued = run.map { run in
        RunDirectory.isRun(run) && (options.runDir.map { place($0) == place(run) } ?? true)
      }
      lock = isContinued == true ? try RunDirectory.lock(run ?? path) : nil
      let (foundPath, checkpoint, passedOver) = try Self.checkpoint(at: path)
      found = (foundPath, checkpoint)
      self.passedOver = passedOver
      let configuration = try Self.configuration(of: checkpoint, at: foundPath)
      self.configuration = configuration
      if let run, isContinued == true {
        directory = .continued(options.runDir ?? run)
      } else {
        directory = try command.options(
          completedBy: configuration.yaml, of: configuration.path, isCheckpoint: true
        ).newRunDirectory
      }
      try RunDirectory.check(directory)
    }
  }

  private static func configuration(of checkpoint: Checkpoint, at path: String) throws -> (yaml: String, path: String) {
    (try RunDirectory.text(of: checkpoint.record.configuration), path)
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
      throw CheckpointError.damaged(path: path + "/checkpoints", reason: "none of its checkpoints is whole: \(reason)")
    }
    return (found.entry.path, found.checkpoint, search.passedOver)
  }
}

extension TrainOptions {
  /// "covertype" for "data/covertype.csv"
  var dataName: String {
    let data = data ?? Self.defaultData
    return data.hasPrefix("synthetic")
      ? "synthetic" : URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
  }

  /// The folder of a run that begins at its beginning.
  var newRunDirectory: RunDirectory.Choice {
    if let path = runDir { return .exactly(path, overwrite: overwrite) }
    return overwrite ? .exactly("runs/\(dataName)", overwrite: true) : .next(name: dataName)
  }
}
