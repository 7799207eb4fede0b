internal import Configuration
internal import Foundation
internal import Metrics
internal import Training

/// What happened to a run and when: log.jsonl of its folder for programs, log.txt for people. Unlike metrics.jsonl it has
/// times and hosts, and is never cut: what was done twice, since a run was killed between, stands in it twice.
final class RunLog: RunListener {
  private let directory: RunDirectory
  /// Of this process; durations count from it.
  private let start = ContinuousClock.now
  private var lastEpoch = ContinuousClock.now
  private var classNames: [String] = []

  /// - Parameter earlier: What was said before the run had a folder, in its order.
  /// - Throws: `FileError`
  init(_ directory: RunDirectory, earlier: [RunEvent]) throws {
    self.directory = directory
    for event in earlier { try receive(event) }
  }

  func receive(_ event: RunEvent) throws {
    switch event {
    case .reading, .readingEnded, .goesOn, .reached: break
    case .warning(let text): try write(.init(event: "warning", text: text), "warning: \(text)")
    case .note(let text): try write(.init(event: "note", text: text), text)
    case .began(let run):
      classNames = run.classes.map(\.name)
      try write(Entry(run), Self.words(run))
    case .epochEnded(let report):
      let now = ContinuousClock.now
      try write(
        Entry(report, seconds: (now - lastEpoch) / .seconds(1)),
        Self.words(report, now - lastEpoch) + drawn(report))
      lastEpoch = now
    case .memberEnded(let member, let place):
      let best = member.delivered.best.map { ", \($0.metric.title) \(Self.number($0.value))" } ?? ""
      try write(
        Entry(member, place, seconds: elapsed),
        "member \(place.number)/\(place.count) is trained: epoch \(member.delivered.epoch) of \(member.epochs)\(best)")
    case .ended(let end):
      try write(
        Entry(end, seconds: elapsed),
        "completed after \(end.result.steps) step\(end.result.steps == 1 ? "" : "s"), \(Self.words(elapsed))")
    case .stopped(let result, _):
      let reason = StopRequest.cause ?? "on request"
      try write(
        Entry(event: "stop", text: reason, step: result.steps, seconds: elapsed),
        "stopped after \(result.steps) step\(result.steps == 1 ? "" : "s"), \(Self.words(elapsed)): \(reason)")
    }
  }

  /// The run ends with an error.
  ///
  /// - Throws: `FileError`
  func failed(_ message: String) throws {
    try write(
      Entry(event: "failure", text: message, seconds: elapsed), "failed after \(Self.words(elapsed)): \(message)")
  }

  private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  private func write(_ entry: Entry, _ text: String) throws {
    let now = Date()
    var entry = entry
    entry.time = now.formatted(.iso8601)
    try directory.append(try JSONText.line(entry), to: RunDirectory.logFile)
    // One event, one line.
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let time = now.formatted(.iso8601.dateTimeSeparator(.space))
    try directory.append("\(time)  \(line)\n", to: RunDirectory.logTextFile)
  }

  private static func words(_ run: RunDescription) -> String {
    """
    \(run.resumedFrom == nil ? "began" : "resumed \(run.resumedFrom ?? "")"): \(ProgramName(run.version, run.commit.isEmpty ? nil : run.commit)), \
    \(run.placement), \(run.transport), \(run.shards) shards; \(run.dataName), \(run.trainingSamples) samples, \
    \(run.classes.count) classes; \(run.model); \(run.training)
    """
  }

  private static func words(_ report: EpochReport, _ duration: Duration) -> String {
    func figures(_ evaluation: Evaluation) -> String {
      """
      loss \(number(evaluation.loss)), balanced accuracy \(number(evaluation.confusion.balancedAccuracy))
      """
    }
    let validation = report.validation.map { "; validation \(figures($0))" } ?? ""
    return """
      \(report.member.map { "member \($0.number)/\($0.count), " } ?? "")epoch \(report.epoch)/\(report.epochs)\(report.stage == .classifier ? " (the last layer alone)" : ""), step \(report.step): \(figures(report.training))\(validation)\
      \(report.isBest ? ", the best so far" : "") (\(words(duration / .seconds(1))), \(Int(report.samplesPerSecond)) samples/s\
      \(report.learningRate.map { ", learning rate \(String(format: "%.3g", $0))" } ?? ""))
      """
  }

  /// "; drew 330 of a, 341 of b": what a sampler drew, of many classes altogether.
  private func drawn(_ report: EpochReport) -> String {
    guard let draws = report.draws else { return "" }
    guard draws.count <= Self.mostClasses, draws.count == classNames.count else {
      return "; drew \(draws.reduce(0, +)) samples"
    }
    return "; drew " + zip(draws, classNames).map { "\($0) of \($1)" }.joined(separator: ", ")
  }

  /// Of more classes not each is written.
  private static let mostClasses = 12

  private static func number(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }

  /// "0.3 s", "4 min 10 s", "3 h 2 min"
  static func words(_ seconds: Double) -> String {
    let whole = Int(seconds)
    if seconds < 60 { return String(format: "%.1f s", seconds) }
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

extension RunLog {
  /// A line of log.jsonl: what is not of its event is missing.
  struct Entry: Codable {
    /// In UTC: "2026-11-27T16:17:08Z".
    var time = ""
    /// "begin", "resume", "warning", "note", "epoch", "member", "stop", "end", "failure"
    let event: String
    /// A message, or the reason of a stop.
    var text: String?
    /// From 1; of a run of several.
    var member: Int?
    var members: Int?
    var epoch: Int?
    var epochs: Int?
    /// Of an epoch of the last layer alone.
    var stage: TrainingStage?
    var step: Int?
    /// Of an epoch, with its evaluation and checkpoint; else since the process began to train.
    var seconds: Double?
    var samplesPerSecond: Double?
    var learningRate: Double?
    var loss: Double?
    var validationLoss: Double?
    var isBest: Bool?
    /// [C], of an epoch: what a sampler drew.
    var draws: [Int]?
    var resumedFrom: String?
    var ranks: Int?
    var hosts: [String]?
    var shards: Int?
    var threads: Int?
    var version: String?
    var commit: String?
    var mpi: String?
    var data: String?
    var peakMemoryBytes: [Int]?

    enum CodingKeys: String, CodingKey {
      case time, event, text, member, members, epoch, epochs, stage, step, seconds
      case samplesPerSecond = "samples_per_second"
      case learningRate = "learning_rate"
      case loss
      case validationLoss = "validation_loss"
      case isBest = "is_best"
      case draws
      case resumedFrom = "resumed_from"
      case ranks, hosts, shards, threads, version, commit, mpi, data
      case peakMemoryBytes = "peak_memory_bytes"
    }

    init(event: String, text: String? = nil, step: Int? = nil, seconds: Double? = nil) {
      (self.event, self.text, self.step, self.seconds) = (event, text, step, seconds)
    }

    init(_ run: RunDescription) {
      event = run.resumedFrom == nil ? "begin" : "resume"
      resumedFrom = run.resumedFrom
      (ranks, hosts, shards, threads) = (run.ranks, run.hosts, run.shards, run.threads)
      (version, mpi, data) = (run.version, run.transport, run.dataName)
      commit = run.commit.isEmpty ? nil : run.commit
    }

    init(_ report: EpochReport, seconds: Double) {
      event = "epoch"
      (member, members) = (report.member?.number, report.member?.count)
      (epoch, epochs, step, self.seconds) = (report.epoch, report.epochs, report.step, seconds)
      stage = report.stage == .classifier ? .classifier : nil
      samplesPerSecond = report.samplesPerSecond
      learningRate = report.learningRate
      loss = report.training.loss.flatMap { $0.isFinite ? $0 : nil }
      validationLoss = report.validation?.loss.flatMap { $0.isFinite ? $0 : nil }
      isBest = report.isBest
      draws = report.draws
    }

    init(_ trained: TrainedMember, _ place: MemberPlace, seconds: Double) {
      event = "member"
      (member, members) = (place.number, place.count)
      (epoch, epochs, step) = (trained.delivered.epoch, trained.epochs, trained.steps)
      self.seconds = seconds
    }

    init(_ end: RunEnd, seconds: Double) {
      event = "end"
      text = end.result.outcome.rawValue
      (step, self.seconds) = (end.result.steps, seconds)
      samplesPerSecond = end.result.samplesPerSecond
      peakMemoryBytes = end.peakMemory
    }
  }
}

/// Keeps what is said before a run has a folder to write it into.
final class EarlyWords: RunListener {
  private(set) var events: [RunEvent] = []
  private var isHeard = false

  func receive(_ event: RunEvent) {
    guard !isHeard else { return }
    switch event {
    case .warning, .note: events.append(event)
    default: break
    }
  }

  /// What was said until now; it keeps nothing more.
  func take() -> [RunEvent] {
    isHeard = true
    defer { events = [] }
    return events
  }
}
