public import Tensors

/// One message between two ranks, as one of them sees it.
public enum Transfer {
  case send(Vector, to: Int)
  case receive(Vector, from: Int)
}

extension Communicator {
  /// Of a single process, which has nobody to send to.
  public func transfer(_ transfers: [Transfer], completed: (Int) -> Void) throws(CollectiveError) {
    precondition(transfers.isEmpty, "\(name) has no other rank")
  }
}
