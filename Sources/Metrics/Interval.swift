internal import RandomStreams

/// Where a figure would lie on more samples of the same kind, with some confidence. In JSON `[lower, upper]`.
public struct Interval: Equatable, Sendable {
  public let lower: Double
  public let upper: Double

  package init(lower: Double, upper: Double) {
    (self.lower, self.upper) = (lower, upper)
  }

  /// That of a share which was counted in a sample.
  ///
  /// (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n) with z of the confidence (1.96 for 95 %): Wilson, "Probable
  /// Inference, the Law of Succession, and Statistical Inference" (1927). It takes the samples as drawn one by one from the
  /// population that is meant. It covers what it says in the mean over shares, also for few samples, where a bootstrap of
  /// nothing but hits has no width, and the exact interval (Clopper, Pearson 1934) is wider than it need be.
  ///
  /// - Parameters:
  ///   - count: 0 ... n
  ///   - total: n > 0
  package init(share count: Int, of total: Int, confidence: Double) {
    precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
    let (n, z) = (Double(total), Self.deviations(confidence))
    let share = Double(count) / n
    let middle = share + z * z / (2 * n)
    let reach = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // At the ends the formula has 0 and 1, but for rounding.
    lower = count == 0 ? 0 : (middle - reach) / (1 + z * z / n)
    upper = count == total ? 1 : (middle + reach) / (1 + z * z / n)
  }

  /// That of a mean that is 0 or more, by its standard error: as means of many samples lie.
  package init(mean: Double, standardError: Double, confidence: Double) {
    let reach = Self.deviations(confidence) * standardError
    (lower, upper) = (max(mean - reach, 0), mean + reach)
  }

  /// z: so many standard deviations to either side hold that share of a normal distribution.
  private static func deviations(_ confidence: Double) -> Double { normalQuantile((1 + confidence) / 2) }
}

extension Interval: Codable {
  public init(from decoder: any Decoder) throws {
    var ends = try decoder.unkeyedContainer()
    (lower, upper) = (try ends.decode(Double.self), try ends.decode(Double.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var ends = encoder.unkeyedContainer()
    try ends.encode(lower)
    try ends.encode(upper)
  }
}
