import Runs
import Testing

@Suite struct PaceTests {
  /// Asks after passes of one length for a while.
  ///
  /// - Returns: How often it was due, and how often it looked at the clock.
  private func pass(
    _ pace: Pace, every length: Duration, for span: Duration, from now: inout ContinuousClock.Instant
  ) -> (due: Int, looks: Int) {
    let end = now + span
    var (due, looks) = (0, 0)
    while now < end {
      now += length
      let time = now
      if pace.isDue({
        looks += 1
        return time
      }) {
        due += 1
      }
    }
    return (due, looks)
  }

  @Test(arguments: [1, 10, 1000, 40_000])
  func `it is due once an interval, and looks seldom`(microseconds: Int) {
    var now = ContinuousClock.now
    let pace = Pace(.milliseconds(100), from: now)
    let (due, looks) = pass(pace, every: .microseconds(microseconds), for: .seconds(3), from: &now)
    #expect((25...30).contains(due))
    #expect(looks < 700)
  }

  @Test func `longer passes are noticed within an interval or two`() {
    var now = ContinuousClock.now
    let pace = Pace(.milliseconds(100), from: now)
    _ = pass(pace, every: .microseconds(1), for: .seconds(1), from: &now)
    // Sixteen looks an interval: 6,250 passes, which now take 20 µs each.
    #expect(pass(pace, every: .microseconds(20), for: .milliseconds(250), from: &now).due >= 1)
    #expect(pass(pace, every: .microseconds(20), for: .seconds(1), from: &now).due >= 8)
  }
}
