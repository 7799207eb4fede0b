/// A row-major Float32 matrix over a `Storage`. A view: copies share the elements.
///
/// `stride` is the distance between the starts of two rows, at least `columns`.
public struct Matrix {
  public let storage: Storage
  public let offset: Int
  public let rows: Int
  public let columns: Int
  public let stride: Int

  public init(_ storage: Storage, offset: Int = 0, rows: Int, columns: Int, stride: Int? = nil) {
    let stride = stride ?? columns
    precondition(rows >= 0 && columns >= 0 && stride >= columns, "[\(rows), \(columns)] with stride \(stride)")
    precondition(
      rows == 0 || offset + (rows - 1) * stride + columns <= storage.count,
      "[\(rows), \(columns)] at \(offset) outside storage of \(storage.count)")
    self.storage = storage
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  public init(zeros rows: Int, _ columns: Int) {
    self.init(Storage(zeros: rows * columns), rows: rows, columns: columns)
  }

  /// Only kernels and the MPI binding use it.
  @unsafe public var pointer: UnsafeMutablePointer<Float> { unsafe storage.pointer + offset }

  /// An element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "[\(row), \(column)] outside [\(rows), \(columns)]")
      return storage[offset + row * stride + column]
    }
    nonmutating set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "[\(row), \(column)] outside [\(rows), \(columns)]")
      storage[offset + row * stride + column] = newValue
    }
  }

  /// Row `row` as a view.
  public func row(_ row: Int) -> Vector {
    precondition(row >= 0 && row < rows, "row \(row) of \(rows)")
    return Vector(storage, offset: offset + row * stride, count: columns)
  }

  /// The rows `range`, as a view.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(
      storage, offset: offset + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// The first `rows` rows and `columns` columns, as a view.
  public func prefix(rows: Int, columns: Int? = nil) -> Matrix {
    let columns = columns ?? self.columns
    precondition(
      rows <= self.rows && columns <= self.columns,
      "[\(rows), \(columns)] is no part of [\(self.rows), \(self.columns)]")
    return Matrix(storage, offset: offset, rows: rows, columns: columns, stride: stride)
  }

  /// Writes its transpose.
  ///
  /// - Parameter target: [columns, rows]
  public func transpose(into target: Matrix) {
    precondition(target.rows == columns && target.columns == rows, "[\(rows), \(columns)] has another transpose")
    // Some rows at a time, whose lines stay in the cache until all of their elements are read.
    let blockSize = 256
    for start in Swift.stride(from: 0, to: rows, by: blockSize) {
      for column in 0..<columns {
        let (source, written) = unsafe (pointer + column, target.pointer + column * target.stride)
        for row in start..<min(start + blockSize, rows) { unsafe written[row] = source[row * stride] }
      }
    }
  }
}
