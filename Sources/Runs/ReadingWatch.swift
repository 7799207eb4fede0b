public import Collectives
public import Datasets
internal import Failures
internal import Files

/// Listens to readers while they read: listeners hear how far they are, and a rank that is asked to stop ends the
/// reading.
public struct ReadingWatch {
  private let listeners: RunListeners

  public init(_ listeners: RunListeners) {
    self.listeners = listeners
  }

  public var progress: ReadingProgress {
    ReadingProgress { activity, path, done, total in
      guard !StopRequest.isRequested else { throw StoppedBeforeTraining() }
      try MappedFile.checkUnchanged()
      try listeners.receive(.reading(activity: activity, path: path, done: done, total: total))
    }
  }

  /// Ends the job where one of the ranks was asked to stop meanwhile. Collective.
  public func end(over communicator: some Communicator) throws {
    try communicator.agree {
      try listeners.receive(.readingEnded)
      if StopRequest.isRequested { throw StoppedBeforeTraining() }
    }
  }
}

extension Communicator {
  /// Reads files, and checks that nobody changed one meanwhile. Collective.
  ///
  /// - Throws: What `body` throws; but where a file was changed, that alone: what was found wrong in it followed
  ///   from that.
  public func reading<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    // Of what was read before, for another run.
    MappedFile.forgetChangedFiles()
    do {
      let result = try body()
      try agree { try MappedFile.checkUnchanged() }
      return result
    } catch let failure as AgreedFailure {
      // All ranks have come here with the same failure.
      try agree { try MappedFile.checkUnchanged() }
      throw failure
    }
  }
}

/// A job that was asked to stop when there was nothing yet to save.
struct StoppedBeforeTraining: Failure {
  var exitStatus: ExitStatus { .stoppedOnRequest }
  var description: String { "stopped on request before training began; there is nothing to save: run it again" }
}
