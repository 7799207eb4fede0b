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

/// A collective operation that did not end in time: some rank has not come to it.
public struct CollectiveStall: Failure, Sendable {
  /// The rank that waited.
  public let rank: Int
  public let size: Int
  public let host: String
  public let timeout: Duration

  public init(rank: Int, size: Int, host: String, timeout: Duration) {
    self.rank = rank
    self.size = size
    self.host = host
    self.timeout = timeout
  }

  public var exitStatus: ExitStatus { .rankFailed }

  public var description: String {
    """
    rank \(rank) of \(size) on \(host) has waited \(Int(timeout / .seconds(1))) s for the other ranks: one of them is \
    stopped, overloaded, or out of reach. The job is ended; --timeout sets how long to wait (0: for ever).
    """
  }
}
