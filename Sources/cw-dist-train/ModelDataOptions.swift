internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Datasets
internal import Failures
internal import Models
internal import Reporting
internal import Runs
internal import Scoring

/// What `predict` and `evaluate` have in common: a model, data for it, and how that is written.
struct ModelDataOptions: ParsableArguments {
  @Argument(help: "A model.safetensors, a checkpoint, or the folder of a run.")
  var model: String

  @Argument(help: "A path, - for standard input, or synthetic:…")
  var data: String

  @OptionGroup var file: FileOptions

  @Option(
    help:
      "Fields that stand for a missing value, separated by commas, in place of those that the model was trained with."
  )
  var missing: MissingTexts?

  @Flag(help: "Let the largest probability decide, even where the model has thresholds that were tuned.")
  var noTuning = false

  @OptionGroup var timeout: TimeoutOption

  @Flag(help: "Print nothing but results, warnings and errors.")
  var quiet = false

  /// - Parameter waitsForOthers: Whether what is written goes to somebody who may take their time. (So may who writes
  ///   to standard input: then no wait is too long.)
  func watch(_ communicator: some Communicator, waitsForOthers: Bool) throws {
    let isStream = waitsForOthers || data == "-"
    try communicator.watch(timeout: isStream ? nil : timeout.duration, isTerminating: { false }) {
      Console.error($0.description)
    }
  }

  /// The model that is named, with the decision that is asked for, and its path. Collective.
  ///
  /// - Throws: What `ModelPlace.model` throws.
  func readModel(over communicator: some Communicator) throws -> (model: ModelFile, path: String) {
    var found = try ModelPlace.model(at: model, over: communicator)
    if noTuning { found.model.decision = nil }
    if let remark = found.remark { Console.warning(remark) }
    return (found.model, found.path)
  }

  func input(_ model: ModelFile, labels: ModelInput.LabelUse) -> ModelInput {
    ModelInput(
      columns: model.columns, featureNames: model.featureNames, schema: model.data, file: file, missing: missing,
      labels: labels)
  }
}

/// What a user should know of data that was judged.
struct DataRemarks {
  private let notes: RowNotes
  private let isTakenByOrder: Bool
  private let quiet: Bool

  init(_ notes: RowNotes, isTakenByOrder: Bool, quiet: Bool) {
    self.notes = notes
    self.isTakenByOrder = isTakenByOrder
    self.quiet = quiet
  }

  /// Says it.
  ///
  /// - Parameter areErrorsKept: Whether rows that could not be read have a place in the result.
  func tell(_ data: String, areErrorsKept: Bool) {
    if notes.lostRows > 0 {
      Console.warning(
        """
        \(NumberFormat.count(notes.lostRows, "row")) of \(data) could not be read (--on-bad-row skip)\
        \(areErrorsKept ? "; their predictions are empty" : ""); the first: \(notes.firstLost ?? "")
        """)
    }
    for column in notes.unseenLevels {
      Console.warning(
        """
        \(data): in column "\(column.name)", \(NumberFormat.grouped(column.unseen)) of \
        \(NumberFormat.grouped(column.known)) values do not occur in the training data; the model knows none of these
        """)
    }
    for column in notes.emptyColumns {
      Console.warning(
        """
        \(data): column "\(column)" is missing in every row, and in no row of the training data; it is taken for the middle of \
        what that has
        """)
    }
    if let remark = notes.remark { Console.warning(remark) }
    if isTakenByOrder {
      Console.warning("\(data) has no names: its columns are taken by their places, as the model's")
    }
    if !notes.unknownColumns.isEmpty, !quiet {
      Console.note(
        """
        \(data): columns that the model does not know are ignored: \
        \(notes.unknownColumns.prefix(20).joined(separator: ", "))\(notes.unknownColumns.count > 20 ? ", …" : "")
        """)
    }
  }
}
