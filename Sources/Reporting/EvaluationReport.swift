internal import Metrics
public import Models
internal import Runs
public import Scoring

/// What `evaluate` says.
public struct EvaluationReport {
  let evaluation: ModelEvaluation
  let model: ModelFile
  let data: String
  /// Nil where they were not asked for.
  let intervals: MetricIntervals?

  /// More classes make a confusion matrix that no terminal is wide enough for.
  private static let fewClasses = 8

  /// - Parameters:
  ///   - data: As the user names it.
  ///   - confidence: Of intervals; nil for none.
  public init(_ evaluation: ModelEvaluation, _ model: ModelFile, data: String, confidence: Double? = nil) {
    intervals = confidence.flatMap {
      MetricIntervals(
        evaluation.confusion, logLoss: evaluation.logLoss, logLossError: evaluation.raw.logLossError, confidence: $0)
    }
    self.evaluation = evaluation
    self.model = model
    self.data = data
  }

  /// For people.
  public var text: String {
    let confusion = evaluation.confusion
    var parts = [rowLine, classTable]
    if model.classNames.count <= Self.fewClasses { parts.append(confusionTable) }
    let untuned = evaluation.untuned.map {
      """

      by thresholds tuned for \(model.decision?.metric ?? ""); without them: \(ConsoleListener.words($0)) (--no-tuning)
      """
    }
    parts.append(
      "loss \(NumberFormat.fixed(evaluation.loss)), \(ConsoleListener.words(confusion))"
        + ConsoleListener.words(evaluation.ranking) + (untuned ?? ""))
    if let intervals {
      parts.append(IntervalTable(intervals, confusion, logLoss: evaluation.logLoss, model.classNames).text)
    }
    parts.append(probabilityTable)
    return parts.joined(separator: "\n\n")
  }

  var rowLine: String {
    var line = "\(data): \(NumberFormat.count(evaluation.confusion.sampleCount, "row")) judged"
    let ignored =
      evaluation.notes.rows - evaluation.notes.lostRows - evaluation.unknownLabelRows - evaluation.confusion.sampleCount
    for (count, reason) in [
      (evaluation.notes.lostRows, "could not be read"), (evaluation.unknownLabelRows, "of unknown labels"),
      (ignored, "of the ignored label"),
    ] where count > 0 {
      line += ", \(NumberFormat.grouped(count)) \(reason)"
    }
    return line
  }

  private var classTable: String {
    var table = TextTable(
      [("class", .left), ("precision", .right), ("recall", .right), ("F1", .right), ("support", .right)]
        + (evaluation.ranking == nil ? [] : [("ROC-AUC", .right), ("avg. precision", .right)]))
    for (index, metrics) in evaluation.confusion.perClass.enumerated() {
      table.append(
        [
          model.classNames[index], NumberFormat.fixed(metrics.precision), NumberFormat.fixed(metrics.recall),
          NumberFormat.fixed(metrics.f1), NumberFormat.grouped(metrics.support),
        ]
          + (evaluation.ranking.map {
            [NumberFormat.fixed($0.rocAUC[index]), NumberFormat.fixed($0.averagePrecision[index])]
          } ?? []))
    }
    return table.text
  }

  private var confusionTable: String {
    let names = model.classNames
    var table = TextTable([("true class", .left)] + names.map { ("→ \($0)", .right) })
    for (index, name) in names.enumerated() {
      table.append([name] + names.indices.map { NumberFormat.grouped(evaluation.confusion[index, $0]) })
    }
    return table.text
  }

  private var probabilityTable: String {
    var table = TextTable([
      ("probabilities", .left), ("log loss", .right), ("Brier score", .right), ("calibration error", .right),
    ])
    // Each as its probabilities have it, so that they compare.
    let sums =
      [("raw", evaluation.raw)] + (evaluation.corrected.map { [($0.kind.rawValue, $0.sums)] } ?? [])
    for (name, sums) in sums {
      table.append([
        name, NumberFormat.fixed(sums.logLoss), NumberFormat.fixed(sums.brierScore),
        NumberFormat.fixed(sums.calibrationError),
      ])
    }
    let held =
      sums.contains { $1.isLogLossHeld }
      ? "\nlog losses here count a sample as 36.04 at most, as if p of its class were 2⁻⁵²" : ""
    guard model.isWeighted, !model.ignoresClasses, let kind = evaluation.corrected?.kind else {
      return table.text + held
    }
    return table.text + held + """

      raw probabilities of a model that was trained to balance classes are no frequencies; --probabilities \
      \(kind.rawValue) gives those
      """
  }

  /// For programs: one object.
  public func json() throws -> String { String(try JSONText.pretty(Record(evaluation, model, intervals)).dropLast()) }
}

/// The figures in the names of metrics.jsonl and summary.json.
private struct Record: Encodable {
  struct Class: Encodable {
    let name: String
    let support: Int
    let precision: Double
    let recall: Double
    let f1: Double
    let rocAUC: Double?
    let averagePrecision: Double?

    enum CodingKeys: String, CodingKey {
      case name, support, precision, recall, f1
      case rocAUC = "roc_auc"
      case averagePrecision = "average_precision"
    }
  }

  struct Probabilities: Encodable {
    let kind: String
    let logLoss: Double?
    let brier: Double?
    let ece: Double?

    enum CodingKeys: String, CodingKey {
      case kind, brier, ece
      case logLoss = "log_loss"
    }
  }

  let metrics: MetricsRecord
  let brier: Double?
  let ece: Double?
  let rocAUC: Double?
  let averagePrecision: Double?
  let corrected: Probabilities?
  let perClass: [Class]
  let confusion: [[Int]]
  let rows: Int
  let lostRows: Int
  let unknownLabelRows: Int

  init(_ evaluation: ModelEvaluation, _ model: ModelFile, _ intervals: MetricIntervals?) {
    let ranking = evaluation.ranking
    metrics = MetricsRecord(
      evaluation.confusion, untuned: evaluation.untuned, loss: evaluation.loss, logLoss: evaluation.logLoss,
      intervals: intervals)
    brier = evaluation.raw.brierScore
    ece = evaluation.raw.calibrationError
    rocAUC = ranking?.macroROCAUC
    averagePrecision = ranking?.macroAveragePrecision
    corrected = evaluation.corrected.map {
      Probabilities(
        kind: $0.kind.rawValue, logLoss: $0.sums.logLoss, brier: $0.sums.brierScore, ece: $0.sums.calibrationError)
    }
    perClass = evaluation.confusion.perClass.enumerated().map { index, metrics in
      Class(
        name: model.classNames[index], support: metrics.support, precision: metrics.precision, recall: metrics.recall,
        f1: metrics.f1, rocAUC: ranking?.rocAUC[index], averagePrecision: ranking?.averagePrecision[index])
    }
    confusion = model.classNames.indices.map { actual in
      model.classNames.indices.map { evaluation.confusion[actual, $0] }
    }
    (rows, lostRows, unknownLabelRows) = (
      evaluation.notes.rows, evaluation.notes.lostRows, evaluation.unknownLabelRows
    )
  }

  enum CodingKeys: String, CodingKey {
    case brier, ece
    case rocAUC = "roc_auc"
    case averagePrecision = "average_precision"
    case corrected = "corrected_probabilities"
    case perClass = "per_class"
    case confusion = "confusion_matrix"
    case rows
    case lostRows = "lost_rows"
    case unknownLabelRows = "unknown_label_rows"
  }

  func encode(to encoder: any Encoder) throws {
    try metrics.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(brier, forKey: .brier)
    try container.encode(ece, forKey: .ece)
    try container.encode(rocAUC, forKey: .rocAUC)
    try container.encode(averagePrecision, forKey: .averagePrecision)
    try container.encodeIfPresent(corrected, forKey: .corrected)
    try container.encode(perClass, forKey: .perClass)
    try container.encode(confusion, forKey: .confusion)
    try container.encode(rows, forKey: .rows)
    try container.encode(lostRows, forKey: .lostRows)
    try container.encode(unknownLabelRows, forKey: .unknownLabelRows)
  }
}
