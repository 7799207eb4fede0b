/// Successive halving: all choices of a comparison are trained for a few epochs, the best third of them for three times as
/// many, and so on, until the last few have all epochs.
///
/// With n choices and E epochs there are R + 1 rungs, R the largest with ⌈n / 3ᴿ⌉ ≥ 2 and 3ᴿ ≤ E. On rung r = 0…R the best
/// ⌈n / 3ʳ⌉ choices are trained for ⌈E / 3ᴿ⁻ʳ⌉ epochs: two or three reach the end, or more where there are few epochs.
///
/// Source: Jamieson, Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization" (AISTATS 2016).
/// That a third goes on, and not a half, is what Li et al., "Hyperband" (JMLR 18, 2018), find best in theory (η near e) and
/// about as good in practice. A rung costs as much as the one before it; since each run begins at its beginning, halves
/// would train four choices no sooner than without rungs.
public struct Halving: Equatable, Sendable {
  /// How long so many choices are trained.
  public struct Rung: Equatable, Sendable {
    public let epochs: Int
    /// The most that take part.
    public let choiceCount: Int
  }

  /// η: one of so many goes on.
  public static let factor = 3
  /// Fewer choices are not worth it.
  public static let fewestChoices = 4

  /// At least two.
  public let rungs: [Rung]
  /// What decides who goes on.
  public let metric: ModelMetric

  /// - Returns: Nil for fewer than two rungs.
  init?(choiceCount: Int, epochs: Int, by metric: ModelMetric) {
    func divided(_ number: Int, _ divisor: Int) -> Int { (number + divisor - 1) / divisor }
    var divisor = 1
    while divided(choiceCount, divisor * Self.factor) >= 2, divisor * Self.factor <= epochs { divisor *= Self.factor }
    guard divisor > 1 else { return nil }
    var rungs: [Rung] = []
    var dropped = 1
    while dropped <= divisor {
      rungs.append(Rung(epochs: divided(epochs, divisor / dropped), choiceCount: divided(choiceCount, dropped)))
      dropped *= Self.factor
    }
    (self.rungs, self.metric) = (rungs, metric)
  }

  /// What choices can be told apart by; the loss that training minimizes differs with what is chosen.
  static let metrics = ModelMetric.allCases.filter { $0 != .loss }
}
