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

/// How long ranks wait for each other.
public struct TimeoutOption: ParsableArguments {
  @Option(parsing: .unconditional, help: "Seconds to wait for other ranks before the job is ended; 0 waits for ever.")
  public var timeout: Double = 600

  public init() {}

  public func validate() throws {
    try require(timeout == 0 || (timeout >= 1 && timeout <= 1e9), "--timeout \(timeout)", "0, or seconds from 1 on")
  }

  /// Nil for ever.
  public var duration: Duration? { timeout > 0 ? .seconds(timeout) : nil }
}

/// What `--resume` names.
public enum ResumeOption: ExpressibleByArgument, Equatable, Sendable {
  case no
  case auto
  case path(String)

  public init?(argument: String) {
    switch argument {
    case "": return nil
    case "no": self = .no
    case "auto": self = .auto
    default: self = .path(argument)
    }
  }

  public var defaultValueDescription: String { "no" }
}

/// Every option of `train`. Keys of a `--config` file have the same names.
public struct TrainOptions: ParsableArguments {
  @OptionGroup public var configuration: TrainingConfiguration
  @OptionGroup(title: "This start") public var job: JobOptions

  public init() {}

  /// Checks options that mean nothing by themselves. Not part of `validate`, since what they belong to may stand in
  /// another place: a file, or the configuration of the run that is gone on with.
  ///
  /// - Throws: `ValidationError`
  public func checkPartners() throws {
    let split = configuration.split
    try require(
      split.validationLabels == nil || split.validation != nil, "--validation-labels",
      "--validation beside it, whose labels they are")
    try require(
      !job.force || job.resume != .no, "--force", "--resume beside it; a new run has nothing to be forced into")
  }
}
