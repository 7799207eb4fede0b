public import ArgumentParser
internal import Collectives
internal import Configuration
internal import Datasets
internal import Failures
internal import Files
internal import Reporting
internal import Runs
public import Scoring

extension UnknownLabelPolicy: ExpressibleByArgument {}

struct EvaluateCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Judge a model by data whose labels are known.",
    discussion: """
      Prints the metrics of all classes and of each. Memory stays the same however large DATA is, but for ROC-AUC and \
      average precision, which are exact and need every score: 4 bytes for each row and class, and as much again while \
      one class after the other is ranked.
      """)

  @OptionGroup var options: ModelDataOptions

  @Option(
    parsing: .unconditional,
    help: "Label column: a name in the header, or a number from 0. (default: as in the training data)")
  var label: ColumnReference?

  @Option(help: "Labels in a file of their own (a vector of .npy, IDX or HDF5).")
  var labels: String?

  @Option(help: "What becomes of rows whose label is none of the model's classes.")
  var unknownLabels = UnknownLabelPolicy.error

  @Option(help: "Whether ROC-AUC and average precision are computed.")
  var ranking = YesNo.yes

  @Option(
    parsing: .unconditional,
    help:
      "Say how sure the figures are: where they would lie with this confidence (0.95) on more rows of the same kind.")
  var confidence: Double?

  @Option(
    parsing: .unconditional,
    help: "Draw a report, too: a file of HTML that needs no other. Curves of precision and recall are in those of runs."
  )
  var report: String?

  @Flag(help: "Replace the report where there is one.")
  var overwrite = false

  @Flag(help: "One JSON object instead of tables.")
  var json = false

  func validate() throws { try JudgingOptions.check(confidence: confidence) }

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try options.watch(communicator, waitsForOthers: false)
    let (model, path) = try options.readModel(over: communicator)
    // Before the work is done, not after.
    let file: ResultFile? = try communicator.agree {
      let inputs = [options.data, path] + (labels.map { [$0] } ?? [])
      guard communicator.isRoot, let report else { return nil }
      try ResultFile.check(report, of: inputs)
      try ResultFile.checkPage(report)
      return try ResultFile(report, replaces: overwrite)
    }
    let input = options.input(model, labels: .read(column: label, file: labels))
    let evaluation = try communicator.reading {
      try ModelEvaluation(
        of: model, path: path, on: options.data, input, unknownLabels: unknownLabels, ranks: ranking == .yes,
        over: communicator)
    }
    try communicator.agree {
      guard communicator.isRoot else { return }
      DataRemarks(evaluation.notes, isTakenByOrder: input.takesByOrder(options.data), quiet: options.quiet)
        .tell(options.data, areErrorsKept: false)
      let result = EvaluationReport(evaluation, model, data: options.data, confidence: confidence)
      if let file {
        _ = try file.append(Array(try result.page(ofModel: options.model).utf8))
        try file.finish()
      }
      let place = report.map { "\n\nreport: \($0)" } ?? ""
      Console.output(json ? try result.json() : result.text + place)
    }
    return .success
  }
}
