internal import Collectives
internal import Tensors

extension MemoryError {
  /// Asks whether a rank has memory for its rows of a file whose size is known.
  ///
  /// - Throws: `MemoryError`
  static func check(
    ofShards shards: Range<Int>, _ layout: ShardLayout, rows: Int, columns: Int, path: String
  ) throws(MemoryError) {
    let own = shards.reduce(0.0) { $0 + Double(layout.range(ofShard: $1, in: rows).count) }
    try check(byteCount: own * Double(columns + 1) * 4, for: "the \(rows) rows of \(columns) features of \(path)")
  }
}
