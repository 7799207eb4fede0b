import Foundation
import Metrics
import Testing

@Suite struct ResampledTestTests {
  /// scipy.stats.t.sf(t, df) * 2, by `Reference/make_student_reference.py`.
  @Test(arguments: [
    (0.0, 1.0, 1.0),
    (0.5, 1.0, 0.7048327646991335),
    (12.7, 1.0, 0.050024327689344165),
    (1000000.0, 1.0, 6.366197723673691e-07),
    (4.302652729911275, 2.0, 0.04999999999651663),
    (2.5, 2.0, 0.12961172022151082),
    (0.01, 4.0, 0.9925001562458985),
    (2.776, 4.0, 0.05002277831997642),
    (30.0, 4.0, 7.352856097661319e-06),
    (1.0, 9.0, 0.3434363961379136),
    (2.262, 9.0, 0.05001284550245463),
    (8.0, 9.0, 2.2134816809400155e-05),
    (1.96, 29.0, 0.05966779551959133),
    (3.3, 99.0, 0.001344764746399179),
    (0.2, 999.0, 0.8415212850226275),
    (6.0, 999.0, 2.7562690689044223e-09),
  ])
  func `probabilities of Student's t equal scipy's`(t: Double, degrees: Double, expected: Double) {
    let found = StudentDistribution(degrees: degrees).probability(beyond: t)
    #expect((found - expected).magnitude <= 1e-12 * max(expected, 1e-3), "\(found)")
    #expect(StudentDistribution(degrees: degrees).probability(beyond: -t) == found)
  }

  /// Its own formula, term by term, and scipy.stats.ttest_rel where nothing is corrected.
  @Test func `the test of pairs is scipy's, and more careful by the share of the test part`() throws {
    let differences = [0.031, 0.012, 0.004, 0.022, 0.017]
    let plain = try #require(ResampledTest(differences, testToTraining: 0))
    #expect((plain.pValue - 0.019489576231607034).magnitude < 1e-12 && plain.isDifference)
    let corrected = try #require(ResampledTest(differences, testToTraining: 0.25))
    #expect((corrected.pValue - 0.06550548271194301).magnitude < 1e-12 && !corrected.isDifference)
    #expect((plain.mean - 0.0172).magnitude < 1e-15)
  }

  @Test func `what is always alike is no difference, and of what always differs by as much nothing is said`() throws {
    #expect(ResampledTest([0.5], testToTraining: 0.2) == nil && ResampledTest([], testToTraining: 0.2) == nil)
    #expect(ResampledTest([0, 0, 0], testToTraining: 0.2)?.pValue == 1)
    // The same difference each time, in whatever digits, leaves open how much of it is chance.
    #expect(ResampledTest([0.25, 0.25], testToTraining: 0.2) == nil)
    #expect(ResampledTest([0.1 + 0.2, 0.3, 0.3], testToTraining: 0) == nil)
    #expect(ResampledTest([0.25, 0.26], testToTraining: 0.2).map { $0.pValue > 0 && $0.isDifference } == true)
  }
}
