internal import Checkpoints
internal import Collectives
internal import Failures
internal import Models
internal import Tensors
internal import Training

/// Passes on what happens in a run to its listeners and checkpoints, which the root alone has, and wishes of this rank to
/// the run.
struct RunObserver<C: Communicator>: TrainingObserver {
  private let communicator: C
  private let output: RunOutput?
  private let listeners: RunListeners
  /// The output's. Every step asks it, and the output as a whole takes time to copy.
  private let checkpoints: CheckpointWriter?
  private let members: MemberStates
  /// Whether something else than a signal stops the run.
  private let isInterrupted: () -> Bool
  /// A class, because every step asks it, and asking the listeners takes time.
  private final class Enough {
    var isHeard = false
  }
  /// Whether the listeners have heard enough of the run.
  private let enough = Enough()
  /// Tells when listeners are to hear how far the run is; nil where none wants to.
  private let pace: Pace?

  /// The members of a run, as far as they are trained.
  struct MemberStates {
    /// K
    var count = 1
    /// Of the parameters of one of them.
    var layout = ParameterLayout()
    var trained: [TrainedMember] = []
    /// Of each of those, without padding.
    var parameters: [Vector] = []
  }

  /// - Parameter members: Before the one that is observed.
  init(
    _ output: RunOutput?, _ listeners: RunListeners, members: MemberStates = MemberStates(),
    unless isInterrupted: @escaping () -> Bool, over communicator: C
  ) {
    self.members = members
    self.isInterrupted = isInterrupted
    self.communicator = communicator
    self.output = output
    self.listeners = listeners
    checkpoints = output?.checkpoints
    pace = listeners.interval.map { Pace($0) }
  }

  var wish: Wish {
    if let checkpoints, checkpoints.hasFailed { return .fail }
    return StopRequest.isRequested || enough.isHeard || isInterrupted() ? .stop : .goOn
  }

  var wantsActivity: Bool { pace?.isDue() ?? false }

  func goesOn(with activity: TrainingActivity) { goesOn(with: activity, ofMember: members.trained.count, atOnce: 1) }

  func reportFailure() throws {
    try communicator.agree { try checkpoints?.finish() }
  }

  /// Those after the first few are only counted.
  func stepSkipped(_ error: TrainingError, count: Int) {
    let most = TrainingStep<C>.tracedSkips
    // Those of earlier members count, too.
    let count = members.trained.reduce(count) { $0 + $1.nonfiniteSteps }
    guard count <= most else { return }
    listeners.warn("left out a step: \(error.whatIsNotFinite)\(count == most ? " (more will only be counted)" : "")")
  }

  func evaluationNotFinite(_ error: TrainingError) {
    listeners.warn("\(error.whatIsNotFinite): it is reported as null (this is said once)")
  }

  func epochEnded(_ report: EpochReport) throws {
    try communicator.agree { try tellEpoch(report, ofMember: members.trained.count + 1) }
  }

  /// - Parameter member: From 1.
  private func tellEpoch(_ report: EpochReport, ofMember member: Int) throws {
    var report = report
    if members.count > 1 { report.member = MemberPlace(number: member, count: members.count) }
    try tell(.epochEnded(report))
  }

  /// - Parameters:
  ///   - member: From 0.
  ///   - count: Members that are trained at the same time.
  func goesOn(with activity: TrainingActivity, ofMember member: Int, atOnce count: Int) {
    var activity = activity
    if members.count > 1, case .epoch(var progress) = activity {
      let done = members.trained.count
      progress.member = MemberPlace(number: member + 1, count: members.count)
      let now = Double(min(count, members.count - done))
      progress.shareOfRun = (Double(done) + now * progress.shareOfRun) / Double(members.count)
      activity = .epoch(progress)
    }
    // Words are no reason for a run to end.
    try? listeners.receive(.goesOn(activity))
  }

  private func tell(_ event: RunEvent) throws {
    try listeners.receive(event)
    enough.isHeard = listeners.haveHeardEnough
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    let state = state.after(members.trained, members.parameters)
    try communicator.agree {
      try output?.checkpoint(state, occasion)
      try tell(.reached(state))
    }
  }
}

/// Of a run of several members.
extension RunObserver {
  /// Of one member, without padding.
  var parameterCount: Int { members.layout.count }

  /// Tells what happened to a member that a rank or a thread trains alone. Of the root alone.
  ///
  /// - Parameter member: From 1.
  func tellAlone(_ warnings: [String], _ reports: [EpochReport], ofMember member: Int) throws {
    warnings.forEach { listeners.warn("member \(member): \($0)") }
    for report in reports { try tellEpoch(report, ofMember: member) }
  }

  /// Saves the state of the root's member, where others train theirs. Of the root alone.
  func saveAlone(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try output?.checkpoint(state.after(members.trained, members.parameters), occasion)
  }

  /// A member is trained, which is the first of those that this observer does not know. Collective.
  ///
  /// - Parameter number: From 1.
  func memberEnded(_ member: TrainedMember, number: Int) throws {
    try communicator.agree { try tell(.memberEnded(member, MemberPlace(number: number, count: members.count))) }
  }

  /// No member is under way. Collective.
  ///
  /// - Parameter isSaved: Whether there is no checkpoint yet that has the last of them at its end.
  func betweenMembers(saving isSaved: Bool) throws {
    try communicator.agree {
      let state = TrainingState(members.layout, between: members.trained, members.parameters)
      if isSaved { try output?.checkpoint(state, .member) }
      try tell(.reached(state))
    }
  }
}
