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

  /// Options that stand in no file.
  ///
  /// - Parameter path: What they are, for messages.
  init(options: [Option], path: String) {
    (self.options, self.path) = (options, path)
  }

  /// - Parameter path: For messages.
  /// - Throws: `OptionsFileError`
  public init(yaml: String, path: String) throws(OptionsFileError) {
    self.path = path
    let node: Node?
    do {
      // Editors of Windows put a byte order mark in front.
      node = try Yams.compose(yaml: yaml.hasPrefix("\u{FEFF}") ? String(yaml.dropFirst()) : yaml)
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

  /// The same with more to say of it.
  public func adding(_ words: String) -> OptionsFileError {
    OptionsFileError(path: path, reason: "\(reason) (\(words))")
  }

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
