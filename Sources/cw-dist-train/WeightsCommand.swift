internal import ArgumentParser
internal import ClassWeighting
internal import Collectives
internal import Datasets
internal import Failures
internal import Reporting
internal import Training

struct WeightsCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "Show class counts, and the weights of every scheme.")

  @Argument(help: "A path, or synthetic:…")
  var data: String

  @OptionGroup var input: DataOptions

  @Option(parsing: .unconditional, help: "s of the smoothed weights.")
  var smoothing = TrainOptions.defaults.smoothing

  @Option(parsing: .unconditional, help: "β of the effective-number weights.")
  var beta = TrainOptions.defaults.beta

  @Option(help: "Seconds to wait for other ranks before the job is ended; 0 waits for ever.")
  var timeout: Double = 600

  @Flag(help: "One JSON object instead of a table.")
  var json = false

  func validate() throws {
    guard timeout == 0 || (timeout >= 1 && timeout <= 1e9) else {
      throw ValidationError("--timeout \(timeout): expected 0, or seconds from 1 on")
    }
    guard smoothing >= 0, smoothing.isFinite else {
      throw ValidationError("--smoothing \(smoothing): expected 0 or more")
    }
    guard beta >= 0, beta < 1 else {
      throw ValidationError("--beta \(beta): expected a number from 0 up to, not including, 1")
    }
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.watch(timeout: timeout > 0 ? .seconds(timeout) : nil, isTerminating: { false }) {
      Console.error($0.description)
    }
    let layout = try communicator.agree {
      try ShardLayout(shardCount: input.shards ?? max(8, communicator.size), rankCount: communicator.size)
    }
    let watch = ReadingWatch(quiet: json, over: communicator)
    let raw = try communicator.reading {
      try input.read(data, labels: input.labels, layout: layout, progress: watch.progress, over: communicator)
    }
    try watch.end(over: communicator)
    let dataset = try Table(raw, ignoring: input.ignoreIndex, layout: layout, over: communicator)
    var table: (reading: TableReading, summary: TableSummary)?
    if let reading = dataset.reading {
      table = (reading, try TableSummary(dataset, over: communicator))
      var doubts = dataset.doubts
      if input.label == "-1" { doubts += [dataset.doubtAboutLabel].compactMap { $0 } }
      if communicator.isRoot { doubts.forEach(Console.warning) }
    }
    let columns = dataset.columns
    let classNames = dataset.classNames
    let shardCounts = try dataset.shardClassCounts(over: communicator)
    try communicator.agree {
      let report = try ClassWeightReport(
        shardCounts: shardCounts, classNames: classNames, smoothing: smoothing, beta: beta, table: table)
      guard communicator.isRoot else { return }
      guard !json else { return Console.output(try report.json()) }
      let lines = table?.reading.lines(columns).map { RunDescription.Line(title: $0, text: $1).padded + "\n" } ?? []
      Console.output(lines.joined() + (lines.isEmpty ? "" : "\n") + report.table())
    }
    return .success
  }
}
