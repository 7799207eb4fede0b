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

      Choices are explained by: cw-dist-train help \(HelpTopic.all.map(\.name).joined(separator: ", "))
      """,
    version: VersionText.lines,
    subcommands: [
      TrainCommand.self, CompareCommand.self, WeightsCommand.self, EvaluateCommand.self, PredictCommand.self,
      InspectCommand.self, ExportCommand.self, ReportCommand.self, ReproduceCommand.self, DoctorCommand.self,
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

  /// Whether it trains, and stops in good order where it is asked to. A signal ends the others as it does any program.
  static func stopsInGoodOrder(_ arguments: [String]) -> Bool {
    let others = [ReproduceCommand.configuration.commandName, CompareCommand.configuration.commandName]
    return namesTraining(arguments) || others.contains(arguments.first)
  }

  /// Those whose options are not completed by a configuration file before they are parsed. (`compare` does so for each of
  /// its runs.)
  static let otherCommands: Set<String> = [
    "weights", "evaluate", "predict", "inspect", "export", "report", "reproduce", "compare", "doctor", "help",
  ]

  /// - Throws: `UsageError`, `OptionsFileError`, `HelpRequest`
  static func parse(_ arguments: [String]) throws -> any RankedCommand {
    do {
      return try parsed(arguments)
    } catch let error as UsageError {
      guard namesTraining(arguments) else {
        // Its own help is what explains it.
        throw UsageError(text: error.text, command: arguments.first)
      }
      throw UsageError(text: error.text + likelyCommand(arguments))
    }
  }

  private static var commands: [String] {
    CWDistTrain.configuration.subcommands.compactMap { $0.configuration.commandName }
  }

  /// A further line where what was taken for data may be a command with a slip in it; else "".
  private static func likelyCommand(_ arguments: [String]) -> String {
    guard let first = arguments.first, first.allSatisfy({ $0.isLetter }), !commands.contains(first) else { return "" }
    let near = Nearness.nearest(to: first, among: commands)
    return near.isEmpty ? "" : "\n\(first) is no command; did you mean \(near.joined(separator: " or "))?"
  }

  private static func parsed(_ arguments: [String]) throws -> any RankedCommand {
    if let topic = try topic(arguments) { return HelpCommand(text: topic.text) }
    try checkLists(arguments)
    // Other subcommands have no configuration file, and say so.
    let (typed, expanded) =
      namesTraining(arguments) ? try OptionsFile.expandSteps(arguments) : (arguments, arguments)
    do {
      var command = try CWDistTrain.parseAsRoot(expanded)
      if var train = command as? TrainCommand {
        train.arguments = typed
        return train
      }
      if var compare = command as? CompareCommand {
        compare.arguments = Array(arguments.dropFirst())
        return compare
      }
      if let ranked = command as? any RankedCommand { return ranked }
      // The built-in help subcommand answers by throwing its text.
      try command.run()
      return HelpCommand(text: CWDistTrain.helpMessage())
    } catch {
      guard CWDistTrain.exitCode(for: error).isSuccess else {
        throw UsageError(text: CWDistTrain.messageWithHelp(for: error))
      }
      return HelpCommand(text: CompletionScript.addingTopics(to: CWDistTrain.fullMessage(for: error)))
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

extension CommandLineParser {
  /// The topic that "help TOPIC" asks for; nil where help of a command, or another command, is asked for. (`weights` is
  /// both: a topic, and a command whose help `weights --help` gives.)
  ///
  /// - Throws: `UsageError` where there is no such topic.
  private static func topic(_ arguments: [String]) throws(UsageError) -> HelpTopic? {
    guard arguments.first == "help", let name = arguments.dropFirst().first, !name.hasPrefix("-") else { return nil }
    if arguments.count == 2, let topic = HelpTopic.named(name) { return topic }
    guard !commands.contains(name) else { return nil }
    let topics = HelpTopic.all.map(\.name)
    let words = topics + commands.filter { !topics.contains($0) }
    // A name that is cut short first, then a word of an option, then a slip.
    let begun = words.filter { $0.hasPrefix(name.lowercased()) }
    let naming = HelpTopic.naming(name)
    let meant =
      begun.isEmpty && !naming.isEmpty ? HelpTopic.words(naming) : Nearness.nearest(to: name, among: words)
    let question = meant.isEmpty ? "" : "; did you mean \(meant.joined(separator: " or "))?"
    throw UsageError(
      text: """
        there is no help on "\(arguments.dropFirst().joined(separator: " "))"\(question)
        There is on the topics \(topics.joined(separator: ", ")), and on the commands \
        \(commands.joined(separator: ", ")).
        """)
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
