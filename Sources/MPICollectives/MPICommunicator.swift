#if MPI
  internal import CMPI
  public import Collectives
  internal import Failures
  internal import Foundation
  public import Tensors
  internal import RankWatch
  internal import Threads

  /// The ranks that an MPI launcher started.
  ///
  /// Errors of MPI are returned and thrown, never left to MPI's default of ending the process
  /// without a word. There is deliberately no `deinit`: `finalize` waits for all ranks, so it is
  /// called on the path of success alone, and `abort` on the other.
  @safe public struct MPICommunicator: Communicator {
    public let rank: Int
    public let size: Int
    public let name: String
    public let host: String
    private let handle: CommunicatorHandle
    private let watchdog = Watchdog()
    private let outbox = Outbox()
    private let cuts = Cuts()

    /// Starts MPI. Call it once, before anything else collective.
    public init() throws(CollectiveError) {
      OneHost.prepare()
      var provided: Int32 = 0
      // Only the main thread calls MPI.
      try check(
        unsafe MPI_Init_thread(nil, nil, cmpi_thread_funneled(), &provided), "MPI_Init_thread", rank: -1)
      guard provided >= cmpi_thread_funneled() else {
        throw CollectiveError(
          operation: "MPI_Init_thread", rank: -1, reason: "this MPI does not support threads (MPI_THREAD_FUNNELED)")
      }
      LauncherConnection.sendAtOnce()
      let world = CommunicatorHandle.world
      try check(
        unsafe MPI_Comm_set_errhandler(world.raw, cmpi_errors_return()), "MPI_Comm_set_errhandler", rank: -1)
      var rank: Int32 = 0
      var size: Int32 = 0
      try check(unsafe MPI_Comm_rank(world.raw, &rank), "MPI_Comm_rank", rank: -1)
      try check(unsafe MPI_Comm_size(world.raw, &size), "MPI_Comm_size", rank: Int(rank))
      handle = world
      self.rank = Int(rank)
      self.size = Int(size)
      name = Self.libraryName
      host = unsafe Self.text(capacity: cmpi_max_processor_name()) { unsafe MPI_Get_processor_name($0, &$1) }
    }

    /// "Open MPI v4.1.4". MPI tells it before it is started, too.
    public static var libraryName: String {
      let version = unsafe text(capacity: cmpi_max_library_version_string()) {
        unsafe MPI_Get_library_version($0, &$1)
      }
      return String(version.prefix { $0 != "," && $0 != "\n" })
    }

    public func watch(
      timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool,
      lost: @escaping @Sendable (JobFailure) -> Void
    ) throws(CollectiveError) {
      // Ranks that wait together give up one after the other, so that one of them speaks for all:
      // a launcher takes a second or more to end the rest.
      let turn = Duration.milliseconds(2500 * min(rank, 4))
      let (rank, size, host, handle) = (rank, size, host, handle)
      let isWatched = watchdog.start(
        try RankConnections(over: self), timeout: timeout.map { $0 + turn }, isTerminating: isTerminating
      ) { cause, lacksHost in
        let failure = JobFailure(cause, rank: rank, size: size, host: host)
        lost(failure)
        // A launcher that ends the job already is left to it.
        if lacksHost, !isTerminating() { LaunchingProcess.end() }
        if case .ended = cause {
          // A launcher that comes to know of this before it has seen to the lost rank itself ends with our code. (The
          // standard leaves MPI to the main thread; but that one waits within it, for ever.)
          Self.end(exitStatus: failure.exitStatus.rawValue, after: Self.patienceWithAbort)
          unsafe MPI_Abort(handle.raw, failure.exitStatus.rawValue)
        }
        _exit(failure.exitStatus.rawValue)
      }
      guard isWatched else {
        throw CollectiveError(operation: "starting a thread", rank: rank, reason: "there is no memory for it")
      }
    }

    public func passed(step: Int) {
      watchdog.passed(step: step)
    }

    /// Ends MPI when every rank has come to its end. It waits for all of them; but if one does not come, this process
    /// ends after a while all the same.
    ///
    /// - Parameter exitStatus: What it then ends with.
    public func finalize(exitStatus: Int32) throws(CollectiveError) {
      watchdog.sayGoodbye(exitStatus: exitStatus)
      try call(MPI_Finalize(), "MPI_Finalize")
    }

    /// Ends all ranks of the job at once, whatever they are doing.
    public func abort(exitStatus: Int32) -> Never {
      watchdog.sayGoodbye(exitStatus: exitStatus)
      Self.end(exitStatus: exitStatus, after: Self.patienceWithAbort)
      unsafe MPI_Abort(handle.raw, exitStatus)
      // MPI_Abort does not come back; should a library's do, this rank at least must end.
      exit(exitStatus)
    }

    /// The launcher, which MPI_Abort waits for, may be stopped or gone.
    private static let patienceWithAbort = Duration.seconds(5)

    /// Ends this process in a while, whatever it is doing.
    private static func end(exitStatus: Int32, after patience: Duration) {
      let seconds = UInt32(patience / .seconds(1))
      let isStarted = BackgroundThread.start {
        sleep(seconds)
        _exit(exitStatus)
      }
      if !isStarted { _exit(exitStatus) }
    }

    public func barrier() throws(CollectiveError) {
      try call(unsafe MPI_Barrier(handle.raw), "MPI_Barrier")
    }

    public func sum(_ values: [Int64]) throws(CollectiveError) -> [Int64] {
      var sums = values
      let count = try messageLength(values.count, "MPI_Allreduce")
      try call(
        unsafe MPI_Allreduce(cmpi_in_place(), &sums, count, Datatype.int64.raw, cmpi_sum(), handle.raw),
        "MPI_Allreduce")
      return sums
    }

    public func allgather(_ bytes: [UInt8]) throws(CollectiveError) -> [[UInt8]] {
      var lengths = [Int64](repeating: 0, count: size)
      lengths[rank] = Int64(bytes.count)
      lengths = try sum(lengths)
      let total = lengths.reduce(0, +)
      // MPI counts in a C int.
      guard total <= Int32.max else { return try gatheredOneByOne(bytes) }
      var offsets: [Int32] = []
      var offset: Int32 = 0
      for length in lengths {
        offsets.append(offset)
        offset += Int32(length)
      }
      var counts = lengths.map { Int32($0) }
      var gathered = [UInt8](repeating: 0, count: Int(total))
      try call(
        unsafe MPI_Allgatherv(
          bytes, counts[rank], Datatype.byte.raw, &gathered, &counts, &offsets, Datatype.byte.raw, handle.raw),
        "MPI_Allgatherv")
      return (0..<size).map { Array(gathered[Int(offsets[$0])..<Int(offsets[$0] + counts[$0])]) }
    }

    /// As `allgather`, for more than MPI counts.
    private func gatheredOneByOne(_ bytes: [UInt8]) throws(CollectiveError) -> [[UInt8]] {
      var all: [[UInt8]] = []
      for root in 0..<size { all.append(try broadcast(bytes, from: root)) }
      return all
    }

    public func allgather(_ part: Vector, into all: Vector) throws(CollectiveError) {
      precondition(all.count == size * part.count, "\(size) parts of \(part.count) into \(all.count)")
      let count = try messageLength(part.count, "MPI_Allgather")
      try call(
        unsafe MPI_Allgather(
          part.pointer, count, Datatype.float.raw, all.pointer, count, Datatype.float.raw, handle.raw),
        "MPI_Allgather")
    }

    public func broadcast(_ vector: Vector, from root: Int) throws(CollectiveError) {
      for piece in vector.pieces(of: Self.mostWords) {
        try call(
          unsafe MPI_Bcast(piece.pointer, Int32(piece.count), Datatype.float.raw, Int32(root), handle.raw), "MPI_Bcast")
      }
    }

    // MPI_Alltoall would copy this rank's own slice too.
    public func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) throws(CollectiveError) {
      let sliceWords = whole.count / size
      precondition(whole.count % size == 0 && part.lowerBound >= 0 && part.upperBound <= sliceWords)
      precondition(others.count == part.count * (size - 1))
      let count = try messageLength(part.count, "MPI_Sendrecv")
      for distance in 1..<max(size, 1) {
        let (next, previous) = ((rank + distance) % size, (rank - distance + size) % size)
        let place = previous < rank ? previous : previous - 1
        try call(
          unsafe MPI_Sendrecv(
            whole.pointer + next * sliceWords + part.lowerBound, count, Datatype.float.raw, Int32(next), Self.sliceTag,
            others.pointer + place * part.count, count, Datatype.float.raw, Int32(previous), Self.sliceTag,
            handle.raw, cmpi_status_ignore()),
          "MPI_Sendrecv")
      }
    }

    public func transfer(_ transfers: [Transfer], completed: (Int) -> Void) throws(CollectiveError) {
      // One operation for the watchdog, which compares how many each rank has come to.
      watchdog.enter()
      defer { watchdog.leave() }
      for (index, transfer) in transfers.enumerated() {
        switch transfer {
        case .send(let vector, let receiver):
          for piece in vector.pieces(of: Self.mostWords) {
            try check(
              unsafe MPI_Send(
                piece.pointer, Int32(piece.count), Datatype.float.raw, Int32(receiver), Self.transferTag, handle.raw),
              "MPI_Send", rank: rank)
          }
        case .receive(let vector, let sender):
          for piece in vector.pieces(of: Self.mostWords) {
            try check(
              unsafe MPI_Recv(
                piece.pointer, Int32(piece.count), Datatype.float.raw, Int32(sender), Self.transferTag, handle.raw,
                cmpi_status_ignore()),
              "MPI_Recv", rank: rank)
          }
        }
        completed(index)
      }
    }

    public func allgatherSlices(of whole: Vector, count: Int) throws(CollectiveError) {
      precondition(count * size >= whole.count, "\(size) slices of \(count) for \(whole.count) words")
      if count * size == whole.count {
        let count = try messageLength(count, "MPI_Allgather")
        return try call(
          unsafe MPI_Allgather(
            cmpi_in_place(), 0, Datatype.float.raw, whole.pointer, count, Datatype.float.raw, handle.raw),
          "MPI_Allgather")
      }
      _ = try messageLength(whole.count, "MPI_Allgatherv")
      cuts.cut(whole.count, into: size, of: count)
      try call(
        unsafe MPI_Allgatherv(
          cmpi_in_place(), 0, Datatype.float.raw, whole.pointer, &cuts.counts, &cuts.starts, Datatype.float.raw,
          handle.raw),
        "MPI_Allgatherv")
    }

    public func post(_ bytes: [UInt8], to receiver: Int) throws(CollectiveError) {
      try outbox.send(bytes, to: Int32(receiver), tag: Self.letterTag, of: handle, rank: rank)
    }

    public func letter() throws(CollectiveError) -> Letter? { try takeLetter(isWatched: false) }

    /// - Parameter isWatched: Whether the watchdog knows that this rank waits.
    private func takeLetter(isWatched: Bool) throws(CollectiveError) -> Letter? {
      try outbox.removeSent(rank: rank)
      var (isThere, count): (Int32, Int32) = (0, 0)
      var status = MPI_Status()
      try check(
        unsafe MPI_Iprobe(cmpi_any_source(), Self.letterTag, handle.raw, &isThere, &status), "MPI_Iprobe", rank: rank)
      guard isThere != 0 else { return nil }
      try check(unsafe MPI_Get_count(&status, Datatype.byte.raw, &count), "MPI_Get_count", rank: rank)
      var bytes = [UInt8](repeating: 0, count: Int(count))
      // The rest of a long letter comes when its sender calls MPI again.
      if !isWatched { watchdog.enter() }
      defer { if !isWatched { watchdog.leave() } }
      try check(
        unsafe MPI_Recv(
          &bytes, count, Datatype.byte.raw, status.MPI_SOURCE, Self.letterTag, handle.raw, cmpi_status_ignore()),
        "MPI_Recv", rank: rank)
      return Letter(sender: Int(status.MPI_SOURCE), bytes: bytes)
    }

    public func awaitLetter(unless isInterrupted: () -> Bool) throws(CollectiveError) -> Letter? {
      // One operation for the watchdog, however often it looks.
      watchdog.enter()
      defer { watchdog.leave() }
      var pause = Self.shortestPause
      while true {
        if let letter = try takeLetter(isWatched: true) { return letter }
        guard !isInterrupted() else { return nil }
        // The core may be one that another rank computes on.
        usleep(pause)
        pause = min(2 * pause, Self.longestPause)
      }
    }

    /// Microseconds between two looks for a letter.
    private static let shortestPause: UInt32 = 20
    private static let longestPause: UInt32 = 2_000
    private static let letterTag: Int32 = 3
    private static let sliceTag: Int32 = 1

    /// A vector cut into slices, the last of which may be shorter: as MPI wants them, kept from one step to the next.
    private final class Cuts {
      var starts: [Int32] = []
      var counts: [Int32] = []

      func cut(_ length: Int, into ranks: Int, of count: Int) {
        starts.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        for rank in 0..<ranks {
          let start = min(rank * count, length)
          starts.append(Int32(start))
          counts.append(Int32(min(count, length - start)))
        }
      }
    }
    private static let transferTag: Int32 = 2
    /// Of a message: MPI counts in a C int, and one of gigabytes would look like a stall.
    private static let mostWords = 1 << 24

    /// One collective operation, watched.
    @inline(__always)
    private func call(_ body: @autoclosure () -> Int32, _ operation: String) throws(CollectiveError) {
      watchdog.enter()
      let code = body()
      watchdog.leave()
      try check(code, operation, rank: rank)
    }

    /// MPI counts elements in a C int.
    private func messageLength(_ count: Int, _ operation: String) throws(CollectiveError) -> Int32 {
      guard let length = Int32(exactly: count) else {
        throw CollectiveError(
          operation: operation, rank: rank,
          reason: "\(count) elements are more than one MPI message can hold (\(Int32.max))")
      }
      return length
    }

    /// A text that MPI writes into a buffer, or "unknown".
    @unsafe private static func text(
      capacity: Int32, from write: (UnsafeMutablePointer<CChar>, inout Int32) -> Int32
    ) -> String {
      var text = [CChar](repeating: 0, count: Int(capacity) + 1)
      var length: Int32 = 0
      let written = unsafe text.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return false }
        return unsafe write(base, &length) == cmpi_success()
      }
      guard written else { return "unknown" }
      return String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  extension Vector {
    /// The elements, so many at a time. Nothing of none.
    fileprivate func pieces(of most: Int) -> some Sequence<Vector> {
      stride(from: 0, to: count, by: most).lazy.map { self[$0..<Swift.min($0 + most, count)] }
    }
  }
#endif
