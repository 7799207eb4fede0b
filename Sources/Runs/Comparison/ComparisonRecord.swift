internal import Configuration
internal import Datasets
internal import Metrics

/// compare.json: nothing in it depends on ranks, on time, or on interruptions.
public struct ComparisonRecord: Encodable {
  private struct Figure: Encodable {
    let mean: Double?
    let sd: Double?
    let best: Bool
    /// Nil where nothing was tested.
    let withinNoise: Bool?
    let p: Double?

    enum CodingKeys: String, CodingKey {
      case mean, sd, best, p
      case withinNoise = "within_noise"
    }
  }

  private struct Rung: Encodable {
    let epochs: Int
    let choices: Int
  }

  private struct Rungs: Encodable {
    let factor: Int
    let metric: String
    let rungs: [Rung]
  }

  private struct Choice: Encodable {
    let options: [String: String]
    /// From 1.
    let rung: Int?
    let epochs: Int?
    let dropped: Bool?
    let judged: Int
    let failed: Int
    let figures: [String: Figure]
  }

  private struct Run: Encodable {
    let folder: String
    let options: [String: String]
    let seed: UInt64
    let splitSeed: UInt64
    let fold: String?
    let rung: Int?
    let epochs: Int?
    let outcome: String
    let failure: String?
    let figures: [String: Double?]?

    enum CodingKeys: String, CodingKey {
      case folder, options, seed, fold, rung, epochs, outcome, failure, figures
      case splitSeed = "split_seed"
    }
  }

  private let data: String
  private let judgedBy: String?
  private let test: String
  private let level: Double
  private let testToTraining: Double
  private let complete: Bool
  private let halving: Rungs?
  private let choices: [Choice]
  private let runs: [Run]

  enum CodingKeys: String, CodingKey {
    case data, test, level, complete, halving, choices, runs
    case judgedBy = "judged_by"
    case testToTraining = "test_to_training"
  }

  public init(_ table: ComparisonTable) {
    let plan = table.plan
    data = plan.runs.first?.configuration.dataName ?? ""
    judgedBy = table.split
    test = "paired t-test of each choice and the best, two-sided, with the correction of Nadeau and Bengio (2003)"
    level = ResampledTest.level
    testToTraining = table.testToTraining
    complete = table.leftCount == 0
    halving = plan.halving.map { halving in
      Rungs(
        factor: Halving.factor, metric: halving.metric.key,
        rungs: halving.rungs.map { Rung(epochs: $0.epochs, choices: $0.choiceCount) })
    }
    let keys = table.columns.map(\.key)
    choices = table.rows.map { row in
      Choice(
        options: row.choice.values, rung: row.epochs.map { _ in row.rung + 1 }, epochs: row.epochs,
        dropped: row.epochs.map { _ in row.isDropped }, judged: row.judgedCount, failed: row.failedCount,
        figures: Dictionary(
          zip(
            keys,
            row.cells.map { cell in
              Figure(
                mean: cell.mean, sd: cell.standardDeviation, best: cell.isBest,
                withinNoise: cell.pValue == nil && !cell.differsAlike ? nil : cell.isWithinNoise, p: cell.pValue)
            }), uniquingKeysWith: { first, _ in first }))
    }
    runs = table.runs.map { index in
      let (run, progress) = (plan.runs[index], table.progress[index])
      let repetition = plan.repeats[run.repetition]
      return Run(
        folder: run.name, options: plan.choices[run.choice].values, seed: repetition.seed,
        splitSeed: repetition.splitSeed, fold: repetition.fold?.description,
        rung: plan.halving.map { _ in run.rung + 1 }, epochs: plan.halving?.rungs[run.rung].epochs,
        outcome: progress.word,
        failure: progress.failure,
        figures: table.figures(ofRun: index).map { values in
          Dictionary(zip(keys, values), uniquingKeysWith: { first, _ in first })
        })
    }
  }
}

/// compare.csv: a line a run, for whoever counts on their own.
enum ComparisonRows {
  static func text(_ table: ComparisonTable) -> String {
    let plan = table.plan
    let title =
      ["folder"] + plan.tried.map(\.name) + ["seed", "split_seed", "fold"]
      + (plan.halving == nil ? [] : ["rung", "epochs"]) + ["outcome"] + table.columns.map(\.key)
    let rows = table.runs.map { index in
      let run = plan.runs[index]
      let repetition = plan.repeats[run.repetition]
      let figures = table.figures(ofRun: index) ?? table.columns.map { _ in nil }
      return [run.name] + plan.choices[run.choice].options.map(\.value)
        + ["\(repetition.seed)", "\(repetition.splitSeed)", repetition.fold?.description ?? ""]
        + (plan.halving.map { ["\(run.rung + 1)", "\($0.rungs[run.rung].epochs)"] } ?? [])
        + [table.progress[index].word] + figures.map { $0.map { "\($0)" } ?? "" }
    }
    return ([title] + rows).map { $0.map(CSVField.text).joined(separator: ",") + "\n" }.joined()
  }
}

extension ComparisonPlan.Choice {
  fileprivate var values: [String: String] {
    Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.value) })
  }
}

extension RunProgress {
  var word: String {
    switch self {
    case .open: "open"
    case .judged: "completed"
    case .failed: "failed"
    }
  }
}
