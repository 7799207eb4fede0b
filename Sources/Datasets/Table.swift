/// Samples with their classes, and their features as they were read: numbers that may be missing, and numbers of levels.
/// Nothing can be trained on it before a `FeatureEncoding` has made a `Dataset` of it; as that may stand in the same
/// memory, the table is gone then: the compiler sees to it that nobody looks at its columns any more.
public struct Table: LabeledSamples, ~Copyable {
  public let samples: ShardedSamples
  public let columns: [FeatureColumn]
  /// How it was read, where it came from delimited text.
  public let reading: TableReading?

  public init(_ samples: ShardedSamples, columns: [FeatureColumn], reading: TableReading? = nil) {
    self.samples = samples
    self.columns = columns
    self.reading = reading
  }

  public var featureCount: Int { columns.count }
  public var featureNames: [String] { columns.map(\.name) }
}

/// The parts of a data set, before they are encoded.
public struct TableParts: ~Copyable {
  public var training: Table
  /// What a model is chosen by.
  public var validation: Table?
  /// What the final model is judged by, once.
  public var test: Table?

  public init(training: consuming Table, validation: consuming Table? = nil, test: consuming Table? = nil) {
    self.training = training
    self.validation = validation
    self.test = test
  }

  /// All parts in the numbers that a model sees.
  ///
  /// - Parameter encoding: As learned from the training part.
  public consuming func encoded(by encoding: FeatureEncoding) -> DatasetParts {
    DatasetParts(
      training: encoding.apply(to: training), validation: Self.encoded(validation, by: encoding),
      test: Self.encoded(test, by: encoding))
  }

  private static func encoded(_ table: consuming Table?, by encoding: FeatureEncoding) -> Dataset? {
    switch consume table {
    case .some(let table): encoding.apply(to: table)
    case .none: nil
    }
  }
}
