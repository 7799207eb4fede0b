import ClassWeighting
import Foundation
import Testing

/// What losses make of class counts.
@Suite struct LossFigureTests {
  @Test(arguments: [0, 0.5, 1, 2])
  func `logits are shifted by τ log π, but for what is the same for all of them`(tau: Double) {
    let counts = [3, 900, 1, 96]
    let shifts = LogitShifts.shifts(forCounts: counts, tau: tau)
    let exact = counts.map { tau * log(Double($0) / 1000) }
    for c in counts.indices { #expect(abs((shifts[c] - shifts[0]) - (exact[c] - exact[0])) < 1e-12) }
    #expect(shifts.max() == 0 && shifts[1] == 0)
    for (shift, ratio) in zip(shifts, LogitShifts.ratios(forCounts: counts, tau: tau)) {
      #expect(abs(exp(-shift) - ratio) < 1e-9 * ratio)
    }
  }

  @Test func `a class without a sample counts as the most frequent one`() {
    #expect(LogitShifts.shifts(forCounts: [10, 0, 1], tau: 1) == [0, 0, -log(10)])
    #expect(LogitShifts.ratios(forCounts: [10, 0, 4], tau: 1) == [1, 1, 2.5])
    #expect(LogitShifts.shifts(forCounts: [0, 0], tau: 1) == [0, 0])
  }

  @Test func `the largest shift is one that the kernel can take`() {
    #expect(LogitShifts.shifts(forCounts: [10_000_000_000_000, 1], tau: LogitShifts.largestTau)[1] > -60)
  }

  @Test func `margins go by the fourth root of counts, and the rarest class has the largest`() {
    let margins = ClassMargins.margins(forCounts: [16 * 81, 81, 0, 256 * 81], largest: 0.5)
    #expect(margins == [0.25, 0.5, 0.5, 0.125])
  }
}
