/// Runs as a rank keeps and sends them: from the highest score down, in no more words than they have samples.
///
/// A sample is its word (`ScoredSample`), whose highest bit is 0. Of five samples or more that have the same score there are
/// five words: the score with the highest bit set, and each count in two halves, the lower first.
struct PackedRuns: Sequence, IteratorProtocol {
  private static let countFollows: UInt32 = 1 << 31
  private static let wordsOfCounts = 5

  private let words: [UInt32]
  private var place = 0

  init(_ words: [UInt32]) {
    self.words = words
  }

  mutating func next() -> ScoreRun? {
    guard place < words.count else { return nil }
    guard words[place] & Self.countFollows == 0 else {
      defer { place += Self.wordsOfCounts }
      return ScoreRun(
        score: words[place] ^ Self.countFollows, positives: Int(words[place + 1]) | Int(words[place + 2]) << 32,
        negatives: Int(words[place + 3]) | Int(words[place + 4]) << 32)
    }
    var run = ScoreRun(score: words[place] >> 1, positives: 0, negatives: 0)
    while place < words.count, words[place] >> 1 == run.score {
      if words[place] & 1 == 1 { run.positives += 1 } else { run.negatives += 1 }
      place += 1
    }
    return run
  }

  /// - Parameters:
  ///   - runs: From the highest score down, each of another score.
  ///   - sampleCount: How many they have at most, so that memory is taken once; 0 where that is not known.
  static func words(of runs: some Sequence<ScoreRun>, reserving sampleCount: Int = 0) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(sampleCount)
    for run in runs { append(run, to: &words) }
    return words
  }

  private static func append(_ run: ScoreRun, to words: inout [UInt32]) {
    guard run.positives + run.negatives < wordsOfCounts else {
      words.append(run.score | countFollows)
      words.append(UInt32(truncatingIfNeeded: run.positives))
      words.append(UInt32(run.positives >> 32))
      words.append(UInt32(truncatingIfNeeded: run.negatives))
      words.append(UInt32(run.negatives >> 32))
      return
    }
    for _ in 0..<run.positives { words.append(run.score << 1 | 1) }
    for _ in 0..<run.negatives { words.append(run.score << 1) }
  }

  /// The runs of several rankings as those of one. Beside them there are two that are being merged, twice.
  static func merged(_ rankings: consuming [[UInt32]]) -> [UInt32] {
    var rankings = rankings
    while rankings.count > 1 {
      for place in 0..<(rankings.count / 2) {
        let pair = merged(rankings[2 * place], rankings[2 * place + 1])
        (rankings[2 * place], rankings[2 * place + 1]) = ([], [])
        rankings[place] = pair
      }
      if rankings.count % 2 == 1 { rankings.swapAt(rankings.count / 2, rankings.count - 1) }
      rankings.removeLast(rankings.count / 2)
    }
    return rankings.first ?? []
  }

  private static func merged(_ first: [UInt32], _ second: [UInt32]) -> [UInt32] {
    var words: [UInt32] = []
    words.reserveCapacity(first.count + second.count)
    var (runs, others) = (PackedRuns(first), PackedRuns(second))
    var (run, other) = (runs.next(), others.next())
    while let score = higherScore(run, other) {
      var sum = ScoreRun(score: score, positives: 0, negatives: 0)
      if let found = run, found.score == score {
        sum.positives += found.positives
        sum.negatives += found.negatives
        run = runs.next()
      }
      if let found = other, found.score == score {
        sum.positives += found.positives
        sum.negatives += found.negatives
        other = others.next()
      }
      append(sum, to: &words)
    }
    return words
  }

  private static func higherScore(_ run: ScoreRun?, _ other: ScoreRun?) -> UInt32? {
    guard let run, let other else { return run?.score ?? other?.score }
    return run.score > other.score ? run.score : other.score
  }
}
