internal import Collectives
internal import Kernels
internal import Tensors

/// What the ranks reach together on this machine, a few moments of each.
enum Measurements {
  struct Reduction: Encodable {
    let floats: Int
    /// Of one sum over all ranks.
    let microseconds: Double
    /// Bytes of the vector over that time, in 10⁹ a second.
    let gigabytesPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case floats, microseconds
      case gigabytesPerSecond = "gigabytes_per_second"
    }
  }

  /// The fixed-order sum at one shard a rank. Collective.
  static func reductions(over communicator: some Communicator) throws -> [Reduction] {
    try [33, 1_000, 65_536, 1_000_000].map { floats in
      let layout = try ShardLayout(shardCount: communicator.size, rankCount: communicator.size)
      var sum = FixedOrderSum(
        over: communicator, layout: layout, shape: PackedSums.Shape(floatCount: floats, doubleCount: 6))
      let microseconds = try fastest(over: communicator) {
        sum.commit()
        _ = try sum.total()
      }
      return Reduction(
        floats: floats, microseconds: microseconds, gigabytesPerSecond: 4e-3 * Double(floats) / microseconds)
    }
  }

  /// 10⁹ multiplications and additions a second of each rank, all at work at the same time. Collective.
  static func products(threads: Int, _ precision: Precision, over communicator: some Communicator) throws -> [Double] {
    let (rows, inputs, outputs) = (256, 512, 512)
    let products = MatrixProducts(threadCount: threads)
    let (x, weight) = (filled(rows, inputs), filled(outputs, inputs))
    let y = Matrix(zeros: rows, outputs)
    let microseconds = try fastest(over: communicator) {
      products.multiply(x, transposingA: false, weight, transposingB: true, into: y, precision: precision)
    }
    let gigaflops = 2e-3 * Double(rows * inputs * outputs) / microseconds
    return try communicator.allgather(Array(String(gigaflops).utf8)).map {
      Double(String(decoding: $0, as: UTF8.self)) ?? 0
    }
  }

  private static func filled(_ rows: Int, _ columns: Int) -> Matrix {
    let matrix = Matrix(zeros: rows, columns)
    for row in 0..<rows { for column in 0..<columns { matrix[row, column] = Float((row * 7 + column * 3) % 11) - 5 } }
    return matrix
  }

  /// Microseconds of one call, of the fastest of some rounds, which take some tenths of a second together. Collective.
  private static func fastest(over communicator: some Communicator, _ body: () throws -> Void) throws -> Double {
    func round(_ repeats: Int) throws -> Double {
      try communicator.barrier()
      let start = ContinuousClock.now
      for _ in 0..<repeats { try body() }
      return (ContinuousClock.now - start) / .microseconds(1) / Double(repeats)
    }
    var fastest = try round(2)
    // All ranks make as many rounds as the root finds time for.
    let repeats = Int(min(max(50_000 / fastest, 1), 10_000))
    let agreed = try communicator.sum(communicator.isRoot ? repeats : 0)
    for _ in 0..<7 { fastest = min(fastest, try round(agreed)) }
    return fastest
  }
}
