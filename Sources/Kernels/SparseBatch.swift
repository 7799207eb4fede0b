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
  /// `base` and the local number of each of the D features; less than `base` for one that the batch doesn't meet.
  private var localNumbers: [Int32]
  /// Grows from batch to batch, so that what the last one has left need not be removed.
  private var base: Int32
  /// Row i has the entries starts[i] ..< starts[i + 1].
  private(set) var starts = [0]
  /// The features that the first i rows meet are the first metCounts[i], or fewer.
  private(set) var metCounts = [0]
  /// The local number of the feature of each entry. Those of a row are in ascending order of feature. What stands behind
  /// `entryCount` is of earlier batches.
  private(set) var entryFeatures: [Int32] = []
  /// As many.
  private(set) var values: [Float] = []

  public init(featureCount: Int) { self.init(featureCount: featureCount, base: 0) }

  /// - Parameter base: As if batches before had met so many features.
  package init(featureCount: Int, base: Int32) {
    precondition(base >= 0 && base <= Self.largestBase)
    self.featureCount = featureCount
    self.base = base
    localNumbers = Array(repeating: -1, count: featureCount)
  }

  /// Leaves room for the local numbers of a batch.
  package static var largestBase: Int32 { .max / 2 }

  public var rows: Int { starts.count - 1 }
  var entryCount: Int { starts[rows] }

  /// The values of all entries, rounded; what stands behind them is of no use.
  func values(in precision: Precision) -> [Float] {
    precision == .float32 ? values : precision.rounded(Array(values.prefix(entryCount)))
  }

  /// Keeps the memory.
  public mutating func removeAll() {
    let used = Int32(features.count)
    if base <= Self.largestBase - used {
      base += used
    } else {
      base = 0
      for feature in localNumbers.indices { localNumbers[feature] = -1 }
    }
    features.removeAll(keepingCapacity: true)
    starts.removeSubrange(1...)
    metCounts.removeSubrange(1...)
    metCounts[0] = 0
  }

  /// Numbers the features in ascending order: worth it for a batch that is used many times, since tables of weights are
  /// then read in the order in which they lie.
  public mutating func sortFeatures() {
    let sorted = features.sorted()
    for (local, feature) in sorted.enumerated() { localNumbers[Int(feature)] = base + Int32(local) }
    for entry in 0..<entryCount {
      entryFeatures[entry] = localNumbers[Int(features[Int(entryFeatures[entry])])] - base
    }
    features = sorted
    for row in metCounts.indices { metCounts[row] = sorted.count }
  }

  /// Sparse samples of a shard, in the order of an epoch.
  ///
  /// They are read by address: a step meets each shard for some hundred nanoseconds, and counting references to its arrays
  /// would take a good part of those. The addresses hold as long as the value does: it keeps the arrays, which nobody can
  /// write to through it, and the elements of an array do not move while it is kept.
  @safe public struct Segment {
    /// [N, D]
    fileprivate let features: SparseMatrix
    /// N
    private let labels: [Int32]
    /// Sample numbers.
    private let order: [UInt32]
    @unsafe fileprivate let addresses: Addresses

    @unsafe fileprivate struct Addresses {
      let rows: SparseRows
      let labels: UnsafeBufferPointer<Int32>
      let order: UnsafeBufferPointer<UInt32>
    }

    public init(features: SparseMatrix, labels: [Int32], order: [UInt32]) {
      precondition(labels.count == features.rows)
      let rows = UInt32(clamping: features.rows)
      precondition(order.allSatisfy { $0 < rows }, "an order has rows beyond \(rows)")
      self.features = features
      self.labels = labels
      self.order = order
      unsafe addresses = unsafe Addresses(
        rows: SparseRows(features),
        labels: labels.withUnsafeBufferPointer { unsafe $0 },
        order: order.withUnsafeBufferPointer { unsafe $0 })
    }
  }

  /// Appends samples of several shards.
  ///
  /// - Parameters:
  ///   - places: The places in its order of each segment's samples.
  ///   - labels: Receives the label of each sample at the number of its row.
  public mutating func append(_ segments: ArraySlice<Segment>, places: [Range<Int>], labels: inout [Int32]) {
    precondition(segments.count == places.count)
    let first = segments.startIndex
    defer { withExtendedLifetime(segments) {} }
    var place = entryCount
    var row = rows
    for index in places.indices {
      precondition(unsafe places[index].clamped(to: segments[first + index].addresses.order.indices) == places[index])
      precondition(segments[first + index].features.columns == featureCount, "shards of other features")
      let shard = unsafe segments[first + index].addresses
      for number in places[index] {
        let sample = unsafe Int(shard.order[number])
        labels[row] = unsafe shard.labels[sample]
        unsafe announce(sample, of: shard.rows)
        row += 1
      }
    }
    makeRoom()
    for index in places.indices {
      let shard = unsafe segments[first + index].addresses
      for number in places[index] { unsafe take(Int(shard.order[number]), of: shard.rows, at: &place) }
    }
    features.removeLast(features.count - metCounts[rows])
  }

  /// Appends the samples `rows` of `source`.
  ///
  /// - Parameter source: [N, D]
  public mutating func append(_ source: SparseMatrix, rows: Range<Int>) {
    precondition(source.columns == featureCount, "\(source.columns) features, \(featureCount) expected")
    precondition(rows.upperBound <= source.rows)
    withExtendedLifetime(source) {
      let addresses = unsafe SparseRows(source)
      var place = entryCount
      for row in rows { unsafe announce(row, of: addresses) }
      makeRoom()
      for row in rows { unsafe take(row, of: addresses, at: &place) }
      features.removeLast(features.count - metCounts[self.rows])
    }
  }

  /// The first of three parts of appending a row: says where its entries will lie, and asks memory for them, since rows lie
  /// anywhere.
  @unsafe @inline(__always)
  private mutating func announce(_ row: Int, of source: SparseRows) {
    let entries = unsafe source.entries(ofRow: row)
    unsafe source.prefetch(entries)
    starts.append(starts[rows] + entries.count)
  }

  /// The second: makes room for the entries of all rows that were announced.
  private mutating func makeRoom() {
    let missing = entryCount - values.count
    if missing > 0 {
      values.append(contentsOf: repeatElement(0, count: missing))
      entryFeatures.append(contentsOf: repeatElement(0, count: missing))
    }
    features.append(contentsOf: repeatElement(0, count: entryCount - starts[metCounts.count - 1]))
  }

  /// The last: copies the entries of a row, whose features get their local numbers, or the next ones where they have none.
  ///
  /// - Parameter place: Where they belong; then where they end.
  @unsafe @inline(__always)
  private mutating func take(_ row: Int, of source: SparseRows, at place: inout Int) {
    let entries = unsafe source.entries(ofRow: row)
    var met = metCounts[metCounts.count - 1]
    unsafe Self.copy(
      source, entries, to: place, &values, &entryFeatures, &features, met: &met, by: &localNumbers, from: base)
    place += entries.count
    metCounts.append(met)
  }

  /// There is room for the entries, and in `features` for as many as there are entries; features of a segment are less than D.
  ///
  /// - Parameter met: Features that have a local number.
  @unsafe @inline(__always)
  private static func copy(
    _ source: SparseRows, _ entries: Range<Int>, to place: Int, _ values: inout [Float],
    _ entryFeatures: inout [Int32], _ features: inout [Int32], met: inout Int, by localNumbers: inout [Int32],
    from base: Int32
  ) {
    precondition(
      place + entries.count <= min(values.count, entryFeatures.count) && met + entries.count <= features.count)
    var place = place
    var entryFeatures = entryFeatures.mutableSpan
    var features = features.mutableSpan
    var localNumbers = localNumbers.mutableSpan
    unsafe values.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress, let source = unsafe source.values.baseAddress else { return }
      unsafe copyRow(from: source + entries.lowerBound, to: target + place, entries.count)
    }
    for entry in entries {
      let feature = unsafe source.columns[entry]
      let known = unsafe localNumbers[unchecked: Int(feature)] &- base
      // Without a branch, as every other entry of a batch of texts is of a word that is new to it.
      let isNew = known < 0
      unsafe features[unchecked: met] = feature
      let local = isNew ? Int32(truncatingIfNeeded: met) : known
      unsafe localNumbers[unchecked: Int(feature)] = local &+ base
      unsafe entryFeatures[unchecked: place] = local
      met &+= isNew ? 1 : 0
      place &+= 1
    }
  }
}

/// Where the entries of a sparse matrix lie.
@unsafe private struct SparseRows {
  let starts: UnsafeBufferPointer<Int>
  let columns: UnsafeBufferPointer<Int32>
  let values: UnsafeBufferPointer<Float>

  init(_ matrix: SparseMatrix) {
    unsafe starts = matrix.starts.withUnsafeBufferPointer { unsafe $0 }
    unsafe columns = matrix.entryColumns.withUnsafeBufferPointer { unsafe $0 }
    unsafe values = matrix.values.withUnsafeBufferPointer { unsafe $0 }
  }

  @inline(__always)
  func entries(ofRow row: Int) -> Range<Int> {
    unsafe Range(uncheckedBounds: (starts[row], starts[row + 1]))
  }

  /// Cache lines of each row that are asked for, at most.
  private static var prefetchedLines: Int { 4 }

  @inline(__always)
  func prefetch(_ entries: Range<Int>) {
    guard let values = unsafe values.baseAddress, let columns = unsafe columns.baseAddress else { return }
    let end = unsafe min(entries.upperBound, entries.lowerBound + Self.prefetchedLines * laneCount)
    var entry = entries.lowerBound
    while entry < end {
      unsafe cintrinsics_prefetch(values + entry)
      unsafe cintrinsics_prefetch(columns + entry)
      entry += laneCount
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
