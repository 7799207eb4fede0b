internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Training

/// The data of a run as it is read: cut into parts, labels numbered by classes.
struct RunData: ~Copyable {
  let parts: TableParts
  /// n_c of the training part, over all ranks.
  let counts: [Int]
  /// How the training data was written.
  let schema: DataSchema
  /// How a table was read, in words.
  let reading: [RunDescription.Line]

  /// Reads what a configuration names. Collective.
  init(
    _ configuration: TrainingConfiguration, layout: ShardLayout, _ listeners: RunListeners,
    over communicator: some Communicator
  ) throws {
    let (input, split) = (configuration.input, configuration.split)
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
    let reading = table.reading?.lines(table.columns).map { RunDescription.Line(title: $0, text: $1) } ?? []
    let fractions = SplitFractions(
      validation: split.validationFraction ?? 0, test: split.testFraction ?? 0, fold: split.fold)
    var parts = try table.split(fractions, seed: split.splitSeed, over: communicator)
    if rawValidation != nil { parts.validation = validation }
    let counts = try parts.training.classCounts(over: communicator)
    (self.counts, self.reading, self.schema) = (counts, reading, schema)
    self.parts = parts
  }

  /// The weights of the classes by the training part.
  ///
  /// - Throws: `TrainingError`, `WeightSchemeError`, `FileError`
  func classWeights(_ options: LossOptions) throws -> (scheme: WeightScheme, weights: ClassWeights) {
    guard counts.contains(where: { $0 > 0 }) else { throw TrainingError.noSamples(name: parts.training.name) }
    let scheme = try options.weightScheme()
    let weights = try scheme.weights(
      forCounts: counts, classNames: parts.training.classNames, maxWeight: options.maxWeight)
    guard weights.values.contains(where: { $0 > 0 }) else { throw TrainingError.noWeight(name: parts.training.name) }
    return (scheme, weights)
  }

  /// The parts in the numbers that a model sees.
  consuming func encoded(by encoding: FeatureEncoding) -> DatasetParts { parts.encoded(by: encoding) }
}
