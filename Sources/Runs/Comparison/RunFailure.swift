internal import Collectives
internal import Failures

/// A run of a comparison that could not be trained.
struct RunFailure: Failure, Codable {
  let message: String
  private let status: Int32

  /// - Parameter failure: Which the ranks that trained it have agreed on.
  init(_ failure: AgreedFailure) {
    (message, status) = (failure.message, failure.exitStatus.rawValue)
  }

  private init(_ message: String, _ status: Int32) { (self.message, self.status) = (message, status) }

  var exitStatus: ExitStatus { ExitStatus(rawValue: status) ?? .internalError }
  var description: String { message }

  func adding(_ words: String) -> RunFailure { RunFailure("\(message) \(words)", status) }

  /// Whether other runs would fail, too: the data is not what it should be, or nothing can be written.
  ///
  /// - Parameters:
  ///   - isFirst: Whether it was the first of the runs that were left to train.
  ///   - hasBegun: Whether it had come to its training.
  func endsAll(isFirst: Bool, hasBegun: Bool) -> Bool {
    switch exitStatus {
    case .noInput, .cannotCreate, .inputOutput, .rankFailed, .internalError: true
    case .badData: isFirst && !hasBegun
    case .success, .usage, .stoppedOnRequest, .badConfiguration: false
    }
  }
}
