/// Who is told how a run goes, and may wish it to end. Every rank has one.
public protocol TrainingObserver {
  /// What this rank wishes; asked before every step, and while evaluating.
  var wish: Wish { get }

  /// Whether somebody wants to hear how far the run is. Asked after every step and every batch that is judged, so it may
  /// cost next to nothing.
  var wantsActivity: Bool { get }

  /// Tells what the run does. Called on ranks that want it.
  func goesOn(with activity: TrainingActivity)

  /// Throws what made this rank wish to fail. Called on all ranks when one of them wished so. Collective.
  func reportFailure() throws

  /// A step was left out. Called on every rank.
  ///
  /// - Parameter count: Steps left out so far.
  func stepSkipped(_ error: TrainingError, count: Int) throws

  /// The model has a loss that is not finite on a part of the data, and the run goes on. Called on every rank, the first
  /// time alone.
  func evaluationNotFinite(_ error: TrainingError) throws

  /// Called on every rank, with the same report but for its timing. Collective.
  func epochEnded(_ report: EpochReport) throws

  /// The run can be gone on with from `state`. Called on every rank, with the same state. Collective.
  ///
  /// - Parameter state: Its vectors are those of the run, valid until this returns.
  func checkpoint(_ state: TrainingState, _ occasion: CheckpointOccasion) throws
}

extension TrainingObserver {
  public var wantsActivity: Bool { false }
  public func goesOn(with activity: TrainingActivity) {}
}

/// Why there is something to save.
public enum CheckpointOccasion: Sendable {
  /// So many steps have been taken.
  case step
  /// The step has been taken that somebody wants to see, and not to save.
  case watched
  case epoch
  /// An epoch that is the best so far.
  case bestEpoch
  /// A member of several is trained.
  case member
  /// A stop was requested.
  case stop
  /// The run is complete.
  case end
}
