public import Collectives

// A ranking of samples that are not many, in few exchanges: each class is ranked by one rank alone, which has all of its
// scores. Everything counted is an integer, so it is the same figures as those of `takeRanking`, bit by bit.
extension ClassScores {
  /// The figures over the samples of all ranks, of `classes` in their order. Collective. The scores are gone afterwards.
  ///
  /// It takes a few messages, however many the classes are, where `takeRanking` takes a few for each; but a rank holds all
  /// scores of a class, twice. Where scores are many, so are the messages: no more of them are in memory twice at a time.
  public mutating func takeSmallRanking(over communicator: some Communicator) throws(CollectiveError) -> RankingMetrics
  {
    var own: [[UInt32]] = []
    swap(&own, &columns)
    let ranks = communicator.size
    // Of one rank, those of no other.
    let most = (classes.count + ranks - 1) / ranks
    let atOnce = max(Self.mostWordsAtOnce / max(try communicator.sum(own.first?.count ?? 0), 1), 1)
    // [classes, 4]: of each what its figures follow from; zeros for those that other ranks have.
    var sums = [UInt128](repeating: 0, count: 4 * classes.count)
    for start in stride(from: 0, to: most, by: atOnce) {
      func places(ofRank rank: Int) -> [Int] {
        (start..<min(start + atOnce, most)).map { rank + $0 * ranks }.filter { $0 < classes.count }
      }
      let received = try communicator.exchange { rank in
        guard rank != communicator.rank else { return [] }
        var words: [UInt32] = []
        words.reserveCapacity(places(ofRank: rank).reduce(0) { $0 + own[$1].count })
        for place in places(ofRank: rank) {
          words += own[place]
          own[place] = []
        }
        return words
      }
      let ranked = places(ofRank: communicator.rank)
      for (index, place) in ranked.enumerated() {
        var words: [UInt32] = []
        swap(&words, &own[place])
        words.reserveCapacity(words.count + received.reduce(0) { $0 + $1.count } / ranked.count)
        // Each rank has sent as many samples of every class.
        for part in received {
          let count = part.count / ranked.count
          words += part[(index * count)..<((index + 1) * count)]
        }
        sums.replaceSubrange((4 * place)..<(4 * place + 4), with: Self.sums(ofAll: words))
      }
    }
    sums = try communicator.wideSum(of: sums)
    return RankingMetrics(
      classes.indices.map { place in
        (
          Int(sums[4 * place]), Int(sums[4 * place + 1]), sums[4 * place + 2], ExactSum(units: sums[4 * place + 3])
        )
      })
  }

  /// Words that a rank may receive at a time, if they are of more than one class.
  private static var mostWordsAtOnce: Int { 1 << 20 }

  /// - Parameter words: Of all samples.
  private static func sums(ofAll words: consuming [UInt32]) -> [UInt128] {
    var words = words
    radixSort(&words)
    var ranking = RankingSums()
    for run in ScoreRuns(words[...]) { ranking.add(run) }
    return [UInt128(ranking.positives), UInt128(ranking.negatives), ranking.doubledPairs, ranking.precision.units]
  }
}
