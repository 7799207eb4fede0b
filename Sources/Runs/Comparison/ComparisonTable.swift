public import Configuration
internal import Metrics

/// What the runs of a comparison came to, choice by choice.
public struct ComparisonTable {
  /// A figure that choices are compared by.
  public struct Column: Sendable {
    /// "balanced_accuracy", "recall:fraud"
    public let key: String
    /// "balanced accuracy", "recall of fraud"
    public let title: String
    public let smallerIsBetter: Bool
    /// Whether it stands in tables for people, too.
    public let isMain: Bool
    let value: @Sendable (Judgement) -> Double?
  }

  /// A figure of a choice.
  public struct Cell: Equatable, Sendable {
    /// Over the runs that have it; nil where none has.
    public let mean: Double?
    /// Of a run, with n − 1; nil for fewer than two.
    public let standardDeviation: Double?
    public internal(set) var isBest = false
    /// Of the test against the best; nil for the best itself and where there is nothing to test.
    public internal(set) var pValue: Double?
    /// Whether it differs from the best by the same in each of several repeats, which says nothing of chance.
    public internal(set) var differsAlike = false

    /// Whether the best may be better by chance alone.
    public var isWithinNoise: Bool { pValue.map { $0 >= ResampledTest.level } ?? differsAlike }
  }

  /// A choice with its figures.
  public struct Row: Sendable {
    public let choice: ComparisonPlan.Choice
    public let judgedCount: Int
    public let failedCount: Int
    /// Whether all of its runs are judged: others take no part in what is best.
    public let isComplete: Bool
    /// The place of the rung that its figures are of: the last that it came to.
    public let rung: Int
    /// Of that rung; nil where all choices are trained to the end.
    public let epochs: Int?
    /// Whether others went on without it, so that it takes no part in what is best.
    public let isDropped: Bool
    public internal(set) var cells: [Cell]
  }

  public let plan: ComparisonPlan
  public let progress: [RunProgress]
  /// Places of the runs that take part, as far as that is known; how many of them are judged or have failed; and how many
  /// are left, those of later rungs, too.
  public let runs: [Int]
  public let doneCount: Int
  public let leftCount: Int
  /// The folder.
  public let path: String
  public let columns: [Column]
  /// In the order of the choices.
  public private(set) var rows: [Row]
  /// "test", "validation"; nil where no run is judged.
  public let split: String?
  /// n_test / n_train of the splits, where each repeat has its own; 0 where all have the same parts.
  public let testToTraining: Double

  /// - Parameter progress: Of each run of the plan.
  package init(_ plan: ComparisonPlan, _ progress: [RunProgress], path: String) {
    (self.plan, self.progress, self.path) = (plan, progress, path)
    let course = ComparisonCourse(plan, progress)
    (runs, doneCount, leftCount) = (course.runs, course.doneCount, course.leftCount)
    let first = course.runs.lazy.compactMap { progress[$0].judgement }.first
    split = first?.split
    let isDrawn = plan.runs.first.map { run in
      let split = run.configuration.split
      return split.hasTest || (split.validationFraction ?? 0) > 0
    }
    testToTraining = isDrawn == true ? first?.testToTraining ?? 0 : 0
    let columns = Self.columns(first)
    self.columns = columns
    rows = plan.choices.indices.map { choice in
      let rung = course.rungs[choice]
      let ofChoice = plan.runs.indices.filter { plan.runs[$0].choice == choice && plan.runs[$0].rung == rung }
        .map { progress[$0] }
      let judgements = ofChoice.compactMap(\.judgement)
      return Row(
        choice: plan.choices[choice], judgedCount: judgements.count,
        failedCount: ofChoice.count { $0.failure != nil }, isComplete: judgements.count == ofChoice.count,
        rung: rung, epochs: plan.halving?.rungs[rung].epochs, isDropped: course.isDropped[choice],
        cells: columns.map { column in Cell(judgements.compactMap(column.value)) })
    }
    for column in columns.indices { markBest(column) }
  }

  /// The figures of a run; nil where it has none yet.
  public func figures(ofRun index: Int) -> [Double?]? {
    progress[index].judgement.map { judgement in columns.map { $0.value(judgement) } }
  }

  /// The classes with the fewest training samples, the rarest first.
  ///
  /// - Returns: Half of the classes, rounded up, but no more than three.
  static func rarestClasses(_ trainingSamples: [Int]) -> [Int] {
    let byCount = trainingSamples.indices.sorted { (trainingSamples[$0], $0) < (trainingSamples[$1], $1) }
    return Array(byCount.prefix(min(3, (trainingSamples.count + 1) / 2)))
  }

  /// Those that a table for people has first, in its order; then others.
  private static func columns(_ judgement: Judgement?) -> [Column] {
    func column(
      _ metric: ModelMetric, isMain: Bool, _ value: @escaping @Sendable (ConfusionMatrix) -> Double
    ) -> Column {
      Column(
        key: metric.key, title: metric.title, smallerIsBetter: false, isMain: isMain, value: { value($0.confusion) })
    }
    func ranking(_ metric: ModelMetric, _ value: @escaping @Sendable (Judgement) -> Double?) -> Column {
      Column(key: metric.key, title: metric.title, smallerIsBetter: false, isMain: false, value: value)
    }
    let classNames = judgement?.classNames ?? []
    let rarest = rarestClasses(judgement?.trainingSamples ?? [])
    func recall(_ label: Int, isMain: Bool) -> Column {
      Column(
        key: "recall:\(classNames[label])", title: "recall of \(classNames[label])", smallerIsBetter: false,
        isMain: isMain,
        value: { judgement in
          let confusion = judgement.confusion
          guard label < confusion.classCount else { return nil }
          let metrics = confusion.perClass[label]
          // A class without a sample in the part has none.
          return metrics.support > 0 ? metrics.recall : nil
        })
    }
    return [
      column(.balancedAccuracy, isMain: true) { $0.balancedAccuracy }, column(.macroF1, isMain: true) { $0.macroF1 },
    ]
      + (judgement == nil ? [] : rarest).map { recall($0, isMain: true) }
      + [
        Column(
          key: ModelMetric.logLoss.key, title: ModelMetric.logLoss.title, smallerIsBetter: true, isMain: true,
          value: \.logLoss),
        column(.accuracy, isMain: false) { $0.accuracy }, column(.gMean, isMain: false) { $0.gMean },
        column(.mcc, isMain: false) { $0.mcc },
        ranking(.rocAUC, \.rocAUC), ranking(.averagePrecision, \.averagePrecision),
      ]
      + classNames.indices.filter { !rarest.contains($0) }.map { recall($0, isMain: false) }
  }

  /// Marks the best choices of a column, and tests the others against the first of them: pairs of runs of the same split
  /// and seed. Where all are the same, none is the best. Of several rungs only the last is looked at.
  private mutating func markBest(_ column: Int) {
    let sign: Double = columns[column].smallerIsBetter ? -1 : 1
    let last = plan.choiceCounts.count - 1
    let complete = rows.indices.filter {
      rows[$0].isComplete && rows[$0].rung == last && rows[$0].cells[column].mean != nil
    }
    func mean(_ row: Int) -> Double { sign * (rows[row].cells[column].mean ?? 0) }
    guard complete.count > 1, let best = complete.max(by: { mean($0) < mean($1) || mean($0) == mean($1) && $0 > $1 })
    else { return }
    // The same figures in another order may add up to a mean that is rounded otherwise.
    let equal = complete.filter { mean(best) - mean($0) <= 1e-12 * mean(best).magnitude }
    guard equal.count < complete.count else { return }
    for row in equal { rows[row].cells[column].isBest = true }
    let ofBest = values(ofRow: best, column)
    for row in complete where !equal.contains(row) {
      let differences = zip(ofBest, values(ofRow: row, column)).compactMap { one, other in
        one.flatMap { one in other.map { one - $0 } }
      }
      let test = ResampledTest(differences, testToTraining: testToTraining)
      rows[row].cells[column].pValue = test?.pValue
      rows[row].cells[column].differsAlike = test == nil && differences.count > 1
    }
  }

  /// Of each repeat, in their order.
  private func values(ofRow row: Int, _ column: Int) -> [Double?] {
    plan.runs.indices.filter { plan.runs[$0].choice == row && plan.runs[$0].rung == rows[row].rung }.sorted {
      plan.runs[$0].repetition < plan.runs[$1].repetition
    }.map { progress[$0].judgement.flatMap(columns[column].value) }
  }
}

extension ComparisonTable.Cell {
  init(_ values: [Double]) {
    let count = Double(values.count)
    guard count > 0 else {
      self.init(mean: nil, standardDeviation: nil)
      return
    }
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(mean: mean, standardDeviation: count > 1 ? (squares / (count - 1)).squareRoot() : nil)
  }
}
