/// A row of a shard.
struct RowPlace: Hashable {
  let shard: Int
  let row: Int
}

/// Rows of a file that could not be read, by where they stood among those that could.
public struct LostRows: Equatable, Sendable {
  /// The first row behind them.
  public let row: Int
  public let count: Int
}

/// Records that cannot be read and were left out.
struct SkippedRecords {
  /// Of each shard: where they begin in the text that the shard was read from.
  private(set) var starts: [Int: Set<Int>] = [:]
  /// Of each shard: where they stood among the rows that were kept.
  private(set) var lost: [Int: [LostRows]] = [:]
  private(set) var count = 0
  private(set) var first: CSVError?

  /// - Parameters:
  ///   - rows: Of the file, that the record takes.
  ///   - row: That comes after it among those that are kept.
  mutating func add(_ error: CSVError, _ start: Int, ofShard shard: Int, rows: Int, before row: Int) {
    starts[shard, default: []].insert(start)
    lost[shard, default: []].append(LostRows(row: row, count: rows))
    add(error, count: rows)
  }

  mutating func add(_ error: CSVError, count: Int) {
    self.count += count
    first = first ?? error
  }
}
