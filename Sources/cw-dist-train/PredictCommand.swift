internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Datasets
internal import Failures
internal import Foundation
internal import Models
internal import Reporting
internal import Runs
internal import Scoring

struct PredictCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Predict the classes of rows, and the probability of each.",
    discussion: """
      Writes a line for each row of DATA, in its order: the class, then the probability of every class. DATA needs no \
      labels; its columns are found by their names, in any order, and others are ignored. Memory stays the same however \
      large DATA is, on any number of ranks.
      """)

  @OptionGroup var options: ModelDataOptions

  @Option(
    help: "File to write: CSV, or .npy with the probabilities alone ([N, C], float32). (default: standard output)")
  var output: String?

  @Flag(help: "Replace the file of --output where it is there.")
  var overwrite = false

  @Option(
    help: """
      raw: as the weighted loss has them; prior: frequencies, without the class weights; calibrated: with the \
      temperature of the validation part, too.
      """)
  var probabilities = ProbabilityRule.Kind.raw

  func run(on communicator: some Communicator) throws -> ExitStatus {
    // As it is standard input for DATA.
    let output = output == "-" ? nil : output
    try options.watch(communicator, waitsForOthers: output == nil)
    let form = try communicator.agree { try PredictionForm(output: output) }
    let (model, path) = try options.readModel(over: communicator)
    let rule = try communicator.agree { try ProbabilityRule(probabilities, of: model, path: path) }
    let input = options.input(model, labels: .ignored)
    let outcome = try communicator.reading {
      try Prediction(model, rule, input).write(
        options.data, to: output, replacing: overwrite, besides: [path], form, over: communicator)
    }
    guard communicator.isRoot else { return .success }
    DataRemarks(outcome.notes, isTakenByOrder: input.takesByOrder(options.data), quiet: options.quiet)
      .tell(options.data, areErrorsKept: true)
    guard !options.quiet else { return .success }
    if probabilities == .raw, model.isWeighted, !model.ignoresClasses {
      Console.note(
        """
        raw probabilities of a model that was trained to balance classes are no frequencies; --probabilities \
        \(model.temperature == nil ? "prior" : "calibrated") gives those
        """)
    }
    if let output { Console.note("\(NumberFormat.count(outcome.notes.rows, "row")) predicted to \(output)") }
    return .success
  }
}
