internal import Checkpoints
internal import Collectives
internal import Failures
internal import Training

/// Passes on what happens in a run to its listeners and checkpoints, which the root alone has, and wishes of this rank to
/// the run.
struct RunObserver<C: Communicator>: TrainingObserver {
  private let communicator: C
  private let output: RunOutput?
  private let listeners: RunListeners
  /// The output's. Every step asks it, and the output as a whole takes time to copy.
  private let checkpoints: CheckpointWriter?
  /// A class, because every step asks it, and asking the listeners takes time.
  private final class Enough {
    var isHeard = false
  }
  /// Whether the listeners have heard enough of the run.
  private let enough = Enough()

  init(_ output: RunOutput?, _ listeners: RunListeners, over communicator: C) {
    self.communicator = communicator
    self.output = output
    self.listeners = listeners
    checkpoints = output?.checkpoints
  }

  var wish: Wish {
    if let checkpoints, checkpoints.hasFailed { return .fail }
    return StopRequest.isRequested || enough.isHeard ? .stop : .goOn
  }

  func reportFailure() throws {
    try communicator.agree { try checkpoints?.finish() }
  }

  /// Those after the first few are only counted.
  func stepSkipped(_ error: TrainingError, count: Int) {
    let most = TrainingStep<C>.tracedSkips
    guard count <= most else { return }
    listeners.warn("left out a step: \(error.whatIsNotFinite)\(count == most ? " (more will only be counted)" : "")")
  }

  func evaluationNotFinite(_ error: TrainingError) {
    listeners.warn("\(error.whatIsNotFinite): it is reported as null (this is said once)")
  }

  func epochEnded(_ report: EpochReport) throws {
    try communicator.agree { try tell(.epochEnded(report)) }
  }

  private func tell(_ event: RunEvent) throws {
    try listeners.receive(event)
    enough.isHeard = listeners.haveHeardEnough
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try communicator.agree {
      try output?.checkpoint(state, occasion)
      try tell(.reached(state))
    }
  }
}
