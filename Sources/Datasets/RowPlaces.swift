/// Which records of a shard its rows are: all of them, or some that were selected, or those that could be read.
///
/// With the records of the shards before, it is where a row stands in the data, whatever part it has come into.
struct RowPlaces: Equatable, Sendable {
  /// Records of the shard as it was read, those that could not be read among them.
  let recordCount: Int
  /// Of each row; nil where rows and records are the same.
  let selected: [UInt32]?

  init(recordCount: Int, selected: [UInt32]?) {
    (self.recordCount, self.selected) = (recordCount, selected)
  }

  init(count: Int) {
    self.init(recordCount: count, selected: nil)
  }

  /// - Parameters:
  ///   - count: Of rows.
  ///   - lost: Records that could not be read, by the rows behind them.
  init(count: Int, lost: [LostRows]) {
    guard !lost.isEmpty else {
      self.init(count: count)
      return
    }
    var places: [UInt32] = []
    places.reserveCapacity(count)
    var (left, before) = (lost[...], 0)
    for row in 0..<count {
      while let next = left.first, next.row <= row {
        before += next.count
        left = left.dropFirst()
      }
      places.append(UInt32(row + before))
    }
    self.init(recordCount: count + lost.reduce(0) { $0 + $1.count }, selected: places)
  }

  /// The place of a row among the records, from 0.
  subscript(row: Int) -> Int { selected.map { Int($0[row]) } ?? row }

  /// Those of the rows `rows`, in that order.
  func selecting(_ rows: [Int]) -> RowPlaces {
    RowPlaces(recordCount: recordCount, selected: rows.map { selected?[$0] ?? UInt32($0) })
  }
}
