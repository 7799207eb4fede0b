import Kernels
import Tensors

/// A first layer on columns in bins: multiplied as it stands, and added up by columns.
enum Columns {
  static func measure() {
    for (rows, outputs) in [(8, 256), (32, 128), (32, 256), (256, 256), (512, 512)] {
      measure(rows: rows, outputs: outputs, columns: 54, bins: 32)
    }
  }

  /// Forward, and the gradients of eight shards in one sum.
  private static func measure(rows: Int, outputs: Int, columns: Int, bins: Int) {
    let width = bins + 1
    let x = Matrix(zeros: rows, columns * width)
    let edges = (0...bins).map { Double($0) / Double(bins) }
    let encoding = PiecewiseLinear(mean: 0.5, scale: 0.3, fill: 0, offset: 0, edges: edges, marksMissing: false)
    // Every number is somewhere else.
    let numbers = Matrix(zeros: rows, columns)
    for row in 0..<rows {
      for column in 0..<columns { numbers[row, column] = Float((row * 7_919 + column * 104_729) % 1_009) / 1_009 }
    }
    for column in 0..<columns { encoding(numbers, column: column, into: x, at: column * width) }

    let (weights, dY) = (randomMatrix(outputs, x.columns), randomMatrix(rows, outputs))
    let (y, gradient, sums) = (Matrix(zeros: rows, outputs), Matrix(zeros: outputs, x.columns), Vector(zeros: outputs))
    // Each pair is added up, then the pairs, then all.
    let segments = [0, 1, 0, 2, 0, 1, 0, 3].enumerated().map { shard, additions in
      BatchSegment(rows: (shard * rows / 8)..<((shard + 1) * rows / 8), additions: additions)
    }
    let (dense, byColumns) = (MatrixProducts(), ColumnProducts(columnWidths: Array(repeating: width, count: columns)))
    let denseTime = microseconds {
      dense.multiply(x, weights, transposingB: true, into: y)
      dense.multiplySegments(dY, aIsTransposed: false, x, segments: segments, into: [gradient], sums: [sums])
    }
    let time = microseconds {
      byColumns.multiply(x, weights, into: y)
      byColumns.multiplySegments(dY, x, segments: segments, into: [gradient], sums: [sums])
    }
    report(
      "columns",
      [
        "rows": Double(rows), "outputs": Double(outputs), "columns": Double(columns), "bins": Double(bins),
        "dense_us": denseTime, "columns_us": time, "ratio": denseTime / time,
      ])
  }
}
