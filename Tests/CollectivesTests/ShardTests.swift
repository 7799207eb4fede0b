import Collectives
import Testing

@Suite struct ShardLayoutTests {
  @Test(arguments: [(1, 1), (8, 1), (8, 3), (8, 8), (13, 5), (40, 7)])
  func `shards and rows are cut as the design says`(shards: Int, ranks: Int) throws {
    let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
    for total in [0, 1, 7, 100, 1003, 581_012] {
      for shard in 0..<shards {
        #expect(layout.range(ofShard: shard, in: total) == (shard * total / shards)..<((shard + 1) * total / shards))
      }
    }
    #expect((0..<ranks).flatMap { Array(layout.shards(ofRank: $0)) } == Array(0..<shards))
    #expect((0..<ranks).allSatisfy { !layout.shards(ofRank: $0).isEmpty })
  }

  @Test func `cuts of huge totals do not overflow`() {
    #expect(ShardLayout.part(999, of: .max, cutInto: 1000).upperBound == .max)
  }

  @Test func `more ranks than shards is an error that says what to type`() {
    #expect(throws: ShardLayoutError.moreRanksThanShards(ranks: 9, shards: 8)) {
      try ShardLayout(shardCount: 8, rankCount: 9)
    }
    #expect(ShardLayoutError.moreRanksThanShards(ranks: 9, shards: 8).description.contains("--shards 9"))
  }
}

@Suite struct ShardTreeTests {
  /// An expression of the additions, as text: the promise is that it never depends on the ranks.
  private func expression(shards: Int, ranks: Int) throws -> String {
    let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
    var parts: [(node: ShardTree.Node, text: String)] = []
    for rank in 0..<ranks {
      var tree = ShardTree(shardCount: shards)
      var texts: [String] = []
      for shard in layout.shards(ofRank: rank) {
        texts.append("\(shard)")
        for _ in 0..<tree.push(.leaf(shard)) { combine(&texts) }
      }
      parts += zip(tree.pending, texts).map { ($0, $1) }
    }
    var tree = ShardTree(shardCount: shards)
    var texts: [String] = []
    for part in parts {
      texts.append(part.text)
      for _ in 0..<tree.push(part.node) { combine(&texts) }
    }
    try #require(texts.count == 1)
    return texts[0]
  }

  private func combine(_ texts: inout [String]) {
    let right = texts.removeLast()
    texts[texts.count - 1] = "(\(texts[texts.count - 1])+\(right))"
  }

  @Test(arguments: 1...40)
  func `the additions are the same at every rank count`(shards: Int) throws {
    let alone = try expression(shards: shards, ranks: 1)
    for ranks in 1...shards { #expect(try expression(shards: shards, ranks: ranks) == alone) }
  }

  @Test func `neighbours are paired`() throws {
    #expect(try expression(shards: 5, ranks: 2) == "(((0+1)+(2+3))+4)")
    #expect(try expression(shards: 6, ranks: 4) == "(((0+1)+(2+3))+(4+5))")
  }
}
