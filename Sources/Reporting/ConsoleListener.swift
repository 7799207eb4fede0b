public import Configuration
internal import Metrics
internal import Models
public import Runs
internal import Training

/// Tells the user how a run goes. A class, for the line that moves while files are read.
public final class ConsoleListener: RunListener {
  private let style: JobOptions.LogStyle
  private let quiet: Bool
  private var readingLine: ReadingLine?
  private var epochTable: EpochTable?
  /// Of a run of several members.
  private var memberTable: MemberTable?
  private var learning = LearningWords()
  private var timeLeft = TimeLeft()

  /// - Parameter quiet: Whether nothing but warnings is said.
  public init(style: JobOptions.LogStyle, quiet: Bool) {
    self.style = style
    self.quiet = quiet
  }

  /// As often as a terminal's line may move; in a file a line now and then, for whoever looks whether the run goes on.
  public var interval: Duration? { quiet ? nil : Console.showsStatus ? .milliseconds(100) : .seconds(30) }

  public func receive(_ event: RunEvent) throws {
    if case .warning(let text) = event { Console.warning(text) }
    guard !quiet else { return }
    switch event {
    case .warning, .reached: break
    case .note(let text): Console.sentence(text)
    case .reading(let activity, let path, let done, let total):
      let line = readingLine ?? ReadingLine()
      readingLine = line
      line.update(activity, path, done: done, of: total)
    case .readingEnded: readingLine?.end()
    case .began(let run): try begin(run)
    case .goesOn(let activity): goesOn(with: activity)
    case .epochEnded(let report): try epochEnded(report)
    case .memberEnded(let member, let place): memberEnded(member, place)
    case .ended(let end): try self.end(end)
    case .stopped(let result, let advice): try stopped(result, adviceToResume: advice)
    }
  }

  private func begin(_ run: RunDescription) throws {
    if run.members > 1 { memberTable = MemberTable(run) } else { epochTable = EpochTable(run) }
    switch style {
    case .pretty: Console.output(Self.introduction(run))
    case .json: Console.output(try JSONText.line(StartEvent(run)).trimmingNewline)
    }
  }

  private func goesOn(with activity: TrainingActivity) {
    var left: Duration?
    switch activity {
    // It is mostly over at once.
    case .preparing: if !Console.showsStatus { return }
    case .epoch(let progress): left = timeLeft.estimate(at: progress.shareOfRun)
    case .judging: break
    }
    let line = ActivityLine.text(activity, left: left, width: Console.statusWidth)
    if Console.showsStatus { Console.status(line) } else { Console.note(line) }
  }

  private func epochEnded(_ report: EpochReport) throws {
    learning.add(report)
    switch style {
    case .pretty:
      if let place = report.member {
        if let row = memberTable?.row(report, place) { Console.output(row) }
      } else if let row = epochTable?.row(report) {
        Console.output(row)
      }
    case .json:
      for line in try MetricsLog.lines(report) { Console.output(line.trimmingNewline) }
    }
  }

  private func memberEnded(_ member: TrainedMember, _ place: MemberPlace) {
    guard style == .pretty, let row = memberTable?.row(member, place) else { return }
    Console.output(row)
  }

  private func end(_ end: RunEnd) throws {
    let (result, final, classNames) = (end.result, end.final, end.run.classes.map(\.name))
    switch style {
    case .pretty:
      let (name, evaluation) = final.decisive
      if final.outOfFold != nil, final.validation == nil {
        let isChosen = result.members.contains { $0.delivered.best != nil }
        let caution =
          isChosen ? " (Its epoch was\nchosen by such samples, which flatters: the fewer they are, the more.)" : ""
        Console.output("\nEach sample is judged by the member that was trained without it.\(caution)")
      }
      for (name, evaluation) in [(name, evaluation)] + (final.test.map { [("test", $0)] } ?? []) {
        Console.output(
          "\n\(Self.title(of: result)) on the \(name) data\n" + ClassTables.scores(evaluation.confusion, classNames))
        Console.output(Self.summaryLine(evaluation))
        if let untuned = evaluation.untuned {
          Console.output("without tuned thresholds: " + Self.words(untuned))
        }
        if let intervals = evaluation.intervals {
          let table = IntervalTable(intervals, evaluation.confusion, logLoss: evaluation.logLoss, classNames)
          Console.output("\n" + table.text)
        }
      }
      Console.output(
        """

        \(result.outcome.rawValue) after \(NumberFormat.count(result.steps, "step"))\
        \(result.nonfiniteSteps > 0 ? " (\(result.nonfiniteSteps) of them left out)" : ""), \
        \(NumberFormat.grouped(Int(result.samplesPerSecond))) samples/s in the training loop\
        \(Self.lineOfBest(result).map { "\n" + $0 } ?? "")\
        \(result.progress.network.map { "\n" + Self.words($0) } ?? "")\
        \(end.tau.map { "\n" + Self.words(tau: $0, foundOn: end.isTauFound ? name : nil) } ?? "")\
        \(end.decision.map { "\nthresholds " + Self.words($0, classNames, foundOn: name) } ?? "")\
        \(result.descent.map { "\n\(Self.words($0, end))" } ?? "")\
        \(end.temperature.map { "\ntemperature \(Self.words(temperature: $0, foundOn: name))" } ?? "")\
        \(end.path.map { "\nsaved to \($0)\nreport: \($0)/report.html" } ?? "")

        \(learning.lines(end).joined(separator: "\n"))
        """)
    case .json:
      let (name, evaluation) = final.decisive
      Console.output(
        try JSONText.line(
          EndEvent(
            outcome: result.outcome.rawValue, split: name, path: end.path,
            delivered: result.members.isEmpty ? DeliveredRecord(result.delivered) : nil,
            endedEarly: result.members.isEmpty ? result.endedEarly : nil,
            network: result.progress.network.map { NetworkRecord($0) },
            members: result.members.map { MemberRecord($0) }, descent: result.descent, temperature: end.temperature,
            decision: end.decision, tau: end.tau, evaluation, test: final.test)
        )
        .trimmingNewline)
    }
  }

  /// "lbfgs ended by --tolerance: …"
  private static func words(_ descent: DescentReport, _ end: RunEnd) -> String {
    let gradient = "the largest component of the gradient is \(NumberFormat.significant(descent.largestGradient))"
    let passes = "\(NumberFormat.grouped(descent.evaluations)) passes over the training part"
    let tolerance = "--tolerance \(NumberFormat.significant(descent.tolerance))"
    return switch descent.ending {
    case .tolerance: "ended by \(tolerance): \(gradient) (\(passes))"
    case .precision:
      "ended where rounding leaves no smaller loss to be found, before \(tolerance): \(gradient) (\(passes))"
    case nil where end.result.endedEarly: "ended by --patience, before \(tolerance): \(gradient) (\(passes))"
    case nil:
      """
      ended before \(tolerance): \(gradient) (\(passes)); \
      \(end.run.options.contains { $0.name == "max-steps" && $0.value == "\(end.result.steps)" } ? "a larger --max-steps goes" : "more --epochs go") on
      """
    }
  }

  private static func title(of result: RunResult) -> String {
    !result.members.isEmpty || result.delivered.step == result.progress.step
      ? "the final model" : "the model of epoch \(result.delivered.epoch)"
  }

  /// "stopped at epoch 34: best at 24, by macro F1 on the validation data (0.6123), which is kept"
  private static func lineOfBest(_ result: RunResult) -> String? {
    guard result.members.isEmpty else { return "\(result.members.count) members, whose probabilities are averaged" }
    let (delivered, progress) = (result.delivered, result.progress)
    let last = progress.epoch + (progress.stepInEpoch > 0 ? 1 : 0)
    if let best = delivered.best {
      let value = "\(best.criterion) on the validation data (\(NumberFormat.fixed(best.value)))"
      return result.endedEarly
        ? "stopped at epoch \(last): best at \(best.epoch), by \(value), which is kept"
        : "kept epoch \(best.epoch) of \(last), the best by \(value)"
    }
    guard result.endedEarly else { return nil }
    return "stopped at epoch \(last): \(progress.best.map { "best at \($0.epoch); " } ?? "")the last is kept"
  }

  /// "the other layers are of epoch 24 of 40, the best by macro F1 (0.6012)"
  private static func words(_ network: NetworkStage) -> String {
    let best = network.delivered.best.map {
      ", the best by \($0.criterion) (\(NumberFormat.fixed($0.value)))"
    }
    return "the other layers are of epoch \(network.delivered.epoch) of \(network.epochs)\(best ?? "")"
  }

  /// "τ 0.7 (validation): rows of the last layer divided by ‖w‖^τ"
  private static func words(tau: Double, foundOn part: String?) -> String {
    "τ \(tau)\(part.map { " (\($0))" } ?? ""): rows of the last layer \(tau == 0 ? "as they were" : "divided by ‖w‖^τ")"
  }

  /// "1.31 (validation)"
  private static func words(temperature: Double, foundOn part: String) -> String {
    let limit =
      switch temperature {
      case TemperatureFit.range.lowerBound: ", the lower limit"
      case TemperatureFit.range.upperBound: ", the upper limit"
      default: ""
      }
    return "\(NumberFormat.significant(temperature)) (\(part)\(limit))"
  }

  /// - Parameter adviceToResume: Where the checkpoint is.
  private func stopped(_ result: RunResult, adviceToResume: String) throws {
    switch style {
    case .pretty:
      Console.output(
        """

        \(RunResult.Outcome.stoppedOnRequest.rawValue) after \(NumberFormat.count(result.steps, "step"))\(Self.place(of: result)). \
        \(adviceToResume)
        """)
    case .json:
      Console.output(
        try JSONText.line(
          StopEvent(
            outcome: RunResult.Outcome.stoppedOnRequest.rawValue, step: result.steps, advice: adviceToResume)
        )
        .trimmingNewline)
    }
  }

  /// ", in epoch 3"
  private static func place(of result: RunResult) -> String {
    if result.outcome == .completed { return ", all there are" }
    return result.members.isEmpty
      ? ", in epoch \(result.progress.epoch + 1)"
      : ", with \(NumberFormat.count(result.members.count, "member")) trained"
  }

  private static func introduction(_ run: RunDescription) -> String {
    let values = [("values", run.values), ("relevant", run.relevant)].filter { !$0.1.isEmpty }
      .map { RunDescription.Line(title: $0, text: $1) }
    let columns = (run.reading + values + [run.recipe].compactMap { $0 }).map { "\n" + $0.padded }.joined()
    let parts = [("validation", run.validationSamples), ("test", run.testSamples)].map { part, count in
      count.map { ", \(NumberFormat.grouped($0)) for \(part)" } ?? ""
    }.joined()
    return """
      cw-dist-train \(run.version): \(run.placement), \(NumberFormat.count(run.shards, "shard")), \(run.transport), \
      \(NumberFormat.count(run.threads, "thread")) a rank
      data     \(run.dataName): \(NumberFormat.grouped(run.trainingSamples)) samples\(parts), \
      \(NumberFormat.count(run.features, "feature")), \(run.classes.count) classes\(columns)
      model    \(run.model) (\(NumberFormat.grouped(run.parameters)) parameters)
      training \(run.training)\(run.resumedFrom.map { "\nresumed  \($0)" } ?? "")

      \(ClassTables.weights(run))

      \(run.members > 1 ? MemberTable(run).title : EpochTable(run).title)
      """
  }

  private static func summaryLine(_ evaluation: Evaluation) -> String {
    TextLines.wrapped(
      "loss \(NumberFormat.fixed(evaluation.loss)), \(words(evaluation.confusion))\(words(evaluation.ranking))",
      after: ", ")
  }

  /// "accuracy 0.8123, balanced accuracy …"
  static func words(_ confusion: ConfusionMatrix) -> String {
    [
      ("accuracy", confusion.accuracy), ("balanced accuracy", confusion.balancedAccuracy),
      ("macro F1", confusion.macroF1), ("G-mean", confusion.gMean), ("MCC", confusion.mcc),
    ].map { "\($0.0) \(NumberFormat.fixed($0.1))" }.joined(separator: ", ")
  }

  /// ", ROC-AUC 0.9123, average precision 0.7123 (means over classes)"; "" where there is none.
  static func words(_ ranking: RankingMetrics?) -> String {
    guard let ranking else { return "" }
    return """
      , ROC-AUC \(NumberFormat.fixed(ranking.macroROCAUC)), average precision \
      \(NumberFormat.fixed(ranking.macroAveragePrecision)) (means over classes)
      """
  }

  /// "for macro-f1, found on the validation data, whose figures they flatter: a 0.1234, b −0.5"
  private static func words(_ decision: DecisionRule, _ classNames: [String], foundOn part: String) -> String {
    let offsets = zip(classNames, decision.offsets).prefix(12)
      .map { "\($0) \($1 > 0 ? "+" : "")\(NumberFormat.fixed(Double($1)))" }.joined(separator: ", ")
    return """
      for \(decision.metric), found on the \(part) data, whose figures they flatter: \(offsets)\
      \(classNames.count > 12 ? ", …" : "")
      """
  }
}

extension String {
  /// With spaces before it.
  func padded(_ width: Int) -> String {
    String(repeating: " ", count: max(width - count, 0)) + self
  }

  fileprivate var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}

private struct StartEvent: Encodable {
  let event = "start"
  let version: String
  let ranks: Int
  let hosts: [String]
  let shards: Int
  let data: String
  let samples: Int
  let features: Int
  let classes: [String]
  let counts: [Int]
  let weights: [Double?]
  let model: String
  let resumedFrom: String?

  enum CodingKeys: String, CodingKey {
    case event, version, ranks, hosts, shards, data, samples, features, classes, counts, weights, model
    case resumedFrom = "resumed_from"
  }

  init(_ run: RunDescription) {
    version = run.version
    ranks = run.ranks
    hosts = run.hosts
    shards = run.shards
    data = run.dataName
    samples = run.trainingSamples
    features = run.features
    classes = run.classes.map(\.name)
    counts = run.classes.map(\.count)
    weights = run.classes.map(\.weight)
    model = run.model
    resumedFrom = run.resumedFrom
  }
}

private struct StopEvent: Encodable {
  let event = "stop"
  let outcome: String
  let step: Int
  let advice: String
}

private struct EndEvent: Encodable {
  let event = "end"
  let outcome: String
  let split: String
  let path: String?
  let delivered: DeliveredRecord?
  let endedEarly: Bool?
  let network: NetworkRecord?
  let members: [MemberRecord]?
  let temperature: Double?
  let descent: DescentRecord?
  let decision: DecisionRule?
  let tau: Double?
  let metrics: MetricsRecord
  let test: MetricsRecord?

  enum CodingKeys: String, CodingKey {
    case event, outcome, split, path, delivered, network, members
    case endedEarly = "ended_early"
    case descent, temperature, decision
    case tau = "tau_normalization"
    case metrics, test
  }

  init(
    outcome: String, split: String, path: String?, delivered: DeliveredRecord?, endedEarly: Bool?,
    network: NetworkRecord?, members: [MemberRecord],
    descent: DescentReport?, temperature: Double?, decision: DecisionRule?, tau: Double?, _ evaluation: Evaluation,
    test: Evaluation?
  ) {
    self.delivered = delivered
    (self.network, self.tau) = (network, tau)
    self.members = members.isEmpty ? nil : members
    self.endedEarly = endedEarly
    self.temperature = temperature
    self.descent = descent.map { DescentRecord($0, endedEarly: endedEarly ?? false) }
    self.decision = decision
    self.outcome = outcome
    self.split = split
    self.path = path
    metrics = MetricsRecord(evaluation)
    self.test = test.map { MetricsRecord($0) }
  }
}
