internal import Collectives
internal import Tensors

/// Sums over the samples of a data set that are not ignored, feature by feature and class by class: in fixed order, so that
/// they have the same bits at any number of ranks.
struct FeatureSums {
  /// Of a feature Σ n_c (x̄_c − x̄)² over the classes, and Σ (x − x̄)² over the samples.
  typealias Squares = (between: Double, all: Double)

  private let dataset: Dataset
  /// n_c of the samples, [C].
  private let classCounts: [Int]
  /// Sums that are taken at a time.
  private let mostSums: Int
  /// Rows that are expanded at a time.
  private static let tileRows = 64

  /// - Parameter mostSums: Features are taken a part at a time, so that no more sums than that are in memory.
  init(of dataset: Dataset, classCounts: [Int], mostSums: Int) {
    (self.dataset, self.classCounts, self.mostSums) = (dataset, classCounts, mostSums)
  }

  private var sampleCount: Double { Double(max(classCounts.reduce(0, +), 1)) }

  /// Those of all features, [D]. Collective.
  func squares(over communicator: some Communicator) throws(CollectiveError) -> [Squares] {
    let width = max(mostSums / (classCounts.count + 1), 1)
    var all: [Squares] = []
    for start in stride(from: 0, to: dataset.featureCount, by: width) {
      all += try squares(start..<min(start + width, dataset.featureCount), over: communicator)
    }
    return all
  }

  /// In two passes: first the means, then the squares of what differs from them, which loses no digits where a mean is large.
  private func squares(
    _ features: Range<Int>, over communicator: some Communicator
  ) throws(CollectiveError) -> [Squares] {
    let width = features.count
    // Σ x of each class and feature, [C, D].
    let sums = try sum(classCounts.count * width, over: communicator) { part, row, label in
      Self.forEachValue(of: row, in: features) { part[double: label * width + $0] += $1 }
    }
    let means = (0..<width).map { feature in
      classCounts.indices.reduce(0) { $0 + sums[$1 * width + feature] } / sampleCount
    }
    // Σ (x − x̄)²; of sparse rows what their zeros add is put in afterwards.
    let squares = try sum(width, over: communicator) { part, row, _ in
      Self.forEachValue(of: row, in: features) { feature, value in
        let (deviation, mean) = (value - means[feature], means[feature])
        part[double: feature] += row.isSparse ? deviation * deviation - mean * mean : deviation * deviation
      }
    }
    return (0..<width).map { feature in
      let mean = means[feature]
      let all = squares[feature] + (dataset.isSparse ? sampleCount * mean * mean : 0)
      let variance = all / sampleCount
      // (Of sparse rows squares of the mean were taken off, which leave roundings of their own.)
      let isConstant =
        dataset.isSparse
        ? variance <= sampleCount * .ulpOfOne * (variance + mean * mean)
        : FeatureEncoding.isConstant(variance: variance, mean: mean, count: sampleCount)
      guard !isConstant else { return (0, 0) }
      let between = classCounts.enumerated().reduce(0.0) { total, ofClass in
        guard ofClass.element > 0 else { return total }
        let deviation = sums[ofClass.offset * width + feature] / Double(ofClass.element) - mean
        return total + Double(ofClass.element) * deviation * deviation
      }
      return (between, all)
    }
  }

  /// Sums over all samples, in the order of shards. Collective.
  ///
  /// - Parameter add: Adds what a sample has of each.
  private func sum(
    _ count: Int, over communicator: some Communicator, _ add: (_ part: PackedSums, _ row: Row, _ label: Int) -> Void
  ) throws(CollectiveError) -> [Double] {
    var sums = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: .init(floatCount: 0, doubleCount: count))
    for shard in dataset.shards {
      let part = sums.nextPart
      part.words.fill(with: 0)
      forEachRow(of: shard) { add(part, $0, $1) }
      sums.commit()
    }
    let totals = try sums.total()
    return (0..<count).map { totals[double: $0] }
  }

  private static func forEachValue(
    of row: Row, in features: Range<Int>, _ body: (_ feature: Int, _ value: Double) -> Void
  ) {
    switch row {
    case .dense(let values):
      for feature in 0..<features.count { body(feature, Double(values[features.lowerBound + feature])) }
    case .sparse(let matrix, let entries):
      for entry in entries {
        let feature = Int(matrix.entryColumns[entry])
        if features.contains(feature) { body(feature - features.lowerBound, Double(matrix.values[entry])) }
      }
    }
  }

  /// A column of categories.
  struct Category {
    /// Levels that it may have.
    let count: Int
    /// Which one a sample has, by its features.
    let level: (_ features: Vector) -> Int
  }

  /// What the levels of each category tell of the classes: Σ_l Σ_c N_l (N_lc/N_l − n_c/N)² and Σ_c n_c (1 − n_c/N), whose
  /// quotient is τ (Goodman, Kruskal, 1954), of N_lc samples of level l and class c; and how many levels have a sample.
  /// Collective.
  func squares(
    of categories: [Category], over communicator: some Communicator
  ) throws(CollectiveError) -> [(squares: Squares, groups: Int)] {
    let classCount = classCounts.count
    var found = [(between: Double, present: Int)](repeating: (0, 0), count: categories.count)
    // The levels of all categories, one after another, a part at a time.
    let owners = categories.indices.flatMap { Array(repeating: $0, count: categories[$0].count) }
    let starts = categories.indices.map { categories[..<$0].reduce(0) { $0 + $1.count } }
    let width = max(mostSums / classCount, 1)
    for start in stride(from: 0, to: owners.count, by: width) {
      let levels = start..<min(start + width, owners.count)
      let met = owners[levels.lowerBound]...owners[levels.upperBound - 1]
      // [levels, C]
      var counts = [Int64](repeating: 0, count: levels.count * classCount)
      for shard in dataset.shards {
        forEachRow(of: shard) { row, label in
          guard case .dense(let values) = row else { return }
          for index in met {
            let level = starts[index] + categories[index].level(values)
            if levels.contains(level) { counts[(level - start) * classCount + label] += 1 }
          }
        }
      }
      counts = try communicator.sum(counts)
      for (place, owner) in owners[levels].enumerated() {
        let ofLevel = counts[(place * classCount)..<((place + 1) * classCount)].map(Double.init)
        let samples = ofLevel.reduce(0, +)
        guard samples > 0 else { continue }
        found[owner].present += 1
        found[owner].between += ofLevel.reduce(0) { $0 + $1 * $1 } / samples
      }
    }
    let ofClasses = classCounts.reduce(0) { $0 + Double($1) * Double($1) } / sampleCount
    let all = max(sampleCount - ofClasses, 0)
    return found.map { ((max($0.between - ofClasses, 0), all), $0.present) }
  }

  /// The features of a sample, as a model sees them.
  private enum Row {
    case dense(Vector)
    case sparse(SparseMatrix, entries: Range<Int>)

    var isSparse: Bool { if case .sparse = self { true } else { false } }
  }

  /// Calls `body` for each sample of a shard that is not ignored.
  private func forEachRow(of shard: Shard, _ body: (_ row: Row, _ label: Int) -> Void) {
    switch shard.features {
    case .sparse(let matrix):
      for (row, label) in shard.labels.enumerated() where label >= 0 {
        body(.sparse(matrix, entries: matrix.entries(ofRow: row)), Int(label))
      }
    case .dense(let matrix):
      let expanded = Matrix(zeros: dataset.expansion == nil ? 0 : Self.tileRows, dataset.featureCount)
      for start in stride(from: 0, to: matrix.rows, by: Self.tileRows) {
        let rows = start..<min(start + Self.tileRows, matrix.rows)
        var tile = matrix.rows(rows)
        if let expansion = dataset.expansion {
          tile = expanded.prefix(rows: rows.count)
          expansion.write(matrix.rows(rows), into: tile)
        }
        for (row, label) in shard.labels[rows].enumerated() where label >= 0 { body(.dense(tile.row(row)), Int(label)) }
      }
    }
  }
}
