/// A matrix of mostly zeros: of each row, the columns that are not zero, in ascending order, and their
/// values (compressed sparse rows).
public struct SparseMatrix {
  public let columns: Int
  /// Row i has the entries starts[i] ..< starts[i + 1].
  public let starts: [Int]
  /// The column of each entry.
  public let entryColumns: [Int32]
  /// The value of each entry.
  public let values: [Float]

  public init(columns: Int, starts: [Int], entryColumns: [Int32], values: [Float]) {
    precondition(starts.first == 0 && starts.last == values.count && entryColumns.count == values.count)
    precondition(zip(starts, starts.dropFirst()).allSatisfy { $0 <= $1 }, "rows end before they begin")
    precondition(entryColumns.allSatisfy { $0 >= 0 && $0 < columns }, "a column beyond \(columns)")
    self.columns = columns
    self.starts = starts
    self.entryColumns = entryColumns
    self.values = values
  }

  public var rows: Int { starts.count - 1 }
  public var entryCount: Int { values.count }

  /// The entries of row `row`: places in `entryColumns` and `values`.
  public func entries(ofRow row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

  /// The rows `rows`, in that order, in memory of their own.
  public func selecting(_ rows: [Int]) -> SparseMatrix {
    var starts = [0]
    starts.reserveCapacity(rows.count + 1)
    for row in rows { starts.append(starts[starts.count - 1] + entries(ofRow: row).count) }
    var (entryColumns, values): ([Int32], [Float]) = ([], [])
    entryColumns.reserveCapacity(starts[rows.count])
    values.reserveCapacity(starts[rows.count])
    for row in rows {
      entryColumns += self.entryColumns[entries(ofRow: row)]
      values += self.values[entries(ofRow: row)]
    }
    return SparseMatrix(columns: columns, starts: starts, entryColumns: entryColumns, values: values)
  }

  /// The matrix with its zeros.
  public func dense() -> Matrix {
    let matrix = Matrix(zeros: rows, columns)
    for row in 0..<rows {
      let vector = matrix.row(row)
      for entry in entries(ofRow: row) { vector[Int(entryColumns[entry])] = values[entry] }
    }
    return matrix
  }
}

/// Features of samples, a row each.
public enum FeatureMatrix {
  case dense(Matrix)
  case sparse(SparseMatrix)

  public var rows: Int {
    switch self {
    case .dense(let matrix): matrix.rows
    case .sparse(let matrix): matrix.rows
    }
  }

  public var columns: Int {
    switch self {
    case .dense(let matrix): matrix.columns
    case .sparse(let matrix): matrix.columns
    }
  }

  public var isSparse: Bool {
    if case .sparse = self { true } else { false }
  }

  /// The matrix itself where it is dense, else a copy that is.
  public var dense: Matrix {
    switch self {
    case .dense(let matrix): matrix
    case .sparse(let matrix): matrix.dense()
    }
  }

  /// The rows `rows`, in that order, in memory of their own.
  public func selecting(_ rows: [Int]) -> FeatureMatrix {
    switch self {
    case .dense(let matrix):
      let selected = Matrix(zeros: rows.count, matrix.columns)
      for (place, row) in rows.enumerated() { selected.row(place).copy(from: matrix.row(row)) }
      return .dense(selected)
    case .sparse(let matrix):
      return .sparse(matrix.selecting(rows))
    }
  }
}
