internal import Configuration
internal import Tensors

/// Which epoch's model is the best so far, its parameters, and whether it is worth looking for a better one.
///
/// What it decides follows from `TrainingProgress` and the figures of epochs, which are the same on all ranks and after
/// a resume; its parameters are a part of `TrainingState`.
struct EpochSelection {
  /// What epochs are compared by,
  let metric: ModelMetric
  /// and how many times the log loss beside it.
  private let logLossPenalty: Double
  /// Epochs without a better one after which the run ends; nil where only --epochs ends it.
  private let patience: Int?
  /// θ of the best epoch so far, in the order of the parameters; nil where the last epoch's is delivered anyway. Zeros
  /// until there is one.
  let parameters: Vector?

  /// Whether the rarest classes may be absent where a model is judged, though others are: then they count by what it
  /// does on the samples that it learns from. Else a fold without a class would choose an epoch in which the model has not
  /// found it yet.
  private let fillsAbsentClasses: Bool

  /// - Parameters:
  ///   - hasValidation: Whether there is a part to judge by. What a model does on the samples that it learns from
  ///     chooses none.
  ///   - isFold: Whether that part is a fold, which a class of few samples may be absent from.
  ///   - parameterCount: Without padding.
  init(_ options: StoppingOptions, hasValidation: Bool, isFold: Bool, parameterCount: Int) {
    metric = options.metric
    logLossPenalty = options.logLossPenalty
    fillsAbsentClasses = isFold && options.metric.isMeanOverClasses
    patience = options.earlyStopping != nil && hasValidation ? options.patience : nil
    parameters = options.keepModel == .best && hasValidation ? Vector(zeros: parameterCount) : nil
  }

  /// An epoch as the best one, where it is better than the best so far.
  ///
  /// - Parameters:
  ///   - training: What the model did on the samples that it learned from, during the epoch.
  ///   - epoch: From 1.
  func best(
    _ evaluation: Evaluation, training: Evaluation, epoch: Int, step: Int, before: BestEpoch?
  ) -> BestEpoch? {
    let value = evaluation.value(of: metric, fillingFrom: fillsAbsentClasses ? training.confusion : nil)
    let logLoss = logLossPenalty == 0 ? nil : evaluation.value(of: .logLoss)
    guard let value, logLossPenalty == 0 || logLoss != nil else { return nil }
    let found = BestEpoch(epoch: epoch, step: step, metric: metric, value: value, logLoss: logLoss)
    // Of equal ones the first stays the best.
    return before.map { score(of: found) <= score(of: $0) } ?? false ? nil : found
  }

  /// What is larger of a better epoch.
  private func score(of epoch: BestEpoch) -> Double {
    (epoch.metric.isLoss ? -epoch.value : epoch.value) - logLossPenalty * (epoch.logLoss ?? 0)
  }

  /// Keeps the parameters as they stand.
  func keep(_ current: Vector) {
    if let parameters { parameters.copy(from: current.prefix(parameters.count)) }
  }

  /// Whether so many epochs have brought nothing better that the run is over.
  func isExhausted(_ progress: TrainingProgress) -> Bool {
    guard let patience, progress.stepInEpoch == 0 else { return false }
    return progress.epoch - max(progress.best?.epoch ?? 0, progress.bestSoughtFrom) >= patience
  }

  /// Where an earlier part of the run stood, without its best epoch where that is none by this metric, is not to be compared
  /// with those to come, or where its parameters are needed and lost.
  ///
  /// - Parameters:
  ///   - holdsParameters: Whether those of its best epoch are known.
  ///   - forgetsBest: Whether epochs to come are of another loss.
  func adopting(_ progress: TrainingProgress, holdsParameters: Bool, forgetsBest: Bool) -> TrainingProgress {
    guard let best = progress.best else { return progress }
    let isComparable = !forgetsBest && best.metric == metric && (logLossPenalty == 0 || best.logLoss != nil)
    guard !isComparable || (parameters != nil && !holdsParameters) else { return progress }
    var progress = progress
    progress.best = nil
    progress.bestSoughtFrom = progress.epoch
    return progress
  }
}

/// The epoch whose model a run delivers.
public struct DeliveredEpoch: Codable, Equatable, Sendable {
  /// From 1.
  public let epoch: Int
  /// Steps that led to its parameters.
  public let step: Int
  /// What it was the best by, on the validation part; nil where it is delivered for being the last.
  public let best: BestEpoch?

  package init(epoch: Int, step: Int, best: BestEpoch?) {
    (self.epoch, self.step, self.best) = (epoch, step, best)
  }
}
