internal import Collectives
internal import Tensors

/// Reads delimited text for a model in pieces: columns are found by their names, and read as they were for training.
struct CSVPieces: PieceReader {
  let unknownColumns: [String]
  let remark: String?
  private(set) var lostRows: (count: Int, first: String?) = (0, nil)
  private var text: TextPieces
  private let header: CSVHeader
  private let plan: ColumnPlan
  private let options: CSVOptions
  private let columns: [FeatureColumn]

  /// Collective.
  ///
  /// - Parameters:
  ///   - path: Or "-", standard input.
  ///   - options: With the table that the model was trained on.
  ///   - pieceSize: In bytes; nil for what is quickest.
  /// - Throws: `AgreedFailure` with `CSVError` or `FileError`; `CollectiveError`.
  init(
    path: String, options: CSVOptions, _ training: TrainingTable, pieceSize: Int?, over communicator: some Communicator
  ) throws {
    var text = try TextPieces(path: path, pieceSize: pieceSize, over: communicator)
    var options = options
    // The texts of each piece are numbered as they come.
    let table = TrainingTable(
      columns: training.columns.map { column in
        column.kind == .numeric ? column : column.with(levels: [])
      }, schema: training.schema)
    options.training = table
    let (header, plan) = try communicator.agree {
      try text.withHead { bytes, isWhole in
        if options.delimiter == nil, options.ignoresLabels, table.columns.count == 1,
          !CSVOptions.usualDelimiters.contains(where: { CSVPieces.firstLine(of: bytes, has: $0) })
        {
          options.delimiter = UInt8(ascii: ",")
        }
        let header = try CSVHeader(bytes, isWhole: isWhole, path: text.name, options: options)
        return (header, try ColumnPlan(header, path: text.name, options: options, as: table))
      }
    }
    text.begin(at: header.dataStart, header.scanner)
    self.text = text
    self.header = header
    self.plan = plan
    self.options = options
    columns = table.columns
    unknownColumns = plan.unknownColumns
    remark = Self.remark(on: text.name, header, plan, as: table)
  }

  /// What is to be said of columns that are taken by their places; nil where that goes without saying.
  private static func remark(
    on name: String, _ header: CSVHeader, _ plan: ColumnPlan, as table: TrainingTable
  ) -> String? {
    if plan.takesByPlace, table.schema == nil {
      let label = header.columnNames.count > table.columns.count ? ", one of them for a label" : ""
      return "\(name): its columns are taken by their places, as the model's (neither have names)\(label)"
    }
    return plan.takesByPlace && (header.hasNames || table.schema?.hasNames == true || plan.lacksLabels)
      ? """
      \(name): its columns are taken by their places, as the training data's \
      (\(table.schema?.hasNames == true ? "it has no names" : "that had no names"))\
      \(plan.lacksLabels ? "; one column less is taken for a table without labels" : "")
      """ : nil
  }

  private static func firstLine(of bytes: Span<UInt8>, has delimiter: UInt8) -> Bool {
    let end = CSVScanner.lineEnd(in: bytes, from: 0, limit: bytes.count)
    return CSVScanner.firstIndex(of: delimiter, in: bytes, 0..<end) != nil
  }

  mutating func next(over communicator: some Communicator) throws -> RowPiece? {
    var piece: RowPiece?
    var lost = lostRows
    let isMore = try text.next(over: communicator) { [self] bytes, range, linesBefore in
      piece = try read(bytes, range, linesBefore, &lost)
    }
    lostRows = lost
    return isMore ? piece : nil
  }

  private func read(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ linesBefore: Int, _ lost: inout (count: Int, first: String?)
  ) throws -> RowPiece {
    var parser = RecordParser(
      path: text.name, header: header, plan: plan, options: options, countsLines: lost.count == 0)
    var silence = Milestones { _ in }
    let shard = try parser.shard(
      0, bytes, recordsBeginningIn: range, linesBefore: linesBefore, milestones: &silence)
    lost.count += parser.skipped.count
    lost.first = lost.first ?? parser.skipped.first?.description
    let areCategorical = columns.map { $0.kind != .numeric }
    func piece(_ columns: [FeatureColumn]) -> RowPiece {
      RowPiece(
        features: shard.features, columns: columns, labels: shard.labels, labelTexts: parser.labels.texts,
        lost: parser.skipped.lost[0] ?? [])
    }
    guard areCategorical.contains(true) else { return piece(columns) }
    var categories = CategoryParser(
      path: text.name, header: header, plan: plan, options: options, areCategorical: areCategorical, most: .max,
      countsLines: lost.count == 0)
    silence = Milestones { _ in }
    try categories.shard(
      bytes, recordsBeginningIn: range, linesBefore: linesBefore, into: shard.features.dense,
      skipping: parser.skipped.starts[0] ?? [], milestones: &silence)
    lost.count += categories.badRows.count
    lost.first = lost.first ?? categories.firstBad?.description
    return piece(
      zip(columns, categories.vocabularies).map { column, vocabulary in
        column.kind == .numeric ? column : column.with(levels: vocabulary.texts)
      }
    ).losing(categories.badRows)
  }
}
