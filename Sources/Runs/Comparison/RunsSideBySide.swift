internal import Collectives
internal import Configuration
internal import Training

/// Trains runs side by side, each by a rank alone, be it a process or a thread. Every rank has one. A class, because each
/// step of a run looks for letters.
///
/// The first runs are dealt out by rank; whoever is about to end one asks the root for the next, which answers between two
/// steps of its own run: so ranks are busy until the end, however different the runs are. (An atomic counter that all
/// ranks read would need no answer; but one-sided operations of MPI wait, over a network, for the rank that holds it to
/// call MPI.) Until all have finished they meet in no collective operation. Ranks that wait hear now and then that the
/// others are well, or else the watchdog ends the job.
final class RunsSideBySide<C: Communicator> {
  private let plan: ComparisonPlan
  private let folder: ComparisonFolder
  private let overwrites: Bool
  private let world: C
  /// How often the root is told how far runs are; nil for not at all.
  private let interval: Duration?
  /// The root's hears of each run that has ended, and how far others are.
  private let tell: (RunNews) throws -> Void

  /// Of the root: runs that are not dealt out yet.
  private var queue: [Int] = []
  /// Of the root: the other ranks that have not finished.
  private var ranksAtWork: Set<Int> = []
  /// Of other ranks: what the root has answered.
  private var answer: Answer?
  private var hasAsked = false
  private var isOver = false
  /// Of this rank: the run that is under way.
  private var ownShare: RunShare?
  /// Of the root: those of other ranks, as far as they have said.
  private var shares: [Int: RunShare] = [:]
  /// Whether this rank is to stop.
  private var isStopping = false
  /// Why all stop, where this rank knows.
  private var failure: (any Error)?
  /// What went wrong with MPI, while a run was under way.
  private var brokenOperation: CollectiveError?
  /// How long before the end of its run a rank asks for the next: the root may be reading or writing files, and looks for
  /// letters between steps alone. (Of runs of 0.1 s much of the time would go by waiting; and what is asked for early is
  /// lost to others that have nothing left.)
  private static var timeToAnswer: Duration { .milliseconds(200) }
  /// Between two signs that a rank is well: a quarter of the shortest time that `--timeout` takes.
  private static var timeBetweenSigns: Duration { .milliseconds(250) }
  /// Which of many questions is worth a look for letters.
  private let pace = Pace(.milliseconds(10))
  private var lastSign = ContinuousClock.now

  private struct Answer {
    let run: Int?
  }

  init(
    _ plan: ComparisonPlan, in folder: ComparisonFolder, overwriting overwrites: Bool, over world: C,
    interval: Duration?, tell: @escaping (RunNews) throws -> Void
  ) {
    (self.plan, self.folder, self.overwrites, self.world) = (plan, folder, overwrites, world)
    (self.interval, self.tell) = (interval, tell)
  }

  /// Trains runs until none is left, or one of the ranks is asked to stop. Collective.
  ///
  /// - Parameters:
  ///   - runs: Places in the plan, the same on all ranks.
  ///   - data: Of one rank.
  /// - Throws: `AgreedFailure` where other runs would fail, too, or the root could not tell of one; `CollectiveError`.
  func train(_ runs: [Int], of data: borrowing ReadData) throws {
    queue = Array(runs.dropFirst(world.size))
    ranksAtWork = Set(1..<world.size)
    do {
      var next = runs.indices.contains(world.rank) ? runs[world.rank] : nil
      while let index = next, !isStopping, !StopRequest.isRequested {
        try train(index, isFirst: index == runs[0], of: data)
        next = try nextRun()
      }
    } catch let error as CollectiveError {
      throw error
    } catch {
      failure = failure ?? error
    }
    try finish()
    try world.agree { if let failure { throw failure } }
    // A rank may have been asked to stop when all was over.
    while try world.letter() != nil {}
    // Letters of runs that are trained next are not taken for such.
    _ = try world.sum(0)
  }

  /// Trains one run on this rank.
  ///
  /// - Throws: `RunFailure` of one after which all stop; what telling of it throws.
  private func train(_ index: Int, isFirst: Bool, of data: borrowing ReadData) throws {
    let (run, start) = (plan.runs[index], ContinuousClock.now)
    ownShare = RunShare(index: index)
    defer { ownShare = nil }
    // The root hears at the next look for letters that this run has begun.
    lastSign = .now - Self.timeBetweenSigns
    // Other ranks tell the root with each sign.
    let ear = RunEar(of: index, every: world.isRoot ? interval : Self.timeBetweenSigns) { [self] event, share in
      ownShare = share
      switch event {
      case .epochEnded(let report):
        world.passed(step: report.step)
        let member = report.member ?? MemberPlace(number: 1, count: 1)
        let done = (Double(member.number - 1) + Double(report.epoch) / Double(report.epochs)) / Double(member.count)
        if (ContinuousClock.now - start) * ((1 - done) / done) <= Self.timeToAnswer { try ask() }
      case .goesOn: try tellHowFar()
      default: break
      }
    }
    let path = folder.run(run)
    let outcome = try run.train(
      in: path, overwriting: overwrites, of: data.copy(), RunListeners([ear]),
      unless: { [self] in isInterrupted },
      over: SingleProcessCommunicator(coreCount: world.size == 1 ? world.coreCount : 1))
    if let brokenOperation { throw brokenOperation }
    var (judgement, failed): (Judgement?, RunFailure?) = (nil, nil)
    switch outcome {
    case .stopped:
      isStopping = true
      return
    case .completed(let found): judgement = found
    case .failed(let reason, let hasBegun):
      let reason = RunFailure(reason)
      if reason.endsAll(isFirst: isFirst, hasBegun: hasBegun) { throw reason.adding("(in the run \(path))") }
      failed = reason
    }
    let ended = EndedRun(
      index: index, judgement: judgement, failure: failed, seconds: (ContinuousClock.now - start) / .seconds(1),
      warnings: ear.warnings)
    if world.isRoot { try tell(.ended(ended)) } else { try world.post(.ended(ended), to: 0) }
  }

  // MARK: Dealing out

  /// Asks for the next run, once.
  private func ask() throws {
    guard !world.isRoot, !hasAsked, !isStopping else { return }
    hasAsked = true
    try world.post(.asksForRun, to: 0)
  }

  /// - Returns: Nil where none is left, or this rank is to stop.
  private func nextRun() throws -> Int? {
    guard !world.isRoot else { return queue.isEmpty ? nil : queue.removeFirst() }
    try ask()
    while answer == nil, !isStopping {
      guard let letter = try world.awaitLetter(unless: { StopRequest.isRequested }) else { return nil }
      try take(letter)
    }
    defer { (answer, hasAsked) = (nil, false) }
    return answer?.run
  }

  // MARK: Letters

  /// Asked at every step of the run that is under way: looks for letters now and then.
  private var isInterrupted: Bool {
    guard pace.isDue() else { return isStopping }
    do {
      while let letter = try world.letter() { try take(letter) }
      try showThatAllIsWell()
    } catch let error as CollectiveError {
      (brokenOperation, isStopping) = (error, true)
    } catch {
      failure = failure ?? error
      isStopping = true
    }
    return isStopping
  }

  private func take(_ letter: Letter) throws {
    switch try RunLetter(letter) {
    case .asksForRun:
      let run = isStopping || queue.isEmpty ? nil : queue.removeFirst()
      try world.post(run.map(RunLetter.train) ?? .nothingLeft, to: letter.sender)
    case .ended(let run):
      shares[letter.sender] = nil
      try tell(.ended(run))
    case .hasFinished: ranksAtWork.remove(letter.sender)
    case .train(let run): answer = Answer(run: run)
    case .nothingLeft: answer = Answer(run: nil)
    case .over: isOver = true
    case .isWell(let share):
      guard world.isRoot else { return }
      shares[letter.sender] = share
      try tellHowFar()
    case .stop:
      if world.isRoot, !isStopping { try stopOthers() }
      isStopping = true
    }
  }

  /// Of the root.
  private func tellHowFar() throws {
    guard world.isRoot, interval != nil else { return }
    let others = shares.sorted { $0.key < $1.key }.map(\.value)
    try tell(.goesOn([ownShare].compactMap { $0 } + others))
  }

  private func stopOthers() throws {
    if world.isRoot {
      for rank in 1..<world.size { try world.post(.stop, to: rank) }
    } else {
      try world.post(.stop, to: 0)
    }
  }

  /// The root to all, all to the root.
  private func showThatAllIsWell() throws {
    guard ContinuousClock.now - lastSign >= Self.timeBetweenSigns else { return }
    lastSign = .now
    for rank in world.isRoot ? 1..<world.size : 0..<1 {
      try world.post(.isWell(world.isRoot ? nil : ownShare), to: rank)
    }
  }

  // MARK: The end

  /// Waits until all ranks have finished, and stops them where this one was stopped. Collective.
  private func finish() throws {
    guard world.size > 1 else { return }
    var hasStoppedOthers = false
    if !world.isRoot { try world.post(.hasFinished, to: 0) }
    while world.isRoot ? !ranksAtWork.isEmpty : !isOver {
      if !hasStoppedOthers, isStopping || failure != nil || StopRequest.isRequested {
        (isStopping, hasStoppedOthers) = (true, true)
        try stopOthers()
      }
      if world.isRoot { try showThatAllIsWell() }
      guard let letter = try world.awaitLetter(unless: { StopRequest.isRequested && !hasStoppedOthers }) else {
        continue
      }
      do {
        try take(letter)
      } catch let error as CollectiveError {
        throw error
      } catch {
        // What cannot be told of is no reason to leave the others alone.
        failure = failure ?? error
      }
    }
    guard world.isRoot else { return }
    for rank in 1..<world.size { try world.post(.over, to: rank) }
  }
}
