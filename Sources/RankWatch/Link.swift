/// A connection with another rank, by which each reports to the other.
struct Link {
  let socket: Socket
  /// When something came, or this side had slept.
  var lastHeard: ContinuousClock.Instant
  /// When it was seen that the other side is gone.
  private(set) var closed: ContinuousClock.Instant?
  /// The beginning of a report whose rest has not come.
  private var received: [UInt8] = []
  /// What the other side did not take: half a report would put all that follow out of step.
  private var unsent: ArraySlice<UInt8> = []

  init(_ socket: Socket, at now: ContinuousClock.Instant) {
    self.socket = socket
    lastHeard = now
  }

  /// At most so many bytes at a time: a rank that sends without end is not to keep this one from its other tasks.
  private static let mostBytes = 1 << 20

  /// Everything that has come, in order.
  mutating func read(at now: ContinuousClock.Instant) -> [RankReport] {
    guard closed == nil else { return [] }
    var total = 0
    while total < Self.mostBytes {
      guard let bytes = socket.receive(atMost: 65_536) else {
        closed = now
        break
      }
      guard !bytes.isEmpty else { break }
      total += bytes.count
      lastHeard = now
      received += bytes
    }
    let whole = received.count / RankReport.byteCount * RankReport.byteCount
    guard whole > 0 else { return [] }
    let reports = stride(from: 0, to: whole, by: RankReport.byteCount).map {
      RankReport(received[$0..<($0 + RankReport.byteCount)])
    }
    received.removeFirst(whole)
    return reports
  }

  /// Sends `bytes`, after what is left of earlier ones.
  mutating func send(_ bytes: [UInt8]) {
    guard closed == nil else { return }
    unsent += bytes
    unsent = unsent.dropFirst(socket.send(unsent))
    if unsent.isEmpty { unsent = [] }
  }

  /// Whether the other side has not yet taken what was sent earlier. Newer reports can wait.
  mutating func isBehind() -> Bool {
    guard !unsent.isEmpty else { return false }
    send([])
    return !unsent.isEmpty
  }
}
