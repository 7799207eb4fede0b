internal import Kernels
internal import Tensors

/// The first layer where each column has a learned map of its own to N numbers.
///
///     x  [n, D]    features: of a column of numbers its encoding, of a column of categories the number of a row
///     y  [n, columns · N]
///
/// A column of numbers has y = e W + b of its features e (Gorishniy et al., "On Embeddings for Numerical Features in Tabular
/// Deep Learning", 2022: with bins at quantiles their Q-L. Their Q-LR, with relu behind it, was measured to be worse: see
/// Benchmarks/log.md):
///
///     weight  [features, N]  of all such columns, one behind the other; row k is what feature k is multiplied by;
///                            U(−1/√in, 1/√in), in the features of the column, as PyTorch's nn.Linear
///     bias    [columns, N]   of such columns; the same
///
/// A column of categories has y = T[row], the row of a table, which has one for each level, then one for what is no level
/// that was learned, then perhaps one for missing values:
///
///     T       [rows, N]      see `InitialDistribution.table`
///
/// Of a table a pass has the gradients of the rows that its samples look up, and of no others (`RowGradientStack`).
struct EmbeddingLayer: Layer {
  let outputs: Int
  private let width: Int
  private let tables: [Table]
  /// Those of all tables together.
  private let tableColumns: [TableColumn]
  /// Nil where there is no column of numbers.
  private let numbers: Numbers?
  /// y, [largestBatch, out]
  private let values: Storage

  private struct Table {
    let weight: ParameterLayout.Handle
    /// Its column, alone, of itself.
    let column: [TableColumn]
  }

  private struct Numbers {
    let maps: ColumnMaps
    let weight: ParameterLayout.Handle
    let bias: ParameterLayout.Handle
  }

  /// - Parameter largestBatch: The most samples of a pass.
  init(_ shape: EmbeddingShape, largestBatch: Int, in layout: inout ParameterLayout) {
    let width = shape.width
    (outputs, self.width) = (shape.outputs, width)
    var tables: [Table] = []
    var tableColumns: [TableColumn] = []
    var columns: [ColumnMaps.Column] = []
    var feature = 0
    for (index, column) in shape.columns.enumerated() {
      switch column {
      case .numbers(let features):
        columns.append(ColumnMaps.Column(features: feature..<(feature + features), output: index * width))
      case .table(let name, let rows, let unknown):
        func column(firstRow: Int) -> TableColumn {
          TableColumn(feature: feature, firstRow: firstRow, rowCount: rows, output: index * width)
        }
        tableColumns.append(column(firstRow: layout.tableRows))
        let weight = layout.appendTable(
          "embeddings.\(name).weight", rows: rows, width: width, initial: .table(width: width, unknownRow: unknown))
        tables.append(Table(weight: weight, column: [column(firstRow: 0)]))
      }
      feature += column.features
    }
    self.tables = tables
    self.tableColumns = tableColumns
    values = Storage(zeros: largestBatch * outputs)
    guard !columns.isEmpty else {
      numbers = nil
      return
    }
    let fanIns = columns.map(\.features.count)
    numbers = Numbers(
      maps: ColumnMaps(columns, width: width),
      weight: layout.appendEmbedding(
        "embeddings.weight", shape: [fanIns.reduce(0, +), width], initial: .linearByRow(fanIns: fanIns)),
      bias: layout.appendEmbedding(
        "embeddings.bias", shape: [columns.count, width], initial: .linearBias(fanIns: fanIns)))
  }

  func output(samples: Int) -> Matrix { Matrix(values, rows: samples, columns: outputs) }

  /// Of a table there is no factor of x, which is the number of a row, but its rows. And y is as if x had been multiplied
  /// before a bias was added that is multiplied, too.
  func weigh(inputs weights: [Float], into factors: TensorViews) {
    for table in tables { factors.vector(table.weight).fill(with: weights[table.column[0].feature]) }
    guard let numbers else { return }
    let (weight, bias) = (factors.matrix(numbers.weight), factors.matrix(numbers.bias))
    var row = 0
    for (index, column) in numbers.maps.columns.enumerated() {
      bias.row(index).fill(with: weights[column.features.lowerBound])
      for feature in column.features {
        weight.row(row).fill(with: weights[feature])
        row += 1
      }
    }
  }

  func forward(_ x: BatchFeatures, _ parameters: TensorViews, training: TrainingPass?) -> Matrix {
    let (x, y) = (Self.dense(x), output(samples: x.rows))
    for table in tables { lookUp(x, table.column, in: parameters.matrix(table.weight), into: y) }
    if let numbers {
      numbers.maps.multiply(x, parameters.matrix(numbers.weight), parameters.matrix(numbers.bias), into: y)
    }
    return y
  }

  func backward(dY: Matrix, x: BatchFeatures, _ parameters: TensorViews, _ pass: BackwardPass, into dX: Matrix?) {
    precondition(dX == nil, "nothing stands before the embedding")
    let x = Self.dense(x)
    if let numbers {
      numbers.maps.multiplySegments(
        dY, x, segments: pass.segments, into: pass.gradients.matrices(numbers.weight),
        sums: pass.gradients.matrices(numbers.bias), accumulating: pass.accumulating)
    }
    guard !tables.isEmpty else { return }
    guard let rows = pass.gradients.rows else { preconditionFailure("no place for the gradients of tables") }
    for segment in pass.segments {
      rows.add(segment.rows, of: x, tableColumns, dY: dY, accumulating: pass.accumulating)
      for _ in 0..<segment.additions { rows.join() }
    }
  }

  private static func dense(_ x: BatchFeatures) -> Matrix {
    guard case .dense(let x) = x else { preconditionFailure("sparse rows have no columns to embed") }
    return x
  }
}
