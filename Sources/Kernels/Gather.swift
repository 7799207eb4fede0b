public import Tensors

/// target[i] = source[rows[i]], row by row.
///
/// - Parameters:
///   - source: [N, D]
///   - rows: n row numbers.
///   - target: [n, D]
public func gatherRows(of source: Matrix, _ rows: ArraySlice<UInt32>, into target: Matrix) {
  precondition(target.rows == rows.count && target.columns == source.columns)
  for (index, row) in rows.enumerated() {
    precondition(row < source.rows, "row \(row) of \(source.rows)")
    unsafe (target.pointer + index * target.stride).update(
      from: source.pointer + Int(row) * source.stride, count: source.columns)
  }
}
