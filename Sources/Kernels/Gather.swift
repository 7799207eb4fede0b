internal import CIntrinsics
public import Tensors

/// target[i] = source[rows[i]], row by row.
///
/// - Parameters:
///   - source: [N, D]
///   - rows: n row numbers.
///   - target: [n, D]
public func gatherRows(of source: Matrix, _ rows: ArraySlice<UInt32>, into target: Matrix) {
  precondition(target.rows == rows.count && target.columns == source.columns)
  // Rows are short: whole lanes and a tail, not a call of memcpy for each.
  let whole = source.columns / laneCount * laneCount
  // Rows are far apart in memory: each is asked for some time before it is copied.
  let ahead = 12
  let bytes = source.columns * MemoryLayout<Float>.stride
  for (index, row) in rows.enumerated() {
    precondition(row < source.rows, "row \(row) of \(source.rows)")
    if index + ahead < rows.count {
      let next = unsafe UnsafeRawPointer(
        source.pointer + Int(rows[rows.startIndex + index + ahead]) * source.stride)
      for line in stride(from: 0, to: bytes, by: 64) { unsafe cintrinsics_prefetch(next + line) }
    }
    let from = unsafe source.pointer + Int(row) * source.stride
    let to = unsafe target.pointer + index * target.stride
    for column in stride(from: 0, to: whole, by: laneCount) {
      unsafe to.store(from.lanes(at: column), at: column)
    }
    for column in whole..<source.columns { unsafe to[column] = from[column] }
  }
}
