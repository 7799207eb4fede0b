internal import Collectives
internal import Datasets
internal import Tensors

/// What is worth knowing of rows that were judged, over all ranks.
public struct RowNotes: Sendable {
  /// A column of categories of which the training data lacks a fifth of the values or more.
  public struct UnseenLevels: Sendable {
    public let name: String
    /// Values that the training data does not have…
    public let unseen: Int
    /// …of so many that are not missing.
    public let known: Int
  }

  /// Rows, those that could not be read among them.
  public let rows: Int
  public let lostRows: Int
  /// What was wrong with the first of them.
  public let firstLost: String?
  public let unseenLevels: [UnseenLevels]
  /// Columns of numbers that are missing in every row, and never were in the training data.
  public let emptyColumns: [String]
  public let unknownColumns: [String]
  /// How the data was read, where that may be wrong.
  public let remark: String?
}

/// Notes of one rank, made while rows are judged.
struct RowNotebook {
  private let columns: [EncodedColumn]
  /// Of this rank.
  private var rows = 0
  /// Of all ranks, in the rounds before.
  private var rowsBefore = 0
  /// Rows that could be read, but not judged.
  private var overflowing = 0
  private var firstLost: (row: Int, reason: String)?
  /// Of each column: values that are there, and those of them that were not learned; of one of numbers that training had in
  /// every row, 1 once there is a value, and the rows until then.
  private var counts: [(known: Int, unseen: Int)]

  /// - Parameter columns: The model's.
  init(_ columns: [EncodedColumn]) {
    self.columns = columns
    counts = Array(repeating: (0, 0), count: columns.count)
  }

  /// Takes in a piece of this rank. Collective.
  ///
  /// - Parameter reason: What is wrong with the first of all rows that this rank could not read.
  /// - Returns: The rows of the data before the piece.
  mutating func add(
    _ piece: RowPiece, firstLost reason: String?, over communicator: some Communicator
  ) throws(CollectiveError) -> Int {
    let own = piece.rowCount + piece.lost.reduce(0) { $0 + $1.count }
    var counts = [Int64](repeating: 0, count: communicator.size)
    counts[communicator.rank] = Int64(own)
    counts = try communicator.sum(counts)
    let start = rowsBefore + Int(counts[..<communicator.rank].reduce(0, +))
    rowsBefore += Int(counts.reduce(0, +))
    rows += own
    if let first = piece.lost.first, let reason { note(lost: start + first.row, reason) }
    countLevels(of: piece)
    return start
  }

  /// Notes a row that overflows.
  mutating func addOverflow(row: Int, _ reason: ScoringError) {
    overflowing += 1
    note(lost: row, reason.description)
  }

  private mutating func note(lost row: Int, _ reason: String) {
    if row < firstLost?.row ?? .max { firstLost = (row, reason) }
  }

  private mutating func countLevels(of piece: RowPiece) {
    guard case .dense(let values) = piece.features else { return }
    for (index, column) in columns.enumerated() {
      // Of those that stand for others nobody knows whether training had them.
      let areLearned: [Bool]
      switch column.kind {
      case .oneHot(let levels, hasOther: false):
        let learned = Set(levels)
        areLearned = piece.columns[index].levels.map(learned.contains)
      case .level(let numbers): areLearned = piece.columns[index].levels.map { numbers.hasLevel($0) }
      case .numeric, .piecewise, .quantile:
        // Nearly always the first row has one.
        guard !column.marksMissing, !column.isConstant, counts[index].known == 0 else { continue }
        counts[index].unseen += values.rows
        if (0..<values.rows).contains(where: { !values[$0, index].isNaN }) { counts[index].known = 1 }
        continue
      case .oneHot, .hashed: continue
      }
      for row in 0..<values.rows where !values[row, index].isNaN {
        counts[index].known += 1
        let level = Int(values[row, index])
        if level < 0 || !areLearned[level] { counts[index].unseen += 1 }
      }
    }
  }

  /// All notes together. Collective.
  func notes(of pieces: any PieceReader, over communicator: some Communicator) throws(CollectiveError) -> RowNotes {
    let sums = try communicator.sum(
      [Int64(rows), Int64(pieces.lostRows.count + overflowing)]
        + counts.flatMap { [Int64($0.known), Int64($0.unseen)] })
    let firsts = try communicator.allgather(Array((firstLost.map { "\($0.row) \($0.reason)" } ?? "").utf8))
    let first = firsts.compactMap { bytes -> (row: Int, reason: String)? in
      let parts = String(decoding: bytes, as: UTF8.self).split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let row = Int(parts[0]) else { return nil }
      return (row, String(parts[1]))
    }.min { $0.row < $1.row }
    func count(_ index: Int) -> (known: Int, unseen: Int) { (Int(sums[2 + 2 * index]), Int(sums[3 + 2 * index])) }
    return RowNotes(
      rows: Int(sums[0]), lostRows: Int(sums[1]), firstLost: first?.reason,
      unseenLevels: columns.enumerated().compactMap { index, column in
        let (known, unseen) = count(index)
        let isMuch = !column.isNumeric && unseen > 0 && 5 * unseen >= known
        return isMuch ? .init(name: column.name, unseen: unseen, known: known) : nil
      },
      emptyColumns: columns.enumerated().filter { index, column in
        let (there, rows) = count(index)
        return column.isNumeric && there == 0 && rows > 0
      }.map(\.element.name), unknownColumns: pieces.unknownColumns, remark: pieces.remark)
  }
}
