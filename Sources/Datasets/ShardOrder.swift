public import Configuration
internal import RandomStreams

extension Sampling {
  /// The samples of a shard in the order of `epoch`, each once, written over `order`.
  ///
  /// - Parameters:
  ///   - shard: v
  ///   - epoch: From 0.
  ///   - order: Row numbers within the shard; keeps its memory, where it has as many.
  public func order(_ order: inout [UInt32], sampleCount: Int, ofShard shard: Int, epoch: Int, seed: UInt64) {
    precondition(sampleCount <= Int(UInt32.max), "\(sampleCount) samples of a shard")
    // Not appended: that would look for room once for each.
    if order.count != sampleCount { order = Array(repeating: 0, count: sampleCount) }
    for row in order.indices { order[row] = UInt32(truncatingIfNeeded: row) }
    guard isShuffled else { return }
    RandomStream(seed: seed, purpose: .shuffle, step: epoch, index: shard).shuffle(&order)
  }
}

/// How often samples of each class are drawn in an epoch: ⌊r_c⌋ times, and once more with probability r_c − ⌊r_c⌋.
///
/// The probability is rounded to a multiple of 2⁻³², so that no sample's draw hangs on the last bit of r_c. An ignored
/// sample is of no class, and is not drawn.
public struct ClassDraws: Sendable {
  private struct Rate: Sendable {
    /// ⌊r⌋
    let whole: Int
    /// (r − ⌊r⌋) · 2³²
    let threshold: UInt64

    /// r; without chance where it is whole.
    var most: Int { whole + (threshold > 0 ? 1 : 0) }
  }

  private let rates: [Rate]

  /// - Parameter rates: r, [C]; finite, not negative, under 2⁴⁸.
  public init(rates: [Double]) {
    self.rates = rates.map { rate in
      precondition(rate >= 0 && rate < 0x1p48, "\(rate) draws of a sample")
      let whole = rate.rounded(.down)
      return Rate(whole: Int(whole), threshold: UInt64(((rate - whole) * 0x1p32).rounded()))
    }
  }

  /// No epoch draws more of samples with these labels.
  public func most(of labels: [Int32]) -> Double {
    labels.reduce(0) { $1 < 0 ? $0 : $0 + Double(rates[Int($1)].most) }
  }

  /// The samples of a shard in the order of `epoch`, each as often as it is drawn, written over `order`.
  ///
  /// Word j of a stream keyed by seed, epoch and shard belongs to sample j, whatever came of those before it.
  ///
  /// - Parameters:
  ///   - epoch: From 0.
  ///   - order: Row numbers within the shard; keeps its memory.
  public func order(_ order: inout [UInt32], of shard: Shard, epoch: Int, seed: UInt64) {
    order.removeAll(keepingCapacity: true)
    var words = RandomStream(seed: seed, purpose: .sampling, step: epoch, index: shard.index)
    for (row, label) in shard.labels.enumerated() {
      let word = words.nextWord()
      guard label >= 0 else { continue }
      let rate = rates[Int(label)]
      for _ in 0..<(rate.whole + (UInt64(word) < rate.threshold ? 1 : 0)) { order.append(UInt32(row)) }
    }
    RandomStream(seed: seed, purpose: .shuffle, step: epoch, index: shard.index).shuffle(&order)
  }
}
