import Reporting
import Testing
import Training

@Suite struct ActivityLineTests {
  private func epoch(_ share: Double, loss: Double? = 0.51234, member: (Int, Int)? = nil, of epochs: Int = 60)
    -> TrainingActivity
  {
    .epoch(
      EpochProgress(
        epoch: 12, epochs: epochs, share: share, shareOfRun: 0.1, loss: loss, samplesPerSecond: 1_234_567.8,
        member: member.map { MemberPlace(number: $0.0, count: $0.1) }))
  }

  @Test func `a line says how far the epoch is, its loss, the rate, and what is left`() {
    #expect(
      ActivityLine.text(epoch(0.429), left: .seconds(189.2), width: 79)
        == "epoch 12/60   42 %  loss 0.5123  1,234,567 samples/s  3 min 10 s left")
    #expect(
      ActivityLine.text(epoch(1, loss: nil, member: (3, 8)), left: nil, width: 79)
        == "member 3/8, epoch 12/60  100 %  loss –  1,234,567 samples/s")
    #expect(
      ActivityLine.text(.judging(part: "test", share: 0.5), left: nil, width: 79) == "judging the test data: 50 %")
  }

  @Test func `what does not fit is left out as a whole, what is least missed first`() {
    let long = epoch(0.5, loss: 1.5e12, member: (1000, 1000), of: 1_000_000)
    func line(_ width: Int) -> String { ActivityLine.text(long, left: .seconds(100_000), width: width) }
    #expect(line(79) == "member 1000/1000, epoch 12/1000000   50 %  loss 1.5e+12  27 h 46 min left")
    #expect(line(60) == "member 1000/1000, epoch 12/1000000   50 %  27 h 46 min left")
    #expect(line(50) == "member 1000/1000, epoch 12/1000000   50 %")
  }

  @Test func `the time that is left follows from what was done`() {
    var (left, now) = (TimeLeft(), ContinuousClock.now)
    // A run that is gone on with at a half.
    #expect(left.estimate(at: 0.5, now) == nil)
    #expect(left.estimate(at: 0.6, now + .milliseconds(900)) == nil)
    now += .seconds(10)
    #expect(left.estimate(at: 0.5, now) == nil)
    #expect(left.estimate(at: 0.75, now) == .seconds(10))
    #expect(left.estimate(at: 1, now) == .zero)
  }
}
