import Metrics
import Testing

@Suite struct DecisionTallyTests {
  /// Made-up matrices, some of whose classes are never seen, never found, or never predicted.
  private static let matrices: [ConfusionMatrix] = (0..<200).map { number in
    let classCount = 2 + number % 5
    var matrix = ConfusionMatrix(classCount: classCount)
    for cell in 0..<(classCount * classCount) {
      let isEmpty = number % 3 == 0 && cell / classCount == number % classCount
      let isMissed = number % 4 == 0 && cell % (classCount + 1) == 0 && cell / classCount == 1
      let count = Int64(number * 7_919 + cell * cell * 104_729 + cell * 31) % 23
      matrix.add(isEmpty || isMissed ? 0 : count, toCell: cell)
    }
    return matrix
  }

  private func tally(_ matrix: ConfusionMatrix) -> DecisionTally {
    let classes = 0..<matrix.classCount
    return DecisionTally(
      supports: classes.map { matrix.support(of: $0) }, hits: classes.map { matrix[$0, $0] },
      predicted: classes.map { matrix.predictedCount(of: $0) })
  }

  @Test func `scores are the metrics of the matrix`() {
    for matrix in Self.matrices {
      #expect(abs(tally(matrix).score(.macroF1).value - matrix.macroF1) < 1e-12)
      #expect(abs(tally(matrix).score(.balancedAccuracy).value - matrix.balancedAccuracy) < 1e-12)
    }
  }

  @Test func `the score of the G-mean is in its order`() {
    let present = Self.matrices.map { matrix in
      (0..<matrix.classCount).count { matrix.support(of: $0) > 0 }
    }
    var compared = 0
    for (one, a) in Self.matrices.enumerated() {
      // Means over as many classes, as those of one part of the data are.
      for (other, b) in Self.matrices.enumerated()
      where present[one] == present[other] && a.classCount == b.classCount && abs(a.gMean - b.gMean) > 1e-9 {
        #expect((tally(a).score(.gMean) < tally(b).score(.gMean)) == (a.gMean < b.gMean))
        compared += 1
      }
    }
    #expect(compared > 1_000)
  }

  @Test func `a G-mean of many classes is no 0, and one that is never found costs more than all else`() {
    func score(_ hits: [Int]) -> DecisionScore {
      DecisionTally(supports: hits.map { _ in 1_000 }, hits: hits, predicted: hits).score(.gMean)
    }
    let rare = Array(repeating: 1, count: 500)
    #expect(score(rare) < score([2] + rare.dropFirst()))
    #expect(score([0] + Array(repeating: 1_000, count: 499)) < score(rare))
    #expect(score([0, 0] + Array(repeating: 1_000, count: 498)) < score([0, 1] + Array(repeating: 1, count: 498)))
  }

  @Test func `a recall counts where the precision is reached`() {
    func score(hits: Int, predicted: Int) -> DecisionScore {
      DecisionTally(supports: [80, 20], hits: [0, hits], predicted: [100 - predicted, predicted])
        .score(.recall(ofClass: 1, precision: 0.9))
    }
    #expect(score(hits: 9, predicted: 10) < score(hits: 18, predicted: 20))
    #expect(score(hits: 18, predicted: 20) < score(hits: 18, predicted: 19))
    #expect(score(hits: 19, predicted: 22) < score(hits: 9, predicted: 10))
    #expect(score(hits: 2, predicted: 10) < score(hits: 19, predicted: 22))
    #expect(score(hits: 0, predicted: 0) < score(hits: 2, predicted: 10))
  }
}
