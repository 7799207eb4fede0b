public import Tensors

/// The ranks of a job, as seen by one of them.
///
/// Every function but `rank`, `size`, `name`, `coreCount` and those of letters is collective: all ranks call it, in the same
/// order, with buffers of the same size unless it says otherwise. A call either succeeds, or
/// throws `CollectiveError`; after that the ranks no longer agree on where they are, and the only
/// thing left to do is to end the job.
public protocol Communicator {
  /// This process's number, 0 ..< size.
  var rank: Int { get }
  /// P, the number of ranks.
  var size: Int { get }
  /// What carries the messages, for people to read: "single process", "Open MPI v4.1.4".
  var name: String { get }
  /// The host that this rank runs on.
  var host: String { get }

  /// The cores that this rank may keep busy unasked.
  var coreCount: Int { get }

  /// Begins to watch over the ranks and their collective operations. Called once.
  ///
  /// - Parameters:
  ///   - timeout: How long one operation may take, the waiting for other ranks included; nil for any time.
  ///   - isTerminating: Whether this process was told to end: perhaps since the launcher has lost a host.
  ///   - lost: Called when one has taken longer, or a rank is gone, on a thread of its own. When it returns, the job
  ///     is ended: the operation can't be left in any other way.
  func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) throws(CollectiveError)

  /// Notes how far this rank is, for what is said of it when it is missed. Not collective.
  func passed(step: Int)

  func barrier() throws(CollectiveError)

  /// The sums of each element over all ranks, exact.
  func sum(_ values: [Int64]) throws(CollectiveError) -> [Int64]

  /// Every rank's bytes, in order of rank. The lengths may differ.
  func allgather(_ bytes: [UInt8]) throws(CollectiveError) -> [[UInt8]]

  /// Every rank's `part`, one after another in order of rank.
  ///
  /// - Parameter all: Receives size × part.count elements; may not overlap `part`.
  func allgather(_ part: Vector, into all: Vector) throws(CollectiveError)

  /// Copies rank `root`'s `vector` into that of every rank.
  func broadcast(_ vector: Vector, from root: Int) throws(CollectiveError)

  /// Cuts `whole` into P equal slices, sends a part of slice r to rank r, and receives that part of this
  /// rank's slice from every other rank.
  ///
  /// - Parameters:
  ///   - whole: A multiple of P elements.
  ///   - part: The same elements of each slice, on all ranks.
  ///   - others: Receives P − 1 such parts, in order of rank; may not overlap `whole`.
  func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) throws(CollectiveError)

  /// Sends and receives vectors between pairs of ranks, one after the other. Every rank calls it at the same time,
  /// also with nothing to do; what it sends, its receiver receives in the same order, at the same length. A message may
  /// wait for its receiver: an order is needed in which all messages could be sent one at a time.
  ///
  /// - Parameter completed: Called after each, with its index.
  func transfer(_ transfers: [Transfer], completed: (Int) -> Void) throws(CollectiveError)

  /// Completes `whole` on every rank: cut into slices of `count`, of which the last may be shorter or empty, rank r
  /// contributes slice r of its own.
  func allgatherSlices(of whole: Vector, count: Int) throws(CollectiveError)

  /// Sends a letter (see `Letter`), and waits for nobody. Not collective.
  func post(_ bytes: [UInt8], to receiver: Int) throws(CollectiveError)

  /// The next letter that has come; nil where none has. Not collective.
  func letter() throws(CollectiveError) -> Letter?

  /// Waits for the next letter, as long as an operation may take. Not collective.
  ///
  /// - Parameter isInterrupted: Asked now and then.
  /// - Returns: Nil where it was interrupted.
  func awaitLetter(unless isInterrupted: () -> Bool) throws(CollectiveError) -> Letter?
}

extension Communicator {
  /// One: other ranks have the others.
  public var coreCount: Int { 1 }

  /// Whether this rank speaks for all: prints, and writes files.
  public var isRoot: Bool { rank == 0 }

  /// The sum of one number over all ranks, exact.
  public func sum(_ value: Int) throws(CollectiveError) -> Int {
    Int(try sum([Int64(value)])[0])
  }
}
