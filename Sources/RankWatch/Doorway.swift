/// Where a rank takes in the connections of its children. Anybody may knock: a connection is a stranger until it has
/// said whose it is, with the token of the job. Of strangers there are only so many at a time, for so long; and the
/// door is closed when all children are there, or after a while.
struct Doorway {
  static let mostStrangers = 64
  /// A hello takes no longer.
  static let patience = Duration.seconds(5)
  /// Where strangers stand in line: those whose hello is not there by then have to come again.
  static let patienceInCrowds = Duration.milliseconds(250)
  /// Children who have not come by then never will.
  static let hours = Duration.seconds(60)

  private(set) var listener: Socket?
  private(set) var strangers: [Stranger] = []
  private(set) var expected: Set<Int>
  private let token: JobToken
  private let closing: ContinuousClock.Instant

  struct Stranger {
    let socket: Socket
    let since: ContinuousClock.Instant
    var hello: [UInt8] = []
  }

  init(_ listener: Socket?, expecting children: [Int], token: JobToken, at now: ContinuousClock.Instant) {
    self.listener = children.isEmpty ? nil : listener
    expected = Set(children)
    self.token = token
    closing = now + Self.hours
  }

  var isOpen: Bool { listener != nil }

  /// Whether the next in line is let in before one of the strangers has left.
  var hasRoom: Bool { strangers.count < Self.mostStrangers }

  /// The children that have come since the last time, each with an answer on its way.
  mutating func admit(at now: ContinuousClock.Instant) -> [(rank: Int, socket: Socket)] {
    if now >= closing { close() }
    guard listener != nil else { return [] }
    let patience = hasRoom ? Self.patience : Self.patienceInCrowds
    strangers.removeAll { now - $0.since >= patience }
    while hasRoom, let socket = listener?.accepted() { strangers.append(Stranger(socket: socket, since: now)) }

    var admitted: [(rank: Int, socket: Socket)] = []
    var remaining: [Stranger] = []
    for var stranger in strangers {
      switch listen(to: &stranger) {
      case .incomplete: remaining.append(stranger)
      case .nobody: break
      case .child(let rank): admitted.append((rank, stranger.socket))
      }
    }
    strangers = remaining
    return admitted
  }

  /// A child that was admitted has begun to report. (One that has not may have given up in the meantime, and come
  /// again.)
  mutating func settle(_ child: Int) {
    expected.remove(child)
    if expected.isEmpty { close() }
  }

  private mutating func close() { (listener, strangers) = (nil, []) }

  private enum Hello {
    case incomplete
    case nobody
    case child(Int)
  }

  /// Reads what a stranger says, and no more than that: what follows is a report.
  private func listen(to stranger: inout Stranger) -> Hello {
    guard let bytes = stranger.socket.receive(atMost: JobToken.helloByteCount - stranger.hello.count) else {
      return .nobody
    }
    stranger.hello += bytes
    guard token.mayBeHello(stranger.hello) else { return .nobody }
    guard stranger.hello.count == JobToken.helloByteCount else { return .incomplete }
    guard let rank = token.rank(ofHello: stranger.hello), expected.contains(rank) else { return .nobody }
    _ = stranger.socket.send(token.answer[...])
    return .child(rank)
  }
}
