/// A row of a shard.
struct RowPlace: Hashable {
  let shard: Int
  let row: Int
}

/// Records that cannot be read and were left out.
struct SkippedRecords {
  /// Of each shard: where they begin in the text that the shard was read from.
  private(set) var starts: [Int: Set<Int>] = [:]
  private(set) var count = 0
  private(set) var first: CSVError?

  /// - Parameter rows: Of the file, that the record takes.
  mutating func add(_ error: CSVError, _ start: Int, ofShard shard: Int, rows: Int) {
    starts[shard, default: []].insert(start)
    add(error, count: rows)
  }

  mutating func add(_ error: CSVError, count: Int) {
    self.count += count
    first = first ?? error
  }
}
