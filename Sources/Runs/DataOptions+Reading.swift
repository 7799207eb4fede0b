public import Collectives
public import Configuration
public import Datasets

extension DataOptions {
  /// Reads this rank's shards of the data that `text` names. Collective.
  ///
  /// - Parameters:
  ///   - labels: The file of its labels, where they have one.
  ///   - training: The training data, where that has been read.
  ///   - progress: Told on every rank.
  public func read(
    _ text: String, labels: String?, as training: RawDataset? = nil, layout: ShardLayout,
    progress: ReadingProgress, _ listeners: RunListeners, over communicator: some Communicator
  ) throws -> RawDataset {
    let source = try communicator.agree {
      let source = try DataSource(text, format: format)
      // A file for validation is read by the options of the training data.
      if training == nil, let unused = optionsUnused(by: source.kind).first {
        throw DataSourceError.optionOfOtherFormat(option: unused.option, takers: unused.takers, data: text)
      }
      if let labels {
        switch source {
        case .npy, .idx, .hdf5: break
        case .csv, .svmlight, .synthetic: throw DataSourceError.labelsBesideOtherFormat(labels: labels, data: text)
        }
      }
      return source
    }
    switch source {
    case .synthetic(let data):
      return try SyntheticReader(data).read(layout: layout, over: communicator)
    case .csv(let path):
      let raw = try CSVReader(path: path, options: CSVOptions(self, as: training), progress: progress)
        .read(layout: layout, over: communicator)
      try warnOfSkippedRows(raw, listeners, over: communicator)
      if !raw.unknownColumns.isEmpty {
        listeners.warn(
          "\(path): columns that are no features of the training data are ignored: \(raw.unknownColumns.joined(separator: ", "))"
        )
      }
      return raw
    case .svmlight(let path):
      let raw = try SVMLightReader(
        path: path, training: training, skipsBadRows: onBadRow == .skip, progress: progress
      ).read(layout: layout, over: communicator)
      try warnOfSkippedRows(raw, listeners, over: communicator)
      if raw.unknownFeatures > 0 {
        listeners.warn(
          "\(raw.name) has \(raw.unknownFeatures) features beyond the last of the training data; they are left out")
      }
      return raw
    case .idx(let path):
      return try IDXReader(path: path, labelsPath: labels, training: training?.columns, progress: progress).read(
        layout: layout, over: communicator)
    case .hdf5(let path):
      return try HDF5Reader(path: path, labelsPath: labels, training: training?.columns, progress: progress).read(
        layout: layout, over: communicator)
    case .npy(let path):
      return try NumPyReader(
        path: path, labelsPath: labels, labelColumn: label, training: training?.columns, progress: progress
      ).read(layout: layout, over: communicator)
    }
  }

  /// Says how many rows are left out, and why the first of them. Collective.
  private func warnOfSkippedRows(
    _ data: RawDataset, _ listeners: RunListeners, over communicator: some Communicator
  ) throws {
    guard data.skippedRows > 0 else { return }
    let reasons = try communicator.allgather(Array((data.firstSkipped ?? "").utf8))
    let first = reasons.first { !$0.isEmpty } ?? []
    listeners.warn(
      """
      \(data.skippedRows) \(data.skippedRows == 1 ? "row" : "rows") of \(data.name) left out (--on-bad-row skip); \
      the first: \(String(decoding: first, as: UTF8.self))
      """)
  }
}

extension CSVOptions {
  init(_ options: DataOptions, as training: RawDataset?) {
    self.init()
    missing = options.missing.texts
    decimal = options.decimal.mark
    hasQuotes = options.quotes.isGiven
    categorical = options.categorical?.columns ?? []
    numeric = options.numeric?.columns ?? []
    dropped = options.drop?.columns ?? []
    comment = options.comment?.byte
    skipsBadRows = options.onBadRow == .skip
    self.training = training.map { TrainingTable(columns: $0.columns, reading: $0.reading) }
    label = options.label
    hasHeader = options.header.isGiven
    delimiter = options.delimiter.byte
  }
}

extension DataSource {
  var kind: DataOptions.Source {
    switch self {
    case .csv: .delimitedText
    case .svmlight: .svmlight
    case .npy: .array
    case .idx: .idx
    case .hdf5: .hdf5
    case .synthetic: .synthetic
    }
  }
}
