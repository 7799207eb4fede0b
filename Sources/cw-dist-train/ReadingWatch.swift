internal import Collectives
internal import Datasets
internal import Failures
internal import Files
internal import Reporting
internal import Training

/// Listens to readers while they read: the root tells the user how far they are, and a rank that is asked to stop
/// ends the reading.
struct ReadingWatch {
  /// Only the root has one, and not where the user wants quiet.
  private let line: ReadingLine?

  init(quiet: Bool, over communicator: some Communicator) {
    line = communicator.isRoot && !quiet ? ReadingLine() : nil
  }

  var progress: ReadingProgress {
    ReadingProgress { activity, path, done, total in
      guard !StopRequest.isRequested else { throw StoppedBeforeTraining() }
      try MappedFile.checkWhole()
      line?.update(activity, path, done: done, of: total)
    }
  }

  /// Ends the line, and the job where one of the ranks was asked to stop meanwhile. Collective.
  func end(over communicator: some Communicator) throws {
    line?.end()
    try communicator.agree { if StopRequest.isRequested { throw StoppedBeforeTraining() } }
  }
}

extension Communicator {
  /// Reads files, and checks that nobody cut one short meanwhile. Collective.
  ///
  /// - Throws: What `body` throws; but where a file was cut short, that alone: what was found wrong in it followed
  ///   from that.
  func reading<Result: ~Copyable>(_ body: () throws -> Result) throws -> Result {
    do {
      let result = try body()
      try agree { try MappedFile.checkWhole() }
      return result
    } catch let failure as AgreedFailure {
      // All ranks have come here with the same failure.
      try agree { try MappedFile.checkWhole() }
      throw failure
    }
  }
}

/// A job that was asked to stop when there was nothing yet to save.
struct StoppedBeforeTraining: Failure {
  var exitStatus: ExitStatus { .stoppedOnRequest }
  var description: String { "stopped on request before training began; there is nothing to save: run it again" }
}
