internal import Collectives
internal import Configuration
internal import Failures
internal import Training

/// What a run of a comparison came to.
enum RunOutcome {
  /// Only the root has what it is judged by.
  case completed(Judgement?)
  /// A stop was requested, and the run is saved.
  case stopped
  /// - `hasBegun`: Whether it had come to its training: the data could be used.
  case failed(AgreedFailure, hasBegun: Bool)
}

extension ComparisonPlan.PlannedRun {
  /// Trains the run, from where it stands. Collective.
  ///
  /// - Parameters:
  ///   - path: Of its folder.
  ///   - overwrites: Whether a run that stands there is replaced.
  ///   - read: Data that was read before, perhaps its own.
  ///   - isInterrupted: Whether it is to stop, beside the wishes of signals.
  /// - Throws: `CollectiveError`
  func train(
    in path: String, overwriting overwrites: Bool, of read: consuming ReadData?, _ listeners: RunListeners,
    unless isInterrupted: @escaping () -> Bool = { false }, over communicator: some Communicator
  ) throws -> RunOutcome {
    let judge = Judge()
    var hasBegun = false
    do {
      let (typed, arguments) = try communicator.agree {
        if communicator.isRoot { Judgement.remove(ofRun: path) }
        return try TrainOptions.ofRun(configuration, in: path, overwriting: overwrites)
      }
      let beginning = try Beginning(typed, arguments, listeners, over: communicator)
      var run = try Run(
        beginning.options.configuration, of: read, resuming: beginning.resumption,
        listeners.with(RunListeners([judge], of: communicator)), over: communicator)
      hasBegun = true
      let result = try run.train(savingTo: beginning.place, unless: isInterrupted)
      return result.outcome == .completed ? .completed(judge.judgement) : .stopped
    } catch let failure as AgreedFailure {
      return failure.exitStatus == .stoppedOnRequest ? .stopped : .failed(failure, hasBegun: hasBegun)
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
