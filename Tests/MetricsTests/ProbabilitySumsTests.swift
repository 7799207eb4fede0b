import Collectives
import Failures
import Metrics
import Tensors
import TestSupport
import Testing

@Suite struct ProbabilitySumsTests {
  private func sums(
    of samples: ScoredSamples, batchSize: Int = 7, in range: Range<Int>? = nil
  ) throws -> ProbabilitySums {
    var sums = ProbabilitySums(classCount: samples.classCount)
    try samples.batches(of: batchSize, in: range) { try sums.record(probabilities: $0, labels: $1) }
    return sums
  }

  @Test func `agree with scikit-learn in 200 random cases`() throws {
    #expect(ProbabilityReference.all.count == 200)
    for (number, reference) in ProbabilityReference.all.enumerated() {
      let sums = try sums(of: reference.samples)
      #expect(sums.sampleCount == reference.labels.count)
      #expect(isClose(sums.logLoss, reference.logLoss), "case \(number), \(reference.kind)")
      #expect(isClose(sums.brierScore, reference.brier), "case \(number), \(reference.kind)")
      #expect(isClose(sums.calibrationError, reference.calibrationError), "case \(number), \(reference.kind)")
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func `same bits at every rank count`(ranks: Int) throws {
    for reference in ProbabilityReference.all where reference.labels.count > 20 {
      let samples = reference.samples
      let single = try sums(of: samples)
      let totals = try onThreads(ranks: ranks) { rank in
        let own = ShardLayout.part(rank.rank, of: samples.labels.count, cutInto: ranks)
        return try sums(of: samples, batchSize: 3, in: own).total(over: rank)
      }
      // Equatable, of integers alone: so all that follows from it has the same bits.
      #expect(totals == Array(repeating: single, count: ranks))
    }
  }

  @Test func `the order of samples changes no bit`() throws {
    let reference = try #require(ProbabilityReference.all.max { $0.labels.count < $1.labels.count })
    let samples = reference.samples
    var reversed = ProbabilitySums(classCount: samples.classCount)
    for sample in samples.labels.indices.reversed() {
      try reversed.record(
        probabilities: samples.matrix(sample..<(sample + 1)), labels: samples.labels[sample..<(sample + 1)])
    }
    #expect(reversed == (try sums(of: samples)))
  }

  @Test func `confidences belong to the bin below them`() throws {
    // 5/8 · 15 = 9.375; all of one bin, so the error is |2 − 2.5| / 4, and not the mean of two bins.
    let samples = ScoredSamples(
      classCount: 2, labels: [0, 0, 1, 1], probabilities: [0.625, 0.375, 0.625, 0.375, 0.625, 0.375, 0.625, 0.375])
    #expect(try sums(of: samples).calibrationError == 0.125)
    // 1 is in the last bin, with 0.95.
    let certain = ScoredSamples(classCount: 2, labels: [0, 1], probabilities: [1, 0, 0.9375, 0.0625])
    #expect(try sums(of: certain).calibrationError == abs(1.9375 - 1) / 2)
  }

  @Test func `samples without a label are left out`() throws {
    let samples = ScoredSamples(
      classCount: 2, labels: [0, -1, 1], probabilities: [0.75, 0.25, 1, 0, 0.5, 0.5])
    let sums = try sums(of: samples)
    #expect(sums.sampleCount == 2)
    #expect(sums.brierScore == (2 * 0.0625 + 0.5) / 2)
  }

  @Test func `nothing has no figures`() throws {
    let sums = try ProbabilitySums(classCount: 3).total(over: SingleProcessCommunicator())
    #expect(sums.logLoss == nil && sums.brierScore == nil && sums.calibrationError == nil)
  }

  @Test(arguments: [Float.nan, .infinity, -0.001, 1.001])
  func `what is no probability is refused, and says where`(value: Float) throws {
    let wrong = Matrix(zeros: 3, 4)
    wrong[1, 2] = value
    let labels: [Int32] = [0, 1, -1, 2]
    var sums = ProbabilitySums(classCount: 3)
    try sums.record(probabilities: Matrix(zeros: 3, 4), labels: labels[...])
    let before = sums
    let error = #expect(throws: ProbabilityError.self) { try sums.record(probabilities: wrong, labels: labels[...]) }
    #expect(error?.sample == 6 && error?.classIndex == 1)
    #expect(error?.description.contains("class 1 for sample 6 of this rank is \(value)") == true)
    #expect(sums == before)
    var scores = ClassScores(classCount: 3)
    #expect(throws: ProbabilityError.self) { try scores.record(probabilities: wrong, labels: labels[...]) }
    #expect(scores.sampleCount == 0)
  }
}
