internal import Foundation
public import Tensors
internal import Threads

/// A rank of a job whose ranks are threads of one process. No operation can fail.
///
/// What ranks tell each other is copied through memory that all of them lock: it is made for work that each does by itself,
/// with a letter now and then, and not for gradients.
public struct ThreadCommunicator: Communicator, Sendable {
  public let rank: Int
  public let name = "threads"
  public let host: String
  private let meeting: ThreadMeeting

  private init(rank: Int, _ meeting: ThreadMeeting) {
    self.rank = rank
    self.meeting = meeting
    host = ProcessInfo.processInfo.hostName
  }

  public var size: Int { meeting.size }

  /// Runs `body` as each rank of a job; the calling thread is the root.
  ///
  /// - Parameters:
  ///   - mostRanks: From 1. There are fewer where the system gives no more threads.
  ///   - stackSize: Bytes, of the other threads.
  ///   - body: Must come to its end on all ranks where it throws on one, as after `agree`.
  /// - Returns: What it returned, in order of rank, when all have ended.
  /// - Throws: What it threw on the lowest rank that did.
  public static func run<Result: Sendable>(
    mostRanks: Int, stackSize: Int = 8 << 20, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
  ) throws -> [Result] {
    let (meeting, results) = (ThreadMeeting(), ThreadResults<Result>())
    var size = 1
    while size < mostRanks {
      let rank = size
      let isStarted = BackgroundThread.start(stackSize: stackSize) {
        meeting.waitForBeginning()
        results.add(Swift.Result { try body(ThreadCommunicator(rank: rank, meeting)) }, ofRank: rank)
      }
      guard isStarted else { break }
      size += 1
    }
    meeting.begin(size: size)
    results.add(Swift.Result { try body(ThreadCommunicator(rank: 0, meeting)) }, ofRank: 0)
    return try results.wait(count: size).map { try $0.get() }
  }

  /// Threads of one process are not lost.
  public func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) {}

  public func passed(step: Int) {}

  public func barrier() { _ = allgather([]) }

  public func sum(_ values: [Int64]) -> [Int64] {
    let all = meeting.exchange(.integers(values), ofRank: rank).map(\.integers)
    return values.indices.map { index in all.reduce(0) { $0 + $1[index] } }
  }

  public func allgather(_ bytes: [UInt8]) -> [[UInt8]] {
    meeting.exchange(.bytes(bytes), ofRank: rank).map(\.bytes)
  }

  public func allgather(_ part: Vector, into all: Vector) {
    for (rank, floats) in exchange(part).enumerated() {
      all[(rank * part.count)...].prefix(part.count).set(floats[...])
    }
  }

  public func broadcast(_ vector: Vector, from root: Int) {
    vector.set(exchange(vector)[root][...])
  }

  public func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) {
    let start = rank * (whole.count / size) + part.lowerBound
    var place = 0
    for (rank, floats) in exchange(whole).enumerated() where rank != self.rank {
      others[place..<(place + part.count)].set(floats[start..<(start + part.count)])
      place += part.count
    }
  }

  public func allgatherSlices(of whole: Vector, count: Int) {
    for (rank, floats) in exchange(whole).enumerated() {
      let slice = min(rank * count, whole.count)..<min((rank + 1) * count, whole.count)
      whole[slice].set(floats[slice])
    }
  }

  public func transfer(_ transfers: [Transfer], completed: (Int) -> Void) {
    for (index, transfer) in transfers.enumerated() {
      switch transfer {
      case .send(let vector, let receiver): meeting.send(vector.array, from: rank, to: receiver)
      case .receive(let vector, let sender): vector.set(meeting.receive(from: sender, to: rank)[...])
      }
      completed(index)
    }
  }

  public func post(_ bytes: [UInt8], to receiver: Int) {
    meeting.post(Letter(sender: rank, bytes: bytes), to: receiver)
  }

  public func letter() -> Letter? { meeting.letter(to: rank, waiting: 0) }

  public func awaitLetter(unless isInterrupted: () -> Bool) -> Letter? {
    while !isInterrupted() {
      if let letter = meeting.letter(to: rank, waiting: 0.01) { return letter }
    }
    return letter()
  }

  private func exchange(_ vector: Vector) -> [[Float]] {
    meeting.exchange(.floats(vector.array), ofRank: rank).map(\.floats)
  }
}

extension Vector {
  fileprivate func set(_ floats: ArraySlice<Float>) {
    precondition(floats.count == count, "\(floats.count) elements for \(count)")
    for (index, float) in zip(0..., floats) { self[index] = float }
  }
}

/// Where threads bring what they have for each other. All of it is guarded by `condition`.
private final class ThreadMeeting: @unchecked Sendable {
  enum Contribution {
    case bytes([UInt8])
    case integers([Int64])
    case floats([Float])

    var bytes: [UInt8] { if case .bytes(let bytes) = self { bytes } else { mixed() } }
    var integers: [Int64] { if case .integers(let integers) = self { integers } else { mixed() } }
    var floats: [Float] { if case .floats(let floats) = self { floats } else { mixed() } }

    private func mixed() -> Never { preconditionFailure("ranks are in different operations") }
  }

  private struct Way: Hashable {
    let sender: Int
    let receiver: Int
  }

  private let condition = NSCondition()
  /// 0 before the beginning; then it stays.
  private(set) var size = 0
  private var brought: [Int: Contribution] = [:]
  private var round = 0
  private var result: [Contribution] = []
  private var messages: [Way: [[Float]]] = [:]
  private var letters: [Int: [Letter]] = [:]

  func begin(size: Int) {
    condition.withLock {
      self.size = size
      condition.broadcast()
    }
  }

  func waitForBeginning() {
    condition.withLock { while size == 0 { condition.wait() } }
  }

  /// Brings something, and leaves when all have come with what all have brought, in order of rank.
  func exchange(_ contribution: Contribution, ofRank rank: Int) -> [Contribution] {
    condition.withLock {
      brought[rank] = contribution
      if brought.count == size {
        result = brought.sorted { $0.key < $1.key }.map(\.value)
        brought = [:]
        round += 1
        condition.broadcast()
      } else {
        let begun = round
        while round == begun { condition.wait() }
      }
      return result
    }
  }

  func send(_ floats: [Float], from sender: Int, to receiver: Int) {
    condition.withLock {
      messages[Way(sender: sender, receiver: receiver), default: []].append(floats)
      condition.broadcast()
    }
  }

  func receive(from sender: Int, to receiver: Int) -> [Float] {
    let way = Way(sender: sender, receiver: receiver)
    return condition.withLock {
      while messages[way, default: []].isEmpty { condition.wait() }
      return messages[way, default: []].removeFirst()
    }
  }

  func post(_ letter: Letter, to receiver: Int) {
    condition.withLock {
      letters[receiver, default: []].append(letter)
      condition.broadcast()
    }
  }

  /// - Parameter seconds: For which one is waited for.
  func letter(to receiver: Int, waiting seconds: Double) -> Letter? {
    condition.withLock {
      let limit = Date(timeIntervalSinceNow: seconds)
      while letters[receiver, default: []].isEmpty {
        guard seconds > 0, condition.wait(until: limit) else { return nil }
      }
      return letters[receiver, default: []].removeFirst()
    }
  }
}

/// What the ranks came to.
private final class ThreadResults<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var results: [Int: Result<Value, any Error>] = [:]

  func add(_ result: Result<Value, any Error>, ofRank rank: Int) {
    condition.withLock {
      results[rank] = result
      condition.signal()
    }
  }

  /// Waits for so many; in order of rank.
  func wait(count: Int) -> [Result<Value, any Error>] {
    condition.withLock {
      while results.count < count { condition.wait() }
      return results.sorted { $0.key < $1.key }.map(\.value)
    }
  }
}
