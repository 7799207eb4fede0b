internal import Collectives
internal import Tensors

/// Values of given places in the ascending order of a column: exact, over all ranks of the job, without bringing values
/// together or sorting them.
///
/// The bits of a Float32, of a negative one inverted, stand as unsigned integers in the order of the numbers. They are cut
/// into four digits of eight bits. A pass over the data counts, for each prefix that a wanted value is known to begin with,
/// how many values go on by which digit; the counts of all ranks are added (integers, so they are exact at any number of
/// ranks), and say which digit the wanted value has. After four passes it is known. Memory: 256 counts for each wanted
/// value at most, however many rows there are; time: four passes over the columns.
struct OrderStatistics {
  /// Places in the order of a column that are asked for.
  struct Wish {
    let column: Int
    /// From 0, less than the number of values that are there in the column; ascending, each once.
    let places: [Int]
  }

  /// A value that was asked for.
  struct Found {
    let value: Float
    /// The place at which it first stands, and at how many it stands.
    let first: Int64
    let count: Int64
  }

  /// Of columns whose values are looked for in the same passes: 32 MiB of counts, where no two begin alike.
  private static let mostPlaces = 1 << 14

  /// Collective.
  ///
  /// - Parameters:
  ///   - wishes: The same on all ranks.
  ///   - shards: Dense; NaN stands for no value. −0 counts as 0.
  ///   - mostPlaces: Of columns that are looked at together. It changes no value.
  /// - Returns: The values of each wish, by its places.
  static func values(
    _ wishes: [Wish], of shards: [Shard], mostPlaces: Int = mostPlaces, over communicator: some Communicator
  ) throws(CollectiveError) -> [[Float]] {
    try find(wishes, in: shards, mostPlaces: mostPlaces, over: communicator).map { $0.map(\.value) }
  }

  /// The same, with the places that each value has. Collective.
  static func find(
    _ wishes: [Wish], in shards: [Shard], mostPlaces: Int = mostPlaces, over communicator: some Communicator
  ) throws(CollectiveError) -> [[Found]] {
    var found: [[Found]] = []
    var start = 0
    while start < wishes.count {
      var (end, places) = (start, 0)
      while end < wishes.count, end == start || places + wishes[end].places.count <= mostPlaces {
        places += wishes[end].places.count
        end += 1
      }
      found += try find(wishes[start..<end], of: shards, over: communicator)
      start = end
    }
    return found
  }

  private static func find(
    _ wishes: ArraySlice<Wish>, of shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) -> [[Found]] {
    var forest = DigitForest(placesOfTrees: wishes.map(\.places))
    let columns = wishes.map(\.column)
    while !forest.isComplete {
      for shard in shards { forest.count(shard.features.dense, columns: columns) }
      forest.grow(by: try communicator.sum(forest.counts))
    }
    return forest.found
  }
}

/// The beginnings of the values that are looked for, a tree for each column. Nodes stand level after level.
private struct DigitForest {
  /// [nodes, 256]: by the next digit; −1 for none.
  private var children: [Int32]
  /// The nodes of the last level, whose next digit is counted.
  private var leaves: Range<Int>
  /// Digits that are known.
  private var depth = 0
  private var targets: [Target] = []
  private let placesOfTrees: [Int]
  /// [leaves, 256], of this rank.
  private(set) var counts: [Int64]

  private struct Target {
    var node: Int
    /// The place that was asked for.
    let wanted: Int64
    /// The place of the value among those that begin with the same digits.
    var place: Int64
    /// How many begin with them.
    var count: Int64 = 0
    /// The digits.
    var pattern: UInt32 = 0
  }

  private static let digits = 256
  private static let mostDepth = 4
  /// Rows of which one column is gone over after another: they stay close to the processor, and so does a tree.
  private static let tileRows = 512

  /// - Parameter placesOfTrees: Those that are looked for, of each column.
  init(placesOfTrees: [[Int]]) {
    leaves = 0..<placesOfTrees.count
    children = Array(repeating: -1, count: placesOfTrees.count * Self.digits)
    counts = Array(repeating: 0, count: placesOfTrees.count * Self.digits)
    self.placesOfTrees = placesOfTrees.map(\.count)
    for (tree, places) in placesOfTrees.enumerated() {
      targets += places.map { Target(node: tree, wanted: Int64($0), place: Int64($0)) }
    }
  }

  var isComplete: Bool { depth == Self.mostDepth }

  /// Those that were looked for.
  var found: [[OrderStatistics.Found]] {
    precondition(isComplete)
    var rest = targets[...]
    return placesOfTrees.map { count in
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count).map {
        OrderStatistics.Found(value: Self.number($0.pattern), first: $0.wanted - $0.place, count: $0.count)
      }
    }
  }

  /// - Parameter columns: A column for each tree.
  mutating func count(_ features: Matrix, columns: [Int]) {
    // Taken out, so that they are changed in place.
    var counts: [Int64] = []
    swap(&counts, &self.counts)
    for start in stride(from: 0, to: features.rows, by: Self.tileRows) {
      let tile = features.rows(start..<min(start + Self.tileRows, features.rows))
      for (tree, column) in columns.enumerated() { count(tile, column: column, tree, into: &counts) }
    }
    swap(&counts, &self.counts)
  }

  private func count(_ features: Matrix, column: Int, _ tree: Int, into counts: inout [Int64]) {
    for row in 0..<features.rows {
      let value = features[row, column]
      guard !value.isNaN else { continue }
      let pattern = Self.pattern(value)
      var node = tree
      for level in 0..<depth where node >= 0 { node = Int(children[node << 8 | Self.digit(level, of: pattern)]) }
      if node >= 0 { counts[(node - leaves.lowerBound) << 8 | Self.digit(depth, of: pattern)] += 1 }
    }
  }

  /// Learns the next digit of each value.
  ///
  /// - Parameter sums: The counts of all ranks.
  mutating func grow(by sums: [Int64]) {
    let first = leaves.lowerBound
    depth += 1
    for index in targets.indices {
      var target = targets[index]
      let row = (target.node - first) << 8
      var digit = 0
      while target.place >= sums[row | digit] {
        target.place -= sums[row | digit]
        digit += 1
        precondition(digit < Self.digits, "a place behind the last value")
      }
      target.count = sums[row | digit]
      target.pattern = target.pattern << 8 | UInt32(digit)
      if !isComplete { target.node = child(of: target.node, digit) }
      targets[index] = target
    }
    leaves = leaves.upperBound..<(children.count / Self.digits)
    counts = Array(repeating: 0, count: leaves.count * Self.digits)
  }

  private mutating func child(of node: Int, _ digit: Int) -> Int {
    if children[node << 8 | digit] < 0 {
      children[node << 8 | digit] = Int32(children.count / Self.digits)
      children += repeatElement(-1, count: Self.digits)
    }
    return Int(children[node << 8 | digit])
  }

  /// Integers in the order of the numbers. To add 0 makes 0 of −0.
  private static func pattern(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern
    return bits & 0x8000_0000 == 0 ? bits | 0x8000_0000 : ~bits
  }

  private static func number(_ pattern: UInt32) -> Float {
    Float(bitPattern: pattern & 0x8000_0000 == 0 ? ~pattern : pattern & 0x7fff_ffff)
  }

  /// - Parameter level: 0 for the eight bits that count most.
  private static func digit(_ level: Int, of pattern: UInt32) -> Int {
    Int(pattern >> UInt32(24 - 8 * level) & 0xff)
  }
}
