public import Collectives
public import Configuration
internal import Datasets
public import Failures
internal import Foundation

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

  /// Looks for runs that have ended before, and for what stands in the way of others. Collective.
  ///
  /// - Parameters:
  ///   - path: The folder of the comparison; a comparison that stands in it is gone on with.
  ///   - isNumbered: Whether, where another one stands there, it is the first of path-2, path-3, … where none does.
  ///   - overwrites: Whether all runs are trained anew.
  ///   - listener: The root's hears what happens.
  /// - Throws: `AgreedFailure` with what is wrong with the folder; `CollectiveError`.
  public init(
    _ plan: ComparisonPlan, in path: String, isNumbered: Bool = false, overwriting overwrites: Bool = false,
    _ listener: any ComparisonListener, over communicator: C
  ) throws {
    let ownNumber = try communicator.agree {
      isNumbered && communicator.isRoot
        ? try ComparisonFolder.number(of: plan, at: path, overwriting: overwrites, ranks: communicator.size) : 0
    }
    let number = try communicator.sum(ownNumber)
    let folder = ComparisonFolder(path: number > 1 ? "\(path)-\(number)" : path)
    // A comparison goes on with the shards that it was begun with.
    let found = communicator.isRoot && !overwrites && !plan.hasShards ? folder.shards(of: plan) ?? 0 : 0
    let shards = try communicator.sum(found)
    let resolved = plan.resolved(shardsOfFolder: shards, ranks: communicator.size)
    // Whether a run has all ranks to itself may depend on which are left: so each must have a shard for each of them.
    try communicator.agree {
      for run in resolved.runs { _ = try run.configuration.shardLayout(ranks: communicator.size, nil) }
    }
    let judgements: [Judgement?] = try communicator.agree {
      guard communicator.isRoot else { return [] }
      try folder.check(resolved, overwriting: overwrites)
      if let words = folder.leftOut(of: resolved) { RunListeners([listener]).warn(words) }
      return overwrites ? resolved.runs.map { _ in nil } : try folder.judgements(of: resolved)
    }
    self.plan = resolved
    self.folder = folder
    self.overwrites = overwrites
    self.communicator = communicator
    self.listener = listener
    listeners = RunListeners([listener], of: communicator)
    book = Book(resolved, communicator.isRoot ? judgements.map { $0.map(RunProgress.judged) ?? .open } : [])
  }

  /// Trains the runs that are left, and compares all. Collective.
  ///
  /// Where the data is small the ranks train runs side by side, each others, alone, or the threads of a process without
  /// ranks; else all train one after another. The bits are the same.
  ///
  /// A run that fails is left out of the comparison, and the others go on; but where the data is not what it should be, or
  /// nothing can be written, no other would do better.
  ///
  /// - Returns: What it means for who called the program. The same on all ranks.
  /// - Throws: `AgreedFailure`, after which what is done is kept; `CollectiveError`.
  public func train() throws -> ExitStatus {
    try tell { .began($0.plan, done: $0.book.course?.doneCount ?? 0, path: $0.folder.path) }
    let open = try openRuns()
    if !open.isEmpty {
      do {
        if let data = try dataOfFirst(open) {
          try train(open, of: data)
        } else {
          try noteInputs(of: open)
          try trainOneByOne(fromRungOf: open, of: nil)
        }
      } catch let failure as AgreedFailure where failure.exitStatus == .stoppedOnRequest {
        // While the data was read.
      } catch let failure as AgreedFailure {
        // What is done is kept; where it cannot be written, that is the lesser news.
        if let course = book.course, course.doneCount > 0 { try? folder.write(table) }
        throw failure
      }
    }
    // Also where nothing was left to train: a table of fewer choices may stand there.
    try writeTable()
    let left = try communicator.sum(book.course?.leftCount ?? 0)
    try tell { left > 0 ? .stopped($0.table) : .ended($0.table) }
    guard left == 0 else { return .stoppedOnRequest }
    let statuses = try communicator.broadcast(
      book.failures.sorted { $0.key < $1.key }.prefix(1).map { UInt8($0.value.rawValue) })
    return statuses.first.flatMap { ExitStatus(rawValue: Int32($0)) } ?? .success
  }

  /// The runs that are left of the rung that is under way. The same on all ranks. Collective.
  private func openRuns() throws -> [Int] {
    let open = try communicator.agree { try JSONEncoder().encode(book.course?.open ?? []) }
    return try JSONDecoder().decode([Int].self, from: Data(try communicator.broadcast([UInt8](open))))
  }

  /// The runs of the next rung, when those of one have ended; none where all have, or some are left since all are to stop.
  /// Collective.
  ///
  /// - Parameter before: What `openRuns` gave for that rung.
  private func openRuns(after before: [Int]) throws -> [Int] {
    let open = try openRuns()
    guard let first = open.first, plan.runs[first].rung > plan.runs[before[0]].rung else { return [] }
    try tell { .rungEnded($0.plan.runs[before[0]].rung, remaining: $0.book.course?.choiceCount ?? 0) }
    return open
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
    if let folds = open.compactMap({ plan.runs[$0].configuration.split.fold?.count }).max(), folds > samples {
      try communicator.fail(
        with: ComparisonError.tooManyFolds(
          folds: folds, samples: samples, data: plan.runs[open[0]].configuration.dataName))
    }
    try warn(ofClassesFewerThanFolds: read.countedClasses(over: communicator), open)
    // Before the first run ends, so that what is killed is known as a comparison.
    try noteInputs(of: open)
    try writeTable()
    if usesThreads(for: open), try read.fitsOnEveryRank(over: communicator), haveSameData(open, as: read) {
      try trainOnThreads(open, of: SharedData(read))
    } else if Self.areMany(open, communicator), try read.fitsOnEveryRank(over: communicator),
      try folder.isSeenByAll(communicator)
    {
      try trainOnRanks(open, of: read.onEveryRank(over: communicator))
    } else {
      try trainOneByOne(fromRungOf: open, of: read)
    }
  }

  /// Of classes that some folds have no sample of: what is said of these folds leaves them out.
  private func warn(ofClassesFewerThanFolds classes: [(name: String, count: Int)], _ open: [Int]) {
    guard let folds = open.compactMap({ plan.runs[$0].configuration.split.fold?.count }).max() else { return }
    let rare = classes.filter { (1..<folds).contains($0.count) }
    guard let fewest = rare.map(\.count).min() else { return }
    let names = rare.prefix(5).map { "\"\($0.name)\" (\($0.count))" }.joined(separator: ", ")
    listeners.warn(
      """
      \(rare.count == 1 ? "a class has" : "\(rare.count) classes have") fewer samples than the \(folds) folds: \(names)\
      \(rare.count > 5 ? ", …" : ""). The figures of a fold are over the classes that it has, and so are their means: they may \
      be higher than those of all samples together\(fewest > 1 ? "; with --folds \(fewest) each has some of all" : "").
      """)
  }

  private func trainOnRanks(_ open: [Int], of data: consuming ReadData) throws {
    var open = open
    while !open.isEmpty {
      guard Self.areMany(open, communicator) else { return try trainOneByOne(fromRungOf: open, of: nil) }
      try runsSideBySide(of: plan, over: communicator).train(open, of: data)
      open = try openRuns(after: open)
    }
  }

  /// Whether ranks train runs side by side: with fewer too many of them would have none.
  private static func areMany(_ open: [Int], _ communicator: C) -> Bool {
    communicator.size > 1 && 2 * open.count >= communicator.size
  }

  /// Threads that may train runs side by side: of a process that is alone.
  private var threadCount: Int {
    communicator.size == 1 ? plan.runs[0].configuration.computation.threads ?? communicator.coreCount : 1
  }

  /// Of the copies of the data that threads have.
  private static var mostBytesOfCopies: Int { 1 << 30 }

  /// Whether runs need no data but what was read: threads of one process do not read files beside each other.
  private func haveSameData(_ open: [Int], as read: borrowing ReadData) -> Bool {
    let source = read.source
    return open.allSatisfy {
      let configuration = plan.runs[$0].configuration
      guard let layout = try? configuration.shardLayout(ranks: 1, nil) else { return false }
      return ReadData.Source(configuration, layout: layout) == source
    }
  }

  /// Whether threads train runs side by side. (The members of a run have threads of their own.)
  private func usesThreads(for open: [Int]) -> Bool {
    threadCount > 1 && open.count > 1 && open.allSatisfy { plan.runs[$0].configuration.model.memberCount == 1 }
  }

  /// - Parameter world: Those who train runs.
  private func runsSideBySide<World: Communicator>(
    of plan: ComparisonPlan, over world: World
  ) -> RunsSideBySide<World> {
    RunsSideBySide(plan, in: folder, overwriting: overwrites, over: world, interval: listener.interval) { news in
      switch news {
      case .ended(let run): try take(run)
      case .goesOn(let shares): try listener.receive(.goesOn(activity(shares)))
      }
    }
  }

  private func trainOnThreads(_ open: [Int], of data: SharedData) throws {
    // The run of each thread has a copy of the data, which it encodes.
    let mostCopies = max(Self.mostBytesOfCopies / max(try data.data.byteCount(over: communicator), 1), 1)
    var open = open
    while !open.isEmpty {
      guard usesThreads(for: open) else { return try trainOneByOne(fromRungOf: open, of: data.data.copy()) }
      let (runs, count) = (open, min(threadCount, open.count, mostCopies))
      // Those that were asked for are shared out.
      let plan = plan.with(threads: plan.runs[0].configuration.computation.threads.map { max($0 / count, 1) })
      // What can be changed of it is the root's, which is this thread.
      nonisolated(unsafe) let train = { (thread: ThreadCommunicator) in
        try runsSideBySide(of: plan, over: thread).train(runs, of: data.data)
      }
      do {
        _ = try ThreadCommunicator.run(mostRanks: count) { try unsafe train($0) }
      } catch let failure as AgreedFailure {
        // There are no ranks that the user knows of.
        throw failure.ofOneProcess
      }
      open = try openRuns(after: open)
    }
  }

  /// Those that are left of a rung, and of all that follow.
  ///
  /// - Parameter read: Data for the first of them: to keep it for others would take too much memory.
  private func trainOneByOne(fromRungOf open: [Int], of read: consuming ReadData?) throws {
    var read = read
    var open = open
    while !open.isEmpty {
      for index in open {
        guard try trainByAll(index, isFirst: index == open[0], of: read.take()) else { return }
      }
      open = try openRuns(after: open)
    }
  }

  /// Trains a run by all ranks.
  ///
  /// - Returns: Whether it has ended, or failed; else all are to stop.
  private func trainByAll(_ index: Int, isFirst: Bool, of read: consuming ReadData?) throws -> Bool {
    let (run, start) = (plan.runs[index], ContinuousClock.now)
    let ear = RunEar(of: index, every: listener.interval) { event, share in
      guard case .goesOn = event else { return }
      try listener.receive(.goesOn(activity([share])))
    }
    let ears: [any RunListener] = listener.interval == nil ? [] : [ear]
    let outcome = try run.train(
      in: folder.run(run), overwriting: overwrites, of: read, listeners.with(RunListeners(ears, of: communicator)),
      over: communicator)
    var (judgement, failed): (Judgement?, RunFailure?) = (nil, nil)
    switch outcome {
    case .stopped: return false
    case .completed(let found): judgement = found
    case .failed(let failure, let hasBegun):
      let reason = RunFailure(failure)
      guard !reason.endsAll(isFirst: isFirst, hasBegun: hasBegun) else {
        throw failure.adding("(in the run \(folder.run(run)))")
      }
      failed = reason
    }
    let ended = EndedRun(
      index: index, judgement: judgement, failure: failed, seconds: (ContinuousClock.now - start) / .seconds(1),
      warnings: [])
    try communicator.agree { if communicator.isRoot { try take(ended) } }
    return true
  }

  /// Takes down what a run came to, and tells of it. Of the root.
  private func take(_ ended: EndedRun) throws {
    book.take(ended)
    try ended.warnings.forEach { try listener.receive(RunEvent.warning($0)) }
    // Bringing it to the disk may take longer than a short run; what runs came to stands in their folders, too.
    if ContinuousClock.now >= book.nextWriting {
      try folder.write(table)
      book.nextWriting = .now + .seconds(1)
    }
    try listener.receive(
      .runEnded(
        plan.runs[ended.index], book.progress[ended.index], done: book.course?.doneCount ?? 0, seconds: ended.seconds))
  }

  /// Of the root.
  private func activity(_ shares: [RunShare]) -> ComparisonActivity {
    guard let course = book.course else { preconditionFailure("only the root has a book") }
    let byPlace = Dictionary(shares.map { ($0.index, $0.share) }, uniquingKeysWith: { _, last in last })
    return ComparisonActivity(
      done: course.doneCount, count: course.count, rung: course.rung,
      underWay: shares.map { (plan.runs[$0.index], $0.share) },
      share: course.share(plan, costs: book.costs, underWay: byPlace))
  }

  /// Of the root.
  private var table: ComparisonTable { ComparisonTable(plan, book.progress, path: folder.path) }

  private func noteInputs(of open: [Int]) throws {
    try communicator.agree {
      guard communicator.isRoot else { return }
      // Of later rungs, too.
      let first = open.map { plan.runs[$0].rung }.min() ?? 0
      let runs = plan.runs.enumerated().filter { open.contains($0.offset) || $0.element.rung > first }.map(\.element)
      try folder.writeInputs(of: runs, overwriting: overwrites)
    }
  }

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
  private let plan: ComparisonPlan
  private(set) var progress: [RunProgress]
  /// By the place of the run that failed.
  private(set) var failures: [Int: ExitStatus] = [:]
  /// What is to be trained; nil where it is not known, as on ranks but the root.
  private(set) var course: ComparisonCourse?
  /// Of each run.
  let costs: [Double]
  /// When the table is next to be written while runs end.
  var nextWriting = ContinuousClock.now

  /// - Parameter progress: Of each run; none on ranks but the root.
  init(_ plan: ComparisonPlan, _ progress: [RunProgress]) {
    (self.plan, self.progress) = (plan, progress)
    costs = plan.runs.map(\.cost)
    course = progress.isEmpty ? nil : ComparisonCourse(plan, progress)
  }

  func take(_ ended: EndedRun) {
    if let failure = ended.failure {
      progress[ended.index] = .failed(failure.message)
      failures[ended.index] = failure.exitStatus
    } else if let judgement = ended.judgement {
      progress[ended.index] = .judged(judgement)
    }
    course = ComparisonCourse(plan, progress)
  }
}
