internal import Foundation
internal import Metrics
internal import TensorBoard
internal import Training

/// What the events of a run hold: figures by the names that metrics.jsonl has for them, behind that of the part.
struct EventValues {
  private let run: RunDescription
  /// The classes that have figures of their own, the rarest first.
  private let shown: [Int]
  private let tagsOfRecall: [String: [String]]
  private let tagsOfRanking: [(rocAUC: String, averagePrecision: String)]

  init(_ run: RunDescription) {
    self.run = run
    let counts = run.classes.map(\.count)
    let shown = Array(counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }.prefix(Self.mostClasses))
    self.shown = shown
    tagsOfRecall = Dictionary(
      uniqueKeysWithValues: ["train", "validation"].map { split in
        (split, shown.map { "recall_\(split)/\(run.classes[$0].name)" })
      })
    tagsOfRanking = shown.map { label in
      let name = run.classes[label].name
      return ("roc_auc_validation/\(name)", "average_precision_validation/\(name)")
    }
  }

  /// Which epoch a step is the last of; only events of epochs have it.
  static let epochTag = "run/epoch"
  /// Of more classes it is the rarest that have figures of their own.
  static let mostClasses = 25
  /// Of longer runs epochs at equal distances are written.
  private static let mostEpochs = 10_000
  private static let mostPictures = 100

  /// Whether an epoch has an event.
  static func isWritten(_ report: EpochReport) -> Bool { isDue(report, most: mostEpochs) }

  /// Whether an epoch is one of at most about `most`.
  private static func isDue(_ report: EpochReport, most: Int) -> Bool {
    let distance = (report.epochs + most - 1) / most
    return report.epoch % distance == 0 || report.epoch == 1 || report.epoch == report.epochs
  }

  // MARK: Epochs

  func of(_ report: EpochReport) -> [TaggedValue] {
    var values = [
      TaggedValue(Self.epochTag, Double(report.epoch)), TaggedValue("run/samples_per_second", report.samplesPerSecond),
    ]
    func add(_ tag: String, _ number: Double?) {
      if let number { values.append(TaggedValue(tag, number)) }
    }
    add("run/stage", report.stage.map { $0 == .network ? 1 : 2 })
    add("optimizer/learning_rate", report.learningRate)
    add("optimizer/gradient_norm", report.gradientNorm)
    add("optimizer/parameter_norm", report.parameterNorm)
    add("optimizer/largest_gradient", report.descent?.largestGradient)
    for (split, evaluation) in [("train", report.training), ("validation", report.validation)] {
      guard let evaluation else { continue }
      values += Self.figures(evaluation).map { TaggedValue("\(split)/\($0)", $1) }
      let recalls = evaluation.confusion.recalls
      values += zip(tagsOfRecall[split] ?? [], shown).compactMap { tag, label in
        recalls[label].map { TaggedValue(tag, $0) }
      }
      if split == "validation", let ranking = evaluation.ranking {
        for (tags, label) in zip(tagsOfRanking, shown) {
          add(tags.rocAUC, ranking.rocAUC[label])
          add(tags.averagePrecision, ranking.averagePrecision[label])
        }
      }
      if Self.isDue(report, most: Self.mostPictures), let picture = ConfusionPicture.of(evaluation.confusion) {
        values.append(TaggedValue("confusion_matrix/\(split)", .picture(picture)))
      }
    }
    return values
  }

  /// By their names in metrics.jsonl.
  private static func figures(_ evaluation: Evaluation) -> [(key: String, value: Double)] {
    let confusion = ConfusionRecord(evaluation.confusion)
    return [("loss", evaluation.loss), ("log_loss", evaluation.logLoss)].compactMap { key, value in
      value.map { (key, $0) }
    } + [
      ("accuracy", confusion.accuracy), ("balanced_accuracy", confusion.balancedAccuracy),
      ("macro_f1", confusion.macroF1), ("weighted_f1", confusion.weightedF1), ("g_mean", confusion.gMean),
      ("mcc", confusion.mcc), ("kappa", confusion.kappa),
    ]
      + [
        ("roc_auc", evaluation.ranking?.macroROCAUC), ("average_precision", evaluation.ranking?.macroAveragePrecision),
      ].compactMap { key, value in value.map { (key, $0) } }
  }

  // MARK: Before the first step

  var about: [TaggedValue] {
    [
      TaggedValue("about/configuration", .text(Self.configuration(run))),
      TaggedValue("about/classes", .text(Self.classes(run))),
    ]
      + shown.compactMap { label in
        run.classes[label].weight.map { TaggedValue("class_weight/\(run.classes[label].name)", $0) }
      }
  }

  private static func configuration(_ run: RunDescription) -> String {
    let (changed, usual) = (run.options.filter { !$0.isDefault }, run.options.filter(\.isDefault))
    func rows(_ options: [(name: String, value: String, isDefault: Bool)]) -> String {
      table(["option", "value"], options.map { ["--\($0.name)", $0.value] })
    }
    return """
      \(ProgramName(run.version, run.commit.isEmpty ? nil : run.commit)), \(run.shards) shards

      \(run.dataName): \(run.trainingSamples) training samples, \(run.features) features, \(run.classes.count) classes; \
      \(run.model); \(run.training)

      \(rows(changed))

      As they are by default:

      \(rows(usual))
      """
  }

  /// The most rows of the table of classes.
  private static let mostRows = 200

  /// With the numbers by which pictures have them.
  private static func classes(_ run: RunDescription) -> String {
    let rows = run.classes.enumerated().prefix(mostRows).map { index, row in
      ["\(index + 1)", row.name, "\(row.count)", row.weight.map { String(format: "%.6g", $0) } ?? "of each batch"]
    }
    let count = run.classes.count
    let figures =
      count > mostClasses
      ? "Recall and weight are drawn of \(mostClasses) of the \(count) classes: those with the fewest training samples."
      : "Recall and weight are drawn of each class."
    let left = count > mostRows ? "\n\nAnd \(count - mostRows) more: class_weights.json of the run has all." : ""
    return "\(figures)\n\n\(table(["number", "class", "training samples", "weight"], rows))\(left)"
  }

  /// In Markdown.
  private static func table(_ title: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String {
      let texts = cells.map { cell in
        cell.split(whereSeparator: \.isNewline).joined(separator: " ").replacing("|", with: "\\|")
      }
      return "| \(texts.joined(separator: " | ")) |"
    }
    return ([line(title), line(title.map { _ in "---" })] + rows.map(line)).joined(separator: "\n")
  }

  // MARK: At the end

  /// Of the model that is delivered, on each part.
  static func of(_ end: RunEnd) -> [TaggedValue] {
    let rarest = ComparisonTable.rarestClasses(end.run.classes.map(\.count))
    let ofParts = end.final.parts.flatMap { part, evaluation in
      figures(evaluation).map { TaggedValue("final/\(part)/\($0)", $1) }
        + rarest.compactMap { label in
          evaluation.confusion.recalls[label].map {
            TaggedValue("final/\(part)/recall:\(end.run.classes[label].name)", $0)
          }
        }
    }
    let picture = ConfusionPicture.of(end.final.fairest.evaluation.confusion)
    return ofParts + (picture.map { [TaggedValue("final/confusion_matrix", .picture($0))] } ?? [])
  }
}

extension FinalEvaluation {
  /// By their names in summary.json.
  fileprivate var parts: [(name: String, evaluation: Evaluation)] {
    [("train", training), ("out_of_fold", outOfFold), ("validation", validation), ("test", test)].compactMap {
      name, evaluation in evaluation.map { (name, $0) }
    }
  }
}
