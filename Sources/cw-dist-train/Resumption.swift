internal import Checkpoints
internal import Collectives
internal import Foundation
internal import Models
internal import Reporting
internal import Training

/// The checkpoint that a run goes on from: found and read by one rank, known to all.
struct Resumption {
  let path: String
  let record: CheckpointRecord
  /// Only the root's.
  private let checkpoint: Checkpoint?

  /// Whether there is a checkpoint to go on from, and where the run's files belong. Collective.
  static func find(
    _ options: TrainOptions, over communicator: some Communicator
  ) throws -> (resumption: Resumption?, directory: RunDirectory.Choice) {
    guard options.resume != .no else {
      let choice = options.newRunDirectory
      try communicator.agree { if communicator.isRoot { try RunDirectory.check(choice) } }
      return (nil, choice)
    }
    let plan = try communicator.agree { communicator.isRoot ? try ResumePlan(options) : nil }
    for reason in plan?.passedOver ?? [] { Console.warning("passed over: \(reason)") }
    // Short texts, and none for no checkpoint.
    let path = try text(plan?.found?.path, over: communicator)
    let record = try text(plan?.found.map { try JSONText.line($0.checkpoint.record) }, over: communicator)
    guard !path.isEmpty else { return (nil, plan?.directory ?? options.newRunDirectory) }
    return (
      Resumption(
        path: path, record: try JSONDecoder().decode(CheckpointRecord.self, from: Data(record.utf8)),
        checkpoint: plan?.found?.checkpoint), plan?.directory ?? options.newRunDirectory
    )
  }

  /// The root's text on every rank. Collective.
  private static func text(_ text: String?, over communicator: some Communicator) throws -> String {
    String(decoding: try communicator.broadcast(Array((text ?? "").utf8)), as: UTF8.self)
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
  let directory: RunDirectory.Choice

  init(_ options: TrainOptions) throws {
    switch options.resume {
    case .no, .auto:
      let run = options.runDir ?? "runs/\(options.dataName)"
      let search = try CheckpointFolder(ofRun: run).newestWhole()
      found = search.found.map { (path: $0.entry.path, checkpoint: $0.checkpoint) }
      passedOver = search.passedOver
      if found != nil {
        directory = .continued(run)
      } else {
        // A run that has not come to its first whole checkpoint is begun anew.
        let isUnfinished = RunDirectory.holdsBeginning(run)
        if let reason = passedOver.first, !isUnfinished { throw CheckpointError.noneWhole(run: run, reason: reason) }
        directory = isUnfinished ? .begunAgain(run) : .exactly(run, overwrite: false)
        try RunDirectory.check(directory)
      }
    case .path(let path):
      let (foundPath, checkpoint, passedOver) = try Self.checkpoint(at: path)
      found = (foundPath, checkpoint)
      self.passedOver = passedOver
      let folder = URL(fileURLWithPath: foundPath).deletingLastPathComponent()
      let run = folder.lastPathComponent == "checkpoints" ? folder.deletingLastPathComponent() : nil
      func place(_ url: URL?) -> String? { url?.resolvingSymlinksInPath().standardized.path }
      let isNamed = options.runDir.map { place(URL(fileURLWithPath: $0)) == place(run) } ?? true
      if let run, isNamed, RunDirectory.isRun(run.relativePath) {
        directory = .continued(options.runDir ?? run.relativePath)
      } else {
        directory = options.newRunDirectory
        try RunDirectory.check(directory)
      }
    }
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
