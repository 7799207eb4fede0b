public import Collectives
internal import Foundation
internal import Tensors

/// How well each column of a data set tells its classes apart by itself: ε² (Kelley, "An Unbiased Correlation Ratio Measure",
/// 1935), the share of a column's variance that lies between the classes, less what chance has of it.
///
///     η² = Σ_c n_c |x̄_c − x̄|² / Σ_i |x_i − x̄|²
///     ε² = 1 − (1 − η²) (N − 1) / (N − C)
///
/// x are all features of a column of numbers, as a model sees them: its bins, so that it tells also what is neither more nor
/// less. C are classes that have a sample. Of a category it is the share of the classes' variance that lies between its
/// levels: τ (Goodman, Kruskal, 1954) in the place of η², and levels in that of C, since many levels have little variance
/// each, whatever they tell.
///
/// None but that of a column of equal values is less than (C − 1)/(N − 1), what η² is in the mean where a column has nothing
/// to do with the classes: it may yet tell something together with others.
public struct ColumnRelevance {
  /// ε² of each column, or of each feature where the data has no columns: the same bits at any number of ranks.
  public let values: [Double]
  /// Of each of them.
  private let names: [String]
  /// The column of each feature.
  private let columns: [Int]

  /// From every sample that is not ignored, all ranks. Collective.
  public init(of dataset: Dataset, over communicator: some Communicator) throws(CollectiveError) {
    try self.init(of: dataset, mostSums: 1 << 20, over: communicator)
  }

  /// - Parameter mostSums: In memory at a time. It changes no bit.
  package init(of dataset: Dataset, mostSums: Int, over communicator: some Communicator) throws(CollectiveError) {
    let classCounts = try dataset.classCounts(over: communicator)
    let isTable = !dataset.columns.isEmpty
    let widths = isTable ? dataset.columns.map(\.width) : Array(repeating: 1, count: dataset.featureCount)
    columns = widths.enumerated().flatMap { Array(repeating: $0, count: $1) }
    names = isTable ? dataset.columns.map(\.name) : dataset.featureNames
    let sums = FeatureSums(of: dataset, classCounts: classCounts, mostSums: mostSums)
    let count = Double(classCounts.reduce(0, +))
    let classes = classCounts.count { $0 > 0 }
    var ofColumns = [(squares: FeatureSums.Squares, groups: Int)](repeating: ((0, 0), classes), count: widths.count)
    for (feature, squares) in try sums.squares(over: communicator).enumerated() {
      ofColumns[columns[feature]].squares.between += squares.between
      ofColumns[columns[feature]].squares.all += squares.all
    }
    let places = dataset.columns.indices.filter { !dataset.columns[$0].isNumeric }
    let categories = Self.categories(of: dataset.columns)
    for (index, found) in zip(places, try sums.squares(of: categories, over: communicator)) { ofColumns[index] = found }
    values = ofColumns.map { squares, groups in
      guard squares.all > 0, count > Double(classes), classes > 1, groups > 1 else { return 0 }
      let ofChance = Double(classes - 1) / (count - 1)
      // Where each sample has a level of its own, that says nothing.
      guard count > Double(groups) else { return ofChance }
      let share = min(squares.between / squares.all, 1)
      return max(1 - (1 - share) * (count - 1) / (count - Double(groups)), ofChance)
    }
  }

  /// The columns of categories, in order.
  private static func categories(of columns: [EncodedColumn]) -> [FeatureSums.Category] {
    var start = 0
    return columns.compactMap { column in
      let features = start..<(start + column.width)
      start = features.upperBound
      switch column.kind {
      case .numeric, .piecewise, .quantile: return nil
      case .level(let levels):
        // What is no level, and what is missing, among them.
        return FeatureSums.Category(count: levels.missing + 1) { Int($0[features.lowerBound]) }
      case .oneHot, .hashed:
        return FeatureSums.Category(count: features.count + 1) { values in
          (features.first { values[$0] != 0 } ?? features.upperBound) - features.lowerBound
        }
      }
    }
  }

  /// "tells 0.43, width 0.07, age 0.05, … (312 columns)": those that tell most by themselves.
  public var summary: String {
    // Of equal ones the first.
    let most = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(Self.mostNamed)
    let words = most.map { "\(names[$0]) \(String(format: "%.2f", values[$0]))" }.joined(separator: ", ")
    return values.count > most.count ? "\(words), … (\(values.count) columns)" : words
  }

  private static let mostNamed = 8

  /// By how much each feature is to count for more than another, [D]: the relevance of its column to the power of
  /// `power`, divided by the root of the mean square over all columns, so that these are in the mean as large as before. All 1
  /// where no column has any.
  public func weights(power: Double) -> [Float] {
    let weights = values.map { power == 1 || $0 == 0 ? $0 : pow($0, power) }
    let meanSquare = weights.reduce(0) { $0 + $1 * $1 } / Double(max(weights.count, 1))
    return columns.map { meanSquare > 0 ? Float(weights[$0] / meanSquare.squareRoot()) : 1 }
  }
}
