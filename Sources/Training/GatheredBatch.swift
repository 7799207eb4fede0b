internal import Datasets
internal import Kernels
internal import Tensors

/// Samples of a batch that were brought together, row after row, from dense or sparse rows, and expanded where the data is
/// narrower than what a model sees.
struct GatheredBatch {
  /// [capacity, D], where the data is dense.
  private let rows: Matrix
  /// Where the data is expanded: what does it, and [capacity, columns] as they were read.
  private let expansion: RowEncoder?
  private let raw: Matrix
  /// Where it is sparse.
  private var sparse: SparseBatch?
  /// n
  private(set) var count = 0

  /// - Parameter capacity: The most samples.
  init(of dataset: Dataset, capacity: Int) {
    func memory(_ rows: Int, _ columns: Int) -> Matrix {
      let stride = paddedToLanes(columns)
      return Matrix(Storage(zeros: rows * stride), rows: rows, columns: columns, stride: stride)
    }
    rows = memory(dataset.isSparse ? 0 : capacity, dataset.featureCount)
    expansion = dataset.expansion
    raw = memory(expansion == nil ? 0 : capacity, expansion?.columnCount ?? 0)
    sparse = dataset.isSparse ? SparseBatch(featureCount: dataset.featureCount) : nil
  }

  /// [n, D]
  var features: BatchFeatures { sparse.map { .sparse($0) } ?? .dense(rows.prefix(rows: count)) }

  mutating func removeAll() {
    sparse?.removeAll()
    count = 0
  }

  /// Appends the samples order[places] of a shard.
  ///
  /// - Parameter labels: Receives theirs, each at its row.
  /// - Returns: Their rows.
  mutating func append(
    _ shard: Shard, _ order: [UInt32], _ places: Range<Int>, labels: inout [Int32]
  ) -> Range<Int> {
    let appended = count..<(count + places.count)
    switch shard.features {
    case .dense(let features):
      gatherSamples(
        of: features, labels: shard.labels, order, places, into: expansion == nil ? rows : raw, labels: &labels,
        at: count)
      expansion?.write(raw.rows(appended), into: rows.rows(appended))
    case .sparse(let features):
      sparse?.append(features, order, places)
      for (row, place) in zip(appended, places) { labels[row] = shard.labels[Int(order[place])] }
    }
    count = appended.upperBound
    return appended
  }
}
