public import Collectives
public import Configuration

/// The door of all readers: what is to be read, and how.
extension DataOptions {
  /// Reads this rank's shards of the data that `text` names. Collective.
  ///
  /// - Parameters:
  ///   - text: A path, or "synthetic:…".
  ///   - labels: The file of its labels, where they have one.
  ///   - training: The data that this goes with: it has its columns, and is read as that was.
  ///   - progress: Told on every rank.
  /// - Returns: What was read, with `warnings` that are the same on all ranks.
  /// - Throws: `AgreedFailure` with the error of a reader, or `DataSourceError` where an option is of no use for such
  ///   data; `CollectiveError`.
  public func read(
    _ text: String, labels: String?, as training: RawDataset? = nil, layout: ShardLayout,
    progress: ReadingProgress = .none, over communicator: some Communicator
  ) throws -> RawDataset {
    let source = try communicator.agree {
      let source = try DataSource(text, format: file.format)
      // A file for validation is read by the options of the training data.
      if training == nil { try check(for: source, text) }
      if let labels, !source.mayHaveLabelsElsewhere {
        throw DataSourceError.labelsBesideOtherFormat(labels: labels, data: text)
      }
      return source
    }
    try communicator.requireSameFiles(source.files(named: text, labels: labels))
    var raw = try read(
      source, labels: labels, as: training, layout: layout, progress: progress, over: communicator)
    raw.warnings = try raw.warnings(over: communicator)
    return raw
  }

  private func read(
    _ source: DataSource, labels: String?, as training: RawDataset?, layout: ShardLayout, progress: ReadingProgress,
    over communicator: some Communicator
  ) throws -> RawDataset {
    func read(_ reader: some DatasetReader) throws -> RawDataset {
      try reader.read(layout: layout, over: communicator)
    }
    let columns = training?.columns
    return switch source {
    case .synthetic(let data):
      try read(SyntheticReader(data))
    case .csv(let path):
      try read(CSVReader(path: path, options: CSVOptions(self, as: training), progress: progress))
    case .svmlight(let path):
      try read(
        SVMLightReader(
          path: path, training: training, firstFeature: firstFeature.number, skipsBadRows: file.onBadRow == .skip,
          progress: progress))
    case .idx(let path):
      try read(IDXReader(path: path, labelsPath: labels, training: columns, progress: progress))
    case .hdf5(let path):
      try read(HDF5Reader(path: path, labelsPath: labels, training: columns, progress: progress))
    case .npy(let path):
      try read(
        NumPyReader(path: path, labelsPath: labels, labelColumn: label, training: columns, progress: progress))
    }
  }
}

extension CSVOptions {
  init(_ options: DataOptions, as training: RawDataset?) {
    self.init(options.file)
    missing = options.missing.texts
    categorical = options.categorical?.columns ?? []
    numeric = options.numeric?.columns ?? []
    dropped = options.drop?.columns ?? []
    hashCount = options.rareLevels == .hash ? options.maxOneHot : nil
    self.training = training.map { TrainingTable(columns: $0.columns, reading: $0.reading) }
    label = options.label
  }

  init(_ options: FileOptions) {
    self.init()
    decimal = options.decimal.mark
    hasQuotes = options.quotes.isGiven
    comment = options.comment?.byte
    skipsBadRows = options.onBadRow == .skip
    hasHeader = options.header.isGiven
    delimiter = options.delimiter.byte
  }
}

extension RawDataset {
  /// What was left out of it, in words. Collective.
  fileprivate func warnings(over communicator: some Communicator) throws(CollectiveError) -> [String] {
    var warnings: [String] = []
    if skippedRows > 0 {
      // Why the first of them is, on any rank.
      let reasons = try communicator.allgather(Array((firstSkipped ?? "").utf8))
      let first = reasons.first { !$0.isEmpty } ?? []
      warnings.append(
        """
        \(skippedRows) \(skippedRows == 1 ? "row" : "rows") of \(name) left out (--on-bad-row skip); \
        the first: \(String(decoding: first, as: UTF8.self))
        """)
    }
    for (column, count) in vanished {
      warnings.append(
        """
        \(name): column "\(column)" has \(count) \(count == 1 ? "number that is" : "numbers that are") too small for a 32-bit \
        float, and taken for 0; give their logarithms instead
        """)
    }
    if coarseValues > 0 {
      warnings.append(
        """
        \(name): \(coarseValues) \(coarseValues == 1 ? "value is" : "values are") so large that a 32-bit float rounds \
        \(coarseValues == 1 ? "it" : "them") by 1 or more; of features that are large and differ by little, give the differences from a \
        value of theirs
        """)
    }
    if !unknownColumns.isEmpty {
      warnings.append(
        """
        \(name): columns that are no features of the training data are ignored: \
        \(unknownColumns.joined(separator: ", "))
        """)
    }
    if unknownFeatures > 0, let last = columns.last?.name {
      let largest = Int(last).map { String($0 + unknownFeatures) } ?? "others"
      warnings.append(
        "\(name) names features beyond \(last), the last of the training data (up to \(largest)); they are left out")
    }
    return warnings
  }
}
