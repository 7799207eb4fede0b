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
  }

  /// Appends the samples order[places] of `source`.
  ///
  /// - Parameter source: [N, D]
  public mutating func append(_ source: SparseMatrix, _ order: [UInt32], _ places: Range<Int>) {
    for place in places {
      // Rows lie anywhere: those that come next are asked for.
      let ahead = place + Self.prefetchDistance
      if ahead < order.count { Self.prefetch(source, row: Int(order[ahead])) }
      append(source, row: Int(order[place]))
    }
  }

  /// Rows, and the most cache lines of each.
  private static let (prefetchDistance, prefetchedLines) = (4, 4)

  private static func prefetch(_ source: SparseMatrix, row: Int) {
    let entries = source.entries(ofRow: row)
    for start in stride(from: entries.lowerBound, to: entries.upperBound, by: laneCount).prefix(prefetchedLines) {
      unsafe source.values.withUnsafeBufferPointer {
        unsafe cintrinsics_prefetch($0.baseAddress.unsafelyUnwrapped + start)
      }
      unsafe source.entryColumns.withUnsafeBufferPointer {
        unsafe cintrinsics_prefetch($0.baseAddress.unsafelyUnwrapped + start)
      }
    }
  }

  /// Appends the samples `rows` of `source`.
  ///
  /// - Parameter source: [N, D]
  public mutating func append(_ source: SparseMatrix, rows: Range<Int>) {
    for row in rows { append(source, row: row) }
  }

  private mutating func append(_ source: SparseMatrix, row: Int) {
    precondition(source.columns == featureCount, "\(source.columns) features, \(featureCount) expected")
    let entries = source.entries(ofRow: row)
    values.append(contentsOf: source.values[entries])
    entryFeatures.append(contentsOf: source.entryColumns[entries])
    Self.renumber(&entryFeatures, from: starts[starts.count - 1], by: &localNumbers, &features)
    starts.append(values.count)
  }

  /// Features become their local numbers, where they stand; those that have none get the next ones.
  private static func renumber(
    _ entries: inout [Int32], from first: Int, by localNumbers: inout [Int32], _ features: inout [Int32]
  ) {
    var entries = entries.mutableSpan
    var localNumbers = localNumbers.mutableSpan
    for entry in first..<entries.count {
      let feature = entries[entry]
      var local = localNumbers[Int(feature)]
      if local < 0 {
        local = Int32(features.count)
        localNumbers[Int(feature)] = local
        features.append(feature)
      }
      entries[entry] = local
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
