internal import RandomStreams

/// The order in which a shard supplies its samples in one epoch.
public enum Sampler: String, CaseIterable, Codable, Sendable {
  /// A new random order every epoch.
  case shuffle
  /// The order of the file, every epoch.
  case sequential

  /// The samples of a shard in the order of `epoch`, written over `order`.
  ///
  /// - Parameters:
  ///   - shard: v
  ///   - epoch: From 0.
  ///   - order: Row numbers within the shard; keeps its memory.
  public func order(_ order: inout [UInt32], sampleCount: Int, ofShard shard: Int, epoch: Int, seed: UInt64) {
    order.removeAll(keepingCapacity: true)
    order.append(contentsOf: 0..<UInt32(sampleCount))
    guard case .shuffle = self else { return }
    RandomStream(seed: seed, purpose: .shuffle, step: epoch, index: shard).shuffle(&order)
  }
}
