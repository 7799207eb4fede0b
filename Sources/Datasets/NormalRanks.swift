internal import RandomStreams

/// How a number is brought to a standard normal distribution: by the share of the training part's numbers that are less.
///
/// The share p of x is found between quantiles, in a straight line from one to the next, and the feature is Φ⁻¹(p), with p
/// held in 1e-7 ... 1 − 1e-7. A number that is several quantiles has the mean of their shares; at the least quantile and
/// under it p is 0, at the largest one and above it 1. As scikit-learn's `QuantileTransformer(output_distribution="normal",
/// subsample=None)` has it.
public struct NormalRanks: Equatable, Sendable {
  /// The different quantiles, ascending: two or more.
  public let values: [Double]
  /// How many of the G quantiles 0, 1/(G − 1), … 1 have each value.
  public let counts: [Int]
  /// The shares of the first and last quantile that has each value.
  private let shares: [(first: Double, last: Double)]

  /// Quantiles of a column; with more of them the file of a model would grow, and nothing else.
  static let mostQuantiles = 1_000

  public static func == (one: NormalRanks, other: NormalRanks) -> Bool {
    one.values == other.values && one.counts == other.counts
  }

  /// - Parameter quantiles: G of them at equal distances, ascending, perhaps with repeats; two different ones at least.
  init(quantiles: [Double]) {
    var (values, counts): ([Double], [Int]) = ([], [])
    for quantile in quantiles {
      if quantile == values.last {
        counts[counts.count - 1] += 1
      } else {
        values.append(quantile)
        counts.append(1)
      }
    }
    self.init(values: values, counts: counts)
  }

  init(values: [Double], counts: [Int]) {
    precondition(Self.areRanks(values, counts), "\(values), \(counts) times, are no quantiles")
    self.values = values
    self.counts = counts
    let last = Double(counts.reduce(0, +) - 1)
    var before = 0
    shares = counts.map { count in
      defer { before += count }
      return (Double(before) / last, Double(before + count - 1) / last)
    }
  }

  /// Whether there are ranks of these.
  static func areRanks(_ values: [Double], _ counts: [Int]) -> Bool {
    values.count >= 2 && counts.count == values.count && counts.allSatisfy { $0 >= 1 && $0 <= mostQuantiles }
      && values.allSatisfy(\.isFinite) && zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
  }

  /// The feature of `x`.
  func callAsFunction(_ x: Double) -> Double { normalQuantile(min(max(share(of: x), 1e-7), 1 - 1e-7)) }

  private func share(of x: Double) -> Double {
    // Values that are not above x.
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if values[middle] <= x { low = middle + 1 } else { high = middle }
    }
    guard low > 0, x > values[0] else { return 0 }
    guard low < values.count else { return 1 }
    let (left, right) = (values[low - 1], values[low])
    let (from, to) = (shares[low - 1], shares[low])
    guard x > left else { return (from.first + from.last) / 2 }
    return from.last + (to.first - from.last) * ((x - left) / (right - left))
  }
}
