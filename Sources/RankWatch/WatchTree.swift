/// Who is connected with whom beside MPI: a tree of all ranks, whose root is rank 0 and in which nobody has more than
/// twice `fanOut` children. So no rank has more connections, or more to do, as the job grows; only the root's table of
/// all ranks grows with it.
///
/// The lowest rank of each host stands for it. These make up a tree, in order of rank; below each of them the other
/// ranks of its host make up another. So between two hosts there is one connection: what is silent on it is a host, or
/// the way to it, and never a process that is stopped on a host that is there. (But for the lowest of it.)
package struct WatchTree: Sendable {
  package static let fanOut = 32

  /// The rank that each is connected to; nil of rank 0.
  package let parents: [Int?]
  /// The ranks that are connected to each, in order.
  package let children: [[Int]]

  /// - Parameter hosts: Of each rank, in order of rank.
  package init(hosts: [String]) {
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for (rank, host) in hosts.enumerated() {
      if let place = places[host] {
        groups[place].append(rank)
      } else {
        places[host] = groups.count
        groups.append([rank])
      }
    }
    var parents = [Int?](repeating: nil, count: hosts.count)
    for members in [groups.map { $0[0] }] + groups {
      for place in members.indices.dropFirst() { parents[members[place]] = members[(place - 1) / Self.fanOut] }
    }
    var children = [[Int]](repeating: [], count: hosts.count)
    for (rank, parent) in parents.enumerated() {
      if let parent { children[parent].append(rank) }
    }
    self.parents = parents
    self.children = children
  }

  /// The ranks below `rank`, each with the child of `rank` that it is reached by.
  package func routes(below rank: Int) -> [(rank: Int, child: Int)] {
    var routes = children[rank].map { (rank: $0, child: $0) }
    var next = 0
    while next < routes.count {
      let route = routes[next]
      routes += children[route.rank].map { (rank: $0, child: route.child) }
      next += 1
    }
    return routes
  }

  /// How long a rank waits before it reports that its parent is lost. Whoever is connected with that sees it at the
  /// same time; one speaks, and its launcher ends the rest: the parent's own parent, or where it has none its first
  /// child.
  package func turn(of rank: Int) -> Duration {
    guard let parent = parents[rank] else { return .zero }
    let place = (children[parent].firstIndex(of: rank) ?? 0) + (parents[parent] == nil ? 0 : 1)
    return .milliseconds(2500 * min(place, 4))
  }
}
