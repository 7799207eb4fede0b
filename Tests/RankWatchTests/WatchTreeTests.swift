import RankWatch
import Testing

@Suite struct WatchTreeTests {
  static let jobs: [(ranks: Int, hosts: Int, inTurn: Bool)] = [1, 2, 3, 32, 33, 34, 128, 1000].flatMap { ranks in
    [1, 2, 7, 40, 1000].filter { $0 <= ranks }.flatMap { [(ranks, $0, false), (ranks, $0, true)] }
  }

  /// Rank by rank on the next host, or host by host.
  static func hosts(_ job: (ranks: Int, hosts: Int, inTurn: Bool)) -> [String] {
    (0..<job.ranks).map { "host\(job.inTurn ? $0 % job.hosts : $0 * job.hosts / job.ranks)" }
  }

  @Test(arguments: jobs)
  func `every rank is connected with the root by few steps, and none with many`(
    job: (ranks: Int, hosts: Int, inTurn: Bool)
  ) {
    let hosts = Self.hosts(job)
    let tree = WatchTree(hosts: hosts)
    #expect(tree.parents[0] == nil)
    #expect(tree.children.allSatisfy { $0.count <= 2 * WatchTree.fanOut })
    #expect(tree.children.reduce(0) { $0 + $1.count } == job.ranks - 1)
    for rank in 1..<max(job.ranks, 1) {
      var (above, steps) = (rank, 0)
      while let parent = tree.parents[above] {
        #expect(parent < above && tree.children[parent].contains(above))
        (above, steps) = (parent, steps + 1)
      }
      #expect(above == 0 && steps <= 4)
    }
    // One connection leads to each host but the first.
    let between = hosts.indices.filter { rank in tree.parents[rank].map { hosts[$0] != hosts[rank] } ?? false }
    #expect(between.count == job.hosts - 1 && Set(between.map { hosts[$0] }).count == job.hosts - 1)
    for rank in hosts.indices {
      let routes = tree.routes(below: rank)
      for (other, child) in routes {
        var above = other
        while tree.parents[above] != rank { above = tree.parents[above] ?? rank }
        #expect(above == child)
      }
      if rank == 0 { #expect(Set(routes.map(\.rank)) == Set(1..<max(job.ranks, 1))) }
    }
  }

  @Test func `of those who see a rank lost, one speaks at once`() {
    let tree = WatchTree(hosts: Array(repeating: "a", count: 1000))
    // The root's first child; of any other rank, its parent.
    #expect(tree.children[0].filter { tree.turn(of: $0) == .zero } == [1])
    for rank in 1..<1000 { #expect(tree.children[rank].allSatisfy { tree.turn(of: $0) > .seconds(2) }) }
  }

  @Test func `reports come back as they were`() {
    for report in [
      RankReport(rank: 0, place: RankPlace()),
      RankReport(
        rank: 70_000, silence: 4_000_000_000,
        place: RankPlace(operations: 1 << 60 + 1, step: 1 << 61 + 3, hasSaidGoodbye: true)),
    ] {
      var bytes: [UInt8] = []
      report.append(to: &bytes)
      #expect(bytes.count == RankReport.byteCount && RankReport(bytes[...]) == report)
    }
  }
}
