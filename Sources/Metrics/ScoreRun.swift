/// The samples that one class has the same score for: what a ranking consists of, ties included.
package struct ScoreRun: Equatable, Sendable {
  /// The score's bit pattern: as scores are not negative, in the order of scores.
  let score: UInt32
  /// Samples of the class.
  var positives: Int
  /// Samples of other classes.
  var negatives: Int

  package init(score: UInt32, positives: Int, negatives: Int) {
    self.score = score
    self.positives = positives
    self.negatives = negatives
  }
}

/// A sample's score for one class in one word, which sorts by score: the score's bits, and behind them whether the
/// sample is of the class. (The sign and the second bit of a number in 0 ... 1 are zeros.)
struct ScoredSample: Equatable, Sendable {
  let word: UInt32

  /// - Parameter score: 0 ... 1; −0 is 0.
  init(_ score: Float, isPositive: Bool) {
    word = score.magnitude.bitPattern << 1 | (isPositive ? 1 : 0)
  }

  /// The least word of a score.
  static func leastWord(ofScore score: UInt32) -> UInt32 { score << 1 }
}

/// The runs of sorted samples, from the highest score down.
struct ScoreRuns: Sequence, IteratorProtocol {
  /// In ascending order; those that are left.
  private var words: ArraySlice<UInt32>

  /// - Parameter words: Of `ScoredSample`, in ascending order.
  init(_ words: ArraySlice<UInt32>) {
    self.words = words
  }

  mutating func next() -> ScoreRun? {
    guard let last = words.last else { return nil }
    let score = last >> 1
    var (place, positives) = (words.endIndex, 0)
    while place > words.startIndex, words[place - 1] >> 1 == score {
      place -= 1
      positives += Int(words[place] & 1)
    }
    let run = ScoreRun(score: score, positives: positives, negatives: words.endIndex - place - positives)
    words = words[..<place]
    return run
  }
}
