internal import Configuration

extension DataSource {
  /// Whether its labels may stand in a file of their own.
  var mayHaveLabelsElsewhere: Bool {
    switch self {
    case .npy, .idx, .hdf5: true
    case .csv, .svmlight, .synthetic: false
    }
  }

  /// What there is to be read, for options that are of use for some of it.
  fileprivate enum Kind {
    case table
    case svmlight
    case array
    case idx
    case hdf5
    case synthetic
  }

  fileprivate var kind: Kind {
    switch self {
    case .csv: .table
    case .svmlight: .svmlight
    case .npy: .array
    case .idx: .idx
    case .hdf5: .hdf5
    case .synthetic: .synthetic
    }
  }
}

/// Which option is of use for which format.
extension DataOptions {
  /// - Parameter text: What the user calls the data.
  /// - Throws: `DataSourceError` for the first option that was given and that the source knows nothing of. (Labels in a
  ///   file of their own are no matter of options alone. And `--rare-levels hash` is no error anywhere: it stands for
  ///   runs of version 0.1.0, whatever their data.)
  func check(for source: DataSource, _ text: String) throws(DataSourceError) {
    let usual = Self.defaults
    let table = (kinds: [DataSource.Kind.table], name: "CSV files")
    let uses: [(option: String, isGiven: Bool, takers: (kinds: [DataSource.Kind], name: String))] = [
      ("--drop", drop != nil, table), ("--categorical", categorical != nil, table),
      ("--numeric", numeric != nil, table), ("--missing", ![usual.missing, .former].contains(missing), table),
      ("--header", file.header != usual.file.header, table),
      ("--delimiter", file.delimiter != usual.file.delimiter, table),
      ("--decimal", file.decimal != usual.file.decimal, table), ("--quotes", file.quotes != usual.file.quotes, table),
      ("--comment", file.comment != nil, table), ("--max-one-hot", maxOneHot != usual.maxOneHot, table),
      ("--on-bad-row", file.onBadRow != usual.file.onBadRow, ([.table, .svmlight], "CSV and svmlight files")),
      ("--first-feature", firstFeature != usual.firstFeature, ([.svmlight], "svmlight files")),
      ("--label", label != usual.label, ([.table, .array], "CSV files and .npy arrays")),
    ]
    // Whatever is no file has no format, and all files have one.
    if file.format != usual.file.format, source.kind == .synthetic {
      throw .optionOfOtherFormat(option: "--format", takers: "files", data: text)
    }
    if let unused = uses.first(where: { $0.isGiven && !$0.takers.kinds.contains(source.kind) }) {
      throw .optionOfOtherFormat(option: unused.option, takers: unused.takers.name, data: text)
    }
  }
}
