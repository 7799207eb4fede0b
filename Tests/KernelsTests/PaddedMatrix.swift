import Kernels
import Tensors

extension Matrix {
  /// The same in memory that is padded to lanes.
  ///
  /// - Parameter padding: What stands there.
  func padded(with padding: Float = 0) -> Matrix {
    let stride = paddedToLanes(columns)
    let storage = Storage(zeros: rows * stride)
    Vector(storage, offset: 0, count: storage.count).fill(with: padding)
    let copy = Matrix(storage, rows: rows, columns: columns, stride: stride)
    for row in 0..<rows { copy.row(row).copy(from: self.row(row)) }
    return copy
  }
}
