internal import Configuration
internal import Metrics
public import Runs
public import Training

/// The table of epochs that grows while a run goes on: no wider than 80 columns.
public struct EpochTable {
  private struct Column {
    let title: String
    let width: Int
    let text: (EpochReport) -> String
  }

  private let columns: [Column]
  private let metric: ModelMetric?
  /// Of the row that was made last.
  private var stage: TrainingStage?

  public init(_ run: RunDescription) {
    let hasValidation = run.validationSamples != nil
    metric = hasValidation ? run.epochMetric : nil
    // The class that a report of imbalanced data is about; with the fewest samples to learn from.
    let rarest = run.classes.indices.filter { run.classes[$0].count > 0 }
      .min { (run.classes[$0].count, $0) < (run.classes[$1].count, $1) }
    func recall(_ evaluation: Evaluation?) -> String {
      guard let rarest, let confusion = evaluation?.confusion, confusion.support(of: rarest) > 0 else { return "–" }
      return NumberFormat.fixed(confusion.perClass[rarest].recall)
    }
    func figure(_ title: String, _ value: @escaping (EpochReport) -> Double?) -> Column {
      Column(title: title, width: 8) { NumberFormat.fixed(value($0)) }
    }
    var columns = [Column(title: "epoch", width: 7) { "\($0.epoch)/\($0.epochs)" }]
    if run.takesFullBatches {
      columns += [
        Column(title: "passes", width: 7) { NumberFormat.grouped($0.descent?.evaluations ?? 0) },
        Column(title: "gradient", width: 11) { $0.descent.map { NumberFormat.significant($0.largestGradient) } ?? "–" },
      ]
    } else {
      columns.append(Column(title: "step", width: 7) { String($0.step) })
    }
    columns.append(figure("loss") { $0.training.loss })
    guard hasValidation else {
      columns += [
        figure("accuracy") { $0.training.confusion.accuracy },
        figure("balanced") { $0.training.confusion.balancedAccuracy },
        Column(title: "rarest", width: 6) { recall($0.training) },
      ]
      if !run.takesFullBatches {
        columns.append(
          Column(title: "samples/s", width: 12) { NumberFormat.grouped(Int($0.samplesPerSecond)) })
      }
      self.columns = columns
      return
    }
    if !run.takesFullBatches { columns.append(figure("balanced") { $0.training.confusion.balancedAccuracy }) }
    columns.append(Column(title: "val. loss", width: 9) { NumberFormat.fixed($0.validation?.loss) })
    let metric = run.epochMetric
    let ownTitle = metric == .averagePrecision ? "avg. prec." : metric.title
    let ownColumn = Column(title: ownTitle, width: max(8, ownTitle.count)) {
      NumberFormat.fixed($0.validation?.value(of: metric))
    }
    let hasOwnColumn = ![.loss, .accuracy, .balancedAccuracy].contains(metric)
    if hasOwnColumn {
      columns.append(ownColumn)
    } else if !run.takesFullBatches {
      columns.append(figure("accuracy") { $0.validation?.confusion.accuracy })
    }
    if !(hasOwnColumn && run.takesFullBatches) {
      columns.append(figure("balanced") { $0.validation?.confusion.balancedAccuracy })
    }
    columns.append(Column(title: "rarest", width: 6) { recall($0.validation) })
    self.columns = columns
  }

  /// What stands above the rows.
  public var title: String {
    let remark = metric.map { "epochs (* best \($0.title) so far)\n" } ?? ""
    return remark + columns.map { $0.title.padded($0.width) }.joined(separator: "  ")
  }

  /// The row of an epoch; the first of the last layer's stage has a line above it that says so.
  public mutating func row(_ report: EpochReport) -> String {
    let heading =
      report.stage == .classifier && stage != .classifier
      ? "the last layer alone, drawn anew, on the others of epoch \(report.networkEpoch ?? 0)\n" : ""
    stage = report.stage
    return heading + columns.map { $0.text(report).padded($0.width) }.joined(separator: "  ")
      + (report.isBest && metric != nil ? " *" : "")
  }
}
