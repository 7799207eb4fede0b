public import Collectives
internal import Tensors

extension FeatureEncoding {
  /// Learns from every sample of `table`, all ranks. Collective.
  ///
  /// Means and deviations take two passes, in Double: first the means, then the squared deviations from
  /// them, which loses no digits where the mean is large. Both are summed over shards in fixed order. Quantiles are
  /// exact, and found without bringing values together (`ColumnQuantiles`, `BinEdges`).
  ///
  /// - Parameters:
  ///   - numbers: What columns of numbers become; without effect on sparse rows.
  ///   - standardizing: Whether to bring them to mean 0 and variance 1, where they are not ranked.
  ///   - mostOneHot: Levels of a category that have a feature each.
  ///   - embedsColumns: Whether the number of a level is its feature, as there is a table to look it up in.
  public init(
    learningFrom table: borrowing Table, numbers: NumberEncoding = .standard, standardizing: Bool, mostOneHot: Int,
    embedsColumns: Bool = false, over communicator: some Communicator
  ) throws(CollectiveError) {
    let sampleCount = Int64(table.sampleCount)
    if table.isSparse {
      let counts = try Self.entryCounts(of: table, over: communicator)
      self.init(
        columns: [], featureNames: table.featureNames,
        constantColumns: zip(table.featureNames, counts).filter { $0.1 == 0 }.map(\.0),
        featuresPerSample: Double(counts.reduce(0, +)) / Double(max(sampleCount, 1)))
      return
    }
    var missing = [Int64](repeating: 0, count: table.featureCount)
    for features in table.shards.map(\.features.dense) {
      for row in 0..<features.rows {
        let values = features.row(row)
        for column in missing.indices where values[column].isNaN { missing[column] += 1 }
      }
    }
    missing = try communicator.sum(missing)
    let counts = missing.map { Double(max(sampleCount - $0, 1)) }
    let levels = try Self.levels(of: table, over: communicator)

    // Of the numbers less their offsets.
    let sums = try Self.sum(over: table, communicator) { value, _ in value }
    let means = zip(sums, counts).map { $0 / $1 }
    let squares = try Self.sum(over: table, communicator) { value, column in
      let deviation = value - means[column]
      return deviation * deviation
    }
    let quantiles = try Self.quantiles(of: table, missing: missing, numbers, over: communicator)
    var (constant, crowded): ([String], [String]) = ([], [])
    let columns = table.columns.enumerated().map { index, column in
      var marksMissing = missing[index] > 0
      switch column.kind {
      case .categorical:
        if levels[index].count + (marksMissing ? 1 : 0) < 2 { constant.append(column.name) }
        guard !embedsColumns else {
          let numbers = LevelNumbers(levels[index].map(\.level))
          return EncodedColumn(name: column.name, kind: .level(numbers), marksMissing: marksMissing)
        }
        let kind = EncodedColumn.Kind(levels[index], most: mostOneHot, hashCount: column.hashCount)
        if levels[index].count > mostOneHot { crowded.append(Self.words(column.name, levels[index].count, kind)) }
        return EncodedColumn(name: column.name, kind: kind, marksMissing: marksMissing)
      case .numeric:
        let variance = squares[index] / counts[index]
        let isConstant = Self.isConstant(variance: variance, mean: means[index], count: counts[index])
        // Of one that is missing everywhere a feature for that would say nothing.
        if missing[index] == sampleCount { marksMissing = false }
        if isConstant, !marksMissing { constant.append(column.name) }
        let mean = column.offset + means[index]
        let scale = isConstant ? EncodedColumn.scaleOfConstants : variance.squareRoot()
        let kind = EncodedColumn.Kind(
          isConstant ? .standard : numbers, mean: standardizing ? mean : 0, scale: standardizing ? scale : 1,
          fill: mean, offset: column.offset, quantiles: quantiles[index])
        return EncodedColumn(name: column.name, kind: kind, marksMissing: marksMissing, unit: column.unit)
      }
    }
    self.init(
      columns: columns, featureNames: columns.flatMap(\.featureNames), constantColumns: constant,
      crowdedColumns: crowded)
  }

  /// Whether values are all the same. Their mean is off by a rounding, and leaves a deviation that is none: the bound is
  /// scikit-learn's (StandardScaler).
  static func isConstant(variance: Double, mean: Double, count: Double) -> Bool {
    let roundings = count * .ulpOfOne
    return variance <= roundings * variance + (roundings * mean) * (roundings * mean)
  }

  /// "zip (64 of 812 levels, the others together)"
  private static func words(_ name: String, _ levelCount: Int, _ kind: EncodedColumn.Kind) -> String {
    switch kind {
    case .hashed(let count): "\(name) (\(count), for \(levelCount) levels by a hash)"
    case .oneHot(let levels, _): "\(name) (\(levels.count) of \(levelCount) levels, the others together)"
    case .numeric, .piecewise, .quantile, .level: name
    }
  }

  /// How many samples have each feature, in sparse rows. Collective.
  private static func entryCounts(
    of table: borrowing Table, over communicator: some Communicator
  ) throws(CollectiveError) -> [Int64] {
    var counts = [Int64](repeating: 0, count: table.featureCount)
    for shard in table.shards {
      guard case .sparse(let matrix) = shard.features else { continue }
      for column in matrix.entryColumns { counts[Int(column)] += 1 }
    }
    return try communicator.sum(counts)
  }

  /// The levels of each column that a sample of the data set has, in order, and how many have each. Collective.
  private static func levels(
    of table: borrowing Table, over communicator: some Communicator
  ) throws(CollectiveError) -> [[(level: String, count: Int64)]] {
    let known = table.columns.map(\.levels)
    var counts = known.map { [Int64](repeating: 0, count: $0.count) }
    for column in known.indices where !known[column].isEmpty {
      for features in table.shards.map(\.features.dense) {
        for row in 0..<features.rows {
          let value = features[row, column]
          if value >= 0 { counts[column][Int(value)] += 1 }
        }
      }
      counts[column] = try communicator.sum(counts[column])
    }
    return zip(known, counts).map { levels, counts in
      zip(levels, counts).filter { $0.1 > 0 }.map { (level: $0, count: $1) }
    }
  }

  /// Σ f(x, column) of each column, over all values that are there, in the order of shards.
  private static func sum(
    over table: borrowing Table, _ communicator: some Communicator, _ f: (Double, Int) -> Double
  ) throws(CollectiveError) -> [Double] {
    let featureCount = table.featureCount
    var sums = FixedOrderSum(
      over: communicator, layout: table.layout, shape: .init(floatCount: 0, doubleCount: featureCount))
    for shard in table.shards {
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

extension EncodedColumn.Kind {
  /// Of a column of categories.
  ///
  /// - Parameters:
  ///   - levels: By their bytes, with the number of samples of each, over all ranks.
  ///   - most: Levels that have a feature each.
  ///   - hashCount: See `FeatureColumn.hashCount`.
  fileprivate init(_ levels: [(level: String, count: Int64)], most: Int, hashCount: Int?) {
    guard levels.count > most else {
      self = .oneHot(levels: levels.map(\.level))
      return
    }
    if let hashCount {
      self = .hashed(count: hashCount)
      return
    }
    // Of levels that are as frequent as each other, the first by their bytes, which is how they stand.
    let byFrequency = levels.indices.sorted { one, other in
      (levels[other].count, one) < (levels[one].count, other)
    }
    self = .oneHot(levels: byFrequency.prefix(most).sorted().map { levels[$0].level }, hasOther: true)
  }
}
