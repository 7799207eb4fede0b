internal import CIntrinsics
public import Tensors

/// Samples of a batch, brought together from sparse rows.
///
/// A batch of some dozen texts meets some hundred of ten thousand words. So its features are numbered
/// anew, in the order in which the batch meets them, and what is computed with them takes memory and time
/// for those alone.
public struct SparseBatch {
  /// D
  public let featureCount: Int
  /// The features that the batch meets: place u has its local number u.
  private(set) var features: [Int32] = []
  /// The local number of each of the D features; −1 for one that the batch doesn't meet.
  private var localNumbers: [Int32]
  /// Row i has the entries starts[i] ..< starts[i + 1].
  private(set) var starts = [0]
  /// The features that the first i rows meet are the first metCounts[i], or fewer.
  private(set) var metCounts = [0]
  /// The local number of the feature of each entry. Those of a row are in ascending order of feature.
  private(set) var entryFeatures: [Int32] = []
  private(set) var values: [Float] = []

  public init(featureCount: Int) {
    self.featureCount = featureCount
    localNumbers = Array(repeating: -1, count: featureCount)
  }

  public var rows: Int { starts.count - 1 }

  /// Keeps the memory.
  public mutating func removeAll() {
    for feature in features { localNumbers[Int(feature)] = -1 }
    features.removeAll(keepingCapacity: true)
    starts.removeSubrange(1...)
    metCounts.removeSubrange(1...)
    metCounts[0] = 0
    entryFeatures.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Numbers the features in ascending order: worth it for a batch that is used many times, since tables of weights are
  /// then read in the order in which they lie.
  public mutating func sortFeatures() {
    let sorted = features.sorted()
    for (local, feature) in sorted.enumerated() { localNumbers[Int(feature)] = Int32(local) }
    for entry in entryFeatures.indices { entryFeatures[entry] = localNumbers[Int(features[Int(entryFeatures[entry])])] }
    features = sorted
    for row in metCounts.indices { metCounts[row] = sorted.count }
  }

  /// Appends the samples order[places] of `source`.
  ///
  /// - Parameter source: [N, D]
  public mutating func append(_ source: SparseMatrix, _ order: [UInt32], _ places: Range<Int>) {
    append(source, count: places.count) { Int(order[places.lowerBound + $0]) }
  }

  /// Appends the samples `rows` of `source`.
  ///
  /// - Parameter source: [N, D]
  public mutating func append(_ source: SparseMatrix, rows: Range<Int>) {
    append(source, count: rows.count) { rows.lowerBound + $0 }
  }

  /// - Parameter row: Takes a number from 0 on; of `source`.
  @inline(__always)
  private mutating func append(_ source: SparseMatrix, count: Int, row: (Int) -> Int) {
    precondition(source.columns == featureCount, "\(source.columns) features, \(featureCount) expected")
    let first = values.count
    var entryCount = 0
    for index in 0..<count {
      let entries = source.entries(ofRow: row(index))
      // Rows lie anywhere: all are asked for before the first is read.
      Self.prefetch(source, entries)
      entryCount += entries.count
      starts.append(first + entryCount)
    }
    values.append(contentsOf: repeatElement(0, count: entryCount))
    entryFeatures.append(contentsOf: repeatElement(0, count: entryCount))
    let metBefore = features.count
    features.append(contentsOf: repeatElement(0, count: entryCount))
    var met = metBefore
    var place = first
    for index in 0..<count {
      let entries = source.entries(ofRow: row(index))
      Self.copy(source, entries, to: place, &values, &entryFeatures, &features, met: &met, by: &localNumbers)
      place += entries.count
      metCounts.append(met)
    }
    features.removeLast(metBefore + entryCount - met)
  }

  /// Copies the entries of a row, whose features get their local numbers, or the next ones where they have none.
  ///
  /// - Parameter met: Features that have one; there is room in `features` behind them.
  private static func copy(
    _ source: SparseMatrix, _ entries: Range<Int>, to place: Int, _ values: inout [Float],
    _ entryFeatures: inout [Int32], _ features: inout [Int32], met: inout Int, by localNumbers: inout [Int32]
  ) {
    let (sourceValues, sourceColumns) = (source.values.span, source.entryColumns.span)
    var values = values.mutableSpan
    var entryFeatures = entryFeatures.mutableSpan
    var features = features.mutableSpan
    var localNumbers = localNumbers.mutableSpan
    var place = place
    for entry in entries {
      values[place] = sourceValues[entry]
      let feature = sourceColumns[entry]
      let known = localNumbers[Int(feature)]
      // Without a branch, as every other entry of a batch of texts is of a word that is new to it.
      let isNew = known < 0
      features[met] = feature
      let local = isNew ? Int32(truncatingIfNeeded: met) : known
      localNumbers[Int(feature)] = local
      entryFeatures[place] = local
      met += isNew ? 1 : 0
      place += 1
    }
  }

  /// Cache lines of each row that are asked for, at most.
  private static let prefetchedLines = 4

  private static func prefetch(_ source: SparseMatrix, _ entries: Range<Int>) {
    let end = min(entries.upperBound, entries.lowerBound + prefetchedLines * laneCount)
    unsafe source.values.withUnsafeBufferPointer { values in
      unsafe source.entryColumns.withUnsafeBufferPointer { columns in
        guard let values = values.baseAddress, let columns = columns.baseAddress else { return }
        for entry in stride(from: entries.lowerBound, to: end, by: laneCount) {
          unsafe cintrinsics_prefetch(values + entry)
          unsafe cintrinsics_prefetch(columns + entry)
        }
      }
    }
  }
}

/// The samples of a pass.
public enum BatchFeatures {
  /// [n, D]
  case dense(Matrix)
  case sparse(SparseBatch)

  public var rows: Int {
    switch self {
    case .dense(let matrix): matrix.rows
    case .sparse(let batch): batch.rows
    }
  }
}
