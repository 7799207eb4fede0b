public import ArgumentParser
internal import Collectives
public import Datasets

/// The options that say what the data is and how to read it.
struct DataOptions: ParsableArguments {
  @Option(help: "Format of DATA; auto goes by its name.")
  var format: DataSource.Format = .auto

  @Option(
    name: .customLong("label"), parsing: .unconditional,
    help: "Label column: a name in the header, or a number from 0; negative numbers count from the end.")
  var label: String = "-1"

  @Option(help: "Labels in a file of their own (.npy vector).")
  var labels: String?

  @Option(help: "Whether the first line holds names.")
  var header: Detection = .auto

  @Option(help: "Delimiter of a CSV file: auto, comma, tab, semicolon, pipe, or one character.")
  var delimiter: String = "auto"

  @Option(
    name: .customLong("ignore-index"), parsing: .unconditional,
    help: "Integer label whose samples take no part in loss and metrics.")
  var ignoreIndex: Int?

  @Option(
    help:
      "Logical shards V. The result depends on V, never on the ranks. Default: the larger of 8 and the number of ranks, but no more than the batch size."
  )
  var shards: Int?

  enum Detection: String, CaseIterable, ExpressibleByArgument {
    case auto
    case yes
    case no
  }

  private static let delimiterNames: [String: Character] = [
    "comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|",
  ]

  func validate() throws {
    if let shards, !(1...1 << 20).contains(shards) { throw ValidationError("--shards \(shards): expected 1 to 2²⁰") }
    guard delimiter != "auto" else { return }
    guard let character = Self.delimiterNames[delimiter] ?? (delimiter.count == 1 ? delimiter.first : nil),
      let byte = character.asciiValue, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\n")
    else {
      throw ValidationError(
        "--delimiter \(delimiter): expected auto, comma, tab, semicolon, pipe, or one ASCII character")
    }
  }

  private var labelColumn: ColumnReference { Int(label).map { .index($0) } ?? .name(label) }

  private var csvOptions: CSVOptions {
    var options = CSVOptions()
    options.label = labelColumn
    options.hasHeader = header == .auto ? nil : header == .yes
    // `validate` has seen to it that this is one byte.
    options.delimiter = delimiter == "auto" ? nil : (Self.delimiterNames[delimiter] ?? delimiter.first)?.asciiValue
    return options
  }

  /// Reads this rank's shards of the data that `text` names. Collective.
  ///
  /// - Parameter labels: The file of its labels, where they have one.
  func read(
    _ text: String, labels: String?, layout: ShardLayout, over communicator: some Communicator
  ) throws -> RawDataset {
    let source = try communicator.agree {
      let source = try DataSource(text, format: format)
      if let labels {
        guard case .npy = source else { throw DataSourceError.labelsBesideOtherFormat(labels: labels, data: text) }
      }
      return source
    }
    switch source {
    case .synthetic(let data):
      return try SyntheticReader(data).read(layout: layout, over: communicator)
    case .csv(let path):
      return try CSVReader(path: path, options: csvOptions).read(layout: layout, over: communicator)
    case .npy(let path):
      return try NumPyReader(path: path, labelsPath: labels, labelColumn: labelColumn)
        .read(layout: layout, over: communicator)
    }
  }
}

extension DataSource.Format: ExpressibleByArgument {}
