/// The offsets of one class that are tried, with the offsets of the others as they are: one in every gap between the
/// thresholds of samples, and one beyond either end. Between two neighbouring thresholds no sample changes, so with the
/// thresholds of all samples there is no other decision to be had.
struct ThresholdCandidates {
  /// Ascending.
  let offsets: [Float]

  /// - Parameter thresholds: In any order; not empty, finite.
  init(_ thresholds: [Float]) {
    var distinct: [Float] = []
    for threshold in thresholds.sorted() where distinct.last != threshold { distinct.append(threshold) }
    let gaps = zip(distinct, distinct.dropFirst()).map { $0 / 2 + $1 / 2 }
    offsets = distinct.isEmpty ? [] : [distinct[0] - 1] + gaps + [distinct[distinct.count - 1] + 1]
  }

  /// How many offsets a threshold is not below: the first of those by which its sample is taken for the class; their
  /// number where there is none.
  func place(of threshold: Float) -> Int {
    var (start, end) = (0, offsets.count)
    while start < end {
      let middle = (start + end) / 2
      if offsets[middle] > threshold { end = middle } else { start = middle + 1 }
    }
    return start
  }
}

/// Whose thresholds become candidates: all samples' where they are few enough; else as many as that of samples that
/// stand at equal distances among those of their class, half of them of the class itself: of a rare one all. Which ones
/// does not depend on the ranks.
struct ThresholdChoice {
  private let classIndex: Int
  /// Of so many samples of the class, and of others, one.
  private let ownStep: Int
  private let otherStep: Int

  /// The counts that a class's candidates are judged by have 2C + 1 numbers for each of them: they are summed over
  /// ranks.
  static func most(classCount: Int) -> Int { max((1 << 20) / (2 * classCount + 1), 256) }

  /// - Parameters:
  ///   - supports: n_c over all ranks. [C]
  ///   - most: Candidates that there may be, about.
  init(ofClass classIndex: Int, supports: [Int], most: Int) {
    self.classIndex = classIndex
    let total = supports.reduce(0, +)
    guard total > most else {
      (ownStep, otherStep) = (1, 1)
      return
    }
    func step(_ count: Int) -> Int { max((count + most / 2 - 1) / (most / 2), 1) }
    ownStep = step(supports[classIndex])
    otherStep = step(total - supports[classIndex])
  }

  /// - Parameter place: Of the sample among those of its class.
  func takes(label: Int32, place: Int) -> Bool {
    place % (Int(label) == classIndex ? ownStep : otherStep) == 0
  }
}
