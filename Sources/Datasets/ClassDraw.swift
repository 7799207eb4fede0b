internal import Configuration
internal import RandomStreams

/// Which part each sample of one class goes to: a value that any rank can ask about any sample.
struct ClassDraw {
  /// Where a sample goes.
  enum Part {
    case training
    case validation
    case test
  }

  /// Where each sample of the class stands in the order of the draw.
  private let order: IndexPermutation
  /// Of a fold: its first place in that order, and the K places from one to the next.
  private let fold: (start: Int, stride: Int)?
  let validationCount: Int
  let testCount: Int

  /// One for each class.
  ///
  /// Folds deal out the samples of class after class, each in its drawn order, as cards are dealt to K players: the d-th
  /// sample of class c goes to fold (Σ_{c' < c} n_c' + d) mod K. So folds differ by one sample at most, in all and of
  /// each class, and classes with fewer samples than folds do not all go to the first ones.
  ///
  /// - Parameter totals: n_c
  static func ofClasses(_ totals: [Int], _ fractions: SplitFractions, seed: UInt64) -> [ClassDraw] {
    var dealt = 0
    return totals.enumerated().map { label, total in
      defer { dealt += total }
      let order = IndexPermutation(count: total, seed: seed, purpose: .validationSplit, index: label)
      guard let fold = fractions.fold else {
        let counts = fractions.counts(of: total)
        return ClassDraw(order: order, fold: nil, validationCount: counts.validation, testCount: counts.test)
      }
      let start = (fold.index + fold.count - dealt % fold.count) % fold.count
      let testCount = Self.count(below: total, from: start, stride: fold.count)
      return ClassDraw(
        order: order, fold: (start, fold.count),
        validationCount: fractions.counts(of: total - testCount).validation, testCount: testCount)
    }
  }

  /// - Parameter place: Of the sample among those of its class in the whole data set.
  func part(ofPlace place: Int) -> Part {
    let drawn = order[place]
    guard let fold else {
      return drawn < validationCount ? .validation : drawn < validationCount + testCount ? .test : .training
    }
    guard drawn % fold.stride != fold.start else { return .test }
    // Its place among those that are not of the fold.
    let rest = drawn - Self.count(below: drawn, from: fold.start, stride: fold.stride)
    return rest < validationCount ? .validation : .training
  }

  /// How many of start, start + stride, … are less than `limit`.
  private static func count(below limit: Int, from start: Int, stride: Int) -> Int {
    limit > start ? (limit - start - 1) / stride + 1 : 0
  }
}
