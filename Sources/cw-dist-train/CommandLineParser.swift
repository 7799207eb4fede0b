internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Failures

/// The program as a whole: its subcommands.
struct CWDistTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cw-dist-train",
    abstract: "Trains classifiers on imbalanced data, data-parallel over MPI ranks.",
    discussion: """
      Start it under mpirun for several ranks (mpirun -np 4 cw-dist-train …), or by itself as one process; the result \
      has the same bits.
      """,
    version: VersionText.lines,
    subcommands: [
      TrainCommand.self, WeightsCommand.self, EvaluateCommand.self, PredictCommand.self, InspectCommand.self,
      ExportCommand.self, DoctorCommand.self,
    ],
    defaultSubcommand: TrainCommand.self)
}

/// A subcommand, run by every rank together.
protocol RankedCommand {
  /// Collective. Throws what all ranks agree on, or what must end the job.
  func run(on communicator: some Communicator) throws -> ExitStatus
}

enum CommandLineParser {
  /// Whether the command is `train`, by name or as the default.
  static func namesTraining(_ arguments: [String]) -> Bool {
    guard let first = arguments.first else { return true }
    return !otherCommands.contains(first)
  }

  /// Those that have no configuration file, and that a signal ends as it does any program.
  static let otherCommands: Set<String> = ["weights", "evaluate", "predict", "inspect", "export", "doctor", "help"]

  /// - Throws: `UsageError`, `OptionsFileError`, `HelpRequest`
  static func parse(_ arguments: [String]) throws -> any RankedCommand {
    try checkLists(arguments)
    // Other subcommands have no configuration file, and say so.
    let expanded = namesTraining(arguments) ? try OptionsFile.expandConfig(in: arguments) : arguments
    do {
      var command = try CWDistTrain.parseAsRoot(expanded)
      if var train = command as? TrainCommand {
        train.arguments = expanded
        return train
      }
      if let ranked = command as? any RankedCommand { return ranked }
      // The built-in help subcommand answers by throwing its text.
      try command.run()
      return HelpCommand(text: CWDistTrain.helpMessage())
    } catch {
      guard CWDistTrain.exitCode(for: error).isSuccess else {
        throw UsageError(text: CWDistTrain.message(for: error))
      }
      return HelpCommand(text: CWDistTrain.fullMessage(for: error))
    }
  }
}

extension CommandLineParser {
  /// Of an option that is given twice the last one counts; but whoever gives a list in two parts means both.
  ///
  /// - Throws: `UsageError`
  private static func checkLists(_ arguments: [String]) throws {
    for option in DataOptions.lists {
      let count = arguments.prefix { $0 != "--" }.count { $0 == option || $0.hasPrefix(option + "=") }
      guard count <= 1 else {
        throw UsageError(text: "\(option) is given \(count) times; give all in one list: \(option) \"a,b\"")
      }
    }
  }
}

/// A request for help or the version, which are answered by one rank.
struct HelpCommand: RankedCommand {
  let text: String

  func run(on communicator: some Communicator) throws -> ExitStatus {
    throw HelpRequest(text: text)
  }
}

struct HelpRequest: Error {
  let text: String
}
