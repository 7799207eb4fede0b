internal import CIntrinsics
public import Tensors

/// Brings samples that lie apart together: row `start` + i of `target` and `targetLabels` becomes
/// sample order[places[i]].
///
/// Each row is asked for some time before it is copied, those of the next call included, so that
/// they arrive while this one's are computed with.
///
/// - Parameters:
///   - source: [N, D]
///   - labels: N
///   - order: Sample numbers.
///   - places: Places in `order`.
///   - target: [n, D]. Where its stride has room for whole lanes, what stands behind D is overwritten.
///   - targetLabels: n
public func gatherSamples(
  of source: Matrix, labels: [Int32], _ order: [UInt32], _ places: Range<Int>, into target: Matrix,
  labels targetLabels: inout [Int32], at start: Int
) {
  precondition(start >= 0 && start + places.count <= min(target.rows, targetLabels.count))
  precondition(labels.count == source.rows && target.columns == source.columns)
  precondition(places.lowerBound >= 0 && places.upperBound <= order.count)
  let copy = unsafe RowCopy(from: source, into: target)
  unsafe order.withUnsafeBufferPointer { order in
    unsafe labels.withUnsafeBufferPointer { labels in
      unsafe targetLabels.withUnsafeMutableBufferPointer { targetLabels in
        for index in 0..<places.count {
          let place = places.lowerBound + index
          let row = unsafe Int(order[place])
          precondition(row < source.rows, "row \(row) of \(source.rows)")
          if place + prefetchDistance < order.count {
            let ahead = unsafe Int(order[place + prefetchDistance])
            unsafe copy.source.prefetch(ahead)
            unsafe cintrinsics_prefetch(labels.baseAddress.unsafelyUnwrapped + ahead)
          }
          unsafe copy(row, into: start + index)
          unsafe targetLabels[start + index] = labels[row]
        }
      }
    }
  }
}

/// Rows between the one that is copied and the one that is asked for.
private let prefetchDistance = 16

/// Copies rows by whole lanes. (They are short: a call of memcpy for each would take longer.)
@unsafe struct RowCopy {
  let source: RowSource
  private let target: UnsafeMutablePointer<Float>
  private let targetStride: Int
  private let columns: Int
  private let wholeLanes: Int
  /// Rows whose last lanes may reach into the next ones, in source and target.
  private let paddedRows: Int

  init(from matrix: Matrix, into target: Matrix) {
    let source = unsafe RowSource(matrix)
    let padded = paddedToLanes(target.columns)
    let writable = target.storage.count - target.offset - (target.rows - 1) * target.stride - padded
    let isPadded = target.stride >= padded && writable >= 0
    unsafe self.source = unsafe source
    unsafe (self.target, targetStride) = unsafe (target.pointer, target.stride)
    unsafe columns = source.columns
    unsafe wholeLanes = unsafe columns / laneCount * laneCount
    unsafe paddedRows = unsafe isPadded ? source.paddedRows : 0
  }

  @inline(__always)
  func callAsFunction(_ row: Int, into targetRow: Int) {
    let from = unsafe source.pointer + row * source.stride
    let to = unsafe target + targetRow * targetStride
    let whole = unsafe row < paddedRows ? columns : wholeLanes
    var column = 0
    while column < whole {
      unsafe to.store(from.lanes(at: column), at: column)
      column += laneCount
    }
    while unsafe column < columns {
      unsafe to[column] = from[column]
      column += 1
    }
  }
}

/// Rows of a matrix, which are copied, or read where they stand.
@unsafe struct RowSource {
  fileprivate let pointer: UnsafeMutablePointer<Float>
  fileprivate let stride: Int
  fileprivate let columns: Int
  /// Those whose last lanes may reach into the next ones.
  fileprivate let paddedRows: Int

  init(_ matrix: Matrix) {
    unsafe (pointer, stride, columns) = unsafe (matrix.pointer, matrix.stride, matrix.columns)
    let readable = matrix.storage.count - matrix.offset - paddedToLanes(matrix.columns)
    unsafe paddedRows = readable >= 0 ? readable / max(matrix.stride, 1) + 1 : 0
  }

  /// Asks memory for a quarter of a row.
  @inline(__always)
  func prefetch(_ row: Int, quarter: Int) {
    let from = unsafe pointer + row * stride
    var column = quarter * laneCount
    while unsafe column < columns {
      unsafe cintrinsics_prefetch(from + column)
      column += 4 * laneCount
    }
    if quarter == 3 { unsafe cintrinsics_prefetch(from + (columns - 1)) }
  }

  /// Asks memory for a row.
  @inline(__always)
  func prefetch(_ row: Int) {
    let from = unsafe pointer + row * stride
    var column = 0
    while unsafe column < columns {
      unsafe cintrinsics_prefetch(from + column)
      column += laneCount
    }
    unsafe cintrinsics_prefetch(from + (columns - 1))
  }

  /// Where a row lies, if whole lanes of it can be read there; else its copy.
  ///
  /// - Parameter copy: [whole lanes]
  @inline(__always)
  func wholeLanes(ofRow row: Int, orCopiedTo copy: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    let from = unsafe pointer + row * stride
    if unsafe row < paddedRows { return unsafe UnsafePointer(from) }
    unsafe copy.update(from: from, count: columns)
    return unsafe UnsafePointer(copy)
  }
}
