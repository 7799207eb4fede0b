internal import Collectives
internal import Foundation
internal import Synchronization
internal import Threads
internal import Training

/// Members that are trained side by side by threads of one process, which saves nobody the start of ranks. Each is
/// trained by a thread alone, as by a process of its own: threads share the data, which none of them changes, and take the
/// next member when they have done one.
///
/// The calling thread is one of them. It alone tells of members and saves them, in their order: of its own while those
/// before it are done, of others at the end of its epochs. What is not saved is trained again by a run that goes on.
final class MemberThreads<C: Communicator>: MemberCompany {
  private let data: MemberData<SingleProcessCommunicator>
  private let meeting: MemberMeeting
  private let threadCount: Int
  /// Takes in the next member, in order.
  private let take: (MemberAccount.WithParameters) throws -> RunObserver<C>
  /// As it is after those that were taken in.
  private var observer: RunObserver<C>
  /// The next to be taken in.
  private var next: Int
  private var failure: (any Error)?
  /// What this thread came to of its member, where that was stopped and saved.
  private(set) var stopped: RunResult?
  /// After the last of the members.
  private let end: Int

  /// - Parameters:
  ///   - members: Those that are left, from 0.
  ///   - data: Which no thread changes.
  ///   - observer: Before the first of them.
  ///   - take: Takes in the next member, in order, and returns the observer after it.
  init(
    _ members: Range<Int>, threadCount: Int, of data: MemberData<SingleProcessCommunicator>,
    _ observer: RunObserver<C>, take: @escaping (MemberAccount.WithParameters) throws -> RunObserver<C>
  ) {
    (self.data, self.observer, self.take) = (data, observer, take)
    self.threadCount = min(threadCount, members.count)
    meeting = MemberMeeting(members)
    (next, end) = (members.lowerBound, members.upperBound)
  }

  /// Trains what is left, or until somebody asks to stop.
  ///
  /// - Parameter begun: The first of the members as a checkpoint has it; nil where it begins.
  /// - Returns: Whether all are trained.
  /// - Throws: `AgreedFailure` where a member failed, or could not be told of.
  func train(goingOn begun: Trainer<SingleProcessCommunicator>?, over communicator: C) throws -> Bool {
    // The first is this thread's, before others take any: it may have begun.
    var (own, begun) = (meeting.nextMember(), begun)
    startOthers()
    while let member = own {
      let course = MemberCourse(ofMember: member, in: self, membersAtOnce: threadCount)
      let outcome = data.train(member, goingOn: begun.take(), course, meeting)
      if case .success(.stopped(let result)) = outcome, next == member { stopped = result }
      meeting.bring(outcome, ofMember: member)
      takeEnded()
      own = meeting.nextMember()
    }
    meeting.waitForOthers {
      takeEnded()
      _ = wish
      if observer.wantsActivity { observer.goesOn(with: .preparing("waiting for the members of other threads")) }
    }
    takeEnded()
    return try communicator.agree {
      if let failure = failure ?? meeting.failure { throw failure }
      // Where it is what stopped the others.
      if meeting.isEnding { try observer.reportFailure() }
      return next == end
    }
  }

  private func startOthers() {
    // Nobody changes it.
    nonisolated(unsafe) let data = data
    let (meeting, threadCount) = (meeting, threadCount)
    for _ in 1..<max(threadCount, 1) {
      meeting.enter()
      let isStarted = BackgroundThread.start(stackSize: 2 << 20) {
        while let member = meeting.nextMember() {
          let course = MemberCourse(ofMember: member, in: meeting, membersAtOnce: threadCount)
          meeting.bring(unsafe data.train(member, goingOn: nil, course, meeting), ofMember: member)
        }
        meeting.leave()
      }
      // Those that there are do the work.
      if !isStarted { return meeting.leave() }
    }
  }

  // MARK: What this thread's own member asks

  var rootObserver: RunObserver<C>? { observer }

  var wish: Wish {
    if observer.wish != .goOn { meeting.end() }
    return meeting.wish
  }

  func turn(ofMember member: Int) -> RunObserver<C>? {
    takeEnded()
    return next == member && failure == nil ? observer : nil
  }

  func epochEnded() {}

  /// Takes in the members that are done, as far as none before them is missing.
  private func takeEnded() {
    guard failure == nil else { return }
    do {
      var hasTaken = false
      while let ended = meeting.takeEnded(next) {
        observer = try take(ended)
        next += 1
        hasTaken = true
      }
      if hasTaken { try observer.betweenMembers(saving: true) }
    } catch {
      failure = error
      meeting.end()
    }
  }
}

extension MemberData<SingleProcessCommunicator> {
  /// Trains a member on this thread. Where it fails the others stop.
  fileprivate func train<Company>(
    _ member: Int, goingOn begun: Trainer<SingleProcessCommunicator>?, _ course: MemberCourse<Company>,
    _ meeting: MemberMeeting
  ) -> MemberMeeting.Outcome {
    do {
      var trainer = try begun ?? trainer(ofMember: member)
      let result = try trainer.run(observer: course)
      guard result.outcome == .completed else { return .success(.stopped(result)) }
      return .success(.trained((course.account(of: result), result.parameters.copy)))
    } catch {
      meeting.end()
      return .failure((error as? AgreedFailure).map { MemberFailure($0, member: member) } ?? error)
    }
  }
}

/// Where threads learn what there is to do, and bring what they have come to. All that they share is guarded by
/// `condition`, but for the flag that every step looks at.
///
/// It is all the company that members of other threads than the calling one have: nothing is told of those before they
/// have ended.
private final class MemberMeeting: MemberCompany, @unchecked Sendable {
  typealias Outcome = Result<Ended, any Error>

  enum Ended {
    case trained(MemberAccount.WithParameters)
    case stopped(RunResult)
  }

  private let condition = NSCondition()
  private var left: Range<Int>
  private var others = 0
  private var outcomes: [Int: Outcome] = [:]
  private let ending = Atomic<Bool>(false)

  init(_ members: Range<Int>) {
    left = members
  }

  /// Whether all are to stop.
  var isEnding: Bool { ending.load(ordering: .relaxed) }

  func end() { ending.store(true, ordering: .relaxed) }

  var rootObserver: RunObserver<SingleProcessCommunicator>? { nil }

  var wish: Wish { isEnding ? .stop : .goOn }

  func turn(ofMember member: Int) -> RunObserver<SingleProcessCommunicator>? { nil }

  func epochEnded() {}

  /// Nil where none is left, or all are to stop.
  func nextMember() -> Int? {
    condition.withLock { isEnding ? nil : left.popFirst() }
  }

  func bring(_ outcome: Outcome, ofMember member: Int) {
    condition.withLock {
      outcomes[member] = outcome
      condition.signal()
    }
  }

  /// A member that is trained, once; nil where it is not.
  func takeEnded(_ member: Int) -> MemberAccount.WithParameters? {
    condition.withLock {
      guard case .success(.trained(let ended)) = outcomes[member] else { return nil }
      outcomes[member] = nil
      return ended
    }
  }

  /// Of the first member that failed.
  var failure: (any Error)? {
    condition.withLock {
      outcomes.sorted { $0.key < $1.key }.lazy.compactMap {
        if case .failure(let error) = $0.value { error } else { nil }
      }
      .first
    }
  }

  /// Another thread than the one that waits.
  func enter() { condition.withLock { others += 1 } }

  func leave() {
    condition.withLock {
      others -= 1
      condition.signal()
    }
  }

  /// - Parameter look: Called now and then.
  func waitForOthers(lookingUp look: () -> Void) {
    while condition.withLock({ others > 0 && (condition.wait(until: Date(timeIntervalSinceNow: 0.05)) || others > 0) })
    {
      look()
    }
  }
}
