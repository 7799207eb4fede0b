internal import Foundation
internal import Runs
package import Training

/// The words for what a run does now, in one line.
package enum ActivityLine {
  /// "member 3/8, epoch 12/60   42 %  loss 0.5123  1,234,567 samples/s  3 min 10 s left"
  ///
  /// - Parameters:
  ///   - left: Until the run ends, if it becomes as long as it may; nil where that cannot be told yet.
  ///   - width: The most characters. What is least missed is left out, from the end.
  package static func text(_ activity: TrainingActivity, left: Duration?, width: Int) -> String {
    switch activity {
    case .preparing(let words): return words
    case .judging(let part, let share): return "judging the \(part) data: \(percent(share))"
    case .epoch(let progress):
      let member = progress.member.map { "member \($0.number)/\($0.count), " } ?? ""
      let stage = progress.stage == .classifier ? "last layer, " : ""
      let place = "\(member)\(stage)epoch \(progress.epoch)/\(progress.epochs)  \(percent(progress.share).padded(5))"
      let left = left.map { "  \(words($0)) left" } ?? ""
      let loss = "  loss \(NumberFormat.fixed(progress.loss))"
      let rate = "  \(NumberFormat.grouped(Int(progress.samplesPerSecond))) samples/s"
      let lines = [place + loss + rate + left, place + loss + left, place + left]
      return lines.first { $0.count <= width } ?? place
    }
  }

  static func percent(_ share: Double) -> String { "\(Int(100 * share)) %" }

  /// "12 s", "3 min 10 s", "2 h 5 min", "3 days"
  static func words(_ duration: Duration) -> String {
    let seconds = Int((duration / .seconds(1)).rounded(.up))
    return switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
    case ..<(48 * 3600): "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: "\(seconds / (24 * 3600)) days"
    }
  }
}

/// How long a run still takes, from how far it came in the time that it took.
package struct TimeLeft {
  package init() {}

  private var start: (time: ContinuousClock.Instant, share: Double)?

  /// - Parameter share: Of the run, in 0...1.
  /// - Returns: Nil before it can be told.
  package mutating func estimate(at share: Double, _ now: ContinuousClock.Instant = .now) -> Duration? {
    guard let start else {
      start = (now, share)
      return nil
    }
    let (elapsed, passed) = (now - start.time, share - start.share)
    // What the first moment shows is mostly chance.
    guard passed > 0, elapsed >= .seconds(1) else { return nil }
    return elapsed * ((1 - share) / passed)
  }
}
