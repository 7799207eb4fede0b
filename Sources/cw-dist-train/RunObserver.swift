internal import Checkpoints
internal import Collectives
internal import Failures
internal import Reporting
internal import Training

/// Passes on what happens in a run to its output, which the root alone has, and wishes of this rank to the run.
struct RunObserver<C: Communicator>: TrainingObserver {
  private let communicator: C
  private let output: RunOutput?
  /// The output's. Every step asks it, and the output as a whole takes time to copy.
  private let checkpoints: CheckpointWriter?

  init(_ output: RunOutput?, over communicator: C) {
    self.communicator = communicator
    self.output = output
    checkpoints = output?.checkpoints
  }

  var wish: Wish {
    if let checkpoints, checkpoints.hasFailed { return .fail }
    return StopRequest.isRequested ? .stop : .goOn
  }

  func reportFailure() throws {
    try communicator.agree { try checkpoints?.finish() }
  }

  func stepSkipped(_ error: TrainingError, count: Int) throws {
    output?.stepSkipped(error, count: count)
  }

  func evaluationNotFinite(_ error: TrainingError) throws {
    output?.evaluationNotFinite(error)
  }

  func epochEnded(_ report: EpochReport) throws {
    try communicator.agree { try output?.epochEnded(report) }
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try communicator.agree { try output?.checkpoint(state, occasion) }
  }
}
