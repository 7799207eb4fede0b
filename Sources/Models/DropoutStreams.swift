public import RandomStreams

/// The random numbers of a pass's dropout: a stream for each layer and shard, whichever rank has the shard.
public struct DropoutStreams: Sendable {
  private let seed: UInt64
  private let pass: Int
  private let firstShard: Int

  /// - Parameters:
  ///   - pass: The batch's number since the beginning of the run.
  ///   - firstShard: v of the shard that the pass's first segment belongs to; the others follow.
  public init(seed: UInt64, pass: Int = 0, firstShard: Int = 0) {
    self.seed = seed
    self.pass = pass
    self.firstShard = firstShard
  }

  /// - Parameters:
  ///   - layer: Of the network, from 0.
  ///   - segment: Of the pass, from 0.
  public func callAsFunction(layer: Int, segment: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: .dropout, step: pass, index: layer << 32 | (firstShard + segment))
  }
}
