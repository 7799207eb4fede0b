public import Collectives
internal import Foundation
internal import Tensors

/// How columns become the numbers that a model sees, as learned from the training part.
///
/// - A column of numbers becomes one feature, standardized where that is wanted. A missing value becomes
///   the mean, and where the training part has such, a second feature is 1 for them and else 0.
/// - A column of categories becomes a feature for each level, 1 where the value is that level and else 0;
///   one for missing values, where the training part has such; and none for a value that it does not
///   have: all are 0. A column of more than `mostOneHot` levels becomes that many features, of which a
///   hash of the value chooses one.
/// - Sparse rows are taken as they are: to centre them would fill in their zeros, and to scale rare features
///   to variance 1 would blow them up.
public struct FeatureEncoding: Equatable, Sendable {
  public enum Column: Equatable, Sendable {
    /// (x − mean) / scale, where x − offset is what was rounded to Float32
    case numeric(name: String, mean: Double, scale: Double, marksMissing: Bool, offset: Double = 0)
    case oneHot(name: String, levels: [String], marksMissing: Bool)
    /// The features that the levels share.
    case hashed(name: String, count: Int, marksMissing: Bool)
  }

  public let columns: [Column]
  /// Columns whose values are all the same in the training part.
  public let constantColumns: [String]
  /// Of sparse rows: the features that are not 0 in a sample, on average.
  public let featuresPerSample: Double?

  /// Learns from every sample of `dataset`, all ranks. Collective.
  ///
  /// Means and deviations take two passes, in Double: first the means, then the squared deviations from
  /// them, which loses no digits where the mean is large. Both are summed over shards in fixed order.
  public init(
    learningFrom dataset: Dataset, standardizing: Bool, mostOneHot: Int, over communicator: some Communicator
  ) throws(CollectiveError) {
    self.standardizing = standardizing
    let sampleCount = Int64(dataset.sampleCount)
    if dataset.isSparse {
      let counts = try Self.entryCounts(of: dataset, over: communicator)
      columns = dataset.columns.map { .numeric(name: $0.name, mean: 0, scale: 1, marksMissing: false) }
      constantColumns = zip(dataset.columns, counts).filter { $0.1 == 0 }.map(\.0.name)
      featuresPerSample = Double(counts.reduce(0, +)) / Double(max(sampleCount, 1))
      return
    }
    featuresPerSample = nil
    var missing = [Int64](repeating: 0, count: dataset.featureCount)
    for features in dataset.shards.map(\.features.dense) {
      for row in 0..<features.rows {
        let values = features.row(row)
        for column in missing.indices where values[column].isNaN { missing[column] += 1 }
      }
    }
    missing = try communicator.sum(missing)
    let counts = missing.map { Double(max(sampleCount - $0, 1)) }
    let levels = try Self.levels(of: dataset, over: communicator)

    // Of the numbers less their offsets.
    let sums = try Self.sum(over: dataset, communicator) { value, _ in value }
    let means = zip(sums, counts).map { $0 / $1 }
    let squares = try Self.sum(over: dataset, communicator) { value, column in
      let deviation = value - means[column]
      return deviation * deviation
    }
    var constant: [String] = []
    columns = dataset.columns.enumerated().map { index, column in
      let marksMissing = missing[index] > 0
      switch column.kind {
      case .categorical:
        if levels[index].count + (marksMissing ? 1 : 0) < 2 { constant.append(column.name) }
        return levels[index].count > mostOneHot
          ? .hashed(name: column.name, count: mostOneHot, marksMissing: marksMissing)
          : .oneHot(name: column.name, levels: levels[index], marksMissing: marksMissing)
      case .numeric:
        // The mean of equal values is off by a rounding, and leaves a deviation that is none: the bound
        // is scikit-learn's (StandardScaler).
        let variance = squares[index] / counts[index]
        let roundings = counts[index] * .ulpOfOne
        let isConstant = variance <= roundings * variance + (roundings * means[index]) * (roundings * means[index])
        if isConstant, !marksMissing { constant.append(column.name) }
        return .numeric(
          name: column.name, mean: column.offset + means[index],
          scale: isConstant || !standardizing ? 1 : variance.squareRoot(), marksMissing: marksMissing,
          offset: column.offset)
      }
    }
    constantColumns = constant
  }

  /// Whether the mean is subtracted; else it only stands in for missing values.
  public let standardizing: Bool

  /// How many samples have each feature, in sparse rows. Collective.
  private static func entryCounts(
    of dataset: Dataset, over communicator: some Communicator
  ) throws(CollectiveError) -> [Int64] {
    var counts = [Int64](repeating: 0, count: dataset.featureCount)
    for shard in dataset.shards {
      guard case .sparse(let matrix) = shard.features else { continue }
      for column in matrix.entryColumns { counts[Int(column)] += 1 }
    }
    return try communicator.sum(counts)
  }

  /// The levels of each column that a sample of the data set has, in order. Collective.
  private static func levels(
    of dataset: Dataset, over communicator: some Communicator
  ) throws(CollectiveError) -> [[String]] {
    let known = dataset.columns.map(\.levels)
    var counts = known.map { [Int64](repeating: 0, count: $0.count) }
    for column in known.indices where !known[column].isEmpty {
      for features in dataset.shards.map(\.features.dense) {
        for row in 0..<features.rows {
          let value = features[row, column]
          if value >= 0 { counts[column][Int(value)] += 1 }
        }
      }
      counts[column] = try communicator.sum(counts[column])
    }
    return zip(known, counts).map { levels, counts in zip(levels, counts).filter { $0.1 > 0 }.map(\.0) }
  }

  /// What is worth knowing before the model is trusted: "missing in workclass, …; constant: …". Empty where there is
  /// nothing of the kind.
  public var summary: String {
    func list(_ names: [String]) -> String {
      names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count) columns)" : "")
    }
    let missing = columns.filter(\.marksMissing).map(\.name)
    var parts: [String] = []
    if let featuresPerSample {
      let share = featuresPerSample.formatted(.number.precision(.significantDigits(3)))
      parts.append("sparse rows, \(share) features each on average, taken as they are")
      if !constantColumns.isEmpty { parts.append("no sample has \(constantColumns.count) of them") }
      return parts.joined(separator: "; ")
    }
    if !missing.isEmpty { parts.append("missing in \(list(missing))") }
    if !constantColumns.isEmpty { parts.append("constant: \(list(constantColumns))") }
    return parts.joined(separator: "; ")
  }

  /// D of the encoded data.
  public var featureCount: Int { columns.reduce(0) { $0 + $1.width } }

  /// The data set in the numbers that a model sees.
  ///
  /// - Parameter dataset: Of the columns that were learned from. It is consumed: where no column changes its width, the
  ///   result stands in its memory, so that what a caller keeps of it is no longer what was read.
  public func apply(to dataset: consuming Dataset) -> Dataset {
    precondition(dataset.featureCount == columns.count, "\(dataset.featureCount) columns, \(columns.count) learned")
    guard !dataset.isSparse else { return dataset }
    let writers = zip(columns, dataset.columns).map {
      ColumnWriter($0, levels: $1.levels, standardizing: standardizing)
    }
    let width = featureCount
    let inPlace = columns.allSatisfy { $0.width == 1 }
    let shards = dataset.shards.map { shard in
      let raw = shard.features.dense
      let encoded = inPlace ? raw : Matrix(zeros: raw.rows, width)
      for row in 0..<raw.rows {
        let (values, features) = (raw.row(row), encoded.row(row))
        var place = 0
        for (column, writer) in writers.enumerated() {
          writer.write(values[column], into: features, at: place)
          place += writer.width
        }
      }
      return Shard(index: shard.index, features: .dense(encoded), labels: shard.labels)
    }
    return Dataset(
      name: dataset.name, columns: columns.flatMap(\.featureNames).map { FeatureColumn(name: $0) },
      classNames: dataset.classNames, layout: dataset.layout, shards: shards, sampleCounts: dataset.sampleCounts)
  }

  /// Σ f(x, column) of each column, over all values that are there, in the order of shards.
  private static func sum(
    over dataset: Dataset, _ communicator: some Communicator, _ f: (Double, Int) -> Double
  ) throws(CollectiveError) -> [Double] {
    let featureCount = dataset.featureCount
    var sums = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: .init(floatCount: 0, doubleCount: featureCount))
    for shard in dataset.shards {
      var totals = [Double](repeating: 0, count: featureCount)
      let matrix = shard.features.dense
      for row in 0..<matrix.rows {
        let features = matrix.row(row)
        for feature in 0..<featureCount where !features[feature].isNaN {
          totals[feature] += f(Double(features[feature]), feature)
        }
      }
      let part = sums.nextPart
      for feature in 0..<featureCount { part[double: feature] = totals[feature] }
      sums.commit()
    }
    let total = try sums.total()
    return (0..<featureCount).map { total[double: $0] }
  }
}

extension FeatureEncoding.Column {
  var name: String {
    switch self {
    case .numeric(let name, _, _, _, _), .oneHot(let name, _, _), .hashed(let name, _, _): name
    }
  }

  var marksMissing: Bool {
    switch self {
    case .numeric(_, _, _, let marks, _), .oneHot(_, _, let marks), .hashed(_, _, let marks): marks
    }
  }

  /// Features that it becomes.
  var width: Int {
    switch self {
    case .numeric: marksMissing ? 2 : 1
    case .oneHot(_, let levels, _): levels.count + (marksMissing ? 1 : 0)
    case .hashed(_, let count, _): count + (marksMissing ? 1 : 0)
    }
  }

  var featureNames: [String] {
    let names: [String] =
      switch self {
      case .numeric: [name]
      case .oneHot(_, let levels, _): levels.map { "\(name)=\($0)" }
      case .hashed(_, let count, _): (0..<count).map { "\(name)#\($0)" }
      }
    return marksMissing ? names + ["\(name) is missing"] : names
  }
}

/// Writes the features of one column.
private struct ColumnWriter {
  let width: Int
  /// Of a column of numbers.
  private let mean: Double
  private let scale: Double
  private let shift: Double
  private let offset: Double
  private let isNumeric: Bool
  private let marksMissing: Bool
  /// The feature of each level; nil for one that was not learned.
  private let places: [Int?]

  /// - Parameter levels: What the values of the column are numbers of.
  init(_ column: FeatureEncoding.Column, levels: [String], standardizing: Bool) {
    width = column.width
    switch column {
    case .numeric(_, let mean, let scale, let marksMissing, let offset):
      (self.mean, self.scale, shift, isNumeric) = (mean, scale, standardizing ? mean : 0, true)
      self.offset = offset
      (self.marksMissing, places) = (marksMissing, [])
    case .oneHot(_, let learned, let marksMissing):
      let learnedPlaces = Dictionary(uniqueKeysWithValues: learned.enumerated().map { ($1, $0) })
      (mean, scale, shift, offset, isNumeric) = (0, 1, 0, 0, false)
      (self.marksMissing, places) = (marksMissing, levels.map { learnedPlaces[$0] })
    case .hashed(_, let count, let marksMissing):
      (mean, scale, shift, offset, isNumeric) = (0, 1, 0, 0, false)
      (self.marksMissing, places) = (marksMissing, levels.map { Self.hash($0) % count })
    }
  }

  @inline(__always)
  func write(_ value: Float, into features: Vector, at place: Int) {
    if isNumeric {
      let known = value.isNaN ? mean : Double(value) + offset
      features[place] = Float((known - shift) / scale)
      if marksMissing { features[place + 1] = value.isNaN ? 1 : 0 }
    } else {
      // A width of one is written over the value itself.
      for feature in place..<(place + width) { features[feature] = 0 }
      if value.isNaN {
        if marksMissing { features[place + width - 1] = 1 }
      } else if value != FeatureColumn.unknownLevel, let level = places[Int(value)] {
        features[place + level] = 1
      }
    }
  }

  /// FNV-1a, of 63 bits.
  private static func hash(_ text: String) -> Int {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return Int(hash >> 1)
  }
}
