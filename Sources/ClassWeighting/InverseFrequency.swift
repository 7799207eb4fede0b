/// The rule that weights of single batches follow, and the "inverse" scheme: 1/n_c, so that every class that is there
/// weighs as much as any other.
public struct InverseFrequency: Equatable, Sendable {
  /// Larger weights are reduced to it.
  public let maxWeight: Double?

  public init(maxWeight: Double? = nil) {
    self.maxWeight = maxWeight
  }

  /// min(1/n_c, maxWeight); 0 for a class without samples.
  ///
  /// - Parameter count: n_c
  public func weight(forCount count: Int) -> Double { limited(1 / Double(count), forCount: count) }

  /// A weight by any rule: no more than `maxWeight`, and 0 for a class without samples.
  func limited(_ weight: Double, forCount count: Int) -> Double {
    count == 0 ? 0 : min(weight, maxWeight ?? .infinity)
  }
}
