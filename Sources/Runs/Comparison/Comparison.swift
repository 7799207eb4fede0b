public import Collectives
public import Configuration
public import Failures
internal import Foundation
internal import Training

/// Trains what a plan says, run after run, and compares what they come to. Every rank has one.
///
///     var comparison = try Comparison(plan, in: "runs/data-compare", console, over: communicator)
///     let exitStatus = try comparison.train()
public struct Comparison<C: Communicator> {
  private let plan: ComparisonPlan
  private let folder: ComparisonFolder
  private let overwrites: Bool
  private let communicator: C
  private let listener: any ComparisonListener
  private let listeners: RunListeners
  /// Of each run of the plan. Only the root's says what they came to.
  private var progress: [RunProgress]
  /// Of each run of the plan, on all ranks: whether it need not be trained.
  private var isDone: [Bool]
  /// Of the first run that failed.
  private var failure: AgreedFailure?
  /// Whether a run has come to its training: the data can be used.
  private var hasTrained = false

  /// Looks for runs that have ended before, and for what stands in the way of others. Collective.
  ///
  /// - Parameters:
  ///   - path: The folder of the comparison; a comparison that stands in it is gone on with.
  ///   - overwrites: Whether all runs are trained anew.
  ///   - listener: The root's hears what happens.
  /// - Throws: `AgreedFailure` with what is wrong with the folder; `CollectiveError`.
  public init(
    _ plan: ComparisonPlan, in path: String, overwriting overwrites: Bool = false,
    _ listener: any ComparisonListener, over communicator: C
  ) throws {
    let folder = ComparisonFolder(path: path)
    // A comparison goes on with the shards that it was begun with.
    let found = communicator.isRoot && !overwrites && !plan.hasShards ? folder.shards(of: plan) ?? 0 : 0
    let shards = try communicator.sum(found)
    let resolved = plan.resolved(
      shardCount: shards > 0 ? shards : plan.runs[0].configuration.shards.count(ranks: communicator.size))
    let judgements: [Judgement?] = try communicator.agree {
      guard communicator.isRoot else { return [] }
      try folder.make()
      return overwrites ? resolved.runs.map { _ in nil } : try folder.judgements(of: resolved)
    }
    self.plan = resolved
    self.folder = folder
    self.overwrites = overwrites
    self.communicator = communicator
    self.listener = listener
    listeners = RunListeners([listener], of: communicator)
    isDone = try communicator.broadcast(judgements.map { $0 == nil ? 0 : 1 }).map { $0 == 1 }
    progress = judgements.map { $0.map(RunProgress.judged) ?? .open }
  }

  /// Trains the runs that are left, and compares all. Collective.
  ///
  /// A run that fails is left out of the comparison, and the others go on; but where the data is not what it should be, or
  /// nothing can be written, no other would do better.
  ///
  /// - Returns: What it means for who called the program. The same on all ranks.
  /// - Throws: `AgreedFailure`, after which what is done is kept; `CollectiveError`.
  public mutating func train() throws -> ExitStatus {
    try tell { .began($0.plan, done: $0.doneCount, path: $0.folder.path) }
    for index in plan.runs.indices where !isDone[index] {
      guard try train(index) else {
        try writeTable()
        try tell { .stopped($0.table) }
        return .stoppedOnRequest
      }
      isDone[index] = true
      let run = plan.runs[index]
      try writeTable()
      try tell { .runEnded(run, $0.progress[index], done: $0.doneCount) }
    }
    // Also where nothing was left to train: a table of fewer choices may stand there.
    try writeTable()
    try tell { .ended($0.table) }
    return failure?.exitStatus ?? .success
  }

  /// Trains a run, from where it stands.
  ///
  /// - Returns: False where a rank was asked to stop.
  private mutating func train(_ index: Int) throws -> Bool {
    let planned = plan.runs[index]
    let path = folder.run(planned)
    try tell { _ in .runBegan(planned) }
    let judge = Judge()
    do {
      let (typed, arguments) = try communicator.agree {
        if communicator.isRoot { Judgement.remove(ofRun: path) }
        return try TrainOptions.ofRun(planned.configuration, in: path, overwriting: overwrites)
      }
      let beginning = try Beginning(typed, arguments, listeners, over: communicator)
      var run = try Run(
        beginning.options.configuration, resuming: beginning.resumption,
        listeners.with(RunListeners([judge], of: communicator)), over: communicator)
      hasTrained = true
      guard try run.train(savingTo: beginning.place).outcome == .completed else { return false }
    } catch let failure as AgreedFailure {
      if failure.exitStatus == .stoppedOnRequest { return false }
      guard !endsAll(failure) else { throw failure.adding("(in the run \(path))") }
      self.failure = self.failure ?? failure
      if communicator.isRoot { progress[index] = .failed(failure.message) }
      return true
    }
    if communicator.isRoot, let judgement = judge.judgement { progress[index] = .judged(judgement) }
    return true
  }

  /// Whether other runs would fail, too.
  private func endsAll(_ failure: AgreedFailure) -> Bool {
    switch failure.exitStatus {
    case .noInput, .cannotCreate, .inputOutput, .rankFailed, .internalError: true
    // Of the first run before its training: the data, which all have.
    case .badData: !hasTrained
    case .success, .usage, .stoppedOnRequest, .badConfiguration: false
    }
  }

  private var doneCount: Int { isDone.count { $0 } }
  /// Only the root's has figures.
  private var table: ComparisonTable { ComparisonTable(plan, progress, path: folder.path) }

  private func writeTable() throws {
    try communicator.agree { if communicator.isRoot { try folder.write(table) } }
  }

  private func tell(_ event: (Self) -> ComparisonEvent) throws {
    try communicator.agree {
      if communicator.isRoot { try listener.receive(event(self)) }
    }
  }
}

/// Keeps what a run came to, in its folder and for the table.
private final class Judge: RunListener {
  private(set) var judgement: Judgement?

  func receive(_ event: RunEvent) throws {
    guard case .ended(let end) = event else { return }
    let judgement = Judgement(end)
    if let path = end.path { try judgement.write(toRun: path) }
    self.judgement = judgement
  }
}
