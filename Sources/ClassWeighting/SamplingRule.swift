internal import Foundation

/// A rule that says how often a sample of each class is drawn in an epoch, in the mean: r_c. n_c counts the training samples
/// of class c over all ranks, N their sum, C the classes that are present.
public enum SamplingRule: Equatable, Sendable {
  /// 1
  case once
  /// Proportional to n_c^(q−1), scaled so that an epoch has N draws: of q = 1 every sample once, of q = 0 every class
  /// equally often, r_c = N / (C · n_c).
  ///
  /// Source: Mahajan et al., "Exploring the Limits of Weakly Supervised Pretraining" (ECCV 2018), for q = 1/2; Kang et
  /// al., "Decoupling Representation and Classifier for Long-Tailed Recognition" (ICLR 2020), section 4.1.
  case power(Double)
  /// max(1, ρ · n_max / n_c)
  case oversample(ratio: Double)
  /// min(1, n_min / (ρ · n_c)), n_min the least of the counts that are not 0.
  case undersample(ratio: Double)

  /// r, [C]; 0 for a class without a sample.
  ///
  /// - Parameter counts: n_c, over all ranks.
  public func rates(forCounts counts: [Int]) -> [Double] {
    let present = counts.filter { $0 > 0 }.map(Double.init)
    let (least, most) = (present.min() ?? 1, present.max() ?? 1)
    let total = present.reduce(0, +)
    let rate: (Double) -> Double
    switch self {
    case .once, .power(1): rate = { _ in 1 }
    // By this formula, and not by the next one, it is exact.
    case .power(0): rate = { total / (Double(present.count) * $0) }
    case .power(let exponent):
      let scale = total / present.reduce(0) { $0 + pow($1, exponent) }
      rate = { scale * pow($0, exponent - 1) }
    case .oversample(let ratio): rate = { max(1, ratio * most / $0) }
    case .undersample(let ratio): rate = { min(1, least / (ratio * $0)) }
    }
    return counts.map { $0 > 0 ? rate(Double($0)) : 0 }
  }
}
