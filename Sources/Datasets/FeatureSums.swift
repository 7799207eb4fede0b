internal import Collectives
internal import Tensors

/// Sums over the samples of a data set that are not ignored, feature by feature and class by class: in fixed order, so that
/// they have the same bits at any number of ranks.
enum FeatureSums {
  /// Of a feature Σ n_c (x̄_c − x̄)² over the classes, and Σ (x − x̄)² over the samples.
  typealias Squares = (between: Double, all: Double)

  /// Sums that are taken at a time: of so many features as have that many, however many there are.
  private static let mostSums = 1 << 20
  /// Rows that are expanded at a time.
  private static let tileRows = 64

  /// Those of all features, [D]. Collective.
  ///
  /// - Parameter classCounts: n_c of the samples, [C].
  static func squares(
    of dataset: Dataset, classCounts: [Int], over communicator: some Communicator
  ) throws(CollectiveError) -> [Squares] {
    let width = max(mostSums / (classCounts.count + 1), 1)
    var all: [Squares] = []
    for start in stride(from: 0, to: dataset.featureCount, by: width) {
      let features = start..<min(start + width, dataset.featureCount)
      all += try squares(features, of: dataset, classCounts, over: communicator)
    }
    return all
  }

  private static func squares(
    _ features: Range<Int>, of dataset: Dataset, _ classCounts: [Int], over communicator: some Communicator
  ) throws(CollectiveError) -> [Squares] {
    // Σ x of each class and feature, [C, D], then Σ x² of each feature, [D].
    let (classCount, width) = (classCounts.count, features.count)
    var sums = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: .init(floatCount: 0, doubleCount: (classCount + 1) * width))
    for shard in dataset.shards {
      let part = sums.nextPart
      part.words.fill(with: 0)
      func add(_ value: Double, _ feature: Int, ofClass label: Int) {
        part[double: label * width + feature] += value
        part[double: classCount * width + feature] += value * value
      }
      forEachRow(of: shard, in: dataset) { row, label in
        switch row {
        case .dense(let values):
          for feature in 0..<width { add(Double(values[features.lowerBound + feature]), feature, ofClass: label) }
        case .sparse(let matrix, let entries):
          for entry in entries {
            let feature = Int(matrix.entryColumns[entry])
            guard features.contains(feature) else { continue }
            add(Double(matrix.values[entry]), feature - features.lowerBound, ofClass: label)
          }
        }
      }
      sums.commit()
    }
    let totals = try sums.total()
    let count = Double(max(classCounts.reduce(0, +), 1))
    return (0..<width).map { feature in
      var (total, between) = (0.0, 0.0)
      for (label, ofClass) in classCounts.enumerated() where ofClass > 0 {
        let sum = totals[double: label * width + feature]
        total += sum
        between += sum * sum / Double(ofClass)
      }
      let ofMean = total * total / count
      return (max(between - ofMean, 0), max(totals[double: classCount * width + feature] - ofMean, 0))
    }
  }

  /// How many samples of each class have each level, [levels, C], of the features that are numbers of levels: what is no level,
  /// and what is missing, among them. Collective.
  static func levels(
    of dataset: Dataset, over communicator: some Communicator
  ) throws(CollectiveError) -> [(feature: Int, counts: [Int64])] {
    var levels: [(feature: Int, counts: [Int64])] = []
    var feature = 0
    for column in dataset.columns {
      if case .level(let numbers) = column.kind {
        levels.append((feature, Array(repeating: 0, count: (numbers.missing + 1) * dataset.classCount)))
      }
      feature += column.width
    }
    guard !levels.isEmpty else { return [] }
    for shard in dataset.shards {
      forEachRow(of: shard, in: dataset) { row, label in
        guard case .dense(let values) = row else { return }
        for place in levels.indices {
          levels[place].counts[Int(values[levels[place].feature]) * dataset.classCount + label] += 1
        }
      }
    }
    for place in levels.indices { levels[place].counts = try communicator.sum(levels[place].counts) }
    return levels
  }

  /// The features of a sample, as a model sees them.
  private enum Row {
    case dense(Vector)
    case sparse(SparseMatrix, entries: Range<Int>)
  }

  /// Calls `body` for each sample of a shard that is not ignored.
  private static func forEachRow(of shard: Shard, in dataset: Dataset, _ body: (_ row: Row, _ label: Int) -> Void) {
    switch shard.features {
    case .sparse(let matrix):
      for (row, label) in shard.labels.enumerated() where label >= 0 {
        body(.sparse(matrix, entries: matrix.entries(ofRow: row)), Int(label))
      }
    case .dense(let matrix):
      let expanded = Matrix(zeros: dataset.expansion == nil ? 0 : tileRows, dataset.featureCount)
      for start in stride(from: 0, to: matrix.rows, by: tileRows) {
        let rows = start..<min(start + tileRows, matrix.rows)
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
