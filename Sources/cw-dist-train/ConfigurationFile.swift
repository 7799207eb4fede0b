internal import ArgumentParser
internal import Files
internal import Reporting

/// A YAML file of options for `train`: the names of the options as keys. It is turned into
/// arguments that stand before those of the command line, so that both are parsed and checked by
/// the same code, and the command line wins.
enum ConfigurationFile {
  /// Replaces `--config FILE` by the file's options.
  ///
  /// - Throws: `OptionsFileError`, `FileError`
  static func expand(_ arguments: [String]) throws -> [String] {
    // Other subcommands have no such option, and say so.
    guard CommandLineParser.namesTraining(arguments) else { return arguments }
    guard let (path, rest) = try take("--config", from: arguments) else { return arguments }
    var options = try self.arguments(inFileAt: path)
    // Checked by themselves, so that a mistake in the file is said to be one.
    do {
      _ = try TrainOptions.parse(options)
    } catch {
      throw OptionsFileError(path: path, reason: TrainOptions.message(for: error))
    }
    let subcommand = rest.first == "train" ? 1 : 0
    options.removeAll { option in isReplaced(option, by: rest) }
    let positional = options.firstIndex(of: "--").map { Array(options[($0 + 1)...]) } ?? []
    let named = Array(options.prefix { $0 != "--" })
    let given = Array(rest[subcommand...])
    // The data of the file gives way to that of the command line.
    let hasData = (try? TrainOptions.parse(given))?.data != nil
    return ["train"] + named + given + (hasData ? [] : positional)
  }

  /// Whether an option of the file gives way to another one of the command line that excludes it.
  private static func isReplaced(_ option: String, by given: [String]) -> Bool {
    func isGiven(_ name: String) -> Bool { given.contains { $0 == name || $0.hasPrefix(name + "=") } }
    let excluding = [
      "--validation": ["--validation-fraction"], "--validation-labels": ["--validation-fraction"],
      "--validation-fraction": ["--validation"], "--hidden": ["--model"], "--model": ["--hidden"],
    ]
    let name = String(option.prefix { $0 != "=" })
    return excluding[name, default: []].contains(where: isGiven)
  }

  /// The file's options as arguments: "--name=value" …, then "--" and the data.
  private static func arguments(inFileAt path: String) throws -> [String] {
    var arguments: [String] = []
    var data: [String] = []
    for option in try OptionsFile(yaml: try WholeFile.text(at: path), path: path).options {
      let (key, value) = (option.name, option.value)
      guard key != "config" else {
        throw OptionsFileError(path: path, reason: "a configuration file cannot name another (config)")
      }
      if key == "data" {
        data = ["--", value]
      } else if TrainOptions.flagNames.contains(key) {
        switch value {
        case "true", "yes", "on": arguments.append("--\(key)")
        case "false", "no", "off": break
        default: throw OptionsFileError(path: path, reason: "\(key): expected true or false, not \(value)")
        }
      } else {
        // One argument, so that a value may begin with a dash.
        arguments.append("--\(key)=\(value)")
      }
    }
    return arguments + data
  }

  /// The value of an option that stands at most once, and the other arguments.
  private static func take(_ name: String, from arguments: [String]) throws -> (value: String, rest: [String])? {
    var rest: [String] = []
    var value: String?
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == name {
        guard index + 1 < arguments.count else { throw UsageError(text: "\(name) needs the path of a YAML file") }
        value = arguments[index + 1]
        index += 1
      } else if argument.hasPrefix(name + "=") {
        value = String(argument.dropFirst(name.count + 1))
      } else {
        rest.append(argument)
      }
      index += 1
    }
    return value.map { ($0, rest) }
  }
}
