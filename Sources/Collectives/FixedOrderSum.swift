public import Tensors

/// The sum over all shards of a `PackedSums`, added in the order of `ShardTree`: the same bits on
/// every rank and at every number of ranks.
///
/// A round goes: for each own shard in order, write its part into `nextPart` and call `commit`;
/// then `total` combines the ranks. Subtrees that lie on one rank are combined there, so a rank
/// sends one vector where its run of shards is a subtree (always, when P is a power of two that
/// divides V) and never more than 2·log₂V. Who can add up its own shards better (in registers, say)
/// writes the sums of subtrees straight into `subtrees` and calls `commitSubtrees`.
///
/// How they are combined depends on their length: see `SumExchange`.
///
/// Who needs no more of the sum on a rank than a slice calls `combineSlices` instead, where `sliceCount` says that ranks
/// exchange slices.
///
/// All memory is taken at the beginning; a round allocates nothing.
public struct FixedOrderSum<C: Communicator> {
  public let communicator: C
  public let layout: ShardLayout
  public let shape: PackedSums.Shape

  private let shards: Range<Int>
  /// How many additions follow each own shard: the sums of the own shards are pushed on a stack in
  /// order; after each, so many times, the last is added to the one before it and removed.
  public let additionsAfterShard: [Int]
  /// The sums of the complete subtrees that the own shards make up, in order of their shards.
  public let subtrees: [PackedSums]
  private var committed = 0
  private var slotsInUse = 0

  /// The sums of complete subtrees of own shards, in order of their shards.
  private let slots: [PackedSums]
  /// The same slots, padded to a slice for each rank.
  private let paddedSlots: [Vector]
  /// The first slots in one piece, as many as the rank with the most parts has: what is sent.
  private let sent: Vector
  private let gathering: Gathering
  /// The additions that make the parts of all ranks one: part `from` to part `into`. The total is then in
  /// the first part, or where slices are exchanged, in this rank's first part.
  private let additions: [(into: Int, from: Int)]
  /// Where `combine` leaves the sum over all shards, valid until the next write to `nextPart` or `subtrees`.
  public let result: PackedSums

  private enum Gathering {
    /// One process: the sum is in slot 0 already.
    case none
    /// Every part, whole.
    case whole(received: Vector, parts: [Vector])
    /// Parts on their way to rank 0.
    case tree(Tree)
    /// Of each part this rank's slice.
    case sliced(Slices)
  }

  private struct Tree {
    let transfers: [Transfer]
    /// What is added up before the first message, after it, after the next, …
    let additions: [[(addend: PackedSums, sum: PackedSums)]]
  }

  private struct Slices {
    /// Words of a slice.
    let count: Int
    /// Slices are exchanged piece by piece: what is received is added up before it leaves the cache.
    let pieces: [Piece]
  }

  private struct Piece {
    /// Words of each slice.
    let range: Range<Int>
    /// The m-th parts of all other ranks.
    let received: [Vector]
    /// Every part, in order of shards: those of this rank where they stand.
    let parts: [Vector]
  }

  /// - Parameters:
  ///   - subtreesOnly: Spares the memory that `nextPart` and `commit` need beyond `subtrees`.
  ///   - exchange: The same on all ranks; nil for the faster one.
  public init(
    over communicator: C, layout: ShardLayout, shape: PackedSums.Shape, subtreesOnly: Bool = false,
    exchange: SumExchange? = nil
  ) {
    precondition(layout.rankCount == communicator.size)
    self.communicator = communicator
    self.layout = layout
    self.shape = shape
    shards = layout.shards(ofRank: communicator.rank)

    var ownTree = ShardTree(shardCount: layout.shardCount)
    var slotCount = 0
    var additionsAfterShard: [Int] = []
    for shard in shards {
      slotCount = max(slotCount, ownTree.pending.count + 1)
      additionsAfterShard.append(ownTree.push(.leaf(shard)))
    }
    self.additionsAfterShard = additionsAfterShard

    let nodesByRank = (0..<communicator.size).map {
      ShardTree.parts(of: layout.shards(ofRank: $0), shardCount: layout.shardCount)
    }
    let mostParts = nodesByRank.map(\.count).max() ?? 1
    let words = shape.wordCount
    let exchange = exchange ?? .fastest(words: words, mostParts: mostParts, ranks: communicator.size)
    let gathersWhole = communicator.size == 1 || exchange == .whole
    let isSliced = communicator.size > 1 && exchange == .sliced
    // Slices are cut at multiples of 16 words: no Double is cut in two. The rest is padding.
    let sliceWords = ((words + 15) / 16 + communicator.size - 1) / communicator.size * 16
    let slotWords = isSliced ? sliceWords * communicator.size : words
    let count = subtreesOnly ? mostParts : max(slotCount, mostParts)
    let storage = Storage(zeros: count * slotWords)
    let paddedSlots = (0..<count).map { Vector(storage, offset: $0 * slotWords, count: slotWords) }
    self.paddedSlots = paddedSlots
    slots = paddedSlots.map { PackedSums($0.prefix(words), shape: shape) }
    subtrees = Array(slots.prefix(ownTree.pending.count))
    sent = Vector(storage, offset: 0, count: mostParts * slotWords)

    let nodes = nodesByRank.flatMap { $0 }
    let ownPart = nodesByRank.prefix(communicator.rank).reduce(0) { $0 + $1.count }
    additions = Self.additions(
      joining: nodes, into: isSliced ? ownPart : 0, shardCount: layout.shardCount)

    // The m-th part of rank r, for each part that there is, in order of shards.
    func parts(_ place: (_ rank: Int, _ part: Int) -> Vector) -> [Vector] {
      nodesByRank.enumerated().flatMap { rank, nodes in nodes.indices.map { place(rank, $0) } }
    }
    if communicator.size == 1 {
      gathering = .none
      result = slots[0]
    } else if gathersWhole {
      let received = Vector(zeros: communicator.size * mostParts * words)
      let parts = parts { received[(($0 * mostParts + $1) * words)...].prefix(words) }
      gathering = .whole(received: received, parts: parts)
      result = PackedSums(parts[0], shape: shape)
    } else if !isSliced {
      gathering = .tree(Self.tree(SumTransfers(ofRank: communicator.rank, in: layout), of: slots))
      result = slots[0]
    } else {
      let (rank, others) = (communicator.rank, communicator.size - 1)
      let mostWords = max(min(SumExchange.pieceWords(parts: others * mostParts), sliceWords), 1)
      let received = (0..<mostParts).map { _ in Vector(zeros: mostWords * others) }
      let pieces = stride(from: 0, to: sliceWords, by: mostWords).map { start in
        let range = start..<min(start + mostWords, sliceWords)
        let parts = parts { owner, part in
          owner == rank
            ? paddedSlots[part][(rank * sliceWords + start)...].prefix(range.count)
            : received[part][((owner < rank ? owner : owner - 1) * range.count)...].prefix(range.count)
        }
        return Piece(range: range, received: received.map { $0.prefix(range.count * others) }, parts: parts)
      }
      gathering = .sliced(Slices(count: sliceWords, pieces: pieces))
      result = slots[0]
    }
  }

  /// Where the part of the next own shard belongs. It holds values of an earlier round.
  public var nextPart: PackedSums {
    precondition(committed < shards.count, "all own shards are committed")
    return slots[slotsInUse]
  }

  /// What `nextPart` is when the own shard `index` is the next: always the same memory.
  public func part(ofShard index: Int) -> PackedSums {
    slots[index - additionsAfterShard[..<index].reduce(0, +)]
  }

  /// Takes what stands in `nextPart` as the part of the next own shard.
  public mutating func commit() {
    precondition(committed < shards.count, "all own shards are committed")
    slotsInUse += 1
    for _ in 0..<additionsAfterShard[committed] {
      slotsInUse -= 1
      slots[slotsInUse - 1].add(slots[slotsInUse])
    }
    committed += 1
  }

  /// Takes what stands in `subtrees` as the parts of all own shards.
  public mutating func commitSubtrees() {
    precondition(committed == 0, "\(committed) own shards are committed already")
    committed = shards.count
  }

  /// Combines the ranks, and begins a new round.
  ///
  /// - Returns: The sum over all shards, on every rank. It is valid until the next write to
  ///   `nextPart` or `subtrees`.
  public mutating func total() throws(CollectiveError) -> PackedSums {
    try combine()
    return result
  }

  /// Combines the ranks, and begins a new round. The sum is in `result`, on every rank.
  public mutating func combine() throws(CollectiveError) {
    beginRound()
    switch gathering {
    case .none:
      break
    case .whole(let received, let parts):
      try communicator.allgather(sent, into: received)
      join(parts, at: 0)
    case .tree(let tree):
      add(tree.additions[0])
      try communicator.transfer(tree.transfers) { add(tree.additions[$0 + 1]) }
      try communicator.broadcast(slots[0].words, from: 0)
    case .sliced(let slices):
      try scatter(slices)
      try gather(slices)
    }
  }

  /// Words of a rank's slice of the sum, a multiple of 16, where ranks exchange slices; else nil. Rank r has slice r; what
  /// the last ones have beyond the end is nothing.
  public var sliceCount: Int? {
    if case .sliced(let slices) = gathering { slices.count } else { nil }
  }

  /// Combines the ranks, and begins a new round, where ranks exchange slices: `result` then has the sum over all shards in
  /// this rank's slice, and what is of no use elsewhere.
  public mutating func combineSlices() throws(CollectiveError) {
    guard case .sliced(let slices) = gathering else { preconditionFailure("no slices: \(gathering)") }
    beginRound()
    try scatter(slices)
  }

  /// Makes what `combineSlices` left the sum everywhere.
  public func gatherTotal() throws(CollectiveError) {
    guard case .sliced(let slices) = gathering else { preconditionFailure("no slices: \(gathering)") }
    try gather(slices)
  }

  private mutating func beginRound() {
    precondition(committed == shards.count, "\(committed) of \(shards.count) own shards are committed")
    committed = 0
    slotsInUse = 0
  }

  private func scatter(_ slices: Slices) throws(CollectiveError) {
    for piece in slices.pieces {
      for (part, received) in piece.received.enumerated() {
        try communicator.exchangeSlices(of: paddedSlots[part], part: piece.range, into: received)
      }
      join(piece.parts, at: communicator.rank * slices.count + piece.range.lowerBound)
    }
  }

  private func gather(_ slices: Slices) throws(CollectiveError) {
    try communicator.allgatherSlices(of: paddedSlots[0], count: slices.count)
  }

  private func add(_ additions: [(addend: PackedSums, sum: PackedSums)]) {
    for (addend, sum) in additions { sum.add(addend) }
  }

  /// The steps of a rank, with the buffers that they are about.
  private static func tree(_ plan: SumTransfers, of parts: [PackedSums]) -> Tree {
    let received = PackedSums(zeros: parts[0].shape)
    var transfers: [Transfer] = []
    var additions: [[(addend: PackedSums, sum: PackedSums)]] = [[]]
    for step in plan.steps {
      switch step {
      case .send(let part, let receiver):
        transfers.append(.send(parts[part].words, to: receiver))
        additions.append([])
      case .add(let sender, let part):
        transfers.append(.receive(received.words, from: sender))
        additions.append([(received, parts[part])])
      case .addOwn(let part, let sum):
        additions[transfers.count].append((parts[part], parts[sum]))
      }
    }
    return Tree(transfers: transfers, additions: additions)
  }

  /// Adds the parts up into the first.
  ///
  /// - Parameter start: The place of their first word in the whole vector.
  private func join(_ parts: [Vector], at start: Int) {
    for (into, from) in additions {
      PackedSums.add(parts[from], to: parts[into], at: start, of: shape)
    }
  }

  /// The additions that join the sums of `nodes`, given in order of shards, in the part `result`. (Of
  /// two parts either may hold their sum: a + b is b + a.)
  private static func additions(
    joining nodes: [ShardTree.Node], into result: Int, shardCount: Int
  ) -> [(into: Int, from: Int)] {
    var tree = ShardTree(shardCount: shardCount)
    var additions: [(into: Int, from: Int)] = []
    var pending: [Int] = []
    for (part, node) in nodes.enumerated() {
      pending.append(part)
      for _ in 0..<tree.push(node) {
        let (left, right) = (pending[pending.count - 2], pending[pending.count - 1])
        let (into, from) = right == result ? (right, left) : (left, right)
        pending.removeLast(2)
        pending.append(into)
        additions.append((into: into, from: from))
      }
    }
    precondition(pending == [result], "the shards of all ranks make one tree")
    return additions
  }
}
