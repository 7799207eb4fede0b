/// What a decision is judged by where its thresholds are tuned.
package enum DecisionObjective: Equatable, Sendable {
  case macroF1
  case balancedAccuracy
  case gMean
  /// The recall of a class, as long as its precision is at least so much; of equal recalls that with more precision.
  case recall(ofClass: Int, precision: Double)
}

/// How good a decision is: first by `rank`, then by `value`, then by `second`. So what is not to be had at all (no recall
/// in some class; a precision that is asked for) is worse than whatever a value may be, and still has its better and worse.
package struct DecisionScore: Comparable, Sendable {
  package let rank: Int
  package let value: Double
  /// Of a recall at a precision: the precision that is found.
  package var second = 0.0
  /// Whether the figure itself is 0, whatever is better or worse below: a G-mean that misses a class.
  package var isNothing = false

  package static func < (one: DecisionScore, other: DecisionScore) -> Bool {
    (one.rank, one.value, one.second) < (other.rank, other.value, other.second)
  }
}

/// The counts of a confusion matrix that the objectives follow from: integers, which may be summed over ranks in any
/// order.
package struct DecisionTally: Equatable, Sendable {
  /// n_c: true samples of each class. [C]
  package let supports: [Int]
  /// Samples of each class that are predicted to be of it. [C]
  package var hits: [Int]
  /// Samples that are predicted to be of each class. [C]
  package var predicted: [Int]

  package init(supports: [Int], hits: [Int], predicted: [Int]) {
    precondition(supports.count == hits.count && hits.count == predicted.count)
    (self.supports, self.hits, self.predicted) = (supports, hits, predicted)
  }

  /// The score by an objective; of metrics as `ConfusionMatrix` defines them.
  ///
  /// Nothing but sums, products and quotients, so that every processor has the same bits (promise 1).
  package func score(_ objective: DecisionObjective) -> DecisionScore {
    switch objective {
    case .macroF1:
      var (sum, count) = (0.0, 0)
      for index in supports.indices where supports[index] + predicted[index] > 0 {
        sum += Double(2 * hits[index]) / Double(supports[index] + predicted[index])
        count += 1
      }
      return DecisionScore(rank: 0, value: count > 0 ? sum / Double(count) : 0)
    case .balancedAccuracy:
      var (sum, count) = (0.0, 0)
      for index in supports.indices where supports[index] > 0 {
        sum += Double(hits[index]) / Double(supports[index])
        count += 1
      }
      return DecisionScore(rank: 0, value: count > 0 ? sum / Double(count) : 0)
    case .gMean: return productOfRecalls
    case .recall(let index, let precision):
      guard supports[index] > 0 else { return DecisionScore(rank: 0, value: 0) }
      // Compared without a division: 9 of 10 are a precision of 0.9.
      let found = predicted[index] > 0 ? Double(hits[index]) / Double(predicted[index]) : 0
      return found >= precision
        ? DecisionScore(rank: 1, value: Double(hits[index]) / Double(supports[index]), second: found)
        : DecisionScore(rank: 0, value: found)
    }
  }

  /// What grows with the geometric mean of the recalls: their product, which may be too small for a Double. As long as
  /// classes are never found it is 0; the fewer of them, and the larger the product of the others, the better.
  private var productOfRecalls: DecisionScore {
    var (missed, exponent, significand) = (0, 0, 1.0)
    for index in supports.indices where supports[index] > 0 {
      guard hits[index] > 0 else {
        missed += 1
        continue
      }
      significand *= Double(hits[index]) / Double(supports[index])
      exponent += Int(significand.exponent)
      significand = significand.significand
    }
    // A recall is no less than 2⁻⁶³: so many of them are always more than a class that is missed.
    return DecisionScore(
      rank: exponent - missed * 64 * supports.count, value: significand, isNothing: missed > 0)
  }
}
