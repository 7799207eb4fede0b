public import Collectives

/// Runs `body` as every rank of a job whose ranks are threads of this process.
///
/// - Returns: What each rank's body returned, in order of rank.
public func onThreads<Result: Sendable>(
  ranks: Int, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
) throws -> [Result] {
  try ThreadCommunicator.run(mostRanks: ranks) { communicator in
    precondition(communicator.size == ranks, "\(communicator.size) threads for \(ranks) ranks")
    return try body(communicator)
  }
}
