public import Failures

/// A job that has lost a rank, as one of the others sees it. No collective operation can end any more.
public struct JobFailure: Failure, Sendable {
  /// What went wrong.
  public enum Cause: Equatable, Sendable {
    /// An operation did not end in time. `absent` says which ranks have not come to it, where that is known.
    case stall(after: Duration, absent: String)
    /// The rank's process is gone.
    case ended(rank: Int, host: String, step: Int)
    /// Nothing has been heard of the rank's host for so long.
    case unreachable(rank: Int, host: String, step: Int, silence: Duration)
    /// What started this process is gone.
    case launcherEnded
  }

  public let cause: Cause
  /// The rank that saw it.
  public let rank: Int
  public let size: Int
  public let host: String

  public init(_ cause: Cause, rank: Int, size: Int, host: String) {
    self.cause = cause
    self.rank = rank
    self.size = size
    self.host = host
  }

  public var exitStatus: ExitStatus { .rankFailed }

  public var description: String {
    let seer = "rank \(rank) of \(size) on \(host)"
    switch cause {
    case .stall(let timeout, let absent):
      return """
        \(seer) has waited \(Self.seconds(timeout)) s for the other ranks: \
        \(absent.isEmpty ? "one of them is stopped, overloaded, or out of reach" : absent). The job is ended; \
        --timeout sets how long to wait (0: for ever).
        """
    case .ended(let lost, let host, let step):
      return """
        rank \(lost) of \(size) on \(host) has ended without a word, at step \(step): it was killed (out of memory?) or \
        has crashed. The job is ended. (seen by \(seer))
        """
    case .unreachable(let lost, let host, let step, let silence):
      return """
        rank \(lost) of \(size) on \(host) is out of reach: nothing was heard of it for \(Self.seconds(silence)) s, \
        since step \(step). Look at the network and at \(host). The job is ended. (seen by \(seer))
        """
    case .launcherEnded:
      return "what started \(seer) has ended. The job is ended."
    }
  }

  private static func seconds(_ duration: Duration) -> Int { Int(duration / .seconds(1)) }
}
