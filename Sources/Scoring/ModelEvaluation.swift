public import Collectives
internal import Configuration
public import Datasets
internal import Kernels
public import Metrics
public import Models
internal import Tensors
internal import Training

/// How well a model judges data whose labels are known, over all ranks.
///
/// Everything that is counted is exact; sums of losses are added in the order of the pieces of the data. So no figure
/// depends on the number of ranks.
public struct ModelEvaluation: Sendable {
  /// The loss that the model was trained by, over all rows as one batch; nil where it carries no weight, or where its
  /// weights followed the batch and the labels were smoothed.
  public let loss: Double?
  /// Mean −log p of the true class by raw probabilities, in nats, as `train` has it.
  public let logLoss: Double?
  /// By the model's decision.
  public let confusion: ConfusionMatrix
  /// By the largest logit, where the decision is another one.
  public let untuned: ConfusionMatrix?
  /// Brier score and calibration error of raw probabilities.
  public let raw: ProbabilitySums
  /// The same, and the log loss, of probabilities without the weighting: with the temperature where the model has one.
  /// Nil where that is not known.
  public let corrected: (kind: ProbabilityRule.Kind, sums: ProbabilitySums)?
  /// Nil where it was not asked for.
  public let ranking: RankingMetrics?
  public let notes: RowNotes
  /// Rows with labels that the model has no class for.
  public let unknownLabelRows: Int
}

/// What becomes of rows whose label is none of the model's classes.
public enum UnknownLabelPolicy: String, CaseIterable, Sendable {
  /// They end the evaluation.
  case error
  /// They are left out, and counted.
  case skip
}

extension ModelEvaluation {
  /// Evaluates. Collective. Memory does not grow with the data, but for the ranking: 4·C bytes a row.
  ///
  /// - Parameters:
  ///   - data: As the user names it.
  ///   - input: With labels.
  ///   - path: Of the model, for messages.
  /// - Throws: `AgreedFailure` with what cannot be read or judged; `CollectiveError`.
  public init(
    of model: ModelFile, path: String, on data: String, _ input: ModelInput, unknownLabels: UnknownLabelPolicy,
    ranks: Bool, over communicator: some Communicator
  ) throws {
    var pieces = try input.pieces(of: data, over: communicator)
    guard
      let trainingLoss = LossOptions.trainingLoss(recorded: model.loss, classCounts: model.classCounts)
    else { try communicator.fail(with: ScoringError.unknownLoss(path: path, name: model.loss["loss"] ?? "")) }
    var tally = EvaluationTally(Scorer(model), trainingLoss, path: path, ranks: ranks, name: data)
    var notebook = RowNotebook(model.columns)
    while let piece = try pieces.next(over: communicator) {
      let start = try notebook.add(piece, firstLost: pieces.lostRows.first, over: communicator)
      let sums = try communicator.agree { try tally.add(piece, rowsBefore: start, input, &notebook) }
      try tally.add(sums, over: communicator)
      // So many of them are no oversight.
      if unknownLabels == .error { try tally.checkLabels(most: 100, over: communicator) }
    }
    if unknownLabels == .error { try tally.checkLabels(most: 0, over: communicator) }
    let counts = try communicator.sum(
      [Int64(tally.unknownLabelRows)] + tally.confusion.counts + (tally.untuned?.counts ?? []))
    let cells = tally.confusion.counts.count
    let confusion = ConfusionMatrix(classCount: model.shape.classCount, counts: Array(counts[1..<(1 + cells)]))
    untuned = tally.untuned.map { ConfusionMatrix(classCount: $0.classCount, counts: Array(counts.suffix(cells))) }
    guard confusion.sampleCount > 0 else { try communicator.fail(with: ScoringError.nothingToJudge(name: data)) }
    self.confusion = confusion
    unknownLabelRows = Int(counts[0])
    notes = try notebook.notes(of: pieces, over: communicator)
    loss = tally.losses.loss(model)
    logLoss = tally.losses.logLoss
    raw = try tally.raw.total(over: communicator)
    corrected = try tally.corrected.map { ($0.rule.kind, try $0.sums.total(over: communicator)) }
    ranking = try tally.takeRanking(over: communicator)
  }
}

/// The sums of one rank, and those of losses of all.
private struct EvaluationTally {
  private let scorer: Scorer
  private let name: String
  private let classes: ClassNumbers
  private let ignoredLabel: Int?
  private let loss: WeightedLoss
  private let rawRule: ProbabilityRule
  private(set) var losses: PieceLosses
  private(set) var confusion: ConfusionMatrix
  /// Nil where the largest logit decides.
  private(set) var untuned: ConfusionMatrix?
  private(set) var raw: ProbabilitySums
  private(set) var corrected: (rule: ProbabilityRule, sums: ProbabilitySums)?
  private var scores: ClassScores?
  private(set) var unknownLabelRows = 0
  private var unknownLabels: Set<String> = []

  private var predictions: [Int32] = []
  private let sampleLosses = SampleLosses(capacity: Scorer.batchSize)
  private let scratch: Matrix

  init(_ scorer: Scorer, _ trainingLoss: any TrainingLoss, path: String, ranks: Bool, name: String) {
    let model = scorer.model
    let classCount = scorer.classCount
    self.scorer = scorer
    self.name = name
    classes = ClassNumbers(model.classNames)
    ignoredLabel = model.loss["ignore_index"].flatMap { Int($0) }
    losses = PieceLosses(classCount: classCount)
    // Weights that follow the batch follow the data as a whole, which is known at its end.
    let weights = model.classWeights.isEmpty ? Array(repeating: 1, count: classCount) : model.classWeights
    loss = WeightedLoss(trainingLoss, classWeights: weights)
    rawRule = .raw(classCount: classCount)
    confusion = ConfusionMatrix(classCount: classCount)
    untuned = model.decision == nil ? nil : confusion
    raw = ProbabilitySums(classCount: classCount)
    func rule(_ kind: ProbabilityRule.Kind) -> ProbabilityRule? {
      try? ProbabilityRule(kind, of: model, path: path)
    }
    corrected = (rule(.calibrated) ?? rule(.prior)).map { ($0, ProbabilitySums(classCount: classCount)) }
    scores = ranks ? ClassScores(classCount: classCount) : nil
    scratch = Matrix(zeros: classCount, paddedToLanes(Scorer.batchSize))
  }

  /// Takes in a piece of this rank.
  ///
  /// - Returns: The sums of its losses.
  mutating func add(
    _ piece: RowPiece, rowsBefore: Int, _ input: ModelInput, _ notebook: inout RowNotebook
  ) throws -> PieceLosses {
    let numbers: [Int32?] = piece.labelTexts.map { label in
      if let number = classes[label] { return number }
      return ClassNames.isIgnored(label, ignoredLabel) ? Shard.ignoredLabel : nil
    }
    var labels: [Int32] = []
    labels.reserveCapacity(paddedToLanes(piece.rowCount))
    for label in piece.labels {
      guard let number = numbers[Int(label)] else {
        unknownLabelRows += 1
        unknownLabels.insert(piece.labelTexts[Int(label)])
        labels.append(Shard.ignoredLabel)
        continue
      }
      labels.append(number)
    }
    var sums = PieceLosses(classCount: scorer.classCount)
    try scorer.logits(of: piece) { batch, logits, overflowing in
      for (sample, overflow) in overflowing.sorted(by: { $0.key < $1.key }) {
        let row = batch.lowerBound + sample
        try input.refuse(rowsBefore + piece.place(ofRow: row), name: name, overflow, unlessNotedIn: &notebook)
        labels[row] = Shard.ignoredLabel
      }
      try add(logits, labels: labels[batch], to: &sums)
    }
    return sums
  }

  private mutating func add(_ logits: Matrix, labels: ArraySlice<Int32>, to sums: inout PieceLosses) throws {
    scorer.predict(logits, into: &predictions)
    confusion.record(actual: labels, predicted: predictions)
    if untuned != nil {
      DecisionRule.predict(nil, logits, into: &predictions)
      untuned?.record(actual: labels, predicted: predictions)
    }
    if let corrected {
      let probabilities = probabilities(logits, corrected.rule)
      try self.corrected?.sums.record(probabilities: probabilities, labels: labels)
    }
    let probabilities = probabilities(logits, rawRule)
    try raw.record(probabilities: probabilities, labels: labels)
    try scores?.record(probabilities: probabilities, labels: labels)
    let padded = Array(labels) + Array(repeating: Shard.ignoredLabel, count: paddedToLanes(labels.count) - labels.count)
    predictions = Array(repeating: 0, count: padded.count)
    loss(logits: logits, labels: padded, predictions: &predictions, losses: sampleLosses, output: .lossOnly)
    sums.add(sampleLosses, labels: labels)
  }

  /// In memory of its own.
  private func probabilities(_ logits: Matrix, _ rule: ProbabilityRule) -> Matrix {
    let probabilities = Matrix(
      scratch.storage, rows: logits.rows, columns: logits.columns, stride: scratch.stride)
    for classIndex in 0..<logits.rows { probabilities.row(classIndex).copy(from: logits.row(classIndex)) }
    rule.apply(to: probabilities)
    return probabilities
  }

  /// Adds the losses of a round: piece after piece, whichever rank had it. Collective.
  mutating func add(_ sums: PieceLosses, over communicator: some Communicator) throws(CollectiveError) {
    for bytes in try communicator.allgather(sums.bytes) { losses += PieceLosses(bytes: bytes) }
  }

  /// Ends the evaluation where a rank has met a label that is no class. Collective.
  ///
  /// - Parameter most: Different labels of that kind, on one rank, that are waited for.
  func checkLabels(most: Int, over communicator: some Communicator) throws {
    guard try communicator.sum(unknownLabels.count > most ? 1 : 0) > 0 else { return }
    let count = try communicator.sum(unknownLabelRows)
    let labels = try communicator.union(of: unknownLabels).sorted()
    try communicator.fail(
      with: ScoringError.unknownLabels(name: name, labels: labels, count: count, classNames: classes.names))
  }

  mutating func takeRanking(over communicator: some Communicator) throws(CollectiveError) -> RankingMetrics? {
    try scores?.takeRanking(over: communicator)
  }
}
