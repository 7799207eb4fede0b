internal import Foundation

/// How losses that correct for the frequencies of classes move their logits: z_c + τ log π_c, π_c = n_c / N.
///
/// A constant added to all of them changes no softmax, so they are given less the largest. A class without a sample counts
/// as many as the most frequent one. There is no logarithm of 0, and without the class in the softmax, or with hardly any of
/// it, its logit would stay where it began, and be the largest of rows by chance; so it is lowered as by plain
/// cross-entropy, and the model learns that the class does not occur.
///
/// Source: Menon et al., "Long-tail learning via logit adjustment" (ICLR 2021), equation 10.
public enum LogitShifts {
  /// The largest τ: with it, classes may differ in their counts by a factor of 1e13.
  public static let largestTau = 2.0

  /// (n_max / n_c)^τ, [C], 1 or more: what the softmax of the logits weighs classes by that such a loss is minimized for.
  ///
  /// - Parameter counts: n_c, training samples over all ranks.
  public static func ratios(forCounts counts: [Int], tau: Double) -> [Double] {
    quotients(forCounts: counts).map { pow($0, tau) }
  }

  /// τ log π_c less the largest of them, [C]; 0 or less.
  ///
  /// - Parameter counts: n_c, training samples over all ranks.
  public static func shifts(forCounts counts: [Int], tau: Double) -> [Double] {
    // Not −0, where there is nothing to shift.
    quotients(forCounts: counts).map { $0 == 1 ? 0 : -tau * log($0) }
  }

  /// n_max / n_c
  private static func quotients(forCounts counts: [Int]) -> [Double] {
    let largest = Double(counts.max() ?? 0)
    return counts.map { $0 > 0 ? largest / Double($0) : 1 }
  }
}
