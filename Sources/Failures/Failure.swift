/// What the program says to its caller through its exit status (the codes of sysexits.h).
public enum ExitStatus: Int32, CaseIterable, Sendable {
  case success = 0
  case usage = 64
  case badData = 65
  case noInput = 66
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case stoppedOnRequest = 75
  case rankFailed = 76
  case badConfiguration = 78

  /// What it means, for people.
  public var meaning: String {
    switch self {
    case .success: "Done."
    case .usage: "The command line cannot be understood, or what it asks for does not fit together."
    case .badData: "Input was read and is wrong; of reproduce: the run is not the same."
    case .noInput: "Input is not there or cannot be opened."
    case .internalError: "A bug in this program: please report it."
    case .cannotCreate: "Output cannot be created."
    case .inputOutput: "Reading or writing failed half-way."
    case .stoppedOnRequest: "Stopped on request, after a checkpoint where there is something to save: nothing is wrong."
    case .rankFailed: "A rank failed or stalled; the job was ended."
    case .badConfiguration:
      """
      A configuration file is wrong, or its options do not fit together (where they are typed: 64); options do not fit \
      the data, or the run that is gone on with; or they ask for more memory than there is.
      """
    }
  }
}

/// An error that a user can act on: `description` says what is wrong, where, and what to do.
public protocol Failure: Error, CustomStringConvertible {
  var exitStatus: ExitStatus { get }
}
