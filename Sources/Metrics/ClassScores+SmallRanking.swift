public import Collectives

// A ranking of samples that are not many, in one exchange: each class is ranked by one rank alone, which has all of its
// scores. Everything counted is an integer, so it is the same figures as those of `takeRanking`, bit by bit.
extension ClassScores {
  /// The figures over the samples of all ranks, of `classes` in their order. Collective. The scores are gone afterwards.
  ///
  /// It takes a few messages, however many the classes are, where `takeRanking` takes a few for each; but a rank holds all
  /// scores of ⌈C/P⌉ classes, twice.
  public mutating func takeSmallRanking(over communicator: some Communicator) throws(CollectiveError) -> RankingMetrics
  {
    var own: [[UInt32]] = []
    swap(&own, &columns)
    let ranks = communicator.size
    func places(ofRank rank: Int) -> [Int] { Array(stride(from: rank, to: classes.count, by: ranks)) }
    var received = try communicator.exchange { rank in
      var words: [UInt32] = []
      for place in places(ofRank: rank) {
        words += own[place]
        own[place] = []
      }
      return words
    }
    let ranked = places(ofRank: communicator.rank)
    // [classes, 4]: of each what its figures follow from; zeros for those that other ranks have.
    var sums = [UInt128](repeating: 0, count: 4 * classes.count)
    for (index, place) in ranked.enumerated() {
      var words: [UInt32] = []
      // Each rank has sent as many samples of every class.
      for part in received {
        let count = part.count / ranked.count
        words += part[(index * count)..<((index + 1) * count)]
      }
      radixSort(&words)
      var ranking = RankingSums()
      for run in ScoreRuns(words[...]) { ranking.add(run) }
      sums.replaceSubrange(
        (4 * place)..<(4 * place + 4),
        with: [
          UInt128(ranking.positives), UInt128(ranking.negatives), ranking.doubledPairs, ranking.precision.units,
        ])
    }
    received = []
    sums = try communicator.wideSum(of: sums)
    return RankingMetrics(
      classes.indices.map { place in
        (
          Int(sums[4 * place]), Int(sums[4 * place + 1]), sums[4 * place + 2], ExactSum(units: sums[4 * place + 3])
        )
      })
  }
}
