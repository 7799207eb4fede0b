public import Configuration
internal import RandomStreams

extension StepOptions.Sampler {
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
