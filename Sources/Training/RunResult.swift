public import Configuration
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
  /// What epochs are compared by.
  public let metric: ModelMetric
  /// Whether it is the best so far.
  public let isBest: Bool
  /// Of this epoch's steps, without evaluation; a sample counts each time that it passes.
  public let samplesPerSecond: Double
  /// Of the epoch's last step; nil of full batches.
  public let learningRate: Double?
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
  /// Those that are delivered, in the order of `ParameterLayout`.
  public let parameters: Vector
  /// Whose parameters these are; of a run that was stopped on request, the epoch that it stands in.
  public let delivered: DeliveredEpoch
  /// Where the run stands: its last epoch, whichever is delivered.
  public let progress: TrainingProgress
  /// Whether epochs without a better one ended it before --epochs did.
  public let endedEarly: Bool
  /// Of the training steps alone.
  public let samplesPerSecond: Double
  /// Of full batches: where the optimizer has come to.
  public let descent: DescentReport?

  /// The same of a run that did not come to its end.
  package var stoppedOnRequest: RunResult {
    RunResult(
      outcome: .stoppedOnRequest, parameters: parameters, delivered: delivered, progress: progress,
      endedEarly: endedEarly, samplesPerSecond: samplesPerSecond, descent: descent)
  }
}

/// What the final model does on the parts of the data.
public struct FinalEvaluation: Sendable {
  public let training: Evaluation
  public let validation: Evaluation?
  /// On what the run has never looked at before.
  public var test: Evaluation?

  /// Of the part that is the fairest judge, where they were asked for and are all numbers.
  public var probabilities: ProbabilityFigures?

  /// The part that is the fairest judge: the test part, else the validation part, else that of training.
  public var fairest: (split: String, evaluation: Evaluation) { test.map { ("test", $0) } ?? decisive }

  /// What a model is judged by: the validation part where there is one.
  public var decisive: (split: String, evaluation: Evaluation) {
    if let validation { ("validation", validation) } else { ("training", training) }
  }
}
