#if MPI
  internal import Collectives
  internal import Foundation

  /// Connections of rank 0 with every other rank, beside those of MPI: by them a rank that is gone is missed within a
  /// moment, and one that does not come can be named. Where no connection can be had, as behind a firewall, the ranks
  /// are taken to be there.
  ///
  /// Used by the watchdog's thread, but for `send`.
  final class RankConnections: @unchecked Sendable {
    private let rank: Int
    private let hosts: [String]
    private let lock = NSLock()
    /// Of rank 0.
    private let listener: Socket?
    /// Connections that have not yet said whose they are.
    private var strangers: [(socket: Socket, received: [UInt8])] = []
    /// Rank 0's: all others; of another rank: rank 0.
    private var peers: [Int: Peer] = [:]
    /// Of another rank: where rank 0 may be reached, in the order in which that is tried.
    private var addresses: [UInt32]
    private var attempt: (socket: Socket, deadline: ContinuousClock.Instant)?
    private let port: UInt16
    /// Descriptors of which there was something to read when it was last waited.
    private var readable: Set<Int32> = []
    /// What a connection begins with; it keeps out whoever does not belong to the job.
    private let token: [UInt8]

    private struct Peer {
      let socket: Socket
      var received: [UInt8] = []
      var place = RankPlace()
      var lastHeard = ContinuousClock.now
      var closed: ContinuousClock.Instant?
    }

    /// Silence that means that a host is out of reach. (A process that is stopped is silent, too; but it may be
    /// continued. So it is not held against ranks of the same host.)
    static let longestSilence = Duration.seconds(10)
    /// The same where the launcher ends this process: it may have missed the host before us, and leaves us a second.
    private static let suspiciousSilence = Duration.seconds(3)
    /// Connections that do not come about by then, do so later or never.
    private static let patienceAtStart = Duration.seconds(2)
    /// What is left to rank 0 to end all ranks after its goodbye.
    private static let patienceAfterGoodbye = Duration.seconds(5)

    /// Exchanges where to connect, and connects. Collective.
    init(over communicator: MPICommunicator) throws(CollectiveError) {
      rank = communicator.rank
      let hosts = try communicator.allgather(Array(communicator.host.utf8)).map { String(decoding: $0, as: UTF8.self) }
      self.hosts = hosts
      let isLocal = hosts.allSatisfy { $0 == hosts[0] }
      let listening = communicator.isRoot && communicator.size > 1 ? Socket.listening(isLocal: isLocal) : nil
      listener = listening?.socket

      // "port token address,address,…"; nothing where rank 0 can't be connected to.
      var invitation = ""
      if let port = listening?.port {
        let addresses = Socket.addresses.map { String($0.address) }.joined(separator: ",")
        invitation = "\(port) \(UInt64.random(in: 0...UInt64.max)) \(addresses)"
      }
      let text = String(decoding: try communicator.broadcast(Array(invitation.utf8)), as: UTF8.self)
      let fields = text.split(separator: " ", omittingEmptySubsequences: false)
      port = fields.first.flatMap { UInt16($0) } ?? 0
      let number = fields.count > 1 ? UInt64(fields[1]) ?? 0 : 0
      token = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
      if rank == 0 || port == 0 {
        addresses = []
      } else if hosts[rank] == hosts[0] {
        addresses = [Socket.loopback]
      } else {
        let known = fields.count > 2 ? fields[2].split(separator: ",").compactMap { UInt32($0) } : []
        // Those of a network that this host is in, too, are the likely ones.
        let near = known.filter { address in Socket.addresses.contains { $0.address & $0.mask == address & $0.mask } }
        addresses = near + known.filter { !near.contains($0) }
      }
      // Not later, where that can be: a host that is lost before it is connected would not be missed.
      let deadline = ContinuousClock.now + Self.patienceAtStart
      while !isComplete, port != 0, ContinuousClock.now < deadline {
        wait(.milliseconds(5))
        update(at: .now, wasSuspended: false)
      }
    }

    /// Whether there is nothing left to connect.
    private var isComplete: Bool { rank == 0 ? peers.count == hosts.count - 1 : attempt == nil && addresses.isEmpty }

    /// Tells every connected rank where this one stands.
    func send(_ place: RankPlace) {
      lock.lock()
      for peer in peers.values where peer.closed == nil { peer.socket.send(place.bytes) }
      lock.unlock()
    }

    /// Waits until something comes, or for `duration`.
    func wait(_ duration: Duration) {
      lock.lock()
      var sockets = peers.values.filter { $0.closed == nil }.map(\.socket) + strangers.map(\.socket)
      if let listener { sockets.append(listener) }
      lock.unlock()
      var entries = sockets.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      if let (socket, _) = attempt { entries.append(pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)) }
      unsafe poll(&entries, nfds_t(entries.count), Int32(duration / .milliseconds(1)))
      readable = Set(entries.lazy.filter { $0.revents != 0 }.map(\.fd))
      withExtendedLifetime(sockets) {}
    }

    /// Makes and takes connections, and takes in what has come by them.
    ///
    /// - Parameter wasSuspended: Whether this process has slept, and with it perhaps all of them: what was silent
    ///   meanwhile is not to be blamed.
    func update(at now: ContinuousClock.Instant, wasSuspended: Bool) {
      lock.lock()
      defer { lock.unlock() }
      connect(at: now)
      while let socket = listener?.accepted() { strangers.append((socket, [])) }
      strangers = strangers.filter { !welcome($0.socket, $0.received) }
      if wasSuspended { for rank in peers.keys { peers[rank]?.lastHeard = now } }
      for (rank, var peer) in peers where peer.closed == nil && readable.contains(peer.socket.descriptor) {
        if let bytes = peer.socket.receive() {
          peer.received += bytes
          if !bytes.isEmpty { peer.lastHeard = now }
        } else {
          peer.closed = now
          // Who was asleep when it happened leaves it to the others to speak.
          if wasSuspended { peer.place.hasSaidGoodbye = true }
        }
        while peer.received.count >= RankPlace.byteCount {
          peer.place = RankPlace(peer.received.prefix(RankPlace.byteCount))
          peer.received.removeFirst(RankPlace.byteCount)
        }
        peers[rank] = peer
      }
    }

    /// Of another rank than 0: begins to connect, or goes on with it.
    private func connect(at now: ContinuousClock.Instant) {
      if let (socket, deadline) = attempt {
        if socket.isConnected == true {
          let number = (0..<4).map { UInt8(truncatingIfNeeded: rank >> (8 * $0)) }
          socket.send(token + number)
          peers[0] = Peer(socket: socket, lastHeard: now)
          (attempt, addresses) = (nil, [])
        } else if socket.isConnected == false || now > deadline {
          attempt = nil
        }
      }
      if attempt == nil, !addresses.isEmpty {
        attempt = Socket.connecting(to: addresses.removeFirst(), port: port).map { ($0, now + .seconds(5)) }
      }
    }

    /// Takes in a connection that says whose it is.
    ///
    /// - Returns: Whether that is settled: it is a rank's, or nobody's of the job.
    private func welcome(_ socket: Socket, _ received: [UInt8]) -> Bool {
      guard let bytes = socket.receive() else { return true }
      let received = received + bytes
      guard received.count >= token.count + 4 else {
        if let index = strangers.firstIndex(where: { $0.socket === socket }) { strangers[index].received = received }
        return false
      }
      let number = (0..<4).reduce(0) { $0 | Int(received[token.count + $1]) << (8 * $1) }
      if Array(received.prefix(token.count)) == token, (1..<hosts.count).contains(number) {
        peers[number] = Peer(socket: socket, received: Array(received.dropFirst(token.count + 4)))
      }
      return true
    }

    /// What has happened to another rank, where something has.
    ///
    /// - Parameter isTerminating: Whether the launcher ends this process. Others then end, too, and are not missed.
    func loss(at now: ContinuousClock.Instant, isTerminating: Bool) -> JobFailure.Cause? {
      lock.lock()
      defer { lock.unlock() }
      let longestSilence = isTerminating ? Self.suspiciousSilence : Self.longestSilence
      for (lost, peer) in peers.sorted(by: { $0.key < $1.key }) {
        if let closed = peer.closed {
          if isTerminating { continue }
          if !peer.place.hasSaidGoodbye {
            // Where rank 0 is gone all others see it: one speaks, and its launcher ends the rest.
            let turn = Duration.milliseconds(2500 * min(max(rank - 1, 0), 4))
            if now - closed >= turn { return .ended(rank: lost, host: hosts[lost], step: peer.place.step) }
          } else if rank != 0, now - closed >= Self.patienceAfterGoodbye {
            return .ended(rank: lost, host: hosts[lost], step: peer.place.step)
          }
        } else if hosts[lost] != hosts[rank], !peer.place.hasSaidGoodbye, now - peer.lastHeard >= longestSilence {
          return .unreachable(
            rank: lost, host: hosts[lost], step: peer.place.step, silence: now - peer.lastHeard)
        }
      }
      return nil
    }

    /// Whether nothing is heard of a rank on another host.
    func lacksHost(at now: ContinuousClock.Instant) -> Bool {
      lock.lock()
      defer { lock.unlock() }
      let watched = rank == 0 ? 1..<max(hosts.count, 1) : 0..<1
      return watched.contains { other in
        guard hosts[other] != hosts[rank] else { return false }
        return peers[other].map { now - $0.lastHeard >= Self.suspiciousSilence } ?? true
      }
    }

    /// Which ranks have not come to the operation that this one waits in; empty where that is not known.
    func absent(from place: RankPlace, at now: ContinuousClock.Instant) -> String {
      lock.lock()
      defer { lock.unlock() }
      // A rank may be stopped within the operation that it had come to.
      func isSilent(_ peer: Peer) -> Bool { now - peer.lastHeard >= .seconds(2) }
      let missing = peers.sorted { $0.key < $1.key }.filter {
        $1.place.operations < place.operations || isSilent($1)
      }
      let words = missing.prefix(8).map { rank, peer in
        let silence = Int((now - peer.lastHeard) / .seconds(1))
        let state = isSilent(peer) ? "gives no sign of life for \(silence) s" : "is busy"
        return "rank \(rank) on \(hosts[rank]) has not arrived: it \(state), after step \(peer.place.step)"
      }
      return words.joined(separator: "; ") + (missing.count > 8 ? "; and \(missing.count - 8) more" : "")
    }
  }
#endif
