internal import ArgumentParser
public import Checkpoints
public import Collectives
public import Configuration
internal import Datasets
internal import Files
internal import Foundation
internal import Models
internal import Tensors
internal import Training

/// Where a run's files belong.
public struct RunPlace {
  /// What ranks but the root have here means nothing.
  let choice: RunDirectory.Choice
  /// Of that folder, where it was there already. Only the root has it.
  let lock: RunLock?

  init(choice: RunDirectory.Choice, lock: RunLock?) {
    (self.choice, self.lock) = (choice, lock)
  }

  /// A folder that is new or empty, or whose run may be replaced.
  public init(_ folder: String, overwriting: Bool = false) {
    self.init(choice: .exactly(folder, overwrite: overwriting), lock: nil)
  }

  /// Says early what would be refused when the run is saved.
  ///
  /// - Throws: `RunDirectoryError`
  public func check() throws(RunDirectoryError) { try RunDirectory.check(choice) }
}

/// How a run begins: at its beginning, or with a checkpoint.
public struct Beginning {
  public let resumption: Resumption?
  /// As they were typed, with those of the run that it goes on with where nothing was typed.
  public let options: TrainOptions
  public let place: RunPlace
  /// What the user should know of it.
  public let note: String?

  /// Looks for a checkpoint, and where the run's files belong. Collective.
  ///
  /// - Parameters:
  ///   - typed: The options as they were typed.
  ///   - arguments: What was typed, without what a recipe adds to it: others may be put before them.
  /// - Throws: `AgreedFailure` with what stands in the way; `CollectiveError`.
  public init(
    _ typed: TrainOptions, _ arguments: [String], _ listeners: RunListeners, over communicator: some Communicator
  ) throws {
    guard typed.job.resume != .no else {
      (resumption, options, note) = (nil, typed, nil)
      let choice = typed.newRunDirectory
      place = RunPlace(choice: choice, lock: nil)
      try communicator.agree {
        guard communicator.isRoot else { return }
        if case .exactly(let folder, overwrite: true) = choice {
          if let first = typed.configuration.model.`init`, FilePath.components(of: first, in: folder) != nil {
            throw UsageError(
              text: "--init \(first) lies in \(folder), whose run --overwrite replaces: name another --run-dir")
          }
          try RunDirectory.check(typed.configuration.inputs, replacedIn: folder)
        }
        try RunDirectory.check(choice)
      }
      return
    }
    let plan = try communicator.agree { communicator.isRoot ? try ResumePlan(typed, arguments) : nil }
    if let plan, plan.found == nil, plan.configuration == nil, typed.configuration.data == nil {
      listeners.warn(
        """
        \(typed.job.runDir ?? "runs/\(typed.dataName)") has no run to go on with, and no DATA is named: a new run begins, on \
        built-in data
        """)
    }
    for reason in plan?.passedOver ?? [] { listeners.warn("passed over: \(reason)") }
    if let loss = plan?.loss { listeners.warn(loss) }
    // Short texts, and none for no checkpoint.
    let path = try Self.text(plan?.found?.path, over: communicator)
    let ownRecord = try communicator.agree { try plan?.found.map { try JSONText.line($0.checkpoint.record) } }
    let record = try Self.text(ownRecord, over: communicator)
    let configuration = try Self.text(plan?.configuration?.yaml, over: communicator)
    let origin = try Self.text(plan?.configuration?.path, over: communicator)
    options = try communicator.agree {
      guard origin.isEmpty else {
        return try TrainOptions(arguments, completedBy: configuration, of: origin, isCheckpoint: !path.isEmpty)
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
    place = RunPlace(choice: plan?.directory ?? options.newRunDirectory, lock: plan?.lock)
    note =
      path.isEmpty && !origin.isEmpty
      ? "there is no checkpoint yet; options that are not typed are those of \(origin)" : nil
  }

  /// The root's text on every rank. Collective.
  private static func text(_ text: String?, over communicator: some Communicator) throws -> String {
    String(decoding: try communicator.broadcast(Array((text ?? "").utf8)), as: UTF8.self)
  }
}

extension TrainOptions {
  /// The options as they were typed, with those of a configuration where nothing was typed.
  ///
  /// - Parameters:
  ///   - arguments: What was typed.
  ///   - path: Where the configuration stands, for messages.
  ///   - isCheckpoint: Whether that is a checkpoint. Its number of shards is no option then: how many there must be,
  ///     and for how many ranks, is said by the record.
  /// - Throws: `OptionsFileError`, `UsageError`
  init(
    _ arguments: [String], completedBy yaml: String, of path: String, isCheckpoint: Bool
  ) throws {
    let all = try OptionsFile(yaml: yaml, path: path).arguments(
      completing: arguments, leavingOut: isCheckpoint ? ["shards"] : [])
    do {
      self = try TrainOptions.parse(Array(all.dropFirst()))
      try checkPartners()
    } catch {
      throw UsageError(text: TrainOptions.messageWithHelp(for: error))
    }
  }
}

/// The checkpoint that a run goes on from: found and read by one rank, known to all.
public struct Resumption {
  public let path: String
  public let record: CheckpointRecord
  /// Only the root's.
  fileprivate let checkpoint: Checkpoint?

  /// Checks that the features have the names that they had. (The root alone knows them; it speaks for all.) Collective.
  func checkNames(
    ofFeatures names: [String], columns: [EncodedColumn], _ configuration: TrainingConfiguration,
    over communicator: some Communicator
  ) throws {
    try communicator.agree {
      try checkpoint?.check(featureNames: names, columns: columns, configuration, path: path)
    }
  }

  /// Puts the run where the checkpoint stood. Collective.
  ///
  /// - Parameter forgetsBest: Whether its best epoch is not to be compared with those to come.
  /// - Returns: What the user should know of it.
  func restore<C: Communicator>(
    _ trainer: inout Trainer<C>, layout: ParameterLayout, forgetsBest: Bool, over communicator: C
  ) throws -> [String] {
    let state = try trainer.state()
    try communicator.agree { try checkpoint?.load(into: state, layout: layout, path: path) }
    for vector in [state.parameters] + state.optimizerMemory.map(\.values) + [state.bestParameters].compactMap({ $0 }) {
      try communicator.broadcast(vector, from: 0)
    }
    let holdsBest = try communicator.sum(checkpoint?.holdsBest == true ? 1 : 0) > 0
    let progress = trainer.adopting(record.progress, holdsBest: holdsBest, forgetsBest: forgetsBest)
    var remarks: [String] = []
    if let best = record.progress.best, progress.best == nil {
      let reason =
        forgetsBest
        ? "its class weights or its loss were others"
        : holdsBest
          ? "it was by \(best.metric.title)"
          : "\(path) does not hold its model, being of an older version or of a run with --keep-model last"
      remarks.append(
        "epoch \(best.epoch), the best so far, counts no more (\(reason)): the best is that of the epochs from here on")
    }
    if trainer.resume(from: progress) {
      remarks.append(
        """
        \(path) is of an older version, which put an epoch's samples into other batches: epoch \
        \(record.progress.epoch + 1), of which \(record.progress.stepInEpoch) steps were done, begins anew
        """)
    }
    return remarks
  }

  /// The parameters of the members that are trained, without padding. Collective.
  func memberParameters(_ layout: ParameterLayout, over communicator: some Communicator) throws -> [Vector] {
    let read = try communicator.agree { try checkpoint?.memberParameters(layout, path: path) }
    let all = read ?? record.trainedMembers.map { _ in Vector(zeros: layout.count) }
    for vector in all { try communicator.broadcast(vector, from: 0) }
    return all
  }

  /// Where it stands, and what is other now, for people.
  func summary(with configuration: TrainingConfiguration) -> String {
    let changes = record.changes(to: configuration)
    let (trained, members) = (record.trainedMembers.count, record.configuration.model.memberCount)
    let ofMembers = members == 1 ? "" : "\(trained) of \(members) members and "
    return """
      from \(path), after \(ofMembers)\(record.progress.step) step\(record.progress.step == 1 ? "" : "s"), \
      \(record.progress.epoch) whole epoch\(record.progress.epoch == 1 ? "" : "s")\
      \(record.progress.network.map { " (all layers in \($0.epochs) of them, then the last alone)" } ?? ""), with its configuration\
      \(changes.isEmpty ? "" : " but for \(changes.joined(separator: ", "))")
      """
  }
}
