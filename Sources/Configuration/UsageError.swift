public import Failures

/// A command line that cannot be understood.
public struct UsageError: Failure {
  public let text: String

  public init(text: String) {
    self.text = text
  }

  public var exitStatus: ExitStatus { .usage }
  public var description: String { "\(text)\nSee cw-dist-train --help, or cw-dist-train train --help for all options." }
}
