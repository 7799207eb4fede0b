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

  /// Cuts what was read into parts, as a configuration has it. Collective.
  init(
    _ read: consuming ReadData, _ configuration: TrainingConfiguration, over communicator: some Communicator
  ) throws {
    let (reading, schema) = (read.reading, read.schema)
    let parts = try read.split(configuration.split, over: communicator)
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
