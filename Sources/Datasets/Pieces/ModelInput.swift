public import Collectives
public import Configuration
public import Failures

/// Data that a model is to judge: what the model says of rows, and what the user says of the file.
public struct ModelInput {
  /// How columns become features; none where the model takes rows as they are.
  public let columns: [EncodedColumn]
  public let featureNames: [String]
  /// Nil for a model of a program that did not say.
  public let schema: DataSchema?
  public let file: FileOptions
  /// Texts for missing values, in place of those that the model knows.
  public let missing: MissingTexts?
  public let labels: LabelUse
  /// Bytes of a piece of text; nil for what is quickest.
  package var pieceSize: Int?

  /// Whether labels are read.
  public enum LabelUse: Sendable {
    /// They may be missing, and say nothing where they are there.
    case ignored
    /// From the column that the model's data had them in, or another, or a file of their own.
    case read(column: ColumnReference?, file: String?)
  }

  public init(
    columns: [EncodedColumn], featureNames: [String], schema: DataSchema?, file: FileOptions, missing: MissingTexts?,
    labels: LabelUse
  ) {
    self.columns = columns
    self.featureNames = featureNames
    self.schema = schema
    self.file = file
    self.missing = missing
    self.labels = labels
  }

  /// Opens the data. Collective.
  ///
  /// - Parameter text: A path, "-" for standard input, or "synthetic:…".
  /// - Throws: `AgreedFailure` with `ModelInputError`, or what a reader cannot read; `CollectiveError`.
  public func pieces(of text: String, over communicator: some Communicator) throws -> any PieceReader {
    let source = try communicator.agree {
      // Standard input has no name that tells.
      let isStream = text == TextPieces.standardInput && file.format == .auto
      let source = try DataSource(text, format: isStream && schema?.form == .sparse ? .svmlight : file.format)
      if let labelsFile, !source.mayHaveLabelsElsewhere {
        throw DataSourceError.labelsBesideOtherFormat(labels: labelsFile, data: text)
      }
      try options.check(for: source, text)
      try check(source, text)
      return source
    }
    try communicator.requireSameFiles(source.files(named: text, labels: labelsFile, findsLabels: !ignoresLabels))
    switch source {
    case .csv(let path):
      return try CSVPieces(
        path: path, options: csvOptions, TrainingTable(columns: rawColumns, schema: schema), pieceSize: pieceSize,
        over: communicator)
    case .svmlight(let path):
      return try SVMLightPieces(
        path: path, columns: rawColumns, areSparse: columns.isEmpty, ignoresLabels: ignoresLabels,
        skipsBadRows: file.onBadRow == .skip, pieceSize: pieceSize, over: communicator)
    case .synthetic(let data):
      return try communicator.agree { try SyntheticPieces(data, columns: rawColumns) }
    case .npy(let path):
      let (features, labels) = try communicator.agree {
        try NumPySource(features: path, labels: labelsFile).arrays()
      }
      return try arrays(features, labels: ignoresLabels ? nil : labels, over: communicator)
    case .idx(let path):
      let (features, labels) = try communicator.agree {
        let labels = ignoresLabels ? nil : try labelsFile ?? IDXReader(path: path, labelsPath: nil).pathOfLabels()
        return (try IDXArray(path: path), try labels.map { try IDXArray(path: $0) })
      }
      return try arrays(features, labels: labels, over: communicator)
    case .hdf5(let path):
      #if HDF5
        let (features, labels) = try communicator.agree {
          try HDF5Reader(path: path, labelsPath: labelsFile).datasets(needsLabels: !ignoresLabels)
        }
        return try arrays(features, labels: ignoresLabels ? nil : labels, over: communicator)
      #else
        try communicator.fail(with: HDF5Error.notBuilt(path: path))
      #endif
    }
  }

  /// What reading depends on, where the data is an array of a model of named columns.
  public func takesByOrder(_ text: String) -> Bool {
    guard schema?.form == .table, let source = try? DataSource(text, format: file.format) else { return false }
    return source.mayHaveLabelsElsewhere
  }

  /// What was said of the file, as training takes it. (A bad row is also one of which the model gives no numbers, whatever
  /// the format.)
  private var options: DataOptions {
    var options = DataOptions.defaults
    options.file = file
    options.file.onBadRow = DataOptions.defaults.file.onBadRow
    if let missing { options.missing = missing }
    if let labelColumn { options.label = labelColumn }
    return options
  }

  private var ignoresLabels: Bool { if case .ignored = labels { true } else { false } }
  private var labelsFile: String? { if case .read(_, let file) = labels { file } else { nil } }
  private var labelColumn: ColumnReference? { if case .read(let column, _) = labels { column } else { nil } }

  /// The columns as readers give them.
  private var rawColumns: [FeatureColumn] {
    columns.isEmpty ? featureNames.map { FeatureColumn(name: $0) } : columns.map { FeatureColumn(of: $0) }
  }

  private var csvOptions: CSVOptions {
    var options = CSVOptions(file)
    options.missing = missing?.texts ?? schema.map { Set($0.missing) } ?? MissingTexts.usual.texts
    options.ignoresLabels = ignoresLabels
    options.saysLabel = labelColumn != nil
    // The model's own helps to tell names from rows.
    options.label =
      labelColumn ?? schema?.labelName.map { .name($0) } ?? schema?.labelColumn.map { .index($0) } ?? .index(-1)
    return options
  }

  private func arrays<Rows: NumberArray>(
    _ features: Rows, labels: Rows?, over communicator: some Communicator
  ) throws -> any PieceReader {
    try communicator.requireSame("\(features.form) \(labels?.form ?? "")", "the file \(features.name)")
    return try communicator.agree {
      var place = schema?.labelColumn
      if let labelColumn {
        guard case .index(let index) = labelColumn, let found = ColumnReference.place(index, of: features.rowSize)
        else {
          throw NumPyError.noSuchColumn(
            path: features.name, column: "\(labelColumn)", columns: features.rowSize)
        }
        place = found
      }
      return try ArrayPieces(
        features, labels: labels, columns: rawColumns, labelColumn: place, ignoresLabels: ignoresLabels,
        allowsMissing: schema?.form == .table)
    }
  }

  /// Whether the model can take what the source has.
  private func check(_ source: DataSource, _ text: String) throws(ModelInputError) {
    if text == TextPieces.standardInput, source.mayHaveLabelsElsewhere { throw .notAStream }
    switch source {
    case .csv:
      guard !columns.isEmpty else { throw .otherForm(data: text, takes: "svmlight rows (pairs of feature:value)") }
    case .svmlight:
      let first = featureNames.first == "0" ? 0 : 1
      let names = columns.isEmpty ? featureNames : columns.map(\.name)
      guard names.indices.allSatisfy({ names[$0] == String(first + $0) }) else {
        throw .otherForm(data: text, takes: "columns with names: \(names.prefix(6).joined(separator: ", "))")
      }
    case .npy, .idx, .hdf5, .synthetic:
      guard !columns.isEmpty else { throw .otherForm(data: text, takes: "svmlight rows (pairs of feature:value)") }
      if let category = columns.first(where: { !$0.isNumeric }) {
        throw .category(data: text, column: category.name)
      }
    }
  }
}

/// Data that a model cannot take.
public enum ModelInputError: Failure, Equatable {
  /// `takes` says what the model was trained on.
  case otherForm(data: String, takes: String)
  /// A column of categories, which an array of numbers cannot have.
  case category(data: String, column: String)
  /// Standard input, for a format that is read from any place.
  case notAStream

  public var exitStatus: ExitStatus { .badData }

  public var description: String {
    switch self {
    case .otherForm(let data, let takes):
      "\(data) is no data for this model, which takes \(takes) (--format says what a file is)"
    case .notAStream:
      "standard input can be CSV, TSV or svmlight text; give the path of an array"
    case .category(let data, let column):
      """
      \(data) holds numbers alone, and the model's column "\(column)" is of categories; give the data as a CSV file \
      with its names
      """
    }
  }
}
