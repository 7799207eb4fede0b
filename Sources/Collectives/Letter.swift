/// A short message of a rank to another that works on something of its own, and looks for letters when it likes. Those of
/// one rank arrive in the order in which they were sent. Whoever expects a letter has received it before the job ends.
public struct Letter: Equatable, Sendable {
  public let sender: Int
  public let bytes: [UInt8]

  public init(sender: Int, bytes: [UInt8]) {
    (self.sender, self.bytes) = (sender, bytes)
  }
}

extension Communicator {
  /// Of a single process, which has nobody to write to.
  public func post(_ bytes: [UInt8], to receiver: Int) throws(CollectiveError) {
    preconditionFailure("\(name) has no rank \(receiver)")
  }

  /// Of a single process, to which nobody writes.
  public func letter() throws(CollectiveError) -> Letter? { nil }

  /// Of a single process: it would wait for ever.
  public func awaitLetter(unless isInterrupted: () -> Bool) throws(CollectiveError) -> Letter? {
    preconditionFailure("\(name) has no other rank")
  }
}
