internal import ArgumentParser
internal import Collectives
internal import Failures
internal import Reporting
internal import Runs

struct InspectCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a model, a checkpoint or the folder of a run holds.")

  @Argument(help: "A model.safetensors, a checkpoint, or the folder of a run.")
  var file: String

  @Flag(help: "Show all columns.")
  var columns = false

  @Flag(help: "Show all classes.")
  var classes = false

  @Flag(help: "One JSON object, which holds everything, instead of text.")
  var json = false

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.agree {
      guard communicator.isRoot else { return }
      let report = InspectionReport(try Inspection(file), allColumns: columns, allClasses: classes)
      Console.output(json ? try report.json() : report.text)
    }
    return .success
  }
}
