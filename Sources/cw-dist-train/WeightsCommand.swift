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
    commandName: "weights",
    abstract: "Show class counts, the weights of every scheme, and what samplers and losses would do.")

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
    let reader = TableInput(input, layout: layout, listeners)
    let raw = try communicator.reading { try reader.read(data, labels: input.labels, over: communicator) }
    try reader.end(over: communicator)
    let table = try reader.table(of: raw, over: communicator)
    var source: (reading: TableReading, summary: TableSummary)?
    if let reading = table.reading { source = (reading, try TableSummary(table, over: communicator)) }
    let (columns, classNames) = (table.columns, table.classNames)
    let shardCounts = try table.shardClassCounts(over: communicator)
    try communicator.agree {
      let report = try ClassWeightReport(
        shardCounts: shardCounts, classNames: classNames, smoothing: rule.smoothing, beta: rule.beta,
        table: source)
      guard communicator.isRoot else { return }
      guard !json else { return Console.output(try report.json()) }
      let lines = source?.reading.lines(columns).map { RunDescription.Line(title: $0, text: $1).padded + "\n" } ?? []
      Console.output(lines.joined() + (lines.isEmpty ? "" : "\n") + report.table())
    }
    return .success
  }
}
