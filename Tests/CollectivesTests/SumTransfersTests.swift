import Collectives
import Tensors
import TestSupport
import Testing

@Suite struct SumTransfersTests {
  /// Where all ranks are in their plans, with one number in the place of each part.
  private struct Simulation {
    var steps: [ArraySlice<SumTransfers.Step>]
    var parts: [[Float]]
    var messages = 0
    var rounds = 0

    /// One message of each rank that can send or receive one, as though each waited for its receiver.
    ///
    /// - Returns: Whether anything happened.
    mutating func advance() -> Bool {
      let before = steps
      var happened = false
      rounds += 1
      for rank in steps.indices {
        while case .addOwn(let part, let into)? = steps[rank].first {
          parts[rank][into] += parts[rank][part]
          steps[rank].removeFirst()
          happened = true
        }
        guard case .send(let part, let receiver)? = before[rank].first, steps[rank].first == before[rank].first,
          case .add(rank, let into)? = before[receiver].first, steps[receiver].count == before[receiver].count
        else { continue }
        parts[receiver][into] += parts[rank][part]
        steps[rank].removeFirst()
        steps[receiver].removeFirst()
        messages += 1
        happened = true
      }
      return happened
    }
  }

  @Test(arguments: [
    (1, 1), (1, 7), (2, 2), (2, 9), (3, 8), (5, 13), (7, 7), (8, 8), (13, 100), (128, 128), (100, 128), (1000, 1000),
    (1000, 1024), (999, 3000), (1000, 1001),
  ])
  func `parts meet in the order of the tree, in few messages, and nobody waits in vain`(ranks: Int, shards: Int) throws
  {
    let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
    let values: [Float] = (0..<shards).map { shard in
      let number = Float(shard * 7919 % 1013)
      return shard % 3 == 0 ? number * 1e6 : number * 1e-3
    }
    var simulation = Simulation(
      steps: (0..<ranks).map { SumTransfers(ofRank: $0, in: layout).steps[...] },
      parts: (0..<ranks).map { rank in
        ShardTree.parts(of: layout.shards(ofRank: rank), shardCount: shards).map { node in
          let start = node.index << node.level
          return treeSum(values[start..<min(start + 1 << node.level, shards)])
        }
      })
    while simulation.advance() {}
    #expect(simulation.steps.allSatisfy { $0.isEmpty }, "some wait for ever")
    #expect(simulation.parts[0][0] == treeSum(values[...]))
    let depth = (0...).first { 1 << $0 >= shards } ?? 0
    #expect(simulation.messages >= ranks - 1)
    // Where each rank has one part, each sends one message, and the root receives one of each level.
    if shards == ranks { #expect(simulation.messages == ranks - 1) }
    #expect(simulation.messages < simulation.parts.reduce(0) { $0 + $1.count })
    #expect(simulation.rounds <= 3 * depth + 2, "\(simulation.rounds) rounds")
  }

  private func treeSum(_ values: ArraySlice<Float>) -> Float {
    guard values.count > 1 else { return values.first ?? 0 }
    var half = 1
    while half * 2 < values.count { half *= 2 }
    return treeSum(values.prefix(half)) + treeSum(values.dropFirst(half))
  }

  @Test func `many ranks send few messages, and pad little`() {
    for words in [48, 500, 960, 16_000, 100_000, 1_000_000, 50_000_000] {
      for ranks in [9, 16, 100, 128, 1000] {
        let exchange = SumExchange.fastest(words: words, mostParts: 1, ranks: ranks)
        let sliceWords = (words + 16 * ranks - 1) / (16 * ranks) * 16
        switch exchange {
        case .whole: #expect(words * ranks <= 16_384)
        case .tree: #expect(words < 128 * ranks)
        case .sliced: #expect(sliceWords * ranks <= words * 9 / 8 + 16)
        }
      }
    }
    // As measured.
    #expect(SumExchange.fastest(words: 1_000, mostParts: 1, ranks: 2) == .whole)
    #expect(SumExchange.fastest(words: 1_010, mostParts: 1, ranks: 2) == .sliced)
    #expect(SumExchange.fastest(words: 538_010, mostParts: 1, ranks: 2) == .sliced)
  }
}

@Suite struct BytesOfRanksTests {
  @Test(arguments: [1, 2, 3, 5, 8, 13])
  func `all ranks get every text that one has`(ranks: Int) throws {
    let sets: [Set<String>] = (0..<ranks).map { rank in
      rank % 4 == 2 ? [] : Set((0..<rank).map { "text \($0 * rank % 5)" } + (rank == 1 ? ["", "ä\u{1F600}"] : []))
    }
    let all = sets.reduce(into: Set<String>()) { $0.formUnion($1) }
    let unions = try onThreads(ranks: ranks) { try $0.union(of: sets[$0.rank]) }
    #expect(unions == Array(repeating: all, count: ranks))
  }

  @Test func `the sum along the tree has the bits of the others`() throws {
    let layout = try ShardLayout(shardCount: 11, rankCount: 4)
    let sums = try onThreads(ranks: 4) { rank in
      try SumExchange.allCases.map { exchange in
        var sum = FixedOrderSum(
          over: rank, layout: layout, shape: .init(floatCount: 20, doubleCount: 2), exchange: exchange)
        for shard in layout.shards(ofRank: rank.rank) {
          let scale: Float = shard % 2 == 0 ? 1e7 : 1e-2
          for index in 0..<20 { sum.nextPart.floats[index] = Float(shard * 31 + index) * scale }
          for index in 0..<2 { sum.nextPart[double: index] = Double(shard) * 1e15 + 0.1 }
          sum.commit()
        }
        return try sum.total().words.array.map(\.bitPattern)
      }
    }
    #expect(Set(sums.flatMap { $0 }).count == 1)
  }
}
