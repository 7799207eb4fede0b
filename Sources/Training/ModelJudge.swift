public import ClassWeighting
public import Collectives
public import Configuration
public import Datasets
internal import Metrics
public import Models

/// Judges models of a run on parts of its data, and finds on them what is found after training.
public struct ModelJudge<C: Communicator> {
  private let communicator: C
  private let classWeights: TrainingWeights
  /// What the softmax of the model is weighted by (see `TrainingConfiguration.priorWeights`).
  private let priorWeights: [Double]
  private let evaluator: Evaluator
  private let skipsNonfinite: Bool
  /// Whether epochs are compared by a ranking, so that there must be one of any number of samples.
  private let needsRanking: Bool
  /// Whether it has been told that an evaluation gave a loss that is not finite: once is enough.
  public private(set) var hasReported: Bool

  /// - Parameters:
  ///   - classCounts: n_c, [C], training samples over all ranks.
  ///   - isDeferred: Whether models are of epochs before `--reweight-from-epoch`.
  ///   - hasReported: Whether it has been told before of a loss that is not finite.
  public init(
    _ configuration: TrainingConfiguration, classWeights: TrainingWeights, classCounts: [Int],
    beforeWeights isDeferred: Bool = false, hasReported: Bool = false, over communicator: C
  ) {
    self.hasReported = hasReported
    priorWeights = configuration.priorWeights(classWeights, classCounts: classCounts, beforeWeights: isDeferred)
    self.communicator = communicator
    self.classWeights = classWeights
    evaluator = Evaluator(configuration.loss, classCounts: classCounts)
    skipsNonfinite = configuration.steps.onNonfinite == .skip
    needsRanking = configuration.stopping.metric.isOfRanking
  }

  /// Evaluates a model on a part of the data. Collective.
  ///
  /// A loss that is not finite is treated as a step's would be: it ends the run, or is passed over. It harms nothing but
  /// its own figure.
  ///
  /// - Parameters:
  ///   - part: "training", "validation", for messages.
  ///   - step: Steps that led to the model, for messages.
  ///   - decision: How logits become a class; nil where the largest decides.
  /// - Returns: Nil where a rank was asked to stop meanwhile.
  public mutating func evaluate(
    _ model: inout JudgedModel, on dataset: Dataset, _ part: String, step: Int, decision: DecisionRule? = nil,
    observer: some TrainingObserver
  ) throws -> Evaluation? {
    try evaluate(
      &model, on: dataset, part, step: step, decision: decision, probabilities: [], observer: observer)?.evaluation
  }

  /// Evaluates a model on a part of the data as `evaluate` does, and its probabilities, too. Collective.
  ///
  /// - Parameters:
  ///   - rules: How logits become the probabilities that there are to be figures of; none for no figures.
  ///   - findsErrors: Whether the standard error of the log loss is to be found.
  public mutating func evaluate(
    _ model: inout JudgedModel, on dataset: Dataset, _ part: String, step: Int, decision: DecisionRule?,
    probabilities rules: [ProbabilityRule], findsErrors: Bool = false, observer: some TrainingObserver
  ) throws -> (evaluation: Evaluation, probabilities: ProbabilityFigures?)? {
    var raw = RawProbabilityTally(of: dataset, needsRanking: needsRanking, sumsUp: findsErrors)
    let haveScores = raw?.scores != nil && rules.first?.kind == .raw
    var tally =
      rules.isEmpty
      ? nil
      : ProbabilityTally(
        rules, counts: try dataset.classCounts(over: communicator),
        sampleCount: dataset.shards.reduce(0) { $0 + $1.sampleCount }, keepsScores: !haveScores)
    let batches = dataset.shards.reduce(0) { $0 + Evaluator.batches(of: $1).count }
    var judged = 0
    let isStopRequested = {
      if observer.wantsActivity {
        observer.goesOn(with: .judging(part: part, share: Double(judged) / Double(max(batches, 1))))
      }
      judged += 1
      return observer.wish == .stop
    }
    let found = try evaluator.evaluate(
      &model, on: dataset, classWeights: classWeights, decision: decision, unless: isStopRequested, over: communicator
    ) { logits, labels in
      tally?.record(logits, labels: labels)
      raw?.record(logits, labels: labels)
    }
    guard var evaluation = found else { return nil }
    if !evaluation.isFinite {
      let error = TrainingError.evaluationNotFinite(part: part, step: step)
      guard skipsNonfinite else { try communicator.fail(with: error) }
      if !hasReported { try observer.evaluationNotFinite(error) }
      hasReported = true
    }
    let probabilities = try tally?.total(rankedBy: haveScores ? raw?.scores : nil, over: communicator)
    if let figures = try raw.take()?.total(over: communicator) {
      (evaluation.ranking, evaluation.logLossError) = (figures.ranking, figures.sums?.logLossError)
    }
    return (evaluation, probabilities)
  }

  /// The balanced accuracy of a model by its largest logits. Collective.
  ///
  /// - Returns: Nil where a rank was asked to stop meanwhile; NaN where there is no sample.
  public func balancedAccuracy(
    of model: JudgedModel, on samples: Dataset, observer: some TrainingObserver
  ) throws(CollectiveError) -> Double? {
    var model = model
    let found = try evaluator.evaluate(
      &model, on: samples, classWeights: classWeights, unless: { observer.wish == .stop }, over: communicator)
    return found.map { $0.confusion.sampleCount > 0 ? $0.confusion.balancedAccuracy : .nan }
  }

  /// Finds the temperature of a model. Collective.
  ///
  /// - Parameter samples: That the model, as it is judged here, was not trained on.
  public func temperature(
    of model: JudgedModel, on samples: Dataset, observer: some TrainingObserver
  ) throws -> TemperatureFit.Outcome {
    try TemperatureFit(weights: priorWeights)
      .find(model, on: samples, unless: { observer.wish == .stop }, over: communicator)
  }

  /// Tunes the thresholds of a model. Collective.
  ///
  /// - Parameter samples: That the model, as it is judged here, was not trained on.
  /// - Throws: `TrainingError.unknownClass`, on all ranks.
  public func thresholds(
    _ metric: DecisionMetric, of model: JudgedModel, on samples: Dataset, observer: some TrainingObserver
  ) throws -> ThresholdTuning.Outcome {
    try ThresholdTuning(metric.objective(samples.classNames), name: metric.description)
      .find(model, on: samples, unless: { observer.wish == .stop }, over: communicator)
  }
}
