public import ArgumentParser

/// The options of one start of the program, which are no part of the run that it trains.
public struct JobOptions: ParsableArguments {
  /// How a run is told of on standard output.
  public enum LogStyle: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// Tables for people.
    case pretty
    /// One JSON object a line.
    case json
  }

  // Taken out of the arguments before they are parsed (`OptionsFile`); here for the help.
  @Option(help: "A YAML file of options, with these names as keys; the command line wins.")
  public var config: String?

  @Option(
    help: """
      Go on from a checkpoint: auto takes the newest whole one of --run-dir, and begins from the start where there is \
      none; or the path of a checkpoint or of a run.
      """)
  public var resume = ResumeOption.no

  @Flag(help: "Go on from a checkpoint although options differ that make it another run.")
  public var force = false

  @Option(
    parsing: .unconditional,
    help: """
      Stop in good order (checkpoint, exit code 75) after this time: seconds, 1h30m, or \
      [[days-]hours:]minutes:seconds.
      """)
  public var maxTime: TimeSpan?

  @Option(help: "Folder for the run's files. (default: runs/<name of the data>, numbered where it is taken)")
  public var runDir: String?

  @Flag(help: "Replace the run that stands in --run-dir.")
  public var overwrite = false

  @OptionGroup public var timeout: TimeoutOption

  @Option(help: "Tables for people, or a JSON object a line.")
  public var log = LogStyle.pretty

  @Flag(help: "Print nothing but warnings and errors.")
  public var quiet = false

  public init() {}

  public func validate() throws {
    try require(!(overwrite && resume == .auto), "--overwrite", "not both it and --resume auto")
  }

  static let flags: Set<String> = ["force", "overwrite", "quiet"]
}
