internal import Collectives
internal import Failures
internal import Reporting
internal import Training

/// Passes on what happens in a run to its output, which the root alone has, and wishes of this rank to the run.
struct RunObserver<C: Communicator>: TrainingObserver {
  let communicator: C
  let output: RunOutput?

  var wish: Wish {
    if let output, output.hasFailed { return .fail }
    return StopRequest.isRequested ? .stop : .goOn
  }

  func reportFailure() throws {
    try communicator.agree { try output?.finishCheckpoints() }
  }

  func stepSkipped(_ error: TrainingError, count: Int) throws {
    output?.stepSkipped(error, count: count)
  }

  func epochEnded(_ report: EpochReport) throws {
    try communicator.agree { try output?.epochEnded(report) }
  }

  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws {
    try communicator.agree { try output?.checkpoint(state, occasion) }
  }
}
