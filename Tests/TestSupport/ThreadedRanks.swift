public import Collectives
internal import Foundation
public import Tensors

/// Runs `body` as every rank of a job whose ranks are threads of this process.
///
/// - Returns: What each rank's body returned, in order of rank.
public func onThreads<Result: Sendable>(
  ranks: Int, _ body: @escaping @Sendable (ThreadCommunicator) throws -> Result
) throws -> [Result] {
  let meeting = Meeting(size: ranks)
  let results = Results<Result>()
  let threads = (0..<ranks).map { rank in
    Thread { results.add(rank, Swift.Result { try body(ThreadCommunicator(rank: rank, meeting)) }) }
  }
  for thread in threads { thread.start() }
  return try results.wait(count: ranks).sorted { $0.key < $1.key }.map { try $0.value.get() }
}

/// The communicator of a rank that is a thread.
public struct ThreadCommunicator: Communicator {
  public let rank: Int
  private let meeting: Meeting

  fileprivate init(rank: Int, _ meeting: Meeting) {
    self.rank = rank
    self.meeting = meeting
  }

  public var size: Int { meeting.size }
  public var name: String { "threads" }
  public var host: String { "here" }

  public func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) {}

  public func passed(step: Int) {}

  public func barrier() { _ = allgather([]) }

  public func sum(_ values: [Int64]) -> [Int64] {
    let all = allgather(values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * Int64($0))) } })
    return values.indices.map { index in
      all.reduce(0) { sum, bytes in
        sum + (0..<8).reduce(0) { $0 | Int64(bytes[8 * index + $1]) << (8 * Int64($1)) }
      }
    }
  }

  public func allgather(_ bytes: [UInt8]) -> [[UInt8]] { meeting.exchange(bytes, of: rank) }

  public func allgather(_ part: Vector, into all: Vector) {
    for (rank, floats) in exchange(part).enumerated() {
      for (index, float) in floats.enumerated() { all[rank * part.count + index] = float }
    }
  }

  public func broadcast(_ vector: Vector, from root: Int) {
    for (index, float) in exchange(vector)[root].enumerated() { vector[index] = float }
  }

  public func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) {
    let start = rank * (whole.count / size) + part.lowerBound
    for (place, floats) in exchange(whole).enumerated().filter({ $0.offset != rank }).map(\.element).enumerated() {
      for index in 0..<part.count { others[place * part.count + index] = floats[start + index] }
    }
  }

  public func allgatherSlices(of whole: Vector, count: Int) {
    for (rank, floats) in exchange(whole).enumerated() {
      for index in min(rank * count, whole.count)..<min((rank + 1) * count, whole.count) {
        whole[index] = floats[index]
      }
    }
  }

  public func transfer(_ transfers: [Transfer], completed: (Int) -> Void) {
    for (index, transfer) in transfers.enumerated() {
      switch transfer {
      case .send(let vector, let receiver): meeting.send(vector.array, from: rank, to: receiver)
      case .receive(let vector, let sender):
        let floats = meeting.receive(from: sender, to: rank)
        precondition(floats.count == vector.count, "\(floats.count) elements were sent, not \(vector.count)")
        for (place, float) in floats.enumerated() { vector[place] = float }
      }
      completed(index)
    }
  }

  public func post(_ bytes: [UInt8], to receiver: Int) {
    meeting.post(Letter(sender: rank, bytes: bytes), to: receiver)
  }

  public func letter() -> Letter? { meeting.letter(to: rank) }

  public func awaitLetter(unless isInterrupted: () -> Bool) -> Letter? {
    while true {
      if let letter = letter() { return letter }
      if isInterrupted() { return nil }
      usleep(100)
    }
  }

  private func exchange(_ vector: Vector) -> [[Float]] {
    let bytes = vector.array.flatMap { float in (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
    }
    return allgather(bytes).map { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { place in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
      }
    }
  }
}

/// Where ranks bring bytes, and leave when all have come.
private final class Meeting: @unchecked Sendable {
  let size: Int
  private let condition = NSCondition()
  private var brought: [[UInt8]]
  private var arrived = 0
  private var round = 0
  private var result: [[UInt8]] = []

  private struct Way: Hashable {
    let sender: Int
    let receiver: Int
  }
  private var messages: [Way: [[Float]]] = [:]
  private var letters: [Int: [Letter]] = [:]

  func post(_ letter: Letter, to receiver: Int) {
    condition.lock()
    letters[receiver, default: []].append(letter)
    condition.unlock()
  }

  func letter(to receiver: Int) -> Letter? {
    condition.lock()
    defer { condition.unlock() }
    return letters[receiver]?.isEmpty ?? true ? nil : letters[receiver]?.removeFirst()
  }

  func send(_ floats: [Float], from sender: Int, to receiver: Int) {
    condition.lock()
    messages[Way(sender: sender, receiver: receiver), default: []].append(floats)
    condition.broadcast()
    condition.unlock()
  }

  func receive(from sender: Int, to receiver: Int) -> [Float] {
    let way = Way(sender: sender, receiver: receiver)
    condition.lock()
    defer { condition.unlock() }
    while messages[way]?.isEmpty ?? true { condition.wait() }
    return messages[way, default: [[]]].removeFirst()
  }

  init(size: Int) {
    self.size = size
    brought = Array(repeating: [], count: size)
  }

  func exchange(_ bytes: [UInt8], of rank: Int) -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    brought[rank] = bytes
    arrived += 1
    if arrived == size {
      (result, arrived, round) = (brought, 0, round + 1)
      condition.broadcast()
    } else {
      let round = round
      while self.round == round { condition.wait() }
    }
    return result
  }
}

private final class Results<Value: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var values: [Int: Result<Value, any Error>] = [:]

  func add(_ rank: Int, _ value: Result<Value, any Error>) {
    condition.lock()
    values[rank] = value
    condition.broadcast()
    condition.unlock()
  }

  func wait(count: Int) -> [Int: Result<Value, any Error>] {
    condition.lock()
    defer { condition.unlock() }
    while values.count < count { condition.wait() }
    return values
  }
}
