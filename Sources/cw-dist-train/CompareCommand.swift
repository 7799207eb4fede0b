internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Failures
internal import Foundation
internal import Reporting
internal import Runs

struct CompareCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train several choices on the same splits, and compare them in a table.",
    discussion: """
      Tries every combination of the lists: --class-weights none,inverse,balanced (here a list), --losses, --samplers, \
      --try OPTION=V1,V2. Each run has the options of train that stand there, a folder of its own in --run-dir (default: \
      runs/<name of the data>-compare, or -compare-2 and on where another comparison stands there), and the bits that train \
      gives it. Runs that have ended are not trained again: the same command goes on with a comparison that was stopped.
      """)

  @OptionGroup(title: "What is compared") var compare: CompareOptions
  @OptionGroup var options: TrainOptions
  /// Those that the options were parsed from.
  var arguments: [String] = []

  enum CodingKeys: CodingKey {
    case compare, options
  }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    let plan = try communicator.agree {
      do {
        return try ComparisonPlan(arguments, compare, classWeights: options.configuration.loss.classWeights)
      } catch let error as UsageError {
        throw UsageError(text: error.text, command: Self.configuration.commandName)
      }
    }
    let job = plan.options.job
    try communicator.watch(timeout: job.timeout.duration, isTerminating: { StopRequest.isTerminating }) {
      Console.error("\($0.description) To go on with what is left of the comparison, start it again as it was.")
    }
    if let limit = job.maxTime { StopRequest.request(inSeconds: limit.seconds - ProcessTime.sinceStart) }
    let console = ComparisonConsole(style: job.log, quiet: job.quiet)
    let comparison = try Comparison(
      plan, in: job.runDir ?? "runs/\(plan.options.dataName)-compare", isNumbered: job.runDir == nil,
      overwriting: job.overwrite, console, over: communicator)
    return try comparison.train()
  }
}
