internal import ClassWeighting
internal import Collectives
internal import Configuration
internal import Datasets
internal import Training

/// The data of a run as it is read: cut into parts, labels numbered by classes.
struct RunData {
  var parts: DatasetParts
  /// n_c of the training part, over all ranks.
  let counts: [Int]
  /// How a table was read, in words.
  let reading: [RunDescription.Line]

  /// Reads what a configuration names. Collective.
  init(
    _ configuration: TrainingConfiguration, layout: ShardLayout, _ listeners: RunListeners,
    over communicator: some Communicator
  ) throws {
    let (input, split) = (configuration.input, configuration.split)
    let watch = ReadingWatch(listeners)
    var raw = [
      try input.read(
        configuration.dataName, labels: input.labels, layout: layout, progress: watch.progress, listeners,
        over: communicator)
    ]
    if let path = split.validation {
      raw.append(
        try input.read(
          path, labels: split.validationLabels, as: raw[0], layout: layout, progress: watch.progress, listeners,
          over: communicator))
      guard raw[1].columns == raw[0].columns else {
        try communicator.fail(
          with: TrainingError.columnsDiffer(
            training: raw[0].columns.map(\.name), validation: raw[1].columns.map(\.name), path: path))
      }
    }
    try watch.end(over: communicator)
    let datasets = try Dataset.withSharedClasses(
      raw, ignoring: input.ignoreIndex, layout: layout, over: communicator)
    var doubts = raw[0].doubts(rowCount: datasets[0].sampleCount)
    if raw[0].reading != nil, input.label == DataOptions.defaults.label {
      doubts += [datasets[0].doubtAboutLabel].compactMap { $0 }
    }
    if raw.count > 1 { doubts += try raw[1].unseenLevels(over: communicator) }
    doubts.forEach(listeners.warn)
    reading = raw[0].reading?.lines(raw[0].columns).map { RunDescription.Line(title: $0, text: $1) } ?? []
    let fractions = SplitFractions(validation: split.validationFraction ?? 0, test: split.testFraction ?? 0)
    parts = try datasets[0].split(fractions, seed: split.splitSeed, over: communicator)
    if datasets.count > 1 { parts.validation = datasets[1] }
    counts = try parts.training.classCounts(over: communicator)
  }

  /// The weights of the classes by the training part.
  ///
  /// - Throws: `TrainingError`, `WeightSchemeError`, `FileError`
  func classWeights(_ options: LossOptions) throws -> (scheme: WeightScheme, weights: ClassWeights) {
    let training = parts.training
    guard counts.contains(where: { $0 > 0 }) else { throw TrainingError.noSamples(name: training.name) }
    let scheme = try options.weightScheme()
    let weights = try scheme.weights(
      forCounts: counts, classNames: training.classNames, maxWeight: options.maxWeight)
    guard weights.values.contains(where: { $0 > 0 }) else { throw TrainingError.noWeight(name: training.name) }
    return (scheme, weights)
  }

  /// The parts in the numbers that a model sees.
  func encoded(by encoding: FeatureEncoding) -> DatasetParts {
    DatasetParts(
      training: encoding.apply(to: parts.training), validation: parts.validation.map { encoding.apply(to: $0) },
      test: parts.test.map { encoding.apply(to: $0) })
  }
}
