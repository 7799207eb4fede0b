public import Failures

/// A command line that cannot be understood.
public struct UsageError: Failure {
  public let text: String
  /// The command that it was typed for, where that is not `train`.
  private let command: String?

  public init(text: String, command: String? = nil) {
    (self.text, self.command) = (text, command)
  }

  public var exitStatus: ExitStatus { .usage }

  public var description: String {
    guard let command else {
      return "\(text)\nSee cw-dist-train --help, or cw-dist-train train --help for all options."
    }
    return "\(text)\nSee cw-dist-train \(command == "help" ? "" : "\(command) ")--help."
  }
}
