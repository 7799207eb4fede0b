public import Configuration
public import Tensors

/// An epoch that has ended.
public struct EpochReport: Codable, Sendable {
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
  /// Of the gradient of the epoch's last step, divided and not clipped; nil of full batches, and where that step was
  /// left out or --max-steps cut the epoch.
  public var gradientNorm: Double?
  /// Of the parameters at the end of the epoch.
  public var parameterNorm: Double?
  /// [C], where a sampler repeats samples or leaves some out: the samples of each class that the epoch was trained on.
  public let draws: [Int]?
  /// Nil in a run of one stage.
  public var stage: TrainingStage?
  /// In the stage of the last layer: the epoch that the layers before it are of.
  public var networkEpoch: Int?
  /// The member whose epoch it is; nil where there is only one.
  public var member: MemberPlace?
}

/// Which of the models of a run.
public struct MemberPlace: Codable, Equatable, Sendable {
  /// From 1.
  public let number: Int
  public let count: Int

  package init(number: Int, count: Int) {
    (self.number, self.count) = (number, count)
  }
}

/// A member that is trained.
public struct TrainedMember: Codable, Equatable, Sendable {
  public let delivered: DeliveredEpoch
  /// The epochs that it was trained for.
  public let epochs: Int
  public let steps: Int
  /// Of them those that were left out.
  public let nonfiniteSteps: Int
  public let endedEarly: Bool
  /// Its first stage, where it had two: what is said above of epochs is then of its second.
  public let network: NetworkStage?

  package init(_ result: RunResult) {
    delivered = result.delivered
    epochs = result.progress.epoch + (result.progress.stepInEpoch > 0 ? 1 : 0)
    steps = result.progress.step
    nonfiniteSteps = result.progress.nonfiniteSteps
    endedEarly = result.endedEarly
    network = result.progress.network
  }
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
  /// Of a run of several members: those that are trained. What is said above is of the last of them, and there is none of
  /// their parameters.
  public var members: [TrainedMember] = []

  /// Steps of all members.
  public var steps: Int {
    members.isEmpty ? progress.step : members.reduce(stepsUnderWay) { $0 + $1.steps }
  }
  /// Of the member that was stopped.
  var stepsUnderWay = 0
  /// Those that were left out.
  public var nonfiniteSteps: Int {
    members.isEmpty ? progress.nonfiniteSteps : members.reduce(0) { $0 + $1.nonfiniteSteps }
  }

  /// The same of a run that did not come to its end.
  package var stoppedOnRequest: RunResult {
    RunResult(
      outcome: .stoppedOnRequest, parameters: parameters, delivered: delivered, progress: progress,
      endedEarly: endedEarly, samplesPerSecond: samplesPerSecond, descent: descent, members: members)
  }
}

extension RunResult {
  /// Of a run of several members.
  ///
  /// - Parameters:
  ///   - members: Those that are trained.
  ///   - last: Of the one that was stopped; nil where none is under way.
  package init(
    _ outcome: Outcome, of members: [TrainedMember], stoppedIn last: RunResult?, samplesPerSecond: Double
  ) {
    var progress = TrainingProgress()
    if let member = members.last { (progress.epoch, progress.step) = (member.epochs, member.steps) }
    self.init(
      outcome: outcome, parameters: last?.parameters ?? Vector(zeros: 0),
      delivered: last?.delivered ?? members.last?.delivered ?? DeliveredEpoch(epoch: 0, step: 0, best: nil),
      progress: last?.progress ?? progress, endedEarly: members.last?.endedEarly ?? false,
      samplesPerSecond: samplesPerSecond, descent: nil, members: members)
    stepsUnderWay = last?.progress.step ?? 0
  }
}

/// What the final model does on the parts of the data.
public struct FinalEvaluation: Sendable {
  public let training: Evaluation
  /// Of a model of several members: on the training part, each sample by the member that was trained without it.
  public var outOfFold: Evaluation?
  public var validation: Evaluation?
  /// On what the run has never looked at before.
  public var test: Evaluation?

  /// Of the part that is the fairest judge, where they were asked for and are all numbers.
  public var probabilities: ProbabilityFigures?

  package init(
    training: Evaluation, outOfFold: Evaluation? = nil, validation: Evaluation? = nil, test: Evaluation? = nil
  ) {
    (self.training, self.outOfFold, self.validation, self.test) = (training, outOfFold, validation, test)
  }

  /// The part that is the fairest judge: the test part, else the validation part, else that of training.
  public var fairest: (split: String, evaluation: Evaluation) { test.map { ("test", $0) } ?? decisive }

  /// What a model is judged by: the validation part where there is one.
  public var decisive: (split: String, evaluation: Evaluation) {
    if let validation { return ("validation", validation) }
    return outOfFold.map { ("out-of-fold", $0) } ?? ("training", training)
  }
}
