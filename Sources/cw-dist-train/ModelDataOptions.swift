internal import ArgumentParser
internal import Collectives
internal import Configuration
internal import Datasets
internal import Failures
internal import Models
internal import Reporting
internal import Runs

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

  func watch(_ communicator: some Communicator) throws {
    try communicator.watch(timeout: timeout.duration, isTerminating: { false }) { Console.error($0.description) }
  }

  /// The model that is named, with the decision that is asked for, and its path. Collective.
  ///
  /// - Throws: What `ModelPlace.model` throws.
  func readModel(over communicator: some Communicator) throws -> (model: ModelFile, path: String) {
    var found = try ModelPlace.model(at: model, over: communicator)
    if noTuning { found.model.decision = nil }
    return found
  }

  func input(_ model: ModelFile, labels: ModelInput.LabelUse) -> ModelInput {
    ModelInput(
      columns: model.columns, featureNames: model.featureNames, schema: model.data, file: file, missing: missing,
      labels: labels)
  }
}

/// What a user should know of data that was judged.
struct DataRemarks {
  let rows: Int
  let lostRows: Int
  let firstLost: String?
  let unknownColumns: [String]
  let isTakenByOrder: Bool

  /// Warns of it.
  func tell(_ data: String, areErrorsKept: Bool) {
    if lostRows > 0 {
      Console.warning(
        """
        \(NumberFormat.count(lostRows, "row")) of \(data) could not be read (--on-bad-row skip)\
        \(areErrorsKept ? "; their predictions are empty" : ""); the first: \(firstLost ?? "")
        """)
    }
    if !unknownColumns.isEmpty {
      Console.note(
        """
        \(data): columns that the model does not know are ignored: \
        \(unknownColumns.prefix(20).joined(separator: ", "))\(unknownColumns.count > 20 ? ", …" : "")
        """)
    }
    if isTakenByOrder {
      Console.warning(
        "\(data) has no names, which the model's columns have: its columns were taken in the order of the model's")
    }
  }
}
