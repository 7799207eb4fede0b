import Foundation
import Metrics
import TestSupport
import Testing

@Suite struct IntervalTests {
  /// scipy's binomtest(…).proportion_ci, by `Reference/make_interval_reference.py`; beside them the exact ones.
  @Test(arguments: [
    (0, 20, 0.95, 0.0, 0.16112515805281935),  // exact: 0.0000 0.1684
    (1, 20, 0.95, 0.008881448800795402, 0.23613119344674205),  // exact: 0.0013 0.2487
    (10, 20, 0.95, 0.2992980081982124, 0.7007019918017876),  // exact: 0.2720 0.7280
    (18, 20, 0.95, 0.6989663547715128, 0.9721335187862319),  // exact: 0.6830 0.9877
    (20, 20, 0.95, 0.8388748419471808, 1.0),  // exact: 0.8316 1.0000
    (3, 7, 0.9, 0.18644319036395607, 0.7105229089864071),  // exact: 0.1288 0.7747
    (1, 1, 0.95, 0.20654931437723745, 1.0),  // exact: 0.0250 1.0000
    (480, 500, 0.99, 0.9307556402490643, 0.9771960288643512),  // exact: 0.9317 0.9791
    (999999, 1000000, 0.8, 0.9999966567403606, 0.9999997008912063),  // exact: 1.0000 1.0000
    (17, 20, 0.5, 0.788398288103402, 0.8960330741068583),  // exact: 0.7579 0.9130
  ])
  func `intervals of shares are scipy's of Wilson`(count: Int, total: Int, level: Double, lower: Double, upper: Double)
  {
    let interval = Interval(share: count, of: total, confidence: level)
    #expect(abs(interval.lower - lower) < 1e-13 && abs(interval.upper - upper) < 1e-13, "\(interval)")
  }

  /// Of each share, how likely a count is whose interval holds it: exactly, by the binomial distribution.
  @Test(arguments: [5, 20, 100])
  func `they hold as many shares as they say in the mean, and never far less`(total: Int) {
    let intervals = (0...total).map { Interval(share: $0, of: total, confidence: 0.95) }
    let n = Double(total)
    func probability(_ count: Int, _ share: Double) -> Double {
      let k = Double(count)
      let ways: Double = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
      return exp(ways + k * log(share) + (n - k) * log1p(-share))
    }
    let coverages = (1..<200).map { (place: Int) -> Double in
      let share = Double(place) / 200
      let holding = (0...total).filter { intervals[$0].lower <= share && share <= intervals[$0].upper }
      return holding.map { probability($0, share) }.reduce(0, +)
    }
    let mean = coverages.reduce(0, +) / Double(coverages.count)
    #expect(mean > 0.94 && mean < 0.965, "\(mean)")
    #expect((coverages.min() ?? 0) > 0.82, "\(coverages.min() ?? 0)")
  }

  @Test func `in JSON an interval is its two ends`() throws {
    let interval = Interval(share: 1, of: 4, confidence: 0.9)
    let data = try JSONEncoder().encode([interval])
    #expect(try JSONDecoder().decode([[Double]].self, from: data) == [[interval.lower, interval.upper]])
    #expect(try JSONDecoder().decode([Interval].self, from: data) == [interval])
  }

  @Test func `the error of the log loss is that of a mean`() throws {
    for reference in ProbabilityReference.all where reference.labels.count > 1 {
      let samples = reference.samples
      var sums = ProbabilitySums(classCount: samples.classCount)
      try samples.batches(of: 16, in: nil) { try sums.record(probabilities: $0, labels: $1) }
      let losses = samples.labels.enumerated().filter { $0.element >= 0 }.map { sample, label in
        -log(min(max(Double(samples.probabilities[samples.classCount * sample + Int(label)]), 0x1p-52), 1 - 0x1p-52))
      }
      // Beyond that it is not known how large a loss is.
      guard (losses.max() ?? 0) < 52 * log(2) else {
        #expect(sums.logLossError == nil)
        continue
      }
      let count = Double(losses.count)
      let mean = losses.reduce(0, +) / count
      let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
      let error = try #require(sums.logLossError)
      // What is subtracted is as large as the squares.
      #expect(abs(error * error * count - variance) < 1e-9 * (1 + mean * mean), "\(error), \(variance)")
    }
    #expect(ProbabilitySums(classCount: 2).logLossError == nil)
  }
}
