import Collectives
import Metrics
import Tensors
import TestSupport
import Testing

@Suite struct RankingMetricsTests {
  private func ranking(
    of samples: ScoredSamples, batchSize: Int = 7, in range: Range<Int>? = nil, over communicator: some Communicator
  ) throws -> RankingMetrics {
    var scores = ClassScores(classCount: samples.classCount, reserving: 10)
    try samples.batches(of: batchSize, in: range) { try scores.record(probabilities: $0, labels: $1) }
    return try scores.takeRanking(over: communicator)
  }

  private func singleProcess(_ samples: ScoredSamples) throws -> RankingMetrics {
    try ranking(of: samples, over: SingleProcessCommunicator())
  }

  @Test func `agree with scikit-learn in 200 random cases`() throws {
    #expect(ProbabilityReference.all.count == 200)
    for (number, reference) in ProbabilityReference.all.enumerated() {
      let figures = try singleProcess(reference.samples)
      #expect(figures.rocAUC.count == reference.rocAuc.count)
      for index in reference.rocAuc.indices {
        let place = "case \(number), \(reference.kind), class \(index)"
        #expect(isClose(figures.rocAUC[index], reference.rocAuc[index]), "\(place)")
        #expect(isClose(figures.averagePrecision[index], reference.averagePrecision[index]), "\(place)")
      }
      #expect(isClose(figures.macroROCAUC, reference.macroRocAuc), "case \(number), \(reference.kind)")
      #expect(
        isClose(figures.macroAveragePrecision, reference.macroAveragePrecision), "case \(number), \(reference.kind)")
    }
  }

  @Test func `the reference has what is difficult`() {
    let all = ProbabilityReference.all
    #expect(Set(all.map(\.kind)).count == 8)
    #expect(all.contains { $0.macroRocAuc == nil })
    #expect(all.contains { $0.macroRocAuc != nil && $0.rocAuc.contains(nil) })
    #expect(all.contains { $0.kind == "constant" && $0.macroRocAuc == 0.5 })
    #expect(all.contains { $0.labels.count == 1 })
  }

  @Test(arguments: [1, 2, 3, 8])
  func `the cases of scikit-learn have the same bits at every rank count`(ranks: Int) throws {
    let single = try ProbabilityReference.all.map { try singleProcess($0.samples) }
    let figures = try onThreads(ranks: ranks) { rank in
      try ProbabilityReference.all.map { reference in
        let own = ShardLayout.part(rank.rank, of: reference.labels.count, cutInto: ranks)
        return try ranking(of: reference.samples, in: own, over: rank)
      }
    }
    #expect(figures.allSatisfy { $0 == single })
  }

  /// How scores lie, and on which ranks.
  enum Shape: CaseIterable, Sendable {
    case even, ties, constant, sortedByRank, crowdedAtOne, onOneRank

    func samples(_ count: Int, seed: UInt64) -> ScoredSamples {
      var random = SplitMix(state: seed)
      var (labels, probabilities): ([Int32], [Float]) = ([], [])
      for sample in 0..<count {
        let label = Int32([0, 0, 0, 0, 0, 0, 0, 1, 1, 2].randomElement(using: &random) ?? 0)
        labels.append(sample % 50 == 49 ? -1 : label)
        var first = Float.random(in: 0...1, using: &random)
        switch self {
        case .even, .onOneRank: break
        case .ties: first = (first * 9).rounded() / 9
        case .constant: first = 0.25
        case .sortedByRank: first = Float(sample) / Float(count)
        case .crowdedAtOne: first = 1 - first * first * 1e-5
        }
        // Correlated with the label, and in three ways.
        let second = label == 1 && sample % 3 > 0 ? 1 - first : (1 - first) / 2
        probabilities += [first, second, 1 - max(first, second)]
      }
      return ScoredSamples(classCount: 3, labels: labels, probabilities: probabilities)
    }

    func part(ofRank rank: Int, of ranks: Int, in count: Int) -> Range<Int> {
      if self == .onOneRank { return rank == ranks - 1 ? 0..<count : 0..<0 }
      // Uneven, and rank 0 has few.
      let cuts = (0...ranks).map { $0 == ranks ? count : $0 * $0 * count / (ranks * ranks) }
      return cuts[rank]..<cuts[rank + 1]
    }
  }

  @Test(arguments: Shape.allCases, [1, 2, 3, 8])
  func `same bits at every rank count, however scores lie`(shape: Shape, ranks: Int) throws {
    for (seed, count) in [(1, 0), (2, 5), (3, 60), (4, 5000)] {
      let samples = shape.samples(count, seed: UInt64(seed))
      let single = try singleProcess(samples)
      let figures = try onThreads(ranks: ranks) { rank in
        try ranking(
          of: samples, batchSize: 256, in: shape.part(ofRank: rank.rank, of: ranks, in: count), over: rank)
      }
      #expect(figures == Array(repeating: single, count: ranks), "\(count) samples")
      if count == 5000 { #expect(single.rocAUC.allSatisfy { $0 != nil }) }
    }
  }

  @Test(arguments: Shape.allCases, [1, 2, 3, 8])
  func `that of few samples, a class on one rank, has the same bits`(shape: Shape, ranks: Int) throws {
    for (seed, count) in [(1, 0), (2, 5), (3, 60), (4, 5000)] {
      let samples = shape.samples(count, seed: UInt64(seed))
      let single = try singleProcess(samples)
      let figures = try onThreads(ranks: ranks) { rank in
        var scores = ClassScores(classCount: 3)
        try samples.batches(of: 256, in: shape.part(ofRank: rank.rank, of: ranks, in: count)) {
          try scores.record(probabilities: $0, labels: $1)
        }
        return try scores.takeSmallRanking(over: rank)
      }
      #expect(figures == Array(repeating: single, count: ranks), "\(count) samples")
    }
  }

  @Test(arguments: Shape.allCases)
  func `agree with the definitions`(shape: Shape) throws {
    let samples = shape.samples(400, seed: 9)
    let figures = try singleProcess(samples)
    for index in 0..<3 {
      let scored = samples.labels.enumerated().filter { $0.element >= 0 }.map { sample, label in
        (score: samples.probabilities[3 * sample + index], isPositive: label == index)
      }
      let (positives, negatives) = (scored.filter(\.isPositive), scored.filter { !$0.isPositive })
      var wins = 0.0
      for positive in positives {
        for negative in negatives {
          wins += positive.score > negative.score ? 1 : positive.score == negative.score ? 0.5 : 0
        }
      }
      #expect(isClose(figures.rocAUC[index], wins / Double(positives.count * negatives.count)))
      let precisions = positives.map { positive in
        let above = scored.filter { $0.score >= positive.score }
        return Double(above.filter(\.isPositive).count) / Double(above.count)
      }
      #expect(isClose(figures.averagePrecision[index], precisions.reduce(0, +) / Double(positives.count)))
    }
  }

  @Test func `zero has one sign`() throws {
    let samples = ScoredSamples(classCount: 2, labels: [0, 1], probabilities: [0, 1, -0.0, 1])
    #expect(try singleProcess(samples).rocAUC == [0.5, 0.5])
  }

  @Test func `pairs are counted beyond 64 bits, in parts as in one`() {
    let runs = (0..<4).map { ScoreRun(score: 9 - UInt32($0), positives: 5_000_000_000, negatives: 7_000_000_000) }
    var (whole, lower) = (RankingSums(), RankingSums(positivesAbove: 10_000_000_000, negativesAbove: 14_000_000_000))
    for run in runs { whole.add(run) }
    var upper = RankingSums()
    for run in runs[..<2] { upper.add(run) }
    for run in runs[2...] { lower.add(run) }
    #expect(upper.doubledPairs + lower.doubledPairs == whole.doubledPairs)
    // Equal shares at each of four scores: half of all pairs, counted twice.
    #expect(whole.doubledPairs == UInt128(20_000_000_000) * 28_000_000_000)
  }

  /// What a rank receives, of ties too, is not much more than its share: R/P of the runs that there are.
  @Test(arguments: Shape.allCases)
  func `no rank receives far more than its share`(shape: Shape) throws {
    let (ranks, count) = (8, 20_000)
    let samples = shape.samples(count, seed: 5)
    let mostWords =
      try onThreads(ranks: ranks) { rank in
        let counting = CountingRank(rank)
        _ = try ranking(
          of: samples, batchSize: 256, in: shape.part(ofRank: rank.rank, of: ranks, in: count), over: counting)
        return counting.mostWordsOfRanking
      }.max() ?? 0
    // Of a tie a rank has one run, in five words; and else a word for each sample.
    let mostRuns = shape == .constant ? ranks : shape == .ties ? 40 * ranks : count
    let wordsOfRun = shape == .constant || shape == .ties ? 5 : 1
    #expect(mostWords <= wordsOfRun * (3 * mostRuns / ranks + 2 * mostRuns / (ranks * ranks) + ranks))
    if shape == .onOneRank { #expect(mostWords >= count / ranks / 2, "received words are not counted") }
  }
}

/// A rank that counts what it receives between two sums, in one class's exchange.
private final class CountingRank: Communicator {
  private let rankAsIs: ThreadCommunicator
  private var words = 0
  private(set) var mostWordsOfRanking = 0

  init(_ rank: ThreadCommunicator) { rankAsIs = rank }

  var rank: Int { rankAsIs.rank }
  var size: Int { rankAsIs.size }
  var name: String { rankAsIs.name }
  var host: String { rankAsIs.host }

  func watch(
    timeout: Duration?, isTerminating: @escaping @Sendable () -> Bool, lost: @escaping @Sendable (JobFailure) -> Void
  ) {}

  func passed(step: Int) {}
  func barrier() { rankAsIs.barrier() }

  func sum(_ values: [Int64]) -> [Int64] {
    mostWordsOfRanking = max(mostWordsOfRanking, words)
    words = 0
    return rankAsIs.sum(values)
  }

  func allgather(_ bytes: [UInt8]) -> [[UInt8]] { rankAsIs.allgather(bytes) }
  func allgather(_ part: Vector, into all: Vector) { rankAsIs.allgather(part, into: all) }
  func broadcast(_ vector: Vector, from root: Int) { rankAsIs.broadcast(vector, from: root) }
  func exchangeSlices(of whole: Vector, part: Range<Int>, into others: Vector) {
    rankAsIs.exchangeSlices(of: whole, part: part, into: others)
  }
  func allgatherSlices(of whole: Vector, count: Int) { rankAsIs.allgatherSlices(of: whole, count: count) }

  func transfer(_ transfers: [Transfer], completed: (Int) -> Void) {
    for case .receive(let vector, _) in transfers where vector.count > 2 { words += vector.count }
    rankAsIs.transfer(transfers, completed: completed)
  }
}

/// Source: Steele, Lea, Flood (2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
