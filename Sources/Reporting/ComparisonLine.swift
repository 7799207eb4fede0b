package import Runs

/// The words for what a comparison does now, in one line.
package enum ComparisonLine {
  /// "5/24 runs, rung 2/3  21 %  now none, 0.01, seed 1 (42 %) and 1 more  3 min 10 s left"
  ///
  /// - Parameters:
  ///   - names: Of the runs that are under way.
  ///   - rungs: How many there are; 1 for none.
  ///   - left: Until the comparison ends; nil where that cannot be told yet.
  ///   - width: The most characters. Of the runs under way as many are named as fit.
  package static func text(
    _ activity: ComparisonActivity, _ names: [String], rungs: Int, left: Duration?, width: Int
  ) -> String {
    let rung = rungs > 1 ? ", rung \(activity.rung + 1)/\(rungs)" : ""
    let place = "\(activity.done)/\(activity.count) runs\(rung)  \(ActivityLine.percent(activity.share).padded(5))"
    let end = left.map { "  \(ActivityLine.words($0)) left" } ?? ""
    let underWay = zip(names, activity.underWay).map { "\($0) (\(ActivityLine.percent($1.share)))" }
    let room = width - place.count - end.count
    for count in stride(from: underWay.count, to: 0, by: -1) {
      let others = underWay.count > count ? " and \(underWay.count - count) more" : ""
      let now = "  now " + underWay.prefix(count).joined(separator: "; ") + others
      if now.count <= room { return place + now + end }
    }
    guard let first = underWay.first, room >= 20 else { return place + end }
    return place + ("  now " + first).prefix(room - 1) + "…" + end
  }
}
