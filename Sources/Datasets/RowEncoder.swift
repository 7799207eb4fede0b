public import Tensors

/// Makes the numbers that a model sees of rows as readers leave them.
public struct RowEncoder {
  private let writers: [ValueWriter]
  private let width: Int

  /// - Parameters:
  ///   - columns: What was learned, at least one.
  ///   - raw: The columns of the rows, read as those were that it was learned from.
  public init(_ columns: [EncodedColumn], of raw: [FeatureColumn]) {
    precondition(raw.count == columns.count, "\(raw.count) columns, \(columns.count) learned")
    for (column, raw) in zip(columns, raw) {
      precondition(column.takes(raw), "column \(raw.name) was read in another way than was learned")
    }
    writers = zip(columns, raw).map { ValueWriter($0, levels: $1.levels) }
    width = columns.reduce(0) { $0 + $1.width }
  }

  /// - Parameter raw: [n, columns]: values as `FeatureColumn.Kind` says.
  /// - Returns: [n, features], in the memory of `raw` where no column changes its width.
  public func callAsFunction(_ raw: Matrix) -> Matrix {
    let encoded = writers.allSatisfy { $0.width == 1 } ? raw : Matrix(zeros: raw.rows, width)
    for row in 0..<raw.rows {
      let (values, features) = (raw.row(row), encoded.row(row))
      var place = 0
      for (column, writer) in writers.enumerated() {
        writer.write(values[column], into: features, at: place)
        place += writer.width
      }
    }
    return encoded
  }
}
