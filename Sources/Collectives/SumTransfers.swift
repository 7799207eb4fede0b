/// Who sends what to whom where ranks add up their parts along the `ShardTree`: each addition of two subtrees that lie
/// on different ranks is done by the rank that has the left one. The total comes to be on rank 0, after some
/// log₂P messages in a row; each part but one is sent once, so there are few more than P messages in all.
///
/// A plan without buffers: a function of the layout alone.
public struct SumTransfers: Equatable, Sendable {
  /// What a rank does, one step after the other. Parts are numbered as in `FixedOrderSum.subtrees`.
  public enum Step: Equatable, Sendable {
    /// Sends the sum in an own part to a rank.
    case send(part: Int, to: Int)
    /// Receives a sum from a rank and adds it to an own part.
    case add(from: Int, into: Int)
    /// Adds an own part to another.
    case addOwn(part: Int, into: Int)
  }

  /// In order. All ranks do theirs in an order in which the whole could be done one step at a time: however they wait
  /// for each other, none waits in vain.
  public let steps: [Step]

  /// The steps of one rank.
  public init(ofRank rank: Int, in layout: ShardLayout) {
    var tree = ShardTree(shardCount: layout.shardCount)
    var steps: [Step] = []
    /// Where the sums that are pending in the tree stand.
    var pending: [(rank: Int, part: Int)] = []
    for owner in 0..<layout.rankCount {
      let nodes = ShardTree.parts(of: layout.shards(ofRank: owner), shardCount: layout.shardCount)
      for (part, node) in nodes.enumerated() {
        pending.append((owner, part))
        for _ in 0..<tree.push(node) {
          let (left, right) = (pending[pending.count - 2], pending[pending.count - 1])
          pending.removeLast()
          switch (left.rank == rank, right.rank == rank) {
          case (true, true): steps.append(.addOwn(part: right.part, into: left.part))
          case (true, false): steps.append(.add(from: right.rank, into: left.part))
          case (false, true): steps.append(.send(part: right.part, to: left.rank))
          case (false, false): break
          }
        }
      }
    }
    precondition(pending.count == 1 && pending[0] == (0, 0), "the shards of all ranks make one tree")
    self.steps = steps
  }
}
