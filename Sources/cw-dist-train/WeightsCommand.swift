internal import ArgumentParser
internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Failures
internal import Reporting
internal import Runs

struct WeightsCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Show class counts, and the weights of every scheme.")

  @Argument(help: "A path, or synthetic:…")
  var data: String

  @OptionGroup var input: DataOptions
  @OptionGroup var shards: ShardOptions
  @OptionGroup var rule: WeightRuleOptions
  @OptionGroup var timeout: TimeoutOption

  @Flag(help: "One JSON object instead of a table.")
  var json = false

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.watch(timeout: timeout.duration, isTerminating: { false }) {
      Console.error($0.description)
    }
    let layout = try communicator.agree {
      try ShardLayout(shardCount: shards.count(ranks: communicator.size), rankCount: communicator.size)
    }
    let listeners = RunListeners([ConsoleListener(style: .pretty, quiet: json)], of: communicator)
    let watch = ReadingWatch(listeners)
    let raw = try communicator.reading {
      try input.read(
        data, labels: input.labels, layout: layout, progress: watch.progress, listeners, over: communicator)
    }
    try watch.end(over: communicator)
    let dataset = try Dataset.withSharedClasses(
      [raw], ignoring: input.ignoreIndex, layout: layout, over: communicator)[0]
    var table: (reading: TableReading, summary: TableSummary)?
    if let reading = raw.reading {
      table = (reading, try TableSummary(raw, layout: layout, over: communicator))
      var doubts = raw.doubts(rowCount: dataset.sampleCount)
      if input.label == DataOptions.defaults.label { doubts += [dataset.doubtAboutLabel].compactMap { $0 } }
      doubts.forEach(listeners.warn)
    }
    let shardCounts = try dataset.shardClassCounts(over: communicator)
    try communicator.agree {
      let report = try ClassWeightReport(
        shardCounts: shardCounts, classNames: dataset.classNames, smoothing: rule.smoothing, beta: rule.beta,
        table: table)
      guard communicator.isRoot else { return }
      guard !json else { return Console.output(try report.json()) }
      let lines = raw.reading?.lines(raw.columns).map { RunDescription.Line(title: $0, text: $1).padded + "\n" } ?? []
      Console.output(lines.joined() + (lines.isEmpty ? "" : "\n") + report.table())
    }
    return .success
  }
}
