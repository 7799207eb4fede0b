#if MPI
  internal import CMPI
  internal import Collectives

  /// Letters on their way: MPI reads their bytes until they are sent. Of the main thread alone. A class, because a
  /// communicator that is copied has one.
  @safe final class Outbox {
    @safe private struct Sending {
      let bytes: UnsafeMutableBufferPointer<UInt8>
      var request: cmpi_request
    }

    private var letters: [Sending] = []

    func send(
      _ bytes: [UInt8], to receiver: Int32, tag: Int32, of communicator: CommunicatorHandle, rank: Int
    ) throws(CollectiveError) {
      try removeSent(rank: rank)
      guard let count = Int32(exactly: bytes.count) else {
        throw CollectiveError(operation: "MPI_Isend", rank: rank, reason: "a letter of \(bytes.count) bytes")
      }
      let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
      _ = unsafe buffer.initialize(from: bytes)
      var sending = unsafe Sending(bytes: buffer, request: cmpi_request())
      let code = unsafe cmpi_isend(buffer.baseAddress, count, receiver, tag, communicator.raw, &sending.request)
      letters.append(sending)
      try check(code, "MPI_Isend", rank: rank)
    }

    /// Forgets letters that are sent.
    func removeSent(rank: Int) throws(CollectiveError) {
      guard !letters.isEmpty else { return }
      var unsent: [Sending] = []
      for index in letters.indices {
        var isSent: Int32 = 0
        try check(unsafe cmpi_test(&letters[index].request, &isSent), "MPI_Test", rank: rank)
        if isSent != 0 { unsafe letters[index].bytes.deallocate() } else { unsent.append(letters[index]) }
      }
      letters = unsent
    }
  }
#endif
