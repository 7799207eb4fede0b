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

  /// Appends the samples order[places] of a shard that is dense.
  ///
  /// - Parameter labels: Receives theirs, each at its row.
  mutating func append(_ shard: Shard, _ order: [UInt32], _ places: Range<Int>, labels: inout [Int32]) {
    let appended = count..<(count + places.count)
    gatherSamples(
      of: shard.features.dense, labels: shard.labels, order, places, into: expansion == nil ? rows : raw,
      labels: &labels, at: count)
    expansion?.write(raw.rows(appended), into: rows.rows(appended))
    count = appended.upperBound
  }

  /// Appends samples of shards that are sparse.
  ///
  /// - Parameters:
  ///   - places: Of each of them, in its order.
  ///   - labels: Receives theirs, each at its row.
  mutating func append(_ shards: ArraySlice<SparseBatch.Segment>, _ places: [Range<Int>], labels: inout [Int32]) {
    sparse?.append(shards, places: places, labels: &labels)
    count = sparse?.rows ?? count
  }
}
