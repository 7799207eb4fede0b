import Collectives
import Metrics
import Tensors
import TestSupport
import Testing

@Suite struct PrecisionRecallCurveTests {
  /// Class 1 of one in some, with scores that have ties.
  private func samples(_ count: Int, seed: UInt64) -> ScoredSamples {
    var random = SplitMix(state: seed)
    var (labels, probabilities): ([Int32], [Float]) = ([], [])
    for sample in 0..<count {
      let label: Int32 = sample % 29 == 28 ? -1 : Int32([0, 0, 0, 0, 1, 2].randomElement(using: &random) ?? 0)
      labels.append(label)
      var rare = Float.random(in: 0...0.6, using: &random)
      if label == 1 { rare += 0.2 }
      if sample % 5 == 0 { rare = (rare * 20).rounded() / 20 }
      probabilities += [(1 - rare) / 2, rare, (1 - rare) / 2]
    }
    return ScoredSamples(classCount: 3, labels: labels, probabilities: probabilities)
  }

  private func curves(
    _ samples: ScoredSamples, of classes: [Int], most: Int, in range: Range<Int>? = nil,
    over communicator: some Communicator
  ) throws -> [PrecisionRecallCurve] {
    var scores = ClassScores(classCount: samples.classCount, ranking: classes)
    try samples.batches(of: 50, in: range) { try scores.record(probabilities: $0, labels: $1) }
    return try scores.takeCurves(most: most, over: communicator)
  }

  @Test(arguments: [1, 2, 3, 8], [(1, 0), (2, 3), (3, 300), (4, 4000)])
  func `the same points at every rank count`(ranks: Int, _ case: (seed: UInt64, count: Int)) throws {
    let samples = samples(`case`.count, seed: `case`.seed)
    let single = try curves(samples, of: [2, 1], most: 40, over: SingleProcessCommunicator())
    #expect(single.map(\.classIndex) == [2, 1])
    let all = try onThreads(ranks: ranks) { rank in
      let own = ShardLayout.part(rank.rank, of: samples.labels.count, cutInto: ranks)
      return try curves(samples, of: [2, 1], most: 40, in: own, over: rank)
    }
    #expect(all == Array(repeating: single, count: ranks))
  }

  @Test func `each point is what its threshold finds, and the last finds all`() throws {
    let samples = samples(4000, seed: 5)
    for most in [1, 10, 200, 100_000] {
      let curve = try #require(try curves(samples, of: [1], most: most, over: SingleProcessCommunicator()).first)
      let scored = samples.labels.enumerated().filter { $0.element >= 0 }.map {
        (score: samples.probabilities[3 * $0.offset + 1], isOfClass: $0.element == 1)
      }
      #expect(curve.positives == scored.count(where: \.isOfClass) && curve.negatives == scored.count { !$0.isOfClass })
      for point in curve.points {
        let taken = scored.filter { $0.score >= point.threshold }
        #expect(point.found == taken.count(where: \.isOfClass) && point.wrong == taken.count - point.found)
        #expect(point.precision == Double(point.found) / Double(taken.count))
      }
      #expect(curve.points.last?.found == curve.positives)
      #expect(
        zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.found < $1.found && $0.threshold > $1.threshold })
      // No more than are asked for and the first; fewer where a tie leaps over several steps of recall.
      let distinct = Set(scored.filter(\.isOfClass).map(\.score)).count
      #expect(curve.points.count <= min(most + 1, distinct) && 2 * curve.points.count >= min(most, distinct))
    }
  }

  @Test func `a class is ranked the same whether others are or not`() throws {
    let samples = samples(1000, seed: 6)
    let one = SingleProcessCommunicator()
    var (all, some) = (ClassScores(classCount: 3), ClassScores(classCount: 3, ranking: [2, 0]))
    try samples.batches(of: 64) {
      try all.record(probabilities: $0, labels: $1)
      try some.record(probabilities: $0, labels: $1)
    }
    let curvesOfAll = try all.curves(of: [2, 0], most: 9, over: one)
    let (ofAll, ofSome) = (try all.takeRanking(over: one), try some.takeRanking(over: one))
    #expect(ofSome.rocAUC == [ofAll.rocAUC[2], ofAll.rocAUC[0]])
    let curves = try curves(samples, of: [2, 0], most: 9, over: one)
    #expect(curves.map(\.averagePrecision) == [ofAll.averagePrecision[2], ofAll.averagePrecision[0]])
    #expect(curvesOfAll == curves, "scores of all classes are to serve for curves of some")
  }

  @Test func `the bins of reliability are those of the calibration error`() throws {
    let samples = samples(2000, seed: 7)
    var sums = ProbabilitySums(classCount: 3)
    try samples.batches(of: 64) { try sums.record(probabilities: $0, labels: $1) }
    let bins = sums.reliability
    #expect(bins.count == ProbabilitySums.binCount && bins.reduce(0) { $0 + $1.count } == sums.sampleCount)
    var error = 0.0
    for (number, bin) in bins.enumerated() {
      guard let confidence = bin.meanConfidence else {
        #expect(bin.count == 0)
        continue
      }
      #expect(confidence * 15 >= Double(number) - 1e-9 && confidence * 15 <= Double(number + 1) + 1e-9)
      error += (Double(bin.correctCount) - Double(bin.count) * confidence).magnitude / Double(sums.sampleCount)
    }
    #expect(try abs(error - #require(sums.calibrationError)) < 1e-12)
  }
}
