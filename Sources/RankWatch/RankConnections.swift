package import Collectives
internal import Foundation
internal import Glibc

/// The connections of a rank with its parent and its children in the `WatchTree`, beside those of MPI: by them a rank
/// that is gone is missed within a moment, and one that does not come can be named. Where no connection can be had, as
/// behind a firewall, the ranks are taken to be there.
///
/// Each rank tells its parent where it and all ranks below it stand, and its children where it stands.
///
/// Used by the watchdog's thread, but for `send`.
package final class RankConnections: @unchecked Sendable {
  private let rank: Int
  let hosts: [String]
  let tree: WatchTree
  private let lock = NSLock()
  private let port: UInt16
  /// Until the door has it.
  private var listener: Socket?
  private let ownToken: JobToken?
  private let ownAddresses: [(address: UInt32, mask: UInt32)]
  private var door: Doorway?
  private var approach: Approach?
  private var parentLink: Link?
  private var children: [Int: Link] = [:]
  /// Children that were let in, but have not reported: they may have given up waiting, and come again.
  private var arriving: [Int: Link] = [:]
  /// Of this rank's parent, and of all ranks below it; nil of others, and before something was heard of one.
  private var states: [State?]
  /// The child by which a rank below this one is reached.
  private var routes: [Int: Int] = [:]
  /// Those below a child that stand for their hosts: their own parents miss them first.
  private let distantHosts: [Int]

  private struct State {
    var place: RankPlace
    var lastHeard: ContinuousClock.Instant
  }

  /// Silence that means that a host is out of reach. (A process that is stopped is silent, too; but it may be
  /// continued. So it is not held against ranks of the same host.)
  static let longestSilence = Duration.seconds(10)
  /// The same where the launcher ends this process: it may have missed the host before us, and leaves us a second.
  static let suspiciousSilence = Duration.seconds(3)
  /// Silence that tells a process that is stopped from one that is busy.
  private static let noSignOfLife = Duration.seconds(2)
  /// Connections that do not come about by then, do so later or never.
  private static let patienceAtStart = Duration.seconds(2)
  /// What is left to the parent to end all ranks after its goodbye.
  private static let patienceAfterGoodbye = Duration.seconds(5)
  /// What is left to ranks that are nearer to what is lost.
  private static let patienceWithNearer = Duration.milliseconds(2500)

  /// Exchanges where to connect, and connects. Collective.
  package convenience init(over communicator: some Communicator) throws(CollectiveError) {
    let hosts = try communicator.allgather(Array(communicator.host.utf8)).map { String(decoding: $0, as: UTF8.self) }
    self.init(rank: communicator.rank, hosts: hosts)
    // Not later, where that can be: a host that is lost before it is connected would not be missed.
    connect(by: try communicator.allgather(invitation), waiting: Self.patienceAtStart)
  }

  /// Opens the door to the children.
  ///
  /// - Parameter addresses: Where ranks of other hosts reach this one.
  package init(
    rank: Int, hosts: [String], addresses: [(address: UInt32, mask: UInt32)] = Socket.addresses
  ) {
    self.rank = rank
    self.hosts = hosts
    let tree = WatchTree(hosts: hosts)
    self.tree = tree
    let children = tree.children[rank]
    let listening =
      children.isEmpty ? nil : Socket.listening(isLocal: children.allSatisfy { hosts[$0] == hosts[rank] })
    listener = listening?.socket
    port = listening?.port ?? 0
    ownToken = rank == 0 ? .random() : nil
    ownAddresses = addresses
    states = Array(repeating: nil, count: hosts.count)
    let below = tree.routes(below: rank)
    routes = Dictionary(uniqueKeysWithValues: below.map { ($0.rank, $0.child) })
    distantHosts = below.filter { route in
      route.rank != route.child && tree.parents[route.rank].map { hosts[$0] != hosts[route.rank] } ?? false
    }.map(\.rank)
  }

  /// What the other ranks need to know to connect: "port address,address,…", with the job's token before it where this
  /// is rank 0. Nothing of ranks that have no children.
  package var invitation: [UInt8] {
    var words = ownToken.map { [$0.text] } ?? []
    if port != 0 { words += [String(port), ownAddresses.map { String($0.address) }.joined(separator: ",")] }
    return Array(words.joined(separator: " ").utf8)
  }

  /// Begins to connect with the parent and the children.
  ///
  /// - Parameters:
  ///   - invitations: Of all ranks, in order.
  ///   - patience: How long to wait for the connections.
  package func connect(by invitations: [[UInt8]], waiting patience: Duration) {
    func words(_ rank: Int) -> [Substring] {
      String(decoding: invitations[rank], as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    }
    guard let token = words(0).first.flatMap({ JobToken($0) }) else { return }
    let now = ContinuousClock.now
    door = Doorway(listener, expecting: tree.children[rank], token: token, at: now)
    listener = nil
    if let parent = tree.parents[rank] {
      let fields = words(parent).dropFirst(parent == 0 ? 1 : 0)
      if let port = fields.first.flatMap({ UInt16($0) }) {
        let known = fields.dropFirst().first?.split(separator: ",").compactMap { UInt32($0) } ?? []
        approach = Approach(to: addresses(ofParent: parent, known), port: port, rank: rank, token: token, at: now)
      }
    }
    while !isComplete, ContinuousClock.now < now + patience {
      waitForConnections(.milliseconds(50))
      update(at: .now, wasSuspended: false)
    }
  }

  private func addresses(ofParent parent: Int, _ known: [UInt32]) -> [UInt32] {
    if hosts[parent] == hosts[rank] { return [Socket.loopback] }
    // Those of a network that this host is in, too, are the likely ones.
    let near = known.filter { address in ownAddresses.contains { $0.address & $0.mask == address & $0.mask } }
    return near + known.filter { !near.contains($0) }
  }

  /// The rank that this one is connected to; nil of rank 0.
  package var parent: Int? { tree.parents[rank] }

  /// Whether there is nothing left to connect.
  package var isComplete: Bool {
    lock.lock()
    defer { lock.unlock() }
    return approach == nil && (door.map { !$0.isOpen || $0.expected.isEmpty } ?? true)
  }

  /// Ranks of which something was heard.
  package var knownCount: Int {
    lock.lock()
    defer { lock.unlock() }
    return states.count { $0 != nil }
  }

  /// Descriptors in use, those of strangers included.
  package var descriptorCount: Int {
    lock.lock()
    defer { lock.unlock() }
    return (parentLink == nil ? 0 : 1) + children.count + arriving.count + (door?.strangers.count ?? 0)
      + (door?.isOpen == true ? 1 : 0) + (approach?.awaited == nil ? 0 : 1)
  }

  // MARK: Sending

  /// Tells the parent where this rank stands, and all below it; and the children where this one stands.
  package func send(_ place: RankPlace, at now: ContinuousClock.Instant = .now) {
    lock.lock()
    defer { lock.unlock() }
    let own = Self.bytes(of: [RankReport(rank: rank, place: place)])
    for child in children.keys where !(children[child]?.isBehind() ?? true) || place.hasSaidGoodbye {
      children[child]?.send(own)
    }
    if parentLink?.isBehind() == false {
      let below = routes.keys.compactMap { rank in
        states[rank].map {
          RankReport(rank: rank, silence: Int((now - $0.lastHeard) / .milliseconds(1)), place: $0.place)
        }
      }
      parentLink?.send(own + Self.bytes(of: below))
    } else if place.hasSaidGoodbye {
      parentLink?.send(own)
    }
  }

  private static func bytes(of reports: [RankReport]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(reports.count * RankReport.byteCount)
    for report in reports { report.append(to: &bytes) }
    return bytes
  }

  // MARK: Waiting

  /// Waits until a connection ends, or for `duration`. Reports that come wake nobody: they are read all together.
  package func wait(_ duration: Duration) {
    lock.lock()
    let sockets = openSockets
    lock.unlock()
    poll(sockets.map { ($0, Self.ended) }, duration)
  }

  /// Waits until something happens to connections that are to come about.
  private func waitForConnections(_ duration: Duration) {
    var awaited = openSockets.map { ($0, Self.ended) } + arriving.values.map { ($0.socket, Int16(POLLIN)) }
    awaited += door?.strangers.map { ($0.socket, Int16(POLLIN)) } ?? []
    if let door, door.hasRoom, let listener = door.listener { awaited.append((listener, Int16(POLLIN))) }
    if let (socket, isConnecting) = approach?.awaited {
      awaited.append((socket, Int16(isConnecting ? POLLOUT : POLLIN)))
    }
    poll(awaited, duration)
  }

  /// POLLRDHUP, which Glibc's module does not show.
  private static let ended: Int16 = 0x2000

  private var openSockets: [Socket] {
    ([parentLink].compactMap { $0 } + children.values).filter { $0.closed == nil }.map(\.socket)
  }

  private func poll(_ awaited: [(socket: Socket, events: Int16)], _ duration: Duration) {
    var entries = awaited.map { pollfd(fd: $0.socket.descriptor, events: $0.events, revents: 0) }
    unsafe Glibc.poll(&entries, nfds_t(entries.count), Int32(duration / .milliseconds(1)))
    withExtendedLifetime(awaited) {}
  }

  // MARK: Taking in

  /// Makes and takes connections, and takes in what has come by them.
  ///
  /// - Parameter wasSuspended: Whether this process has slept, and with it perhaps all of them: what was silent
  ///   meanwhile is not to be blamed.
  package func update(at now: ContinuousClock.Instant, wasSuspended: Bool) {
    lock.lock()
    defer { lock.unlock() }
    connect(at: now)
    admit(at: now)
    if let above = tree.parents[rank], var link = parentLink {
      take(&link, from: above, at: now, wasSuspended: wasSuspended)
      parentLink = link
    }
    for (child, var link) in children where link.closed == nil {
      take(&link, from: child, at: now, wasSuspended: wasSuspended)
      children[child] = link
    }
    if wasSuspended { for rank in states.indices where states[rank] != nil { states[rank]?.lastHeard = now } }
  }

  private func connect(at now: ContinuousClock.Instant) {
    switch approach?.goOn(at: now) {
    case .connected(let socket)?:
      var link = Link(socket, at: now)
      // By this the parent knows that its answer has come.
      link.send(Self.bytes(of: [RankReport(rank: rank, place: RankPlace())]))
      parentLink = link
      approach = nil
    case .failed?: approach = nil
    case .pending?, nil: break
    }
  }

  private func admit(at now: ContinuousClock.Instant) {
    for (child, socket) in door?.admit(at: now) ?? [] { arriving[child] = Link(socket, at: now) }
    for (child, var link) in arriving {
      let reports = link.read(at: now)
      if reports.isEmpty {
        arriving[child] = link.closed == nil ? link : nil
      } else {
        arriving[child] = nil
        children[child] = link
        door?.settle(child)
        accept(reports, from: child, at: now)
      }
    }
  }

  private func take(_ link: inout Link, from other: Int, at now: ContinuousClock.Instant, wasSuspended: Bool) {
    guard link.closed == nil else { return }
    accept(link.read(at: now), from: other, at: now)
    if wasSuspended { link.lastHeard = now }
    // Who was asleep when it happened leaves it to the others to speak.
    if wasSuspended, link.closed != nil {
      var state = states[other] ?? State(place: RankPlace(), lastHeard: now)
      state.place.hasSaidGoodbye = true
      states[other] = state
    }
  }

  /// Keeps what a neighbour says of itself, and a child of those below it.
  private func accept(_ reports: [RankReport], from other: Int, at now: ContinuousClock.Instant) {
    for report in reports where report.rank == other || routes[report.rank] == other {
      states[report.rank] = State(place: report.place, lastHeard: now - .milliseconds(report.silence))
    }
  }

  // MARK: Judging

  /// What has happened to another rank, where something has.
  ///
  /// - Parameter isTerminating: Whether the launcher ends this process. Others then end, too, and are not missed.
  package func loss(at now: ContinuousClock.Instant, isTerminating: Bool) -> JobFailure.Cause? {
    lock.lock()
    defer { lock.unlock() }
    let longestSilence = isTerminating ? Self.suspiciousSilence : Self.longestSilence
    for (child, link) in children.sorted(by: { $0.key < $1.key }) {
      let place = states[child]?.place ?? RankPlace()
      guard !place.hasSaidGoodbye else { continue }
      if link.closed != nil {
        if !isTerminating { return .ended(rank: child, host: hosts[child], step: place.step) }
      } else if hosts[child] != hosts[rank], now - link.lastHeard >= longestSilence {
        return .unreachable(rank: child, host: hosts[child], step: place.step, silence: now - link.lastHeard)
      }
    }
    if let above = tree.parents[rank], let link = parentLink {
      let place = states[above]?.place ?? RankPlace()
      let turn = tree.turn(of: rank)
      if let closed = link.closed {
        let patience = place.hasSaidGoodbye ? Self.patienceAfterGoodbye + turn : turn
        if !isTerminating, now - closed >= patience {
          return .ended(rank: above, host: hosts[above], step: place.step)
        }
      } else if hosts[above] != hosts[rank], !place.hasSaidGoodbye, now - link.lastHeard >= longestSilence + turn {
        return .unreachable(rank: above, host: hosts[above], step: place.step, silence: now - link.lastHeard)
      }
    }
    // A lost host's own parent speaks first; its launcher may not be able to end the rest without that of the root.
    guard rank == 0 else { return nil }
    for other in distantHosts where isMissing(other, at: now, after: longestSilence + Self.patienceWithNearer) {
      guard let state = states[other], !state.place.hasSaidGoodbye else { continue }
      return .unreachable(rank: other, host: hosts[other], step: state.place.step, silence: now - state.lastHeard)
    }
    return nil
  }

  /// Whether nothing is heard of a rank on another host.
  package func lacksHost(at now: ContinuousClock.Instant) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    func isLacking(_ other: Int, _ link: Link?) -> Bool {
      hosts[other] != hosts[rank] && (link.map { now - $0.lastHeard >= Self.suspiciousSilence } ?? true)
    }
    return tree.parents[rank].map { isLacking($0, parentLink) } ?? false
      || tree.children[rank].contains { isLacking($0, children[$0]) }
      || distantHosts.contains { isMissing($0, at: now, after: Self.suspiciousSilence) }
  }

  /// Whether a rank below a child is silent, but the one that reports of it is not: then nothing would be known.
  private func isMissing(_ other: Int, at now: ContinuousClock.Instant, after silence: Duration) -> Bool {
    guard let state = states[other], now - state.lastHeard >= silence else { return false }
    return !isReporterSilent(of: other, at: now)
  }

  /// Whether the rank that should report of `other` is silent itself, or has ended.
  private func isReporterSilent(of other: Int, at now: ContinuousClock.Instant) -> Bool {
    guard let reporter = tree.parents[other], reporter != rank, let state = states[reporter] else { return false }
    return state.place.hasSaidGoodbye || now - state.lastHeard >= Self.noSignOfLife
      || isReporterSilent(of: reporter, at: now)
  }

  /// Which ranks have not come to the operation that this one waits in; empty where that is not known.
  package func absent(from place: RankPlace, at now: ContinuousClock.Instant) -> String {
    lock.lock()
    defer { lock.unlock() }
    var words: [String] = []
    var more = 0
    for (other, state) in states.enumerated() {
      guard let state else { continue }
      // A rank may be stopped within the operation that it had come to.
      let isSilent = now - state.lastHeard >= Self.noSignOfLife
      guard isSilent || state.place.operations < place.operations, !isReporterSilent(of: other, at: now) else {
        continue
      }
      guard words.count < 8 else {
        more += 1
        continue
      }
      let silence = Int((now - state.lastHeard) / .seconds(1))
      let manner = isSilent ? "gives no sign of life for \(silence) s" : "is busy"
      words.append("rank \(other) on \(hosts[other]) has not arrived: it \(manner), after step \(state.place.step)")
    }
    return words.joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
  }
}
