public import Configuration

/// How far a run of a comparison is.
public enum RunProgress: Equatable, Sendable {
  case open
  case judged(Judgement)
  /// With the reason.
  case failed(String)

  public var judgement: Judgement? { if case .judged(let judgement) = self { judgement } else { nil } }
  var failure: String? { if case .failed(let reason) = self { reason } else { nil } }
}

/// What happens in a comparison, beside what happens in its runs.
public enum ComparisonEvent {
  /// - `done`: Runs that have ended before.
  /// - `path`: The folder.
  case began(ComparisonPlan, done: Int, path: String)
  /// A run has ended, or failed.
  ///
  /// - `done`: How many have.
  /// - `seconds`: That it took.
  case runEnded(ComparisonPlan.PlannedRun, RunProgress, done: Int, seconds: Double)
  /// All have ended, or failed.
  case ended(ComparisonTable)
  /// A stop was requested; what is done is kept.
  case stopped(ComparisonTable)
}

/// Hears how a comparison goes. Only the root's is told anything.
public protocol ComparisonListener: RunListener {
  /// - Throws: What makes the comparison end; on all ranks.
  func receive(_ event: ComparisonEvent) throws
}
