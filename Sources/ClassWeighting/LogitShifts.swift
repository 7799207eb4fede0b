internal import Foundation

/// How losses that correct for the frequencies of classes move their logits: z_c + τ log π_c, π_c = n_c / N.
///
/// A constant added to all of them changes no softmax, so they are given less the largest. A class without a sample counts
/// as one of one sample: there is no logarithm of 0, and so the model learns that it does not occur.
///
/// Source: Menon et al., "Long-tail learning via logit adjustment" (ICLR 2021), equation 10.
public enum LogitShifts {
  /// The largest τ: with it, classes may differ in their counts by a factor of 1e13.
  public static let largestTau = 2.0

  /// (n_max / n_c)^τ: what a class counts less in the loss, and its logit is larger by the logarithm of; [C], 1 or more.
  ///
  /// - Parameter counts: n_c, training samples over all ranks.
  public static func ratios(forCounts counts: [Int], tau: Double) -> [Double] {
    let largest = Double(max(counts.max() ?? 1, 1))
    return counts.map { pow(largest / Double(max($0, 1)), tau) }
  }

  /// τ log π_c less the largest of them, [C]; 0 or less.
  ///
  /// - Parameter counts: n_c, training samples over all ranks.
  public static func shifts(forCounts counts: [Int], tau: Double) -> [Double] {
    let largest = Double(max(counts.max() ?? 1, 1))
    return counts.map { -tau * log(largest / Double(max($0, 1))) }
  }
}
