public import Tensors

/// An epoch that has ended.
public struct EpochReport: Sendable {
  /// From 1.
  public let epoch: Int
  public let epochs: Int
  /// Steps since the beginning of the run.
  public let step: Int
  /// Over the epoch's batches, each by the model as it was at its step; of a full batch by the model at the end.
  public let training: Evaluation
  /// By the model at the end of the epoch.
  public let validation: Evaluation?
  /// Of this epoch's steps, without evaluation; a sample counts each time that it passes.
  public let samplesPerSecond: Double
  /// Of full batches: where the optimizer stands.
  public let descent: DescentReport?
}

/// A run that has ended.
public struct RunResult {
  /// How it ended.
  public enum Outcome: String, Sendable {
    case completed
    case stoppedOnRequest = "stopped on request"
  }

  public let outcome: Outcome
  /// In the order of `ParameterLayout`.
  public let parameters: Vector
  public let progress: TrainingProgress
  /// Of the training steps alone.
  public let samplesPerSecond: Double
  /// Of full batches: where the optimizer has come to.
  public let descent: DescentReport?

  /// The same of a run that did not come to its end.
  package var stoppedOnRequest: RunResult {
    RunResult(
      outcome: .stoppedOnRequest, parameters: parameters, progress: progress, samplesPerSecond: samplesPerSecond,
      descent: descent)
  }
}

/// What the final model does on the parts of the data.
public struct FinalEvaluation: Sendable {
  public let training: Evaluation
  public let validation: Evaluation?
  /// On what the run has never looked at before.
  public var test: Evaluation?

  /// What a model is judged by: the validation part where there is one.
  public var decisive: (split: String, evaluation: Evaluation) {
    if let validation { ("validation", validation) } else { ("training", training) }
  }
}
