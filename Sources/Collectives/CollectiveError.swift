public import Failures

/// A collective operation did not complete on this rank. The other ranks may be waiting in it:
/// nothing is left to do but to end the job.
public struct CollectiveError: Failure {
  /// What was called: "MPI_Allgather".
  public let operation: String
  public let rank: Int
  /// The reason, in the words of the library.
  public let reason: String

  public init(operation: String, rank: Int, reason: String) {
    self.operation = operation
    self.rank = rank
    self.reason = reason
  }

  public var exitStatus: ExitStatus { .rankFailed }

  public var description: String {
    "\(operation) failed on rank \(rank): \(reason). The job cannot go on without all its ranks; start it again."
  }
}
