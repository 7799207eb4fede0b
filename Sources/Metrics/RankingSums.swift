/// What the area under the ROC curve and the average precision of one class against the rest follow from, added up
/// from the highest score down.
///
/// All are integers, so that the runs of a ranking may be shared out in any way: each part needs to know only how many
/// samples stand above it, and the sums of the parts add up to that of the whole.
package struct RankingSums: Equatable, Sendable {
  /// Samples of the class so far, those above the part included.
  private(set) var positives: Int
  /// Samples of other classes.
  private(set) var negatives: Int
  /// Pairs of a positive and a negative sample in which the positive one has the higher score, counted twice; pairs of
  /// equal scores count once. (Of 10¹⁰ samples there are more than 64 bits hold.)
  package private(set) var doubledPairs: UInt128 = 0
  /// Σ over positive samples of the precision among the samples with no lower score.
  private(set) var precision = ExactSum()

  /// - Parameters:
  ///   - positives, negatives: How many stand above.
  package init(positivesAbove positives: Int = 0, negativesAbove negatives: Int = 0) {
    self.positives = positives
    self.negatives = negatives
  }

  /// Takes in the next lower score.
  package mutating func add(_ run: ScoreRun) {
    doubledPairs += UInt128(run.negatives) * UInt128(2 * positives + run.positives)
    positives += run.positives
    negatives += run.negatives
    guard run.positives > 0 else { return }
    precision.add(Double(positives) / Double(positives + negatives), times: run.positives)
  }
}
