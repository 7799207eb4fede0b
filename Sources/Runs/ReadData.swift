internal import Checkpoints
internal import Collectives
internal import Configuration
internal import Datasets
internal import Foundation
internal import Training

/// The data of a run as it was read, before it is cut into parts. Several runs may have copies of it.
struct ReadData: ~Copyable {
  /// Without a test part; with one for validation where that has a file of its own.
  private let tables: TableParts
  /// How the training data was written.
  let schema: DataSchema
  /// How a table was read, in words.
  let reading: [RunDescription.Line]
  /// What was said of it. Only the root has it.
  let words: [RunEvent]
  let source: Source

  /// What it was read by. Runs of which all that is the same have the same data.
  struct Source: Equatable {
    private let options: [String: String]
    private let layout: ShardLayout

    init(_ configuration: TrainingConfiguration, layout: ShardLayout) {
      let names = configuration.input.optionNames + ["data", "validation", "validation-labels"]
      let texts = configuration.texts
      options = names.reduce(into: [:]) { $0[$1] = texts[$1]?.text }
      self.layout = layout
    }

    private init(_ options: [String: String], _ layout: ShardLayout) {
      (self.options, self.layout) = (options, layout)
    }

    fileprivate var ofOneRank: Source {
      get throws { Source(options, try ShardLayout(shardCount: layout.shardCount, rankCount: 1)) }
    }
  }

  /// Reads what a configuration names. Collective.
  init(
    _ configuration: TrainingConfiguration, layout: ShardLayout, _ listeners: RunListeners,
    over communicator: some Communicator
  ) throws {
    let (input, split) = (configuration.input, configuration.split)
    let words = EarlyWords()
    let listeners = RunListeners([words], of: communicator).with(listeners)
    let reader = TableInput(input, layout: layout, listeners)
    let raw = try reader.read(configuration.dataName, labels: input.labels, over: communicator)
    let rawValidation = try split.validation.map { path in
      let other = try reader.read(path, labels: split.validationLabels, as: raw, over: communicator)
      guard other.columns == raw.columns else {
        try communicator.fail(
          with: TrainingError.columnsDiffer(
            training: raw.columns.map(\.name), validation: other.columns.map(\.name), path: path))
      }
      return other
    }
    try reader.end(over: communicator)
    let schema = DataSchema(raw, missing: input.missing.texts)
    let table = try reader.table(of: raw, over: communicator)
    var validation: Table?
    if let rawValidation {
      let other = try Table(rawValidation, withClassesOf: table, ignoring: input.ignoreIndex, over: communicator)
      try other.unseenLevels(over: communicator).forEach(listeners.warn)
      validation = consume other
    }
    var reading = table.reading?.lines(table.columns).map { RunDescription.Line(title: $0, text: $1) } ?? []
    if schema.form == .sparse, let first = table.columns.first?.name {
      let reason =
        input.firstFeature != .auto
        ? "--first-feature" : first == "0" ? "a line names 0" : "no line names 0; else --first-feature 0"
      reading.append(.init(title: "features", text: "counted from \(first) (\(reason))"))
    }
    self.init(
      TableParts(training: table, validation: validation), schema, reading, words.take(),
      Source(configuration, layout: layout))
  }

  private init(
    _ tables: consuming TableParts, _ schema: DataSchema, _ reading: [RunDescription.Line], _ words: [RunEvent],
    _ source: Source
  ) {
    self.tables = tables
    (self.schema, self.reading, self.words, self.source) = (schema, reading, words, source)
  }

  /// Of the data itself, before shares of it are taken out.
  var sampleCount: Int { tables.training.sampleCount }

  /// n_c, [C], with the names of the classes. Collective.
  func countedClasses(over communicator: some Communicator) throws(CollectiveError) -> [(name: String, count: Int)] {
    Array(zip(tables.training.classNames, try tables.training.classCounts(over: communicator)))
      .map { (name: $0, count: $1) }
  }

  /// Cuts it into parts. Collective.
  consuming func split(_ options: SplitOptions, over communicator: some Communicator) throws -> TableParts {
    let fractions = SplitFractions(
      validation: options.validationFraction ?? 0, test: options.testFraction ?? 0, fold: options.fold)
    return try tables.split(fractions, seed: options.splitSeed, over: communicator)
  }

  /// Whether all of it may be kept on every rank. The same on all ranks. Collective.
  borrowing func fitsOnEveryRank(over communicator: some Communicator) throws -> Bool {
    try tables.fitOnEveryRank(over: communicator)
  }

  /// Of the training samples, over all ranks, as they are kept. Collective.
  borrowing func byteCount(over communicator: some Communicator) throws -> Int {
    try tables.training.byteCount(over: communicator)
  }

  /// All of it as data of one rank, on every rank. Collective.
  borrowing func onEveryRank(over communicator: some Communicator) throws -> ReadData {
    let said = words.compactMap { Word($0) }
    let own = try communicator.agree { [UInt8](try JSONEncoder().encode(said)) }
    let told = Data(try communicator.broadcast(own))
    let saidByRoot = try communicator.agree { try JSONDecoder().decode([Word].self, from: told) }
    return ReadData(
      try tables.onEveryRank(over: communicator), schema, reading, saidByRoot.map { $0.event }, try source.ofOneRank)
  }

  /// The same in memory of its own: for a run that others follow.
  borrowing func copy() -> ReadData { ReadData(tables.copy(), schema, reading, words, source) }
}

/// Data that several threads make copies of. None of them changes it.
final class SharedData: @unchecked Sendable {
  let data: ReadData

  init(_ data: consuming ReadData) {
    self.data = data
  }
}

/// What is said of data, for other ranks.
private struct Word: Codable {
  let text: String
  let isWarning: Bool

  init?(_ event: RunEvent) {
    switch event {
    case .warning(let text): (self.text, isWarning) = (text, true)
    case .note(let text): (self.text, isWarning) = (text, false)
    default: return nil
    }
  }

  var event: RunEvent { isWarning ? .warning(text) : .note(text) }
}
