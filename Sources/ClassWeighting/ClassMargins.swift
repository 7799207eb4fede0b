/// Margins of classes that are the larger the rarer the class is: m_c = m_max (n_min / n_c)^(1/4), where n_min is the least
/// of the counts that are not 0. A class without a sample has the largest margin.
///
/// Source: Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss" (NeurIPS 2019), section 3.2.
public enum ClassMargins {
  /// m, [C]
  ///
  /// - Parameters:
  ///   - counts: n_c, training samples over all ranks.
  ///   - largest: m_max
  public static func margins(forCounts counts: [Int], largest: Double) -> [Double] {
    let least = Double(counts.filter { $0 > 0 }.min() ?? 1)
    return counts.map { largest * ($0 > 0 ? (least / Double($0)).squareRoot().squareRoot() : 1) }
  }
}
