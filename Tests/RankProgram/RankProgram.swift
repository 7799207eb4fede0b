internal import Collectives
internal import Failures
internal import Foundation
internal import RandomStreams
internal import Tensors

#if MPI
  internal import MPICollectives
#endif

/// The collectives' tests, run by every rank of a job: `mpirun -np P rank-program`. Prints
/// "checks passed" from rank 0, or what went wrong from the rank that saw it.
@main
enum RankProgram {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "stand-in" { StandIn.run(Array(arguments.dropFirst())) }
    #if MPI
      do {
        let world = try MPICommunicator()
        do {
          switch CommandLine.arguments.dropFirst().first {
          case "fail-on":
            try failOn(rank: Int(CommandLine.arguments[2]) ?? 0, world)
          case "abort-on":
            if world.rank == Int(CommandLine.arguments[2]) { world.abort(exitStatus: 76) }
            try world.barrier()
          case "environment":
            if world.isRoot { print(ProcessInfo.processInfo.environment[CommandLine.arguments[2]] ?? "unset") }
          case "time-sums":
            try timeSums(world)
          default:
            try checkAll(world)
            if world.isRoot { print("checks passed") }
          }
          try world.finalize(exitStatus: 0)
        } catch let failure as AgreedFailure {
          if failure.rank == world.rank { print(failure.description) }
          try world.finalize(exitStatus: 0)
          exit(failure.exitStatus.rawValue)
        } catch {
          print("rank \(world.rank): \(error)")
          world.abort(exitStatus: 1)
        }
      } catch {
        print("\(error)")
        exit(1)
      }
    #else
      print("built without MPI")
      exit(1)
    #endif
  }

  struct Wrong: Failure {
    let description: String
    let exitStatus = ExitStatus.badData

    init(_ description: String) {
      self.description = description
    }
  }

  static func failOn(rank: Int, _ world: some Communicator) throws {
    try world.agree { if world.rank >= rank { throw Wrong("rank \(world.rank) has no milk") } }
  }

  static func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw Wrong(what()) }
  }

  static func checkAll(_ world: some Communicator) throws {
    try world.barrier()
    try checkSums(world)
    try checkByteGather(world)
    try checkUnion(world)
    try checkTransfers(world)
    try checkLetters(world)
    try checkExchange(world)
    try checkVectorGathers(world)
    for shards in world.size...(world.size + 9) {
      for floats in [0, 1, 33, 1000, 20_001] {
        for exchange in SumExchange.allCases {
          try checkFixedOrderSum(
            world, shards: shards, floats: floats, exchange: exchange)
        }
      }
    }
  }

  /// Prints the microseconds of a fixed-order sum at one shard a rank, by each exchange, and which is chosen.
  static func timeSums(_ world: some Communicator) throws {
    let layout = try ShardLayout(shardCount: world.size, rankCount: world.size)
    for floats in [33, 256, 1000, 4096, 16_384, 65_536] {
      let shape = PackedSums.Shape(floatCount: floats, doubleCount: 5)
      var times: [String] = []
      for exchange in SumExchange.allCases {
        var sum = FixedOrderSum(over: world, layout: layout, shape: shape, exchange: exchange)
        var fastest = Duration.seconds(1000)
        for _ in 0..<5 {
          try world.barrier()
          let start = ContinuousClock.now
          for _ in 0..<4 {
            sum.commit()
            _ = try sum.total()
          }
          fastest = min(fastest, (ContinuousClock.now - start) / 4)
        }
        times.append("\(exchange) \(Int(fastest / .microseconds(1)))")
      }
      let chosen = SumExchange.fastest(words: shape.wordCount, mostParts: 1, ranks: world.size)
      if world.isRoot { print("\(floats) floats: \(times.joined(separator: ", ")) µs; chosen: \(chosen)") }
    }
  }

  static func checkSums(_ world: some Communicator) throws {
    let sums = try world.sum([Int64(world.rank), 1, .max / Int64(world.size) - 5])
    let ranks = Int64(world.size)
    try expect(sums[0] == ranks * (ranks - 1) / 2 && sums[1] == ranks, "sum: \(sums)")
    try expect(sums[2] == (.max / ranks - 5) * ranks, "a sum beyond 2⁵³ is not exact: \(sums[2])")
    try expect(try world.sum([]).isEmpty, "sum of nothing")
  }

  static func checkByteGather(_ world: some Communicator) throws {
    func bytes(_ rank: Int) -> [UInt8] { Array(repeating: UInt8(rank), count: rank * 100 % 250) }
    let all = try world.allgather(bytes(world.rank))
    try expect(all == (0..<world.size).map(bytes), "allgather of bytes")
    for root in 0..<world.size {
      try expect(try world.broadcast(bytes(world.rank), from: root) == bytes(root), "broadcast from \(root)")
    }
    try expect(try world.allgather([]).allSatisfy(\.isEmpty), "allgather of nothing")
    // More than is sent in one piece, and no multiple of four.
    let many = (0..<(1 << 26 + 1_000_003)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
    let root = world.size - 1
    try expect(try world.broadcast(world.rank == root ? many : [], from: root) == many, "broadcast of many bytes")
  }

  /// Long messages among them, which wait for their receiver; nothing for some.
  static func checkExchange(_ world: some Communicator) throws {
    func words(from sender: Int, to receiver: Int) -> [UInt32] {
      let count = [0, 1, 1000, 300_000][(3 * sender + receiver) % 4]
      return (0..<count).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761 &+ sender << 8 &+ receiver) }
    }
    for _ in 0..<2 {
      let received = try world.exchange { words(from: world.rank, to: $0) }
      try expect(received == (0..<world.size).map { words(from: $0, to: world.rank) }, "exchange of words")
    }
    let wide = UInt128.max / UInt128(world.size)
    try expect(try world.wideSum(of: [wide, 3]) == [wide, 3].map { $0 * UInt128(world.size) }, "wide sum")
  }

  static func checkUnion(_ world: some Communicator) throws {
    func texts(_ rank: Int) -> Set<String> {
      Set((0..<(rank * 700 % 1000)).map { "level \($0 * rank % 1500)" } + (rank == 1 ? [""] : ["häufig"]))
    }
    let all = (0..<world.size).reduce(into: Set<String>()) { $0.formUnion(texts($1)) }
    try expect(try world.union(of: texts(world.rank)) == all, "union of texts")
    try expect(try world.union(of: []).isEmpty, "union of nothing")
  }

  /// Messages along a chain, long ones among them: those wait for their receiver.
  static func checkTransfers(_ world: some Communicator) throws {
    for count in [0, 1, 1000, 300_000] {
      let vector = Vector((0..<count).map { Float($0 + world.rank) })
      var transfers: [Transfer] = []
      if world.rank > 0 { transfers.append(.receive(vector, from: world.rank - 1)) }
      if world.rank + 1 < world.size { transfers.append(.send(vector, to: world.rank + 1)) }
      var completed: [Int] = []
      if world.size > 1 { try world.transfer(transfers) { completed.append($0) } }
      try expect(completed == Array(transfers.indices), "transfers are completed in turn")
      try expect((0..<count).allSatisfy { vector[$0] == Float($0) }, "transfer of \(count) floats")
    }
  }

  /// Letters of any length, of ranks that do something else meanwhile, in the order of each sender.
  static func checkLetters(_ world: some Communicator) throws {
    let others = (0..<world.size).filter { $0 != world.rank }
    func letter(_ number: Int, from sender: Int, to receiver: Int) -> [UInt8] {
      let count = [0, 7, 300_000, 5_000][number]
      return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ sender &* 7 &+ receiver) }
    }
    for number in 0..<4 {
      for other in others { try world.post(letter(number, from: world.rank, to: other), to: other) }
    }
    _ = try world.sum(1)
    var received = [Int](repeating: 0, count: world.size)
    for turn in 0..<(4 * others.count) {
      var found = turn % 2 == 0 ? try world.letter() : nil
      if found == nil { found = try world.awaitLetter { false } }
      guard let found else { throw Wrong("a letter that is awaited has not come") }
      let expected = letter(received[found.sender], from: found.sender, to: world.rank)
      try expect(found.bytes == expected, "letter \(received[found.sender]) from \(found.sender)")
      received[found.sender] += 1
    }
    // Nobody writes before all have read.
    try world.barrier()
    try expect(try world.letter() == nil, "a letter of nobody")
    if !others.isEmpty { try expect(try world.awaitLetter { true } == nil, "waiting that is interrupted") }
    try world.barrier()
  }

  static func checkVectorGathers(_ world: some Communicator) throws {
    for count in [0, 1, 17, 4096] {
      let part = Vector((0..<count).map { Float(world.rank * 10_000 + $0) })
      let all = Vector(zeros: count * world.size)
      try world.allgather(part, into: all)
      for rank in 0..<world.size {
        for index in 0..<count {
          try expect(all[rank * count + index] == Float(rank * 10_000 + index), "allgather of \(count) floats")
        }
      }
    }
    for count in [0, 1, 48, 5000] {
      let whole = Vector((0..<(count * world.size)).map { Float(world.rank * 100_000 + $0) })
      for part in [0..<count, 0..<(count / 3), (count / 3)..<count] {
        let others = Vector(zeros: part.count * (world.size - 1))
        try world.exchangeSlices(of: whole, part: part, into: others)
        for (place, rank) in (0..<world.size).filter({ $0 != world.rank }).enumerated() {
          for (index, element) in part.enumerated() {
            let expected = Float(rank * 100_000 + world.rank * count + element)
            try expect(others[place * part.count + index] == expected, "exchange of slices of \(count)")
          }
        }
      }
      for root in 0..<world.size {
        let vector = Vector((0..<(3 * count + 1)).map { Float(world.rank * 1_000_000 + $0) })
        try world.broadcast(vector, from: root)
        for index in 0..<vector.count {
          try expect(vector[index] == Float(root * 1_000_000 + index), "broadcast of \(vector.count) from \(root)")
        }
      }
      // The last slices may be shorter, or empty.
      for missing in [0, 1, count, count + 3] where missing < whole.count {
        let part = Vector((0..<(whole.count - missing)).map { Float(world.rank * 100_000 + $0) })
        try world.allgatherSlices(of: part, count: count)
        for index in 0..<part.count {
          try expect(part[index] == Float(index / count * 100_000 + index), "allgather of slices of \(count)")
        }
      }
    }
  }

  /// The sum of P ranks has the bits of the sum of one, at every place and on every rank, round
  /// after round.
  static func checkFixedOrderSum(_ world: some Communicator, shards: Int, floats: Int, exchange: SumExchange)
    throws
  {
    let shape = PackedSums.Shape(floatCount: floats, doubleCount: 3)
    let layout = try ShardLayout(shardCount: shards, rankCount: world.size)
    var sum = FixedOrderSum(
      over: world, layout: layout, shape: shape, exchange: exchange)
    var alone = FixedOrderSum(
      over: SingleProcessCommunicator(), layout: try ShardLayout(shardCount: shards, rankCount: 1), shape: shape)
    for round in 0..<2 {
      for shard in layout.shards(ofRank: world.rank) {
        fill(sum.nextPart, shard: shard, round: round)
        sum.commit()
      }
      for shard in 0..<shards {
        fill(alone.nextPart, shard: shard, round: round)
        alone.commit()
      }
      let (total, expected) = (try sum.total(), try alone.total())
      for index in 0..<floats {
        try expect(
          total.floats[index].bitPattern == expected.floats[index].bitPattern,
          "V = \(shards), \(floats) floats: element \(index) is \(total.floats[index]), not \(expected.floats[index])")
      }
      for index in 0..<3 {
        try expect(
          total[double: index].bitPattern == expected[double: index].bitPattern,
          "V = \(shards), \(floats) floats: double \(index)")
      }
    }
  }

  /// Numbers of very different sizes, whose sum depends on its order.
  static func fill(_ part: PackedSums, shard: Int, round: Int) {
    var stream = RandomStream(seed: 7, purpose: .shuffle, step: round, index: shard)
    for index in 0..<part.shape.floatCount {
      part.floats[index] = Float(stream.uniform() - 0.5) * Float(1 << (stream.nextWord() % 24))
    }
    for index in 0..<part.shape.doubleCount { part[double: index] = (stream.uniform() - 0.5) * 1e10 }
  }
}
