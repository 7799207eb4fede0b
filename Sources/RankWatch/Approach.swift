/// How a rank comes to be connected with its parent: address by address, time and again, until it is answered or the
/// parent's door is closed.
struct Approach {
  private let addresses: [UInt32]
  private let port: UInt16
  private let hello: [UInt8]
  private let answer: [UInt8]
  private let end: ContinuousClock.Instant
  private var next = 0
  /// No attempt before that.
  private var pause: ContinuousClock.Instant
  private var attempt: Attempt?

  private struct Attempt {
    let socket: Socket
    let deadline: ContinuousClock.Instant
    var isGreeted = false
    var answer: [UInt8] = []
  }

  /// Of one attempt.
  private static let patience = Duration.seconds(5)
  /// After all addresses.
  private static let pauseAfterAll = Duration.milliseconds(200)

  init(to addresses: [UInt32], port: UInt16, rank: Int, token: JobToken, at now: ContinuousClock.Instant) {
    self.addresses = addresses
    self.port = port
    hello = token.hello(ofRank: rank)
    answer = token.answer
    end = now + Doorway.hours
    pause = now
  }

  /// The socket that something is awaited of, and whether that is the connection itself.
  var awaited: (socket: Socket, isConnecting: Bool)? { attempt.map { ($0.socket, !$0.isGreeted) } }

  enum Outcome {
    case pending
    case connected(Socket)
    case failed
  }

  /// Begins to connect, or goes on with it.
  mutating func goOn(at now: ContinuousClock.Instant) -> Outcome {
    if var current = attempt {
      switch progress(of: &current, at: now) {
      case .connected(let socket):
        attempt = nil
        return .connected(socket)
      case .pending: attempt = current
      case .failed: attempt = nil
      }
    }
    guard attempt == nil else { return .pending }
    guard !addresses.isEmpty, now < end else { return .failed }
    guard now >= pause else { return .pending }
    let address = addresses[next % addresses.count]
    next += 1
    if next % addresses.count == 0 { pause = now + Self.pauseAfterAll }
    attempt = Socket.connecting(to: address, port: port).map { Attempt(socket: $0, deadline: now + Self.patience) }
    return .pending
  }

  private func progress(of attempt: inout Attempt, at now: ContinuousClock.Instant) -> Outcome {
    if !attempt.isGreeted {
      switch attempt.socket.isConnected {
      case true?:
        attempt.isGreeted = true
        _ = attempt.socket.send(hello[...])
      case false?: return .failed
      case nil: break
      }
    }
    if attempt.isGreeted {
      guard let bytes = attempt.socket.receive(atMost: answer.count - attempt.answer.count) else { return .failed }
      attempt.answer += bytes
      guard attempt.answer.elementsEqual(answer.prefix(attempt.answer.count)) else { return .failed }
      if attempt.answer.count == answer.count { return .connected(attempt.socket) }
    }
    return now > attempt.deadline ? .failed : .pending
  }
}
