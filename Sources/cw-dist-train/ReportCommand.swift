internal import ArgumentParser
internal import Collectives
internal import Failures
internal import Reporting
internal import Runs

struct ReportCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Draw the report of a run again.",
    discussion: """
      Every run that comes to its end writes report.html into its folder: one file, which needs no network and no script. \
      This writes it again from report.json beside it, as this version draws it, or to another place.
      """)

  @Argument(help: "The folder of a run.", completion: .directory)
  var run: String

  @Option(help: "Write it to this file instead of report.html in RUN.", completion: .file())
  var output: String?

  @Flag(help: "Replace the file of --output where it is there.")
  var overwrite = false

  func run(on communicator: some Communicator) throws -> ExitStatus {
    try communicator.agree {
      guard communicator.isRoot else { return }
      Console.output(try RunReport.redraw(run, to: output, replacing: overwrite))
    }
    return .success
  }
}
