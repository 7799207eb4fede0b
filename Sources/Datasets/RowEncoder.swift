public import Tensors

/// Makes the numbers that a model sees of rows as readers leave them.
public struct RowEncoder {
  private let writers: [ValueWriter]
  /// D
  public let width: Int

  /// Rows of which one column is written after another: so many stay close to the processor.
  private static let tileRows = 64

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

  /// Columns of the rows.
  public var columnCount: Int { writers.count }

  /// - Parameter raw: [n, columns]: values as `FeatureColumn.Kind` says.
  /// - Returns: [n, D], in the memory of `raw` where no column changes its width.
  public func callAsFunction(_ raw: Matrix) -> Matrix {
    let encoded = writers.allSatisfy { $0.width == 1 } ? raw : Matrix(zeros: raw.rows, width)
    write(raw, into: encoded)
    return encoded
  }

  /// - Parameters:
  ///   - raw: [n, columns]: values as `FeatureColumn.Kind` says.
  ///   - features: [n, D]
  public func write(_ raw: Matrix, into features: Matrix) {
    precondition(raw.columns == columnCount && features.columns == width && features.rows == raw.rows)
    for start in stride(from: 0, to: raw.rows, by: Self.tileRows) {
      let rows = start..<min(start + Self.tileRows, raw.rows)
      let (rawTile, tile) = (raw.rows(rows), features.rows(rows))
      var place = 0
      for column in writers.indices {
        writers[column].write(rawTile, column: column, into: tile, at: place)
        place += writers[column].width
      }
    }
  }
}
