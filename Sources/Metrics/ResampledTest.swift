internal import Foundation

/// Whether two ways of training differ by more than chance: the corrected resampled t-test of pairs.
///
/// Runs on several random splits share most of their training samples, so that their figures vary less than those of
/// independent ones, and a plain paired t-test finds differences that are none far too often. The correction takes the
/// variance of the mean difference to be (1/n + n_test/n_train) σ² in place of σ²/n.
///
/// Source: Nadeau, Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003), section 3; for folds
/// Bouckaert, Frank, "Evaluating the Replicability of Significance Tests" (PAKDD 2004).
public struct ResampledTest: Equatable, Sendable {
  /// Of the differences.
  public let mean: Double
  /// The probability of such a mean, or one further from 0, where there is no difference: two-sided.
  public let pValue: Double

  /// Below it a difference is called one.
  public static let level = 0.05

  /// - Parameters:
  ///   - differences: A pair's each, of the same split and seed.
  ///   - ratio: n_test / n_train where the splits are drawn anew; 0 where all have the same parts, and a plain paired
  ///     t-test is right.
  /// - Returns: Nil for fewer than two pairs, of which nothing can be said; nor can it where all differ by the same, but for
  ///   rounding: what varies by chance has not varied yet.
  public init?(_ differences: [Double], testToTraining ratio: Double) {
    guard differences.count > 1 else { return nil }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    let error = ((1 / count + ratio) * variance).squareRoot()
    self.mean = mean
    guard mean != 0 else {
      pValue = 1
      return
    }
    guard error > 1e-12 * mean.magnitude else { return nil }
    pValue = StudentDistribution(degrees: count - 1).probability(beyond: mean / error)
  }

  public var isDifference: Bool { pValue < Self.level }
}

/// Student's t.
package struct StudentDistribution {
  /// ν
  let degrees: Double

  package init(degrees: Double) {
    precondition(degrees > 0, "\(degrees) degrees of freedom")
    self.degrees = degrees
  }

  /// P(|T| ≥ |t|) = I_x(ν/2, ½) with x = ν / (ν + t²).
  package func probability(beyond t: Double) -> Double {
    guard t.isFinite else { return 0 }
    return Self.incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// I_x(a, b), the regularized incomplete beta function, to about 1e-13.
  ///
  /// Source: DiDonato, Morris, "Algorithm 708", ACM TOMS 18 (1992), the continued fraction (NIST DLMF 8.17.22),
  /// evaluated by Lentz's method.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast below the mean.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let least = 1e-300
    func nonzero(_ value: Double) -> Double { value.magnitude < least ? least : value }
    var (c, d) = (1.0, 1 / nonzero(1 - (a + b) * x / (a + 1)))
    var fraction = d
    for step in 1..<10_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / nonzero(1 + even * d)
      c = nonzero(1 + even / c)
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / nonzero(1 + odd * d)
      c = nonzero(1 + odd / c)
      fraction *= d * c
      if (d * c - 1).magnitude < 1e-15 { break }
    }
    return front * fraction
  }
}
