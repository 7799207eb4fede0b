internal import Collectives
internal import Tensors

/// What the samples of a data set that are not ignored add up to, feature by feature and class by class: in fixed order, so
/// that it has the same bits at any number of ranks.
struct FeatureSums {
  /// Of features that are numbers of levels how many samples of each class have each, [levels, C]: those of this rank alone.
  private(set) var levels: [Int: [Int64]]
  /// Σ x of each class and feature, [C, D], then Σ x² of each feature, [D].
  private let sums: PackedSums
  private let featureCount: Int
  private let classCount: Int

  /// Rows that are expanded at a time.
  private static let tileRows = 64

  /// Collective.
  init(of dataset: Dataset, over communicator: some Communicator) throws(CollectiveError) {
    let (featureCount, classCount) = (dataset.featureCount, dataset.classCount)
    (self.featureCount, self.classCount) = (featureCount, classCount)
    var levels = Self.levels(of: dataset)
    let expanded = Matrix(zeros: dataset.expansion == nil ? 0 : Self.tileRows, featureCount)
    var sums = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: .init(floatCount: 0, doubleCount: (classCount + 1) * featureCount))
    for shard in dataset.shards {
      let part = sums.nextPart
      part.words.fill(with: 0)
      switch shard.features {
      case .sparse(let matrix):
        for (row, label) in shard.labels.enumerated() where label >= 0 {
          let ofClass = Int(label) * featureCount
          for entry in matrix.entries(ofRow: row) {
            let (feature, value) = (Int(matrix.entryColumns[entry]), Double(matrix.values[entry]))
            part[double: ofClass + feature] += value
            part[double: classCount * featureCount + feature] += value * value
          }
        }
      case .dense(let matrix):
        for start in stride(from: 0, to: matrix.rows, by: Self.tileRows) {
          let rows = start..<min(start + Self.tileRows, matrix.rows)
          var tile = matrix.rows(rows)
          if let expansion = dataset.expansion {
            tile = expanded.prefix(rows: rows.count)
            expansion.write(matrix.rows(rows), into: tile)
          }
          for (row, label) in shard.labels[rows].enumerated() where label >= 0 {
            Self.add(tile.row(row), to: part, ofClass: Int(label), classCount)
            for feature in levels.keys {
              levels[feature]?[Int(tile[row, feature]) * classCount + Int(label)] += 1
            }
          }
        }
      }
      sums.commit()
    }
    self.sums = try sums.total()
    self.levels = levels
  }

  private static func add(_ features: Vector, to part: PackedSums, ofClass label: Int, _ classCount: Int) {
    let (ofClass, squares) = (label * features.count, classCount * features.count)
    for feature in 0..<features.count {
      let value = Double(features[feature])
      part[double: ofClass + feature] += value
      part[double: squares + feature] += value * value
    }
  }

  /// Zeros for each level of each column of which a feature is the number of one, what is no level and what is missing
  /// among them.
  private static func levels(of dataset: Dataset) -> [Int: [Int64]] {
    var levels: [Int: [Int64]] = [:]
    var feature = 0
    for column in dataset.columns {
      if case .level(let numbers) = column.kind {
        levels[feature] = Array(repeating: 0, count: (numbers.missing + 1) * dataset.classCount)
      }
      feature += column.width
    }
    return levels
  }

  /// Of each feature Σ n_c (x̄_c − x̄)² over the classes, and Σ (x − x̄)² over the samples.
  ///
  /// - Parameter classCounts: n_c of the samples, [C].
  func squares(_ classCounts: [Int]) -> [(between: Double, all: Double)] {
    let count = Double(max(classCounts.reduce(0, +), 1))
    return (0..<featureCount).map { feature in
      var (total, between) = (0.0, 0.0)
      for (label, ofClass) in classCounts.enumerated() where ofClass > 0 {
        let sum = sums[double: label * featureCount + feature]
        total += sum
        between += sum * sum / Double(ofClass)
      }
      let ofMean = total * total / count
      return (max(between - ofMean, 0), max(sums[double: classCount * featureCount + feature] - ofMean, 0))
    }
  }
}
