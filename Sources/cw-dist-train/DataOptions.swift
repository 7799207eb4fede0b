public import ArgumentParser
internal import Collectives
public import Datasets
internal import Foundation
internal import Reporting

/// The options that say what the data is and how to read it.
struct DataOptions: ParsableArguments {
  @Option(help: "Format of DATA; auto goes by its name.")
  var format: DataSource.Format = .auto

  @Option(
    name: .customLong("label"), parsing: .unconditional,
    help: "Label column: a name in the header, or a number from 0; negative numbers count from the end.")
  var label: String = "-1"

  @Option(help: "Labels in a file of their own (a vector of .npy, IDX or HDF5).")
  var labels: String?

  @Option(help: "Whether the first line holds names.")
  var header: Detection = .auto

  @Option(help: "Delimiter of a CSV file: auto, comma, tab, semicolon, pipe, or one character.")
  var delimiter: String = "auto"

  @Option(help: "Mark before the fractions of a CSV file's numbers; auto finds it, or asks.")
  var decimal: DecimalOption = .auto

  @Option(help: "Whether quotes enclose fields of a CSV file; auto: yes, but not over lines that look like rows.")
  var quotes: Detection = .auto

  @Option(help: "Character that lines of a CSV file begin with that are comments; none by default.")
  var comment: String?

  @Option(help: "Fields that stand for a missing value, separated by commas; an empty field is always one.")
  var missing: String = CSVOptions.usualMissingText

  @Option(help: "Columns of categories, even where they are numbers: names or numbers, separated by commas.")
  var categorical: ColumnList?

  @Option(help: "Columns that must be numbers.")
  var numeric: ColumnList?

  @Option(help: "Columns to leave out.")
  var drop: ColumnList?

  @Option(help: "What becomes of rows of a CSV or svmlight file that cannot be read.")
  var onBadRow: BadRowPolicy = .error

  enum BadRowPolicy: String, CaseIterable, ExpressibleByArgument {
    /// The first ends the job.
    case error
    /// They are left out, and counted.
    case skip
  }

  @Option(parsing: .unconditional, help: "A category of more levels is hashed into so many features.")
  var maxOneHot: Int = 64

  @Option(
    name: .customLong("ignore-index"), parsing: .unconditional,
    help: "Integer label whose samples take no part in loss and metrics.")
  var ignoreIndex: Int?

  @Option(
    parsing: .unconditional,
    help:
      "Logical shards V. The result depends on V, never on the ranks. Default: the larger of 8 and the number of ranks."
  )
  var shards: Int?

  /// The default of version 0.1.0, which stands in the configuration of its runs.
  private static let formerMissing = "?,NA,NaN,null"

  enum DecimalOption: String, CaseIterable, ExpressibleByArgument {
    case auto
    case point
    case comma
  }

  enum Detection: String, CaseIterable, ExpressibleByArgument {
    case auto
    case yes
    case no
  }

  private static let delimiterNames: [String: Character] = [
    "comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|",
  ]

  func validate() throws {
    guard (2...FeatureColumn.mostLevels).contains(maxOneHot) else {
      throw ValidationError("--max-one-hot \(maxOneHot): expected 2 to \(FeatureColumn.mostLevels)")
    }
    if let shards, !(1...1 << 20).contains(shards) { throw ValidationError("--shards \(shards): expected 1 to 2²⁰") }
    if let comment {
      guard comment.count == 1, let character = comment.first, character.isASCII,
        !character.isNewline, !"\"0123456789+-.".contains(character)
      else {
        throw ValidationError("--comment \(comment): expected one ASCII character that no number or quote begins with")
      }
    }
    guard delimiter != "auto" else { return }
    guard let character = Self.delimiterNames[delimiter] ?? (delimiter.count == 1 ? delimiter.first : nil),
      character.isASCII, !character.isNewline, !"\"0123456789+-.eE".contains(character)
    else {
      throw ValidationError(
        "--delimiter \(delimiter): expected auto, comma, tab, semicolon, pipe, or one ASCII character that no number has"
      )
    }
  }

  private var labelColumn: ColumnReference { ColumnReference(label) }

  private func csvOptions(as training: RawDataset?) -> CSVOptions {
    var options = CSVOptions()
    // "NA, -9" are two, and no space belongs to them.
    options.missing = Set(missing.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }).union([""])
    options.decimal = DecimalMark(rawValue: decimal.rawValue)
    options.hasQuotes = quotes == .auto ? nil : quotes == .yes
    options.categorical = categorical?.columns ?? []
    options.numeric = numeric?.columns ?? []
    options.dropped = drop?.columns ?? []
    options.comment = comment?.first?.asciiValue
    options.skipsBadRows = onBadRow == .skip
    options.training = training.map { TrainingTable(columns: $0.columns, reading: $0.reading) }
    options.label = labelColumn
    options.hasHeader = header == .auto ? nil : header == .yes
    // `validate` has seen to it that this is one byte.
    options.delimiter = delimiter == "auto" ? nil : (Self.delimiterNames[delimiter] ?? delimiter.first)?.asciiValue
    return options
  }

  /// Reads this rank's shards of the data that `text` names. Collective.
  ///
  /// - Parameters:
  ///   - labels: The file of its labels, where they have one.
  ///   - training: The training data, where that has been read.
  ///   - progress: Told on every rank.
  func read(
    _ text: String, labels: String?, as training: RawDataset? = nil, layout: ShardLayout,
    progress: ReadingProgress, over communicator: some Communicator
  ) throws -> RawDataset {
    let source = try communicator.agree {
      let source = try DataSource(text, format: format)
      // A file for validation is read by the options of the training data.
      if training == nil, let unused = try optionsUnused(by: source).first {
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
      let raw = try CSVReader(path: path, options: csvOptions(as: training), progress: progress)
        .read(layout: layout, over: communicator)
      try warnOfSkippedRows(raw, over: communicator)
      if !raw.unknownColumns.isEmpty, communicator.isRoot {
        Console.warning(
          "\(path): columns that are no features of the training data are ignored: \(raw.unknownColumns.joined(separator: ", "))"
        )
      }
      return raw
    case .svmlight(let path):
      let raw = try SVMLightReader(
        path: path, training: training, skipsBadRows: onBadRow == .skip, progress: progress
      ).read(layout: layout, over: communicator)
      try warnOfSkippedRows(raw, over: communicator)
      if raw.unknownFeatures > 0, communicator.isRoot {
        Console.warning(
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
        path: path, labelsPath: labels, labelColumn: labelColumn, training: training?.columns, progress: progress
      ).read(layout: layout, over: communicator)
    }
  }
}

extension DataOptions {
  /// The options that were given and that `source` knows nothing of, and what they are for.
  private func optionsUnused(by source: DataSource) throws -> [(option: String, takers: String)] {
    let usual = try DataOptions.parse([])
    let (isText, isSparse, isArchive) =
      switch source {
      case .csv: (true, false, false)
      case .svmlight: (false, true, false)
      case .npy: (false, false, true)
      case .idx, .hdf5, .synthetic: (false, false, false)
      }
    var isSynthetic = false
    if case .synthetic = source { isSynthetic = true }
    let csv = "CSV files"
    let given: [(option: String, isGiven: Bool, isUsed: Bool, takers: String)] = [
      ("--drop", drop != nil, isText, csv), ("--categorical", categorical != nil, isText, csv),
      ("--numeric", numeric != nil, isText, csv),
      ("--missing", ![usual.missing, Self.formerMissing].contains(missing), isText, csv),
      ("--header", header != usual.header, isText, csv), ("--delimiter", delimiter != usual.delimiter, isText, csv),
      ("--decimal", decimal != usual.decimal, isText, csv), ("--quotes", quotes != usual.quotes, isText, csv),
      ("--comment", comment != nil, isText, csv), ("--max-one-hot", maxOneHot != usual.maxOneHot, isText, csv),
      ("--on-bad-row", onBadRow != usual.onBadRow, isText || isSparse, "CSV and svmlight files"),
      ("--label", label != usual.label, isText || isArchive, "CSV files and .npy arrays"),
      ("--format", format != usual.format, !isSynthetic, "files"),
    ]
    return given.filter { $0.isGiven && !$0.isUsed }.map { ($0.option, $0.takers) }
  }

  /// Says how many rows are left out, and why the first of them. Collective.
  private func warnOfSkippedRows(_ data: RawDataset, over communicator: some Communicator) throws {
    guard data.skippedRows > 0 else { return }
    let reasons = try communicator.allgather(Array((data.firstSkipped ?? "").utf8))
    let first = reasons.first { !$0.isEmpty } ?? []
    guard communicator.isRoot else { return }
    Console.warning(
      "\(data.skippedRows) \(data.skippedRows == 1 ? "row" : "rows") of \(data.name) left out (--on-bad-row skip); the first: \(String(decoding: first, as: UTF8.self))"
    )
  }
}

extension DataSource.Format: ExpressibleByArgument {}

/// "age,-2": columns by their names or numbers.
struct ColumnList: ExpressibleByArgument, CustomStringConvertible {
  let columns: [ColumnReference]
  let description: String

  init?(argument: String) {
    let parts = argument.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    guard !parts.isEmpty else { return nil }
    columns = parts.map { ColumnReference($0) }
    description = argument
  }
}

extension ColumnReference {
  fileprivate init(_ text: String) {
    // "01" and "+1" are names.
    self = Int(text).flatMap { String($0) == text ? .index($0) : nil } ?? .name(text)
  }
}
