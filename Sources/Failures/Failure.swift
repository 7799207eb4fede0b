/// What the program says to its caller through its exit status (the codes of sysexits.h).
public enum ExitStatus: Int32, Sendable {
  case success = 0
  /// The command line cannot be understood.
  case usage = 64
  /// Input was read and is wrong.
  case badData = 65
  /// Input is not there or cannot be opened.
  case noInput = 66
  /// A bug in this program.
  case internalError = 70
  /// Output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed half-way.
  case inputOutput = 74
  /// Stopped on request; nothing is wrong.
  case stoppedOnRequest = 75
  /// A rank failed or a collective operation did not complete.
  case rankFailed = 76
  /// Options that are each valid do not fit together, or ask for more memory than there is; or a configuration file is
  /// wrong.
  case badConfiguration = 78
}

/// An error that a user can act on: `description` says what is wrong, where, and what to do.
public protocol Failure: Error, CustomStringConvertible {
  var exitStatus: ExitStatus { get }
}
