public import Collectives
internal import Foundation

/// How well each column of a data set tells its classes apart by itself: ε² (Kelley, "An Unbiased Correlation Ratio Measure",
/// 1935), the share of a column's variance that lies between the classes, less what chance has of it.
///
///     η² = Σ_c n_c |x̄_c − x̄|² / Σ_i |x_i − x̄|²
///     ε² = 1 − (1 − η²) (N − 1) / (N − C)
///
/// x are all features of the column, as a model sees them: its bins, so that a column tells also what is neither more nor less;
/// of a category a feature for each level, be they columns of a table that is learned. C are classes that have a sample.
/// None is less than (C − 1)/(N − 1), what η² is in the mean where a column has nothing to do with the classes: it may yet
/// tell something together with others.
public struct ColumnRelevance {
  /// ε² of each column, or of each feature where the data has no columns: the same bits at any number of ranks.
  public let values: [Double]
  /// Of each of them.
  private let names: [String]
  /// The column of each feature.
  private let columns: [Int]

  /// From every sample that is not ignored, all ranks. Collective.
  public init(of dataset: Dataset, over communicator: some Communicator) throws(CollectiveError) {
    let classCounts = try dataset.classCounts(over: communicator)
    let widths =
      dataset.columns.isEmpty ? Array(repeating: 1, count: dataset.featureCount) : dataset.columns.map(\.width)
    columns = widths.enumerated().flatMap { Array(repeating: $0, count: $1) }
    names = dataset.columns.isEmpty ? dataset.featureNames : dataset.columns.map(\.name)
    var ofColumns = [FeatureSums.Squares](repeating: (0, 0), count: widths.count)
    let ofFeatures = try FeatureSums.squares(of: dataset, classCounts: classCounts, over: communicator)
    for (column, squares) in zip(columns, ofFeatures) {
      ofColumns[column].between += squares.between
      ofColumns[column].all += squares.all
    }
    for (feature, counts) in try FeatureSums.levels(of: dataset, over: communicator) {
      ofColumns[columns[feature]] = Self.squares(ofLevels: counts, classCounts)
    }
    let count = Double(classCounts.reduce(0, +))
    let classes = Double(classCounts.count { $0 > 0 })
    values = ofColumns.map { between, all in
      // Where each sample has a class of its own, everything lies between classes.
      guard all > 0, count > classes, classes > 1 else { return 0 }
      let eta = min(between / all, 1)
      return max(1 - (1 - eta) * (count - 1) / (count - classes), (classes - 1) / (count - 1))
    }
  }

  /// "tells 0.43, width 0.07, age 0.05, … (of 312 columns)": those that tell most by themselves.
  public var summary: String {
    // Of equal ones the first.
    let most = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(Self.mostNamed)
    let words = most.map { "\(names[$0]) \(String(format: "%.2f", values[$0]))" }.joined(separator: ", ")
    return values.count > most.count ? "\(words), … (\(values.count) columns)" : words
  }

  private static let mostNamed = 8

  /// By how much each feature is to count for more than another, [D]: the relevance of its column to the power of
  /// `power`, divided by the root of its mean square, so that features are in the mean as large as before. All 1 where no
  /// column has any.
  public func weights(power: Double) -> [Float] {
    let weights = columns.map { power == 1 || values[$0] == 0 ? values[$0] : pow(values[$0], power) }
    let meanSquare = weights.reduce(0) { $0 + $1 * $1 } / Double(max(weights.count, 1))
    return weights.map { meanSquare > 0 ? Float($0 / meanSquare.squareRoot()) : 1 }
  }

  /// As if each level had a feature, 1 where a sample has it.
  ///
  /// - Parameter counts: [levels, C]
  private static func squares(ofLevels counts: [Int64], _ classCounts: [Int]) -> FeatureSums.Squares {
    let count = Double(max(classCounts.reduce(0, +), 1))
    var (between, squares) = (0.0, 0.0)
    for level in stride(from: 0, to: counts.count, by: classCounts.count) {
      var samples = 0.0
      for (label, ofClass) in classCounts.enumerated() where ofClass > 0 {
        let both = Double(counts[level + label])
        between += both * both / Double(ofClass)
        samples += both
      }
      squares += samples * samples / count
    }
    return (between - squares, count - squares)
  }
}
