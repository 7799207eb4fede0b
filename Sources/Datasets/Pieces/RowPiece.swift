public import Collectives
public import Tensors

/// Some rows of a file, in the order in which they stand there.
public struct RowPiece {
  /// [n, D]: values as `FeatureColumn.Kind` says, of columns in the order of the model's.
  public let features: FeatureMatrix
  /// Categories have the texts of these rows for levels. None where rows are taken as they are.
  public let columns: [FeatureColumn]
  /// n places in `labelTexts`; `Shard.ignoredLabel` where no labels are asked for.
  public let labels: [Int32]
  public let labelTexts: [String]
  /// Rows that could not be read, in order.
  public let lost: [LostRows]

  init(
    features: FeatureMatrix, columns: [FeatureColumn], labels: [Int32] = [], labelTexts: [String] = [],
    lost: [LostRows] = []
  ) {
    precondition(labels.isEmpty || labels.count == features.rows)
    self.features = features
    self.columns = columns
    self.labels = labels.isEmpty ? Array(repeating: Shard.ignoredLabel, count: features.rows) : labels
    self.labelTexts = labelTexts
    self.lost = lost
  }

  /// n, without those that could not be read.
  public var rowCount: Int { features.rows }

  /// The same without some of its rows, which are lost then, too.
  func losing(_ rows: [Int]) -> RowPiece {
    guard !rows.isEmpty else { return self }
    let unreadable = Set(rows)
    let kept = (0..<rowCount).filter { !unreadable.contains($0) }
    var lost: [LostRows] = []
    var (former, before) = (self.lost[...], 0)
    for row in 0...rowCount {
      while let next = former.first, next.row == row {
        lost.append(LostRows(row: before, count: next.count))
        former = former.dropFirst()
      }
      if unreadable.contains(row) { lost.append(LostRows(row: before, count: 1)) } else { before += 1 }
    }
    return RowPiece(
      features: features.selecting(kept), columns: columns, labels: kept.map { labels[$0] }, labelTexts: labelTexts,
      lost: lost)
  }
}

/// Reads a file of rows in the order in which they stand, in rounds: of each round, every rank has the next piece. So
/// memory stays the same however large the file is.
public protocol PieceReader {
  /// This rank's next piece, perhaps without rows. Collective.
  ///
  /// - Returns: Nil where the file is at its end: on all ranks in the same round.
  /// - Throws: `AgreedFailure` with what cannot be read; `CollectiveError`.
  mutating func next(over communicator: some Communicator) throws -> RowPiece?

  /// What a user should know of how it is read.
  var remark: String? { get }
  /// Columns, or features, of the file that the model does not know.
  var unknownColumns: [String] { get }
  /// Rows that this rank could not read, and what was wrong with the first.
  var lostRows: (count: Int, first: String?) { get }
}

extension PieceReader {
  public var remark: String? { nil }
  public var unknownColumns: [String] { [] }
  public var lostRows: (count: Int, first: String?) { (0, nil) }
}
