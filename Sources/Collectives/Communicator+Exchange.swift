internal import Tensors

extension Communicator {
  /// Words from every rank to every rank. Collective.
  ///
  /// In round k the ranks whose numbers add up to k, modulo P, exchange theirs, so that the words for one other rank
  /// alone are in memory twice. The lengths may differ.
  ///
  /// - Parameter words: Those for a rank, of this one; asked once for each, this one included.
  /// - Returns: What each rank has for this one, in order of rank.
  public func exchange(_ words: (_ rank: Int) -> [UInt32]) throws(CollectiveError) -> [[UInt32]] {
    var received = [[UInt32]](repeating: [], count: size)
    for round in 0..<size {
      let partner = (round + size - rank) % size
      let own = words(partner)
      received[partner] = partner == rank ? own : try swap(own, with: partner)
      // A transfer is everybody's, also that of a rank which is its own partner.
      if partner == rank { for _ in 0..<2 { try transfer([]) { _ in } } }
    }
    return received
  }

  /// Two transfers: the lengths, then the words.
  private func swap(_ words: [UInt32], with partner: Int) throws(CollectiveError) -> [UInt32] {
    let length = Vector(zeros: 2)
    let count = UInt64(words.count)
    try swap(
      Vector(bitPatterns: [UInt32(truncatingIfNeeded: count), UInt32(count >> 32)]), with: partner, into: length)
    let halves = length.bitPatterns
    let received = Vector(zeros: Int(halves[0]) | Int(halves[1]) << 32)
    try swap(Vector(bitPatterns: words), with: partner, into: received)
    return received.bitPatterns
  }

  /// The lower rank sends first, as the higher one may wait for its message.
  private func swap(_ own: Vector, with partner: Int, into received: Vector) throws(CollectiveError) {
    let (send, receive) = (Transfer.send(own, to: partner), Transfer.receive(received, from: partner))
    try transfer(rank < partner ? [send, receive] : [receive, send]) { _ in }
  }

  /// The sums of each element over all ranks, exact. Collective.
  ///
  /// - Parameter values: Their sums, too, are less than 2¹²⁸.
  public func wideSum(of values: [UInt128]) throws(CollectiveError) -> [UInt128] {
    // Four digits of 32 bits: their sums over less than 2³¹ ranks are no overflow.
    let digits = values.flatMap { value in
      (0..<4).map { Int64(UInt32(truncatingIfNeeded: value >> (32 * UInt128($0)))) }
    }
    let sums = try sum(digits)
    return values.indices.map { index in
      (0..<4).reduce(0) { $0 + UInt128(sums[4 * index + $1]) << (32 * UInt128($1)) }
    }
  }
}
