internal import Configuration

/// Which runs of a comparison are trained: all of them; with `--halving` on each rung those of the choices that were the
/// best on the one before. It follows from what the runs came to alone, so it is the same whoever trained them and when.
struct ComparisonCourse {
  /// Places in the plan of the runs that take part as far as that is known, in the order in which they are trained.
  let runs: [Int]
  /// Those of them that are left to train: of one rung, since who takes part on the next follows from them.
  let open: [Int]
  /// The last rung of each choice so far.
  let rungs: [Int]
  /// Of each choice, whether others went on without it.
  let isDropped: [Bool]
  /// The rung that is under way, or the last.
  let rung: Int
  /// Choices that take part on it.
  let choiceCount: Int
  /// Of runs on later rungs, where none fails.
  let laterCount: Int

  /// - Parameter progress: Of each run of the plan.
  init(_ plan: ComparisonPlan, _ progress: [RunProgress]) {
    var (runs, open): ([Int], [Int]) = ([], [])
    var rungs = plan.choices.map { _ in 0 }
    var choices = Set(plan.choices.indices)
    var current = 0
    let counts = plan.choiceCounts
    for (rung, count) in counts.enumerated() {
      if let halving = plan.halving, rung > 0 {
        let best = Self.best(of: choices, onRung: rung - 1, plan, progress, by: halving.metric)
        guard !best.isEmpty else { break }
        choices = Set(best.prefix(count))
      }
      current = rung
      for choice in choices { rungs[choice] = rung }
      let ofRung = plan.runs.indices.filter { plan.runs[$0].rung == rung && choices.contains(plan.runs[$0].choice) }
      runs += ofRung
      open = ofRung.filter { progress[$0] == .open }
      guard open.isEmpty else { break }
    }
    (self.runs, self.open, self.rungs, rung) = (runs, open, rungs, current)
    isDropped = plan.choices.indices.map { !choices.contains($0) }
    choiceCount = choices.count
    // Nothing is left of a comparison whose last choices have failed.
    let later = open.isEmpty ? [] : counts.dropFirst(current + 1)
    laterCount = later.reduce(0) { $0 + min($1, choices.count) } * plan.repeats.count
  }

  var doneCount: Int { runs.count - open.count }
  /// Of all runs, where no other fails.
  var count: Int { runs.count + laterCount }
  var leftCount: Int { open.count + laterCount }

  /// How much of the work is done.
  ///
  /// - Parameters:
  ///   - costs: Of each run of the plan.
  ///   - shares: Of runs that are under way, by their place: in 0...1.
  func share(_ plan: ComparisonPlan, costs: [Double], underWay shares: [Int: Double]) -> Double {
    let left = open.reduce(0.0) { $0 + costs[$1] * (1 - (shares[$1] ?? 0)) }
    let later = laterCount == 0 ? [] : Array(plan.choiceCounts.indices.dropFirst(rung + 1))
    // Who comes there is not known; as if all choices cost the same.
    let ofLater = later.reduce(0.0) { total, rung in
      let all = plan.runs.indices.filter { plan.runs[$0].rung == rung }.reduce(0.0) { $0 + costs[$1] }
      return total + all * Double(min(plan.choiceCounts[rung], choiceCount)) / Double(plan.choices.count)
    }
    let all = runs.reduce(ofLater) { $0 + costs[$1] }
    return all > 0 ? 1 - (left + ofLater) / all : 1
  }

  /// Choices of a rung whose runs have all ended, the best first; of equal ones the first of the list. One whose figure is
  /// not finite in some run comes after those that have it in all, and one with a run that failed not at all. Where none
  /// has a ranking, of which there is none of very many samples, balanced accuracy decides.
  private static func best(
    of choices: Set<Int>, onRung rung: Int, _ plan: ComparisonPlan, _ progress: [RunProgress], by metric: ModelMetric
  ) -> [Int] {
    let judged = plan.runs.indices.filter { plan.runs[$0].rung == rung }.compactMap { progress[$0].judgement }
    let isUnknown = metric.isOfRanking && judged.allSatisfy { $0.value(of: metric) == nil }
    let metric = isUnknown ? ModelMetric.balancedAccuracy : metric
    var ranked: [(choice: Int, value: Double)] = []
    for choice in choices.sorted() {
      let ofChoice = plan.runs.indices.filter { plan.runs[$0].rung == rung && plan.runs[$0].choice == choice }
      let judgements = ofChoice.compactMap { progress[$0].judgement }
      guard judgements.count == ofChoice.count else { continue }
      let values = judgements.compactMap { $0.value(of: metric) }
      let mean = values.reduce(0, +) / Double(values.count)
      let isKnown = values.count == judgements.count && mean.isFinite
      ranked.append((choice, isKnown ? (metric.isLoss ? -mean : mean) : -.infinity))
    }
    return ranked.sorted { ($1.value, $0.choice) < ($0.value, $1.choice) }.map(\.choice)
  }
}
