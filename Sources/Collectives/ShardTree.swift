/// The order in which results of shards are added: a binary tree over 0 ..< V that pairs
/// neighbours, then neighbouring pairs, and so on. It is a function of V alone, so the sum has the
/// same bits wherever the shards are computed (docs/promises.md, 1).
public struct ShardTree {
  /// A subtree: the shards [index·2^level, (index+1)·2^level) that exist.
  public struct Node: Equatable, Sendable {
    public let level: Int
    public let index: Int

    public static func leaf(_ shard: Int) -> Node { Node(level: 0, index: shard) }
  }

  /// V
  public let shardCount: Int
  /// The sums of subtrees that are complete but not yet combined, in order of their shards. The
  /// n-th stands in slot n of the caller's buffers.
  public private(set) var pending: [Node] = []

  public init(shardCount: Int) {
    precondition(shardCount >= 1)
    self.shardCount = shardCount
  }

  /// Adds the next subtree, whose sum stands in slot `pending.count`.
  ///
  /// Subtrees come in the order of their shards.
  ///
  /// - Returns: How many additions are now due. Each adds the last slot in use to the one before
  ///   it and frees it.
  public mutating func push(_ node: Node) -> Int {
    pending.append(promoted(node))
    var additions = 0
    while combineLastTwo() { additions += 1 }
    return additions
  }

  /// What remains pending after the shards of `run` alone: the fewest subtrees that make it up.
  public static func parts(of run: Range<Int>, shardCount: Int) -> [Node] {
    var tree = ShardTree(shardCount: shardCount)
    for shard in run { _ = tree.push(.leaf(shard)) }
    return tree.pending
  }

  /// Replaces the last two subtrees by their parent where they are its two children.
  private mutating func combineLastTwo() -> Bool {
    guard pending.count >= 2 else { return false }
    let (left, right) = (pending[pending.count - 2], pending[pending.count - 1])
    guard left.level == right.level, left.index % 2 == 0, right.index == left.index + 1 else {
      return false
    }
    pending.removeLast(2)
    pending.append(promoted(Node(level: left.level + 1, index: left.index / 2)))
    return true
  }

  /// A left child whose sibling would begin beyond the last shard stands for its parent as it is.
  private func promoted(_ node: Node) -> Node {
    var node = node
    while node.index % 2 == 0, (node.index + 1) << node.level >= shardCount, 1 << node.level < shardCount {
      node = Node(level: node.level + 1, index: node.index / 2)
    }
    return node
  }
}
