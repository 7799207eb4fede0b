internal import ClassWeighting
internal import Configuration
public import Failures
internal import Files
internal import Foundation
internal import Metrics
internal import Models
internal import Reports
internal import Training

/// The report of a run: report.html for people, and what it shows as report.json, which it can be drawn of again.
public enum RunReport {
  /// Draws the report of a run again, as this program has it.
  ///
  /// - Parameters:
  ///   - run: The run's folder.
  ///   - output: Of the page; nil for report.html of the run.
  ///   - replaces: Whether a file of that name is replaced. That of the run always is.
  /// - Returns: Where it is.
  /// - Throws: `RunReportError`, `ResultFileError`, `FileError`
  public static func redraw(_ run: String, to output: String? = nil, replacing replaces: Bool = false) throws -> String
  {
    let source = run + "/" + RunDirectory.reportDataFile
    guard FileManager.default.fileExists(atPath: run) else { throw RunReportError.notThere(path: run) }
    guard FileManager.default.fileExists(atPath: source) else {
      let runs = RunDirectory.words(ofRunsIn: run)
      throw runs.isEmpty ? RunReportError.noReport(path: run) : .noRun(path: run, advice: runs)
    }
    // A run that is going on, or was replaced and has not come to its end, leaves that of before.
    let files = [RunDirectory.summaryFile, RunDirectory.logFile].map { run + "/" + $0 }
    guard FileManager.default.fileExists(atPath: files[0]) || !FileManager.default.fileExists(atPath: files[1]) else {
      throw RunReportError.ofBefore(path: run)
    }
    let text = try WholeFile.text(at: source)
    let page: ReportPage
    do {
      page = try ReportPage(try JSONDecoder().decode(ReportContent.self, from: Data(text.utf8)))
    } catch {
      throw RunReportError.unreadable(path: source, reason: RunReportError.words(error))
    }
    let path = run + "/" + RunDirectory.reportFile
    if let output, URL(fileURLWithPath: output).standardized != URL(fileURLWithPath: path).standardized {
      let read = [RunDirectory.modelFile, RunDirectory.reportDataFile, RunDirectory.configurationFile]
      try ResultFile.check(output, of: read.map { "\(run)/\($0)" })
      try ResultFile.checkPage(output)
      let file = try ResultFile(output, replaces: replaces)
      _ = try file.append(Array(page.html.utf8))
      try file.finish()
      return output
    }
    try AtomicFile.write(page.html, to: path)
    return path
  }
}

extension RunDirectory {
  /// The files of a run's report.
  ///
  /// - Throws: `FileError`
  func report(of end: RunEnd) throws -> [(file: String, text: String)] {
    let metrics = try metricsBytes > 0 ? WholeFile.text(at: metricsPath) : ""
    let content = ReportContent(end, metrics: metrics)
    return [(Self.reportDataFile, try JSONText.line(content)), (Self.reportFile, try ReportPage(content).html)]
  }
}

extension ReportContent {
  /// The most epochs whose figures it has.
  private static let mostEpochs = 500

  /// - Parameter metrics: The text of metrics.jsonl, with the epochs of before the run was gone on with.
  init(_ end: RunEnd, metrics: String) {
    self.init()
    let (run, final, delivered) = (end.run, end.final, end.result.delivered)
    program = ProgramName.own.description
    data = run.dataName
    about = Self.lines(run) + Self.linesOfLastLayer(end)
    options = run.options.filter { $0.name != "data" }.map {
      Option(name: $0.name, value: $0.value, isDefault: $0.isDefault)
    }
    classes = run.classes.map { ClassRow(name: $0.name, count: $0.count, draws: $0.draws, weight: $0.weight) }
    weightScheme = run.weightScheme
    parts = [
      ("training", final.training), ("out-of-fold", final.outOfFold), ("validation", final.validation),
      ("test", final.test),
    ].compactMap { name, evaluation in evaluation.map { Part(name, $0) } }
    let members = end.result.members
    memberEpochs = members.isEmpty ? nil : members.map(\.delivered.epoch)
    areEpochsChosen = members.isEmpty ? nil : members.contains { $0.delivered.best != nil }
    tunedFor = end.decision?.metric
    tau = end.tau
    classifierFrom = members.isEmpty ? end.result.progress.network.map { $0.epochs + 1 } : nil
    let left = end.result.nonfiniteSteps
    leftOutShare = left == 0 ? nil : Double(left) / Double(max(end.result.steps, 1))
    let best = delivered.best ?? members.lazy.compactMap(\.delivered.best).first
    self.delivered = Delivered(
      epoch: delivered.epoch, step: delivered.step, metric: run.epochMetric.key,
      metricTitle: best?.criterion ?? run.epochMetric.title)
    epochs = Self.epochs(metrics, metric: run.epochMetric.key, keeping: delivered.epoch)
    guard let figures = final.probabilities else { return }
    curves = figures.curves
    reliability = figures.sums.map { Reliability(kind: $0.kind.rawValue, $0.sums) }
    let fairest = final.fairest.evaluation
    if figures.byLastRule != fairest.untuned ?? fairest.confusion { unweighted = Cells(figures.byLastRule) }
  }

  private static func lines(_ run: RunDescription) -> [Line] {
    func count(_ value: Int?, _ part: String) -> String { value.map { ", \($0) for \(part)" } ?? "" }
    let data = """
      \(run.dataName): \(run.trainingSamples) training samples\(count(run.validationSamples, "validation"))\
      \(count(run.testSamples, "test")), \(run.features) features, \(run.classes.count) classes
      """
    return [Line(title: "data", text: data)] + run.reading.map { Line(title: $0.title, text: $0.text) }
      + (run.values.isEmpty ? [] : [Line(title: "values", text: run.values)])
      + (run.recipe.map { [Line(title: $0.title, text: $0.text)] } ?? [])
      + [
        Line(title: "model", text: "\(run.model) (\(run.parameters) parameters)"),
        Line(title: "training", text: run.training), Line(title: "shards", text: "\(run.shards)"),
      ]
  }

  /// What was done with the last layer alone.
  private static func linesOfLastLayer(_ end: RunEnd) -> [Line] {
    var lines: [Line] = []
    if let network = end.result.progress.network, end.result.members.isEmpty {
      lines.append(
        Line(
          title: "other layers",
          text: "of epoch \(network.delivered.epoch), of \(network.epochs) in which all were trained"))
    }
    if let tau = end.tau {
      let found = end.isTauFound ? ", found on samples that it was not trained on" : ""
      lines.append(Line(title: "last layer", text: "rows divided by their norms to the power of τ = \(tau)\(found)"))
    }
    return lines
  }

  private struct Place: Hashable {
    let epoch: Int
    let split: String
  }

  /// The figures of the epochs, or of some at equal distances; of several members their means.
  private static func epochs(_ metrics: String, metric: String, keeping delivered: Int) -> [Epoch] {
    let all = metrics.split(separator: "\n").compactMap { line -> (epoch: Int, split: String, MetricsFigures)? in
      guard let figures = MetricsFigures(line: String(line)),
        let epoch = figures["epoch"].flatMap({ Int(exactly: $0) }),
        let split = figures.text("split"), split != "test",
        // Members go over to their last layers in different epochs.
        figures.member == nil || figures.text("stage") != TrainingStage.classifier.rawValue
      else { return nil }
      return (epoch, split, figures)
    }
    let last = all.map(\.epoch).max() ?? 0
    let step = max((last + mostEpochs - 1) / mostEpochs, 1)
    let names = Set(["loss", "log_loss", "accuracy", "balanced_accuracy", "macro_f1", "average_precision", metric])
    let kept = all.filter { $0.epoch % step == 0 || $0.epoch == 1 || $0.epoch == last || $0.epoch == delivered }
    var ofPlaces: [(place: Place, figures: [MetricsFigures])] = []
    var indices: [Place: Int] = [:]
    for (epoch, split, figures) in kept {
      let place = Place(epoch: epoch, split: split)
      if let index = indices[place] {
        ofPlaces[index].figures.append(figures)
      } else {
        indices[place] = ofPlaces.count
        ofPlaces.append((place, [figures]))
      }
    }
    // Members come one after another, and not all are trained for as long.
    return ofPlaces.sorted { ($0.place.epoch, $0.place.split) < ($1.place.epoch, $1.place.split) }.map {
      place, figures in
      let means = names.compactMap { name -> (String, Double)? in
        let values = figures.compactMap { $0[name] }
        return values.count < figures.count ? nil : (name, values.reduce(0, +) / Double(values.count))
      }
      return Epoch(epoch: place.epoch, split: place.split, figures: Dictionary(uniqueKeysWithValues: means))
    }
  }
}

extension ModelFile {
  /// Of which probabilities a report has figures: raw ones, and those that are nearest to frequencies.
  var reportedRules: [ProbabilityRule] {
    func rule(_ kind: ProbabilityRule.Kind) -> ProbabilityRule? {
      try? ProbabilityRule(kind, of: self, path: RunDirectory.modelFile)
    }
    let corrected = rule(.calibrated) ?? (isWeighted ? rule(.prior) : nil)
    return [.raw(classCount: shape.classCount)] + (corrected.map { [$0] } ?? [])
  }
}

extension ReportContent.Part {
  fileprivate init(_ name: String, _ evaluation: Evaluation) {
    self.init(
      name: name, loss: evaluation.loss.flatMap { $0.isFinite ? $0 : nil },
      logLoss: evaluation.logLoss.flatMap { $0.isFinite ? $0 : nil },
      confusion: ReportContent.Cells(evaluation.confusion), untuned: evaluation.untuned.map { ReportContent.Cells($0) },
      intervals: evaluation.intervals)
  }
}

/// A report that cannot be drawn again.
public enum RunReportError: Failure, Equatable {
  case notThere(path: String)
  /// It holds runs, one of which `advice` names.
  case noRun(path: String, advice: String)
  case noReport(path: String)
  /// Another run has begun in its place.
  case ofBefore(path: String)
  case unreadable(path: String, reason: String)

  public var exitStatus: ExitStatus {
    switch self {
    case .notThere: .noInput
    case .noRun, .noReport, .ofBefore, .unreadable: .badData
    }
  }

  public var description: String {
    switch self {
    case .notThere(let path): "there is no \(path); report takes the folder of a run, such as runs/data"
    case .noRun(let path, let advice): "\(path) is a folder, but none of a run\(advice)"
    case .noReport(let path):
      """
      \(path) has no \(RunDirectory.reportDataFile): it is no folder of a run, or its run has not come to its end \
      (--resume auto --run-dir \(path.asShellWord) goes on with it), or an older version made it
      """
    case .ofBefore(let path):
      """
      the run in \(path) has not come to its end, and its \(RunDirectory.reportDataFile) is of one before it \
      (--resume auto --run-dir \(path.asShellWord) goes on with it)
      """
    case .unreadable(let path, let reason): "\(path) is not what a run writes: \(reason)"
    }
  }

  static func words(_ error: any Error) -> String {
    if case ReportError.incomplete(let what)? = error as? ReportError { return what }
    guard let error = error as? DecodingError else { return "\(error)" }
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "it lacks \((path(context).isEmpty ? "" : path(context) + ".") + key.stringValue)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is no JSON of a report" : "\(path(context)) has another kind of value"
    @unknown default: "it is no JSON of a report"
    }
  }
}
