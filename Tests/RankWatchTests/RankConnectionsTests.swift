import Collectives
import Foundation
import RankWatch
import Testing

/// Ranks whose connections are all in this process, over loopback. Time is what the test says it is.
private final class Job {
  var ranks: [RankConnections?]
  let invitations: [[UInt8]]
  var now = ContinuousClock.now

  init(_ count: Int) {
    let hosts = Array(repeating: "here", count: count)
    let ranks = (0..<count).map { RankConnections(rank: $0, hosts: hosts) }
    invitations = ranks.map(\.invitation)
    self.ranks = ranks
  }

  /// Connects all but some.
  func connect(without missing: Set<Int> = []) {
    for rank in ranks.indices where !missing.contains(rank) {
      ranks[rank]?.connect(by: invitations, waiting: .zero)
    }
    for rank in missing { ranks[rank] = nil }
    for _ in 0..<100 where !ranks.allSatisfy({ $0?.isComplete ?? true }) {
      tick()
      usleep(2000)
    }
    // As many levels as the tree has.
    for _ in 0..<4 { tick() }
  }

  /// One look of every rank's watchdog; `silent` ones are stopped.
  func tick(
    silent: Set<Int> = [], after: Duration = .milliseconds(200), place: (Int) -> RankPlace = { _ in RankPlace() }
  ) {
    now += after
    // Children first: what they say goes up by one level at least.
    for (rank, connections) in ranks.enumerated().reversed() where !silent.contains(rank) {
      connections?.update(at: now, wasSuspended: false)
      connections?.send(place(rank), at: now)
    }
  }

  func losses(isTerminating: Bool = false) -> [Int: JobFailure.Cause] {
    var losses: [Int: JobFailure.Cause] = [:]
    for (rank, connections) in ranks.enumerated() {
      losses[rank] = connections?.loss(at: now, isTerminating: isTerminating)
    }
    return losses
  }

  // A client that speaks the protocol byte by byte.

  private var words: [Substring] { String(decoding: invitations[0], as: UTF8.self).split(separator: " ") }

  func knock() -> Socket? {
    let socket = UInt16(words[1]).flatMap { Socket.connecting(to: Socket.loopback, port: $0) }
    usleep(1000)
    return socket
  }

  func hello(ofRank rank: Int) -> [UInt8] {
    let question = words[0].split(separator: ",").first.flatMap { UInt64($0) } ?? 0
    return (0..<8).map { UInt8(truncatingIfNeeded: question >> (8 * $0)) }
      + (0..<4).map { UInt8(truncatingIfNeeded: rank >> (8 * $0)) }
  }
}

@Suite(.serialized) struct RankConnectionsTests {
  @Test(arguments: [2, 3, 34, 70])
  func `all ranks find their places, and the root knows where each stands`(count: Int) {
    let job = Job(count)
    job.connect()
    #expect(job.ranks.allSatisfy { $0?.isComplete == true })
    #expect(job.ranks.allSatisfy { ($0?.descriptorCount ?? .max) <= 2 * WatchTree.fanOut + 1 })
    let late: Set<Int> = [1, count - 1]
    for _ in 0..<4 {
      job.tick { RankPlace(operations: late.contains($0) ? 6 : 7, step: $0) }
    }
    let absent = job.ranks[0]?.absent(from: RankPlace(operations: 7), at: job.now) ?? ""
    #expect(
      absent
        == late.sorted().map { "rank \($0) on here has not arrived: it is busy, after step \($0)" }.joined(
          separator: "; "))
    #expect(job.losses().isEmpty)
  }

  @Test(arguments: [1, 2, 69])
  func `a rank that is gone is named at once, by one rank`(lost: Int) {
    let job = Job(70)
    job.connect()
    for _ in 0..<4 { job.tick { _ in RankPlace(operations: 7, step: 5) } }
    job.ranks[lost] = nil
    job.tick { _ in RankPlace(operations: 7, step: 5) }
    let parent = WatchTree(hosts: Array(repeating: "here", count: 70)).parents[lost] ?? -1
    #expect(job.losses() == [parent: .ended(rank: lost, host: "here", step: 5)])
    // A launcher that ends all ranks does not need to be told.
    #expect(job.losses(isTerminating: true).isEmpty)
  }

  @Test func `of a root that is gone, its first child speaks, and then the others`() {
    let job = Job(70)
    job.connect()
    job.ranks[0] = nil
    job.tick()
    #expect(Array(job.losses().keys) == [1])
    job.tick(after: .seconds(3))
    #expect(job.losses().keys.sorted() == [1, 2])
  }

  @Test func `who says goodbye is not missed, until it leaves the others waiting`() {
    let job = Job(70)
    job.connect()
    for rank in [0, 1, 69] { job.ranks[rank]?.send(RankPlace(hasSaidGoodbye: true), at: job.now) }
    job.ranks[0] = nil
    job.ranks[1] = nil
    job.ranks[69] = nil
    job.tick()
    #expect(job.losses().isEmpty)
    job.tick(after: .seconds(6))
    // The root's second child: the first is gone, too.
    #expect(Array(job.losses().keys).sorted().allSatisfy { $0 > 1 })
    job.tick(after: .seconds(3))
    #expect(job.losses()[2] == .ended(rank: 0, host: "here", step: 0))
  }

  @Test func `of ranks behind one that is stopped nothing is said`() {
    let job = Job(70)
    job.connect()
    for _ in 0..<4 { job.tick { _ in RankPlace(operations: 7) } }
    for _ in 0..<16 { job.tick(silent: [1], place: { _ in RankPlace(operations: 7, step: 9) }) }
    #expect(
      job.ranks[0]?.absent(from: RankPlace(operations: 7), at: job.now)
        == "rank 1 on here has not arrived: it gives no sign of life for 3 s, after step 0")
    #expect(job.losses().isEmpty)
    // It goes on, and has missed nothing.
    for _ in 0..<3 { job.tick { _ in RankPlace(operations: 7, step: 9) } }
    #expect(job.ranks[0]?.absent(from: RankPlace(operations: 7), at: job.now) == "")
  }

  // MARK: The door

  @Test func `a hello in any number of segments is heard, and reports, too`() throws {
    let job = Job(3)
    job.connect(without: [2])
    let socket = try #require(job.knock())
    for byte in job.hello(ofRank: 2) {
      #expect(socket.receive(atMost: 100) == [])
      #expect(socket.send([byte]) == 1)
      usleep(500)
      job.tick(after: .milliseconds(10))
    }
    #expect(try #require(socket.receive(atMost: 100)).count == 8, "the answer")
    var report: [UInt8] = []
    RankReport(rank: 2, place: RankPlace(operations: 3, step: 4)).append(to: &report)
    for byte in report {
      #expect(socket.send([byte]) == 1)
      usleep(500)
      job.tick(after: .milliseconds(10))
    }
    #expect(job.ranks[0]?.isComplete == true)
    #expect(job.ranks[0]?.absent(from: RankPlace(operations: 5), at: job.now).contains("rank 2 on here") == true)
    #expect(job.knock().map { $0.receive(atMost: 1) == nil } ?? true, "the door is closed")
  }

  @Test func `who is let in and gives up may come again`() throws {
    let job = Job(3)
    job.connect(without: [2])
    for _ in 0..<2 {
      let socket = try #require(job.knock())
      #expect(socket.send(job.hello(ofRank: 2)[...]) == 12)
      usleep(1000)
      job.tick(after: .milliseconds(10))
      #expect(socket.receive(atMost: 100)?.count == 8)
    }
    job.tick(after: .milliseconds(10))
    #expect(job.losses().isEmpty && job.ranks[0]?.isComplete == false)
    let socket = try #require(job.knock())
    var bytes = job.hello(ofRank: 2)
    RankReport(rank: 2, place: RankPlace()).append(to: &bytes)
    #expect(socket.send(bytes[...]) == 36)
    usleep(1000)
    job.tick(after: .milliseconds(10))
    job.tick(after: .milliseconds(10))
    #expect(job.ranks[0]?.isComplete == true)
    withExtendedLifetime(socket) {}
  }

  @Test func `strangers are sent away`() throws {
    let job = Job(3)
    job.connect(without: [2])
    var wrongRank = job.hello(ofRank: 2)
    wrongRank[8] = 1
    for greeting in [Array("GET / HTTP/1.1\r\n\r\n".utf8), [0], wrongRank, job.hello(ofRank: 3)] {
      let socket = try #require(job.knock())
      #expect(socket.send(greeting[...]) > 0)
      usleep(1000)
      job.tick(after: .milliseconds(10))
      usleep(1000)
      #expect(socket.receive(atMost: 10) == nil, "\(greeting)")
    }
    let silent = try #require(job.knock())
    job.tick()
    #expect(silent.receive(atMost: 10) == [])
    job.tick(after: .seconds(6))
    #expect(silent.receive(atMost: 10) == nil)
  }

  @Test func `a crowd of strangers costs few descriptors, and keeps nobody out`() throws {
    let job = Job(3)
    let crowd = (0..<300).map { _ in job.knock() }
    var most = 0
    for rank in 0..<3 { job.ranks[rank]?.connect(by: job.invitations, waiting: .zero) }
    for _ in 0..<40 where !job.ranks.allSatisfy({ $0?.isComplete == true }) {
      job.tick()
      most = max(most, job.ranks[0]?.descriptorCount ?? 0)
      usleep(1000)
    }
    #expect(job.ranks.allSatisfy { $0?.isComplete == true })
    #expect((10...70).contains(most), "\(most)")
    job.tick()
    #expect(job.ranks[0]?.descriptorCount == 2, "all strangers are gone with the door")
    withExtendedLifetime(crowd) {}
  }
}
