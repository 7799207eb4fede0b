internal import Collectives

/// Quantiles of columns of numbers, over all samples that have a value.
///
/// Quantile t of T, of n values in ascending order x₀ … x₍ₙ₋₁₎: with h = t (n − 1) / T, the value x_⌊h⌋; or, interpolating,
/// x_⌊h⌋ + (h − ⌊h⌋) (x_⌈h⌉ − x_⌊h⌋). As `numpy.quantile` has it with `method="lower"`, and by default. The values are found exactly (`OrderStatistics`), so the quantiles have the same
/// bits at any number of ranks and shards.
struct ColumnQuantiles {
  /// A column, and what is asked of it.
  struct Wish {
    let column: Int
    /// n, over all ranks; at least 1.
    let count: Int64
    /// T, at least 1.
    let parts: Int
    /// Whether a quantile between two values is one; else it is the lower of them, so that a column of two values has no
    /// third.
    let isInterpolating: Bool
    /// Added to the values first (`FeatureColumn.offset`).
    let offset: Double
  }

  /// Collective.
  ///
  /// - Parameters:
  ///   - wishes: The same on all ranks.
  ///   - shards: Dense; NaN stands for no value.
  /// - Returns: The quantiles 0 … T of each wish, ascending, perhaps with repeats.
  static func find(
    _ wishes: [Wish], in shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) -> [[Double]] {
    let asked = wishes.map { wish in
      let places = Set(wish.places.flatMap { [$0.lower, $0.upper] })
      return OrderStatistics.Wish(column: wish.column, places: places.sorted())
    }
    let found = try OrderStatistics.values(asked, of: shards, over: communicator)
    return wishes.indices.map { index in
      let wish = wishes[index]
      let values = Dictionary(uniqueKeysWithValues: zip(asked[index].places, found[index]))
      func value(_ place: Int) -> Double {
        guard let value = values[place] else { preconditionFailure("place \(place) was not asked for") }
        return Double(value) + wish.offset
      }
      return wish.places.map { place in
        let lower = value(place.lower)
        return lower + (value(place.upper) - lower) * place.share
      }
    }
  }
}

extension ColumnQuantiles.Wish {
  /// Between which places of the ascending order each quantile stands: ⌊h⌋, ⌈h⌉, and h − ⌊h⌋.
  fileprivate var places: [(lower: Int, upper: Int, share: Double)] {
    (0...parts).map { part in
      // Less than 2⁶³ for 2⁵³ samples and 1,000 parts.
      let (lower, rest) = (part * Int(count - 1)).quotientAndRemainder(dividingBy: parts)
      guard isInterpolating, rest > 0 else { return (lower, lower, 0) }
      return (lower, lower + 1, Double(rest) / Double(parts))
    }
  }
}
