internal import Collectives
internal import Tensors
internal import Training

/// Members that are trained side by side, one a rank. The ranks meet after every epoch, and learn who wants to stop, who
/// has failed, and who is done; so a rank that waits for others knows that they are well, and none waits longer for an
/// epoch than it takes. A class, because each of the epochs changes it.
///
/// The root's member is the first of those that are not trained: it is saved as in a run of one model, and a run that is
/// gone on with has it. What the other ranks have of theirs is lost with a stop.
final class MemberRound<C: Communicator>: MemberCompany {
  private let communicator: C
  private let observer: RunObserver<C>
  private var isStopped = false
  /// What the root came to of its member, where that was stopped and saved.
  private(set) var stopped: RunResult?
  private var hasFailed = false

  init(_ observer: RunObserver<C>, over communicator: C) {
    self.communicator = communicator
    self.observer = observer
  }

  /// Trains members, one a rank. Collective.
  ///
  /// - Parameters:
  ///   - members: From 0; no more than ranks.
  ///   - begun: The root's as a checkpoint has it; nil where it begins.
  /// - Returns: All of them on every rank, in order; nil where somebody asked to stop.
  /// - Throws: `AgreedFailure` where a member failed; `CollectiveError`.
  func train(
    _ members: Range<Int>, goingOn begun: Trainer<SingleProcessCommunicator>?,
    of data: MemberData<SingleProcessCommunicator>
  ) throws -> [MemberAccount.WithParameters]? {
    let member = members.lowerBound + communicator.rank
    let course = MemberCourse(ofMember: member, in: self, membersAtOnce: members.count)
    var (result, failure): (RunResult?, (any Error)?) = (nil, nil)
    do {
      if members.contains(member) {
        var trainer = try begun ?? data.trainer(ofMember: member)
        let ended = try trainer.run(observer: course)
        if ended.outcome == .completed {
          result = ended
        } else {
          isStopped = true
          if communicator.isRoot { stopped = ended }
        }
      }
    } catch let error as CollectiveError {
      throw error
    } catch RoundEnd.failed {
      // Another rank says why.
    } catch let error as AgreedFailure {
      failure = MemberFailure(error, member: member)
    } catch {
      failure = error
    }
    while try meet(isDone: true, hasFailed: failure != nil) {}
    try communicator.agree { if let failure { throw failure } }
    // Where it is what stopped the others.
    if isStopped { try observer.reportFailure() }
    guard !isStopped else { return nil }
    return try members.map { member in
      try share(
        result.map { (account: course.account(of: $0), parameters: $0.parameters) }, from: member - members.lowerBound)
    }
  }

  // MARK: What the member of this rank asks

  var rootObserver: RunObserver<C>? { communicator.isRoot ? observer : nil }

  /// A wish of one rank alone would leave the others behind: it is told when they meet.
  var wish: Wish { isStopped ? .stop : .goOn }

  func turn(ofMember member: Int) -> RunObserver<C>? { rootObserver }

  /// Collective.
  func epochEnded() throws {
    _ = try meet(isDone: false, hasFailed: false)
    if hasFailed { throw RoundEnd.failed }
  }

  /// Meets the others. Collective.
  ///
  /// - Returns: Whether one of them still trains.
  private func meet(isDone: Bool, hasFailed: Bool) throws -> Bool {
    let sums = try communicator.sum([
      isDone ? 0 : 1, observer.wish == .goOn && !isStopped ? 0 : 1, hasFailed ? 1 : 0,
    ])
    if sums[1] > 0 { isStopped = true }
    if sums[2] > 0 { self.hasFailed = true }
    return sums[0] > 0
  }

  private enum RoundEnd: Error { case failed }

  /// A rank's member, on all ranks. Collective.
  ///
  /// - Parameter own: This rank's; nil where it has none.
  private func share(_ own: (account: MemberAccount, parameters: Vector)?, from owner: Int) throws
    -> MemberAccount.WithParameters
  {
    let bytes = try communicator.agree { try communicator.rank == owner ? own?.account.encoded() ?? [] : [] }
    let told = try communicator.broadcast(bytes, from: owner)
    let parameters = Vector(zeros: observer.parameterCount)
    if let own, communicator.rank == owner { parameters.copy(from: own.parameters) }
    try communicator.broadcast(parameters, from: owner)
    return (try communicator.agree { try MemberAccount.decoded(told) }, parameters)
  }
}
