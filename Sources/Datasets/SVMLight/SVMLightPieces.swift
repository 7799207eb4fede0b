internal import Collectives
internal import Tensors

/// Reads svmlight text for a model in pieces.
struct SVMLightPieces: PieceReader {
  private(set) var lostRows: (count: Int, first: String?) = (0, nil)
  /// Whether a row had a feature beyond the last of the model; such are left out.
  private(set) var unknownColumns: [String] = []
  private var text: TextPieces
  private let columns: [FeatureColumn]
  private let areSparse: Bool
  private let ignoresLabels: Bool
  private let skipsBadRows: Bool

  /// Collective.
  ///
  /// - Parameters:
  ///   - path: Or "-", standard input.
  ///   - columns: The features, named by their numbers.
  ///   - areSparse: Whether the model takes rows as they are.
  ///   - pieceSize: In bytes; nil for what is quickest.
  /// - Throws: `AgreedFailure` with `SVMLightError` or `FileError`; `CollectiveError`.
  init(
    path: String, columns: [FeatureColumn], areSparse: Bool, ignoresLabels: Bool, skipsBadRows: Bool,
    pieceSize: Int?, over communicator: some Communicator
  ) throws {
    var text = try TextPieces(path: path, pieceSize: pieceSize, over: communicator)
    let start = try communicator.agree {
      try text.withHead { bytes, _ throws(SVMLightError) in
        guard !bytes.isEmpty else { throw .empty(path: text.name) }
        return try SVMLightReader.start(of: bytes, path: text.name)
      }
    }
    text.begin(at: start, CSVScanner(delimiter: 0, hasQuotes: false))
    self.text = text
    self.columns = columns
    self.areSparse = areSparse
    self.ignoresLabels = ignoresLabels
    self.skipsBadRows = skipsBadRows
  }

  mutating func next(over communicator: some Communicator) throws -> RowPiece? {
    var piece: RowPiece?
    var (lost, unknown) = (lostRows, unknownColumns)
    let firstFeature = SVMLightReader.firstFeature(of: columns)
    let isMore = try text.next(over: communicator) { [self] bytes, range, linesBefore in
      var parser = SVMLightParser(
        path: text.name, firstFeature: firstFeature, skipsBadRows: skipsBadRows, ignoresLabels: ignoresLabels,
        knowsLabels: true, countsLines: lost.count == 0)
      var silence = Milestones { _ in }
      let rows = try parser.rows(bytes, linesBeginningIn: range, linesBefore: linesBefore, milestones: &silence)
      lost.count += parser.skippedLines
      lost.first = lost.first ?? parser.firstSkipped?.description
      if let last = rows.features.max(), last >= firstFeature + columns.count, unknown.isEmpty {
        unknown = ["features beyond \(columns[columns.count - 1].name), as \(last)"]
      }
      let matrix = rows.matrix(firstFeature: firstFeature, featureCount: columns.count)
      piece = RowPiece(
        features: areSparse ? .sparse(matrix) : .dense(matrix.dense()), columns: columns, labels: rows.labels,
        labelTexts: parser.labels.texts, lost: parser.lost)
    }
    (lostRows, unknownColumns) = (lost, unknown)
    return isMore ? piece : nil
  }
}
