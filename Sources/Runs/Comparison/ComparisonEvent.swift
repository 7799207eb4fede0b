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

/// How far a comparison is while runs are under way.
public struct ComparisonActivity {
  /// Runs that have ended, or failed.
  public let done: Int
  /// Of all that are to be trained.
  public let count: Int
  /// The place of the rung that is under way.
  public let rung: Int
  /// Those under way, each with how much of it is done, in 0...1.
  public let underWay: [(run: ComparisonPlan.PlannedRun, share: Double)]
  /// Of all work, in 0...1.
  public let share: Double

  package init(
    done: Int, count: Int, rung: Int, underWay: [(run: ComparisonPlan.PlannedRun, share: Double)], share: Double
  ) {
    (self.done, self.count, self.rung) = (done, count, rung)
    (self.underWay, self.share) = (underWay, share)
  }
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
  /// How far the runs under way are: as often as the listener wants to hear of one, or more often.
  case goesOn(ComparisonActivity)
  /// The runs of a rung have ended, and so many choices go on to the next.
  case rungEnded(Int, remaining: Int)
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
