internal import CIntrinsics
public import Tensors

/// target[i] = source[order[places[i]]], row by row.
///
/// Rows lie far apart in memory. Each is asked for some time before it is copied, those of the next
/// call included, so that they arrive while this one's are computed with.
///
/// - Parameters:
///   - source: [N, D]
///   - order: Row numbers.
///   - places: n places in `order`.
///   - target: [n, D]
public func gatherRows(of source: Matrix, _ order: [UInt32], _ places: Range<Int>, into target: Matrix) {
  precondition(target.rows == places.count && target.columns == source.columns)
  // Rows are short: whole lanes and a tail, not a call of memcpy for each.
  let whole = source.columns / laneCount * laneCount
  let bytes = source.columns * MemoryLayout<Float>.stride
  for (index, place) in places.enumerated() {
    let row = order[place]
    precondition(row < source.rows, "row \(row) of \(source.rows)")
    if place + prefetchDistance < order.count {
      let next = unsafe UnsafeRawPointer(source.pointer + Int(order[place + prefetchDistance]) * source.stride)
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

/// Rows between the one that is copied and the one that is asked for.
private let prefetchDistance = 12
