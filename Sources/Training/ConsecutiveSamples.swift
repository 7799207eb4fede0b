internal import Datasets
internal import Kernels
internal import Tensors

/// Samples that stand one after another in a shard, as a network takes them: dense ones from where they lie, sparse ones
/// brought together, and those that are narrower than what a model sees expanded.
struct ConsecutiveSamples {
  private let expansion: RowEncoder?
  /// [capacity, D], where they are expanded.
  private let expanded: Matrix
  private var sparse: SparseBatch

  /// - Parameter capacity: The most samples at a time.
  init(of dataset: Dataset, capacity: Int) {
    expansion = dataset.expansion
    expanded = Matrix(zeros: expansion == nil ? 0 : capacity, expansion?.width ?? 0)
    sparse = SparseBatch(featureCount: dataset.isSparse ? dataset.featureCount : 0)
  }

  /// - Returns: [n, D], valid until the next call.
  mutating func callAsFunction(_ shard: Shard, _ rows: Range<Int>) -> BatchFeatures {
    switch shard.features {
    case .dense(let matrix):
      guard let expansion else { return .dense(matrix.rows(rows)) }
      let features = expanded.prefix(rows: rows.count)
      expansion.write(matrix.rows(rows), into: features)
      return .dense(features)
    case .sparse(let matrix):
      sparse.removeAll()
      sparse.append(matrix, rows: rows)
      return .sparse(sparse)
    }
  }
}
