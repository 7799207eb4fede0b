public import Collectives
public import Configuration
internal import Datasets
public import Failures

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
  /// Only the root's says what runs came to.
  private let book: Book
  /// Of each run of the plan, on all ranks: whether it need not be trained.
  private let isDone: [Bool]

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
    book = Book(judgements.map { $0.map(RunProgress.judged) ?? .open })
  }

  /// Trains the runs that are left, and compares all. Collective.
  ///
  /// Where the data is small the ranks train runs side by side, each others, alone; else all train one after another. The
  /// bits are the same.
  ///
  /// A run that fails is left out of the comparison, and the others go on; but where the data is not what it should be, or
  /// nothing can be written, no other would do better.
  ///
  /// - Returns: What it means for who called the program. The same on all ranks.
  /// - Throws: `AgreedFailure`, after which what is done is kept; `CollectiveError`.
  public func train() throws -> ExitStatus {
    try tell { .began($0.plan, done: $0.doneCount, path: $0.folder.path) }
    let open = plan.runs.indices.filter { !isDone[$0] }
    if !open.isEmpty {
      do {
        if let data = try dataOfFirst(open) {
          try train(open, of: data)
        } else {
          try trainOneByOne(open, of: nil)
        }
      } catch let failure as AgreedFailure where failure.exitStatus == .stoppedOnRequest {
        // While the data was read.
      }
    }
    // Also where nothing was left to train: a table of fewer choices may stand there.
    try writeTable()
    let left = try communicator.sum(communicator.isRoot ? book.progress.count { $0 == .open } : 0)
    try tell { left > 0 ? .stopped($0.table) : .ended($0.table) }
    guard left == 0 else { return .stoppedOnRequest }
    let statuses = try communicator.broadcast(
      book.failures.sorted { $0.key < $1.key }.prefix(1).map { UInt8($0.value.rawValue) })
    return statuses.first.flatMap { ExitStatus(rawValue: Int32($0)) } ?? .success
  }

  /// The data of the first run, and so of all whose options of it are the same; nil where it is that run alone that
  /// cannot be read so. Collective.
  private func dataOfFirst(_ open: [Int]) throws -> ReadData? {
    let configuration = plan.runs[open[0]].configuration
    let layout = try communicator.agree { try configuration.shardLayout(ranks: communicator.size, nil) }
    do {
      return try communicator.reading {
        try ReadData(configuration, layout: layout, listeners, over: communicator)
      }
    } catch let failure as AgreedFailure
      where failure.exitStatus != .stoppedOnRequest
      && !RunFailure(failure).endsAll(isFirst: true, hasBegun: false)
    {
      // The run says so when its turn comes.
      return nil
    }
  }

  private func train(_ open: [Int], of read: consuming ReadData) throws {
    let (most, samples) = (open.map { plan.runs[$0].configuration.model.memberCount }.max() ?? 1, read.sampleCount)
    if most > max(samples, 1) {
      try communicator.fail(
        with: ComparisonError.tooManyMembers(
          members: most, samples: samples, data: plan.runs[open[0]].configuration.dataName))
    }
    // With fewer runs too many ranks would have none.
    let areMany = 2 * open.count >= communicator.size
    if areMany, try read.fitsOnEveryRank(over: communicator), try folder.isSeenByAll(communicator) {
      try trainSideBySide(open, of: try read.onEveryRank(over: communicator))
    } else {
      try trainOneByOne(open, of: read)
    }
  }

  private func trainSideBySide(_ open: [Int], of data: borrowing ReadData) throws {
    let runs = RunsSideBySide(
      plan, in: folder, overwriting: overwrites, over: communicator, tell: { ended in try take(ended) })
    try runs.train(open, of: data)
  }

  /// Each by all ranks.
  ///
  /// - Parameter read: Data for the first of them: to keep it for others would take too much memory.
  private func trainOneByOne(_ open: [Int], of read: consuming ReadData?) throws {
    var read = read
    for index in open {
      let (run, start) = (plan.runs[index], ContinuousClock.now)
      let outcome = try run.train(
        in: folder.run(run), overwriting: overwrites, of: read.take(), listeners, over: communicator)
      var (judgement, failed): (Judgement?, RunFailure?) = (nil, nil)
      switch outcome {
      case .stopped: return
      case .completed(let found): judgement = found
      case .failed(let failure, let hasBegun):
        let reason = RunFailure(failure)
        guard !reason.endsAll(isFirst: index == open[0], hasBegun: hasBegun) else {
          throw failure.adding("(in the run \(folder.run(run)))")
        }
        failed = reason
      }
      let ended = EndedRun(
        index: index, judgement: judgement, failure: failed, seconds: (ContinuousClock.now - start) / .seconds(1),
        warnings: [])
      try communicator.agree { if communicator.isRoot { try take(ended) } }
    }
  }

  /// Takes down what a run came to, and tells of it. Of the root.
  private func take(_ ended: EndedRun) throws {
    if let failure = ended.failure {
      book.progress[ended.index] = .failed(failure.message)
      book.failures[ended.index] = failure.exitStatus
    } else if let judgement = ended.judgement {
      book.progress[ended.index] = .judged(judgement)
    }
    try ended.warnings.forEach { try listener.receive(RunEvent.warning($0)) }
    try folder.write(table)
    try listener.receive(
      .runEnded(
        plan.runs[ended.index], book.progress[ended.index], done: book.progress.count { $0 != .open },
        seconds: ended.seconds))
  }

  private var doneCount: Int { isDone.count { $0 } }
  /// Only the root's has figures.
  private var table: ComparisonTable { ComparisonTable(plan, book.progress, path: folder.path) }

  private func writeTable() throws {
    try communicator.agree { if communicator.isRoot { try folder.write(table) } }
  }

  private func tell(_ event: (Self) -> ComparisonEvent) throws {
    try communicator.agree {
      if communicator.isRoot { try listener.receive(event(self)) }
    }
  }
}

/// What the runs came to so far. A class, because runs end while others are under way.
private final class Book {
  var progress: [RunProgress]
  /// By the place of the run that failed.
  var failures: [Int: ExitStatus] = [:]

  init(_ progress: [RunProgress]) { self.progress = progress }
}
