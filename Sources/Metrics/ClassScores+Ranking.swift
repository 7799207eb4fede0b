public import Collectives
internal import Tensors

// One class after the other is sorted by score over all ranks: each rank sorts its own samples; a sample of what they
// have says which scores are whose; each rank receives the runs of its scores, the higher the lower its number, and
// counts. Everything counted is an integer, so neither the cuts nor the number of ranks change a bit of the figures
// (design promise 1).
extension ClassScores {
  /// The figures over the samples of all ranks, of `classes` in their order. Collective. The scores are gone afterwards:
  /// each class's as soon as it was counted.
  ///
  /// Beside the scores a rank holds one class's sorted and packed, and the runs that it receives, in a word for each sample
  /// or fewer (`PackedRuns`): of the R runs of equal scores that the ranks have for the class no more than some 3·R/P + P,
  /// and about R/P where scores lie as they do on other ranks. (A tie within a rank is one run, so R is at most the number of samples.) As Shi, Schaeffer, "Parallel Sorting
  /// by Regular Sampling" (1992), has it, whose bound is 2·R/P without ties between ranks.
  public mutating func takeRanking(over communicator: some Communicator) throws(CollectiveError) -> RankingMetrics {
    var counts: [(positives: Int, negatives: Int)] = []
    var parts: [UInt128] = []
    for place in classes.indices {
      var words: [UInt32] = []
      swap(&words, &columns[place])
      let share = try RankingShare(of: words, over: communicator)
      let part = share.sums
      counts.append(share.total)
      parts += [part.doubledPairs, part.precision.units]
    }
    let sums = try communicator.wideSum(of: parts)
    return RankingMetrics(
      counts.enumerated().map { index, total in
        (total.positives, total.negatives, sums[2 * index], ExactSum(units: sums[2 * index + 1]))
      })
  }
}

/// What one rank has of the ranking of a class: all samples of the scores that are its.
struct RankingShare {
  /// Of `PackedRuns`.
  private let words: [UInt32]
  /// Samples with higher scores: those of the ranks before.
  let above: (positives: Int, negatives: Int)
  /// Samples of all ranks.
  let total: (positives: Int, negatives: Int)

  /// Collective.
  ///
  /// - Parameter words: This rank's scores of the class.
  init(of words: consuming [UInt32], over communicator: some Communicator) throws(CollectiveError) {
    var words = words
    radixSort(&words)
    let cuts = try Self.cuts(of: words, over: communicator)
    let received = try communicator.exchange { rank in
      let part = cuts[rank + 1]..<cuts[rank]
      return PackedRuns.words(of: ScoreRuns(words[part]), reserving: part.count)
    }
    words = []
    self.words = PackedRuns.merged(received)

    var counts = [Int64](repeating: 0, count: 2 * communicator.size)
    for run in PackedRuns(self.words) {
      counts[2 * communicator.rank] += Int64(run.positives)
      counts[2 * communicator.rank + 1] += Int64(run.negatives)
    }
    counts = try communicator.sum(counts)
    func positives(ofRanksBelow rank: Int) -> Int { (0..<rank).reduce(0) { $0 + Int(counts[2 * $1]) } }
    func negatives(ofRanksBelow rank: Int) -> Int { (0..<rank).reduce(0) { $0 + Int(counts[2 * $1 + 1]) } }
    above = (positives(ofRanksBelow: communicator.rank), negatives(ofRanksBelow: communicator.rank))
    total = (positives(ofRanksBelow: communicator.size), negatives(ofRanksBelow: communicator.size))
  }

  /// From the highest score down.
  var runs: PackedRuns { PackedRuns(words) }

  /// This rank's part of the sums.
  var sums: RankingSums {
    var sums = RankingSums(positivesAbove: above.positives, negativesAbove: above.negatives)
    for run in runs { sums.add(run) }
    return sums
  }

  /// Where sorted samples are cut, so that the ranks receive about as many runs each.
  ///
  /// - Returns: P + 1 places, falling: rank r is to have the samples `cuts[r + 1] ..< cuts[r]`. Equal scores come to the
  ///   same rank.
  private static func cuts(
    of words: [UInt32], over communicator: some Communicator
  ) throws(CollectiveError) -> [Int] {
    let ranks = communicator.size
    guard ranks > 1 else { return [words.count, 0] }
    let ownCount = ScoreRuns(words[...]).reduce(0) { count, _ in count + 1 }
    // Each rank takes one of so many of its runs, whatever it has: so all samples stand for the same number.
    let step = max(try communicator.sum(ownCount) / (ranks * ranks), 1)
    var samples: [UInt32] = []
    for (place, run) in ScoreRuns(words[...]).enumerated() where place % step == step / 2 { samples.append(run.score) }
    let all = try communicator.allgather(Vector(bitPatterns: samples).bytes)
      .flatMap { Vector(bytes: $0[...]).bitPatterns }.sorted(by: >)
    guard !all.isEmpty else { return Array(repeating: 0, count: ranks + 1) }
    return (0...ranks).map { rank in
      guard rank > 0 else { return words.count }
      guard rank < ranks else { return 0 }
      return firstIndex(in: words, notBelow: ScoredSample.leastWord(ofScore: all[rank * all.count / ranks]))
    }
  }

  /// By bisection.
  private static func firstIndex(in words: [UInt32], notBelow least: UInt32) -> Int {
    var (start, end) = (0, words.count)
    while start < end {
      let middle = (start + end) / 2
      if words[middle] < least { start = middle + 1 } else { end = middle }
    }
    return start
  }
}
