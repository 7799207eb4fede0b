internal import ArgumentParser
internal import Files

/// Options of a file are turned into arguments that stand before those of the command line, so that both are parsed and
/// checked by the same code, and the command line wins.
extension OptionsFile {
  /// Replaces `--config FILE` among arguments of `train` by the file's options, and puts the defaults of `--recipe`
  /// before both; but a file that is the configuration of a run has its own recipe.
  ///
  /// - Throws: `OptionsFileError`, `FileError`, `UsageError`
  public static func expand(_ arguments: [String]) throws -> [String] {
    try expandSteps(arguments).withRecipe
  }

  /// The same, and what it is without the recipe: a run that is gone on with has options of its own, which stand before
  /// those of any recipe.
  ///
  /// - Throws: `OptionsFileError`, `FileError`, `UsageError`
  public static func expandSteps(_ arguments: [String]) throws -> (typed: [String], withRecipe: [String]) {
    guard let (path, rest) = try take("--config", from: arguments) else {
      return (arguments, try expandRecipe(in: arguments))
    }
    let file = try OptionsFile(yaml: WholeFile.text(at: path), path: path)
    guard file.isRecord else {
      let typed = try file.arguments(before: rest)
      return (typed, try expandRecipe(in: typed))
    }
    let recipe = try take("--recipe", from: rest)?.value ?? file.recipe
    guard recipe == file.recipe || Recipe(rawValue: recipe) == nil else {
      throw UsageError(
        text: """
          --recipe \(recipe) would change nothing: \(path) is the record of a run, and has a value for every option, which wins \
          over a recipe's. Leave --config out, or write the options that you want to keep into a file of their own.
          """)
    }
    let typed = try file.arguments(completing: rest)
    return (typed, typed)
  }

  /// That of the run whose record it is. (A program that recorded none knew none.)
  private var recipe: String { options.first { $0.name == "recipe" }?.value ?? Recipe.plain.rawValue }

  /// Whether it is the config.yaml of a run, which says all. Whoever writes a file does so to leave most of these unsaid.
  private var isRecord: Bool {
    Set(["missing", "model", "activation", "epochs", "optimizer", "betas", "epsilon", "shards"])
      .isSubset(of: options.map(\.name))
  }

  /// The arguments of `train` with the options of a run before them, and with its recipe: these are all that it said when the run
  /// began. What a recipe that is typed says, be it the same one in a newer program, are defaults of options that nobody has
  /// given, and of those there are none.
  ///
  /// - Parameter leavingOut: Names of options that are not taken from the run.
  /// - Throws: `OptionsFileError`
  public func arguments(completing typed: [String], leavingOut: Set<String> = []) throws -> [String] {
    let arguments = try self.arguments(before: typed, leavingOut: leavingOut)
    // Of an option that stands twice the last one counts.
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    return arguments[..<end] + ["--recipe=\(recipe)"] + arguments[end...]
  }

  /// The arguments of `train` with these options before them, but for those that what is given excludes.
  ///
  /// - Parameter leavingOut: Names of options that are not taken from the file.
  /// - Throws: `OptionsFileError`
  public func arguments(before arguments: [String], leavingOut: Set<String> = []) throws -> [String] {
    var options: [String]
    // Checked by themselves, so that a mistake in the file is said to be one.
    do {
      options = try Self.arguments(self.options.filter { !leavingOut.contains($0.name) }, flags: JobOptions.flags)
      _ = try TrainOptions.parse(options)
    } catch let error as OptionValueError {
      throw OptionsFileError(path: path, reason: error.reason)
    } catch {
      // A key such as "help" asks for a text, and is no option.
      guard !TrainOptions.exitCode(for: error).isSuccess else {
        throw OptionsFileError(path: path, reason: "help and version are for the command line, and no options of a run")
      }
      throw OptionsFileError(path: path, reason: TrainOptions.messageWithHelp(for: error))
    }
    let subcommand = arguments.first == "train" ? 1 : 0
    options.removeAll { option in Self.isReplaced(option, by: arguments) }
    let positional = options.firstIndex(of: "--").map { Array(options[($0 + 1)...]) } ?? []
    let named = Array(options.prefix { $0 != "--" })
    let given = Array(arguments[subcommand...])
    // The data of the file gives way to that of the command line. (With the file's options, without which one of the
    // command line may be of no use.)
    let hasData = (try? TrainOptions.parse(named + given))?.configuration.data != nil
    return ["train"] + named + given + (hasData ? [] : positional)
  }

  /// Whether an option of the file gives way to another one of the command line that excludes it.
  static func isReplaced(_ option: String, by given: [String]) -> Bool {
    // By its name with any value, or with the one that stands behind it.
    func isGiven(_ excluding: String) -> Bool {
      let parts = excluding.split(separator: "=", maxSplits: 1).map { String($0) }
      return given.indices.contains { index in
        guard parts.count == 2 else { return given[index] == excluding || given[index].hasPrefix(excluding + "=") }
        return given[index] == excluding || given[index...].prefix(2).elementsEqual(parts)
      }
    }
    let name = String(option.prefix { $0 != "=" })
    return (SplitOptions.exclusions[name] ?? ModelOptions.exclusions[name] ?? []).contains(where: isGiven)
  }

  /// Options as arguments: "--name=value" …, then "--" and the data.
  ///
  /// - Parameter flags: Those that are there or not.
  /// - Throws: `OptionValueError`
  static func arguments(_ options: [Option], flags: Set<String>) throws -> [String] {
    var arguments: [String] = []
    var data: [String] = []
    for option in options {
      let (key, value) = (option.name, option.value)
      guard key != "config" else {
        throw OptionValueError(reason: "a configuration file cannot name another (config)")
      }
      if key == "data" {
        data = ["--", value]
      } else if flags.contains(key) {
        switch value {
        case "true", "yes", "on": arguments.append("--\(key)")
        case "false", "no", "off": break
        default: throw OptionValueError(reason: "\(key): expected true or false, not \(value)")
        }
      } else {
        // One argument, so that a value may begin with a dash; but an empty one is none that way.
        arguments += value.isEmpty ? ["--\(key)", ""] : ["--\(key)=\(value)"]
      }
    }
    return arguments + data
  }

  /// The value of an option that stands at most once, and the other arguments.
  private static func take(_ name: String, from arguments: [String]) throws -> (value: String, rest: [String])? {
    var rest: [String] = []
    var values: [String] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == name {
        guard index + 1 < arguments.count else { throw UsageError(text: "\(name) needs the path of a YAML file") }
        values.append(arguments[index + 1])
        index += 1
      } else if argument.hasPrefix(name + "=") {
        values.append(String(argument.dropFirst(name.count + 1)))
      } else {
        rest.append(argument)
      }
      index += 1
    }
    guard values.count <= 1 else {
      throw UsageError(text: "\(name) stands \(values.count) times (\(values.joined(separator: ", "))); a run has one")
    }
    return values.first.map { ($0, rest) }
  }
}

/// A value that an option of a file cannot have.
private struct OptionValueError: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}
