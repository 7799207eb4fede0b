internal import Configuration
internal import Runs
internal import Training

/// The table of members that grows while a run of several goes on. Their epochs are many: one of them is told of where
/// nothing has been said for a while.
struct MemberTable {
  private let metric: ModelMetric
  /// When the last row was made.
  private var lastRow = ContinuousClock.now

  private static let longestSilence = Duration.seconds(30)
  private static let widths = [7, 9, 9, 19]

  init(_ run: RunDescription) {
    metric = run.epochMetric
  }

  /// " member   epochs     kept  balanced accuracy"
  var title: String { Self.row(["member", "epochs", "kept", metric.title]) }

  /// "    3/8       31       21             0.8123"
  mutating func row(_ member: TrainedMember, _ place: MemberPlace) -> String {
    lastRow = .now
    let best = member.delivered.best
    return Self.row([
      "\(place.number)/\(place.count)", String(member.epochs), String(member.delivered.epoch),
      best.map { NumberFormat.fixed($0.value) } ?? "–",
    ])
  }

  /// That of an epoch; nil where something was said not long ago.
  mutating func row(_ report: EpochReport, _ place: MemberPlace) -> String? {
    guard ContinuousClock.now - lastRow > Self.longestSilence else { return nil }
    lastRow = .now
    return Self.row([
      "\(place.number)/\(place.count)", "\(report.epoch)/\(report.epochs)", "…",
      NumberFormat.fixed(report.validation?.value(of: report.metric)),
    ])
  }

  private static func row(_ cells: [String]) -> String {
    zip(cells, widths).map { $0.padded($1) }.joined()
  }
}
