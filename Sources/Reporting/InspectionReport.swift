internal import Checkpoints
internal import ClassWeighting
internal import Configuration
internal import Datasets
internal import Files
internal import Models
public import Runs
internal import Training

/// What `inspect` says of a model, a checkpoint or a run.
public struct InspectionReport {
  private let inspection: Inspection
  private let showsAllColumns: Bool
  private let showsAllClasses: Bool

  /// Rows of a table that is not shown in full.
  private static let fewRows = 12

  public init(_ inspection: Inspection, allColumns: Bool, allClasses: Bool) {
    self.inspection = inspection
    showsAllColumns = allColumns
    showsAllClasses = allClasses
  }

  /// For people.
  public var text: String {
    var lines = [RunDescription.Line(title: inspection.kind.rawValue, text: inspection.path)]
    if inspection.kind == .run { lines.append(.init(title: "state", text: state)) }
    lines += inspection.story.map { .init(title: "log", text: $0) }
    if let checkpoint = inspection.checkpoint { lines += Self.lines(checkpoint, hasEnded: inspection.summary != nil) }
    if let summary = inspection.summary { lines += Self.lines(summary) }
    guard let model = inspection.model else { return lines.map(\.padded).joined(separator: "\n") }
    lines.append(
      .init(
        title: "network",
        text: "\(model.summary) (\(NumberFormat.grouped(model.parameterCount)) parameters)"))
    lines.append(.init(title: "loss", text: Self.words(model.loss)))
    if let temperature = model.temperature {
      let text = "temperature \(NumberFormat.significant(temperature)), found \(whereFound(model))"
      lines.append(.init(title: "softmax", text: text))
    }
    if let tau = model.tau {
      lines.append(.init(title: "rows", text: "of the last layer divided by their norms to the power of \(tau)"))
    }
    if let decision = model.decision {
      let text = "the largest logit plus the class's offset, tuned for \(decision.metric) \(whereFound(model))"
      lines.append(.init(title: "decision", text: text))
    }
    let tables = [tensorTable(model), classTable(model), columnTable(model)]
    return (lines.map(\.padded) + tables.map { "\n" + $0 }).joined(separator: "\n")
  }

  /// What temperature and thresholds were found by. The file of a model of several members does not say: its run does.
  private func whereFound(_ model: ModelFile) -> String {
    let (validation, folds) = ("on the validation part", "by what each member was trained without")
    guard model.members.count > 1 else { return validation }
    guard let summary = inspection.summary else { return "\(validation), or \(folds)" }
    return summary.validation == nil ? folds : validation
  }

  /// Whether the run has come to its end, and what to type where it has not.
  private var state: String {
    if let summary = inspection.summary {
      return "\(summary.outcome) after \(NumberFormat.count(summary.steps, "step"))"
    }
    guard let checkpoint = inspection.checkpoint else {
      return inspection.model == nil
        ? "begun, and without a checkpoint yet" : "what a run came to, without its summary and its checkpoints"
    }
    return """
      not at its end; its newest whole checkpoint is of step \(checkpoint.step). --resume \(inspection.path.asShellWord) \
      goes on from it.
      """
  }

  /// - Parameter hasEnded: Whether the run has: then the newest checkpoint is of the end of its last member.
  private static func lines(_ checkpoint: CheckpointRecord, hasEnded: Bool) -> [RunDescription.Line] {
    let progress = checkpoint.progress
    let steps = progress.stepInEpoch > 0 ? " and \(NumberFormat.count(progress.stepInEpoch, "step")) of the next" : ""
    let training = checkpoint.data.training
    let stage = progress.network.map { ", all layers in \($0.epochs) of them, then the last alone" } ?? ""
    let place = "step \(progress.step), after \(NumberFormat.count(progress.epoch, "whole epoch"))\(steps)\(stage)"
    let (trained, members) = (checkpoint.trainedMembers.count, checkpoint.configuration.model.memberCount)
    let ofMember = checkpoint.isUnderWay ? "; the next at \(place)" : ""
    let ofMembers =
      hasEnded ? "all \(members) members trained" : "\(trained) of \(members) members trained\(ofMember)"
    var lines: [RunDescription.Line] = [
      .init(title: "at", text: members == 1 ? place : ofMembers),
      .init(
        title: "data",
        text: """
          \(checkpoint.configuration.dataName): \(NumberFormat.grouped(training.samples)) training samples, \
          \(NumberFormat.count(training.features, "feature"))
          """),
    ]
    // Of several members each has one of its own.
    if let best = progress.best, members == 1 || !hasEnded {
      lines.append(
        .init(
          title: "best", text: "epoch \(best.epoch), \(best.metric.title) \(NumberFormat.fixed(best.value))"))
    }
    return lines
  }

  private static func lines(_ summary: RunSummary) -> [RunDescription.Line] {
    let parts = [
      ("train", Optional(summary.train)), ("oof", summary.outOfFold), ("valid", summary.validation),
      ("test", summary.test),
    ]
    let figures = parts.compactMap { title, figures in
      figures.map { figures in
        RunDescription.Line(
          title: title,
          text: """
            accuracy \(NumberFormat.fixed(figures.accuracy)), balanced accuracy \
            \(NumberFormat.fixed(figures.balancedAccuracy)), macro F1 \(NumberFormat.fixed(figures.macroF1)) on \
            \(NumberFormat.grouped(figures.samples)) samples
            """)
      }
    }
    let kept = summary.delivered.map {
      [
        RunDescription.Line(
          title: "model", text: "of epoch \($0.epoch), the \($0.kept), after \(NumberFormat.count($0.step, "step"))")
      ]
    }
    let ranks = NumberFormat.count(summary.ranks, "rank")
    let network = summary.network.map {
      [RunDescription.Line(title: "layers", text: "but the last of epoch \($0.delivered.epoch) of \($0.epochs)")]
    }
    return figures + (kept ?? []) + (network ?? []) + [
      .init(title: "by", text: "cw-dist-train \(summary.version), \(ranks), \(summary.mpi)")
    ]
  }

  /// "class_weights balanced, label_smoothing 0.0, normalization weights"
  private static func words(_ loss: [String: String]) -> String {
    loss.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// More are not shown in full; of them so few are.
  private static let (mostTensors, fewTensors) = (100, 20)

  private func tensorTable(_ model: ModelFile) -> String {
    var table = TextTable([("tensor", .left), ("shape", .left)])
    // Of members each has its own, and of embeddings each column.
    let isCut = model.tensors.count > Self.mostTensors
    let rows = model.tensors.map { [$0.name, "[\($0.shape.map(String.init).joined(separator: ", "))]"] }
    _ = table.append(rows, most: isCut ? Self.fewTensors : Self.mostTensors)
    return table.text + (isCut ? "\n\(NumberFormat.grouped(rows.count)) tensors; --json names all" : "")
  }

  private func classTable(_ model: ModelFile) -> String {
    let counts = inspection.classCounts
    var table = TextTable(
      [("class", .left)] + (counts.isEmpty ? [] : [("samples", .right)]) + [("weight", .right)]
        + (model.decision == nil ? [] : [("offset", .right)]))
    let rows = model.classNames.indices.map { index in
      let name = model.classNames[index]
      let weight = model.classWeights.isEmpty ? "by batch" : NumberFormat.significant(model.classWeights[index])
      return [name] + (counts.isEmpty ? [] : [counts[name].map(NumberFormat.grouped) ?? "–"]) + [weight]
        + (model.decision.map { [NumberFormat.significant(Double($0.offsets[index]))] } ?? [])
    }
    return Self.text(&table, rows, inFull: showsAllClasses, "classes", option: "--classes")
  }

  private func columnTable(_ model: ModelFile) -> String {
    guard !model.columns.isEmpty else {
      return "\(NumberFormat.count(model.featureNames.count, "feature")), taken as they are (sparse rows)"
    }
    var table = TextTable([("column", .left), ("becomes", .left)])
    return Self.text(
      &table, model.columns.map { [$0.name, Self.words($0)] }, inFull: showsAllColumns, "columns", option: "--columns")
  }

  /// "(x − 38.6) / 13.7, a feature that is 1 where it is missing"
  private static func words(_ column: EncodedColumn) -> String {
    let missing = column.marksMissing ? "; one feature more is 1 where it is missing" : ""
    let unit =
      switch column.unit {
      case .none: ""
      case .percent: ", x in per cent"
      case .date: ", x in seconds since 1970"
      case .timeOfDay: ", x in seconds since midnight"
      }
    func standardized(_ mean: Double, _ scale: Double) -> String {
      "(x \(mean < 0 ? "+" : "−") \(NumberFormat.significant(mean.magnitude))) / \(NumberFormat.significant(scale))"
    }
    func filled(_ fill: Double) -> String {
      column.marksMissing ? "; missing: \(NumberFormat.significant(fill))" : ""
    }
    switch column.kind {
    case .numeric(let mean, let scale, let fill, _):
      return standardized(mean, scale) + unit + filled(fill) + missing
    case .piecewise(let mean, let scale, let fill, _, let edges):
      let bins = edges.count - 1
      let range = [edges[0], edges[bins]].map { NumberFormat.significant($0) }
      return standardized(mean, scale)
        + ", and its way through \(bins) bin\(bins == 1 ? "" : "s") from \(range[0]) to \(range[1])\(unit)"
        + filled(fill) + missing
    case .quantile(let ranks, _):
      return "its rank among \(ranks.counts.reduce(0, +)) quantiles, normally distributed\(unit)\(missing)"
    case .oneHot(let levels, let hasOther):
      let list = levels.prefix(4).joined(separator: ", ")
      let other = hasOther ? ", or another one" : ""
      return "one of \(levels.count) levels\(other): \(list)\(levels.count > 4 ? ", …" : "")\(missing)"
    case .level(let numbers):
      let count = NumberFormat.grouped(numbers.count)
      let others = "one for any other text\(column.marksMissing ? ", one where it is missing" : "")"
      return "a row of its table for each of \(count) levels, \(others)"
    case .hashed(let count): return "one of \(count) features, by a hash of its text\(missing)"
    }
  }

  /// The table with all rows, or with the first and last few, and how many there are.
  private static func text(
    _ table: inout TextTable, _ rows: [[String]], inFull: Bool, _ what: String, option: String
  ) -> String {
    let isShortened = table.append(rows, most: inFull ? rows.count : fewRows)
    return table.text + (isShortened ? "\n\(rows.count) \(what); \(option) shows all" : "")
  }

  /// For programs: one object.
  ///
  /// - Throws: What the encoder throws.
  public func json() throws -> String { try SortedJSON.text(InspectionRecord(inspection), isPretty: true) }
}

/// What `inspect --json` says.
private struct InspectionRecord: Encodable {
  struct Model: Encodable {
    struct Class: Encodable {
      let name: String
      let weight: Double?
      let count: Int?
    }

    struct Tensor: Encodable {
      let name: String
      let shape: [Int]
    }

    let summary: String
    let parameters: Int
    let shape: ModelShape
    let tensors: [Tensor]
    let classes: [Class]
    let features: [String]
    let columns: [EncodedColumn]
    let loss: [String: String]
    let temperature: Double?
    let decision: DecisionRule?
    let tau: Double?

    enum CodingKeys: String, CodingKey {
      case summary, parameters, shape, tensors, classes, features, columns, loss, temperature, decision
      case tau = "tau_normalization"
    }
  }

  let kind: String
  let path: String
  let model: Model?
  let checkpoint: CheckpointRecord?
  let run: RunSummary?

  init(_ inspection: Inspection) {
    kind = inspection.kind.rawValue
    path = inspection.path
    checkpoint = inspection.checkpoint
    run = inspection.summary
    model = inspection.model.map { model in
      Model(
        summary: model.summary, parameters: model.parameterCount, shape: model.shape,
        tensors: model.tensors.map { Model.Tensor(name: $0.name, shape: $0.shape) },
        classes: model.classNames.indices.map {
          Model.Class(
            name: model.classNames[$0], weight: model.classWeights.isEmpty ? nil : model.classWeights[$0],
            count: inspection.classCounts[model.classNames[$0]])
        },
        features: model.featureNames, columns: model.columns, loss: model.loss,
        temperature: model.temperature, decision: model.decision, tau: model.tau)
    }
  }
}
