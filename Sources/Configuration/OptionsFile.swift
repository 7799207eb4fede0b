internal import ArgumentParser
public import Failures
internal import Files
internal import Foundation
internal import Yams

/// A YAML file of options: what a run's config.yaml is, and what `--config` names. A mapping of names to values or
/// lists of values.
public struct OptionsFile: Equatable, Sendable {
  /// A key with its value.
  public struct Option: Equatable, Sendable {
    public let name: String
    /// A scalar as it is written; a list joined by commas.
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In the order of the file; those that are null or an empty list are left out.
  public let options: [Option]
  /// Where it stands, for messages.
  public let path: String

  /// - Parameter path: For messages.
  /// - Throws: `OptionsFileError`
  public init(yaml: String, path: String) throws(OptionsFileError) {
    self.path = path
    let node: Node?
    do {
      node = try Yams.compose(yaml: yaml)
    } catch {
      throw OptionsFileError(path: path, reason: "\(error)")
    }
    guard let node else {
      options = []
      return
    }
    guard let mapping = node.mapping else {
      throw OptionsFileError(path: path, reason: "it is not a mapping of option names to values")
    }
    var options: [Option] = []
    for (keyNode, valueNode) in mapping {
      guard let key = keyNode.string else { throw OptionsFileError(path: path, reason: "a key is not a text") }
      if let value = try Self.text(of: valueNode, key: key, path: path) {
        options.append(Option(name: key, value: value))
      }
    }
    self.options = options
  }

  /// Nil for null and for an empty list.
  private static func text(of node: Node, key: String, path: String) throws(OptionsFileError) -> String? {
    switch node {
    case .scalar(let scalar):
      return scalar.style == .plain && ["", "~", "null"].contains(scalar.string) ? nil : scalar.string
    case .sequence(let sequence):
      let items = sequence.compactMap(\.scalar?.string)
      guard items.count == sequence.count else {
        throw OptionsFileError(path: path, reason: "\(key): a list within a list")
      }
      return items.isEmpty ? nil : items.joined(separator: ",")
    case .mapping, .alias:
      throw OptionsFileError(path: path, reason: "\(key): expected a value or a list")
    }
  }
}

/// A file of options that cannot be used.
public struct OptionsFileError: Failure, Equatable {
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var exitStatus: ExitStatus { .badConfiguration }
  public var description: String { "\(path): \(shortReason)" }

  /// The reason without what is too long to be read: the parser shows the line that it cannot read, of any length.
  private var shortReason: String {
    let lines = reason.split(separator: "\n", omittingEmptySubsequences: false)
    let short = lines.prefix(6).map { line in
      let text = line.prefix(200)
      // (A mark under what is left out points to nothing.)
      return text.allSatisfy(\.isWhitespace) ? "" : text.count < line.count ? text + "…" : String(text)
    }
    return (short + (lines.count > 6 ? ["…"] : [])).joined(separator: "\n").trimmingCharacters(
      in: .whitespacesAndNewlines)
  }
}

/// Options of a file are turned into arguments that stand before those of the command line, so that both are parsed and
/// checked by the same code, and the command line wins.
extension OptionsFile {
  /// Replaces `--config FILE` among arguments of `train` by the file's options.
  ///
  /// - Throws: `OptionsFileError`, `FileError`, `UsageError`
  public static func expandConfig(in arguments: [String]) throws -> [String] {
    guard let (path, rest) = try take("--config", from: arguments) else { return arguments }
    return try OptionsFile(yaml: try WholeFile.text(at: path), path: path).arguments(before: rest)
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
      throw OptionsFileError(path: path, reason: TrainOptions.message(for: error))
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
  private static func isReplaced(_ option: String, by given: [String]) -> Bool {
    func isGiven(_ name: String) -> Bool { given.contains { $0 == name || $0.hasPrefix(name + "=") } }
    let excluding = [
      "--validation": ["--validation-fraction"],
      "--validation-labels": ["--validation-fraction", "--validation"],
      "--validation-fraction": ["--validation"], "--hidden": ["--model"], "--model": ["--hidden"],
    ]
    let name = String(option.prefix { $0 != "=" })
    return excluding[name, default: []].contains(where: isGiven)
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
private struct OptionValueError: Error {
  let reason: String
}

/// A command line that cannot be understood.
public struct UsageError: Failure {
  public let text: String

  public init(text: String) {
    self.text = text
  }

  public var exitStatus: ExitStatus { .usage }
  public var description: String { "\(text)\nSee cw-dist-train --help, or cw-dist-train train --help for all options." }
}
