internal import Configuration

/// What happens while a run is trained again, beside what happens in any run.
public enum ReproductionEvent {
  /// The data is as it was, as far as that can be told, and the training begins.
  case began(ReproductionBeginning)
  /// An epoch has ended, or the model was judged on the test part: what was found of its lines in metrics.jsonl.
  ///
  /// - `epochs`: Of the whole run.
  case compared([LineFinding], epochs: Int)
  case comparedCheckpoint(CheckpointFinding)
  case ended(ReproductionResult)
}

/// Hears how a run is reproduced. Only the root's is told anything.
public protocol ReproductionListener: RunListener {
  /// - Throws: What makes the training end; on all ranks.
  func receive(_ event: ReproductionEvent) throws
}

/// A run as it was, and as it is trained now.
public struct ReproductionBeginning {
  public let path: String
  /// Nil for a run that has not come to its end.
  public let then: RunSummary?
  public let now: RunDescription
  /// Whether the data is known to be the same.
  public let isDataChecked: Bool
  /// Whether the class weights are known to be the same.
  public let areWeightsChecked: Bool
  /// What the user should know before it begins.
  public let remarks: [String]
}
