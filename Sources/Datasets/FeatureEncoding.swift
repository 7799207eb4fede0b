internal import Foundation
internal import Tensors

/// How columns become the numbers that a model sees, as learned from the training part.
///
/// - A column of numbers becomes one feature, standardized where that is wanted, and as many more as it has bins
///   (`NumberEncoding`). A missing value becomes the mean, or of ranks the middle, and where the training part has such,
///   one more feature is 1 for them and else 0.
/// - A column of categories becomes a feature for each level, 1 where the value is that level and else 0;
///   one for missing values, where the training part has such; and none for a value that it does not
///   have: all are 0. Of a column of more than `mostOneHot` levels, that many have a feature: the most frequent ones;
///   and one more is 1 for every other value that is there, also for such as the training part does not have. Or,
///   where that is wanted, a hash of the value chooses one of so many features (`FeatureColumn.hashCount`). For a model that
///   embeds columns it becomes one feature instead, the number of the level (`LevelNumbers`).
/// - Sparse rows are taken as they are: to centre them would fill in their zeros, and to scale rare features
///   to variance 1 would blow them up.
public struct FeatureEncoding: Equatable, Sendable {
  /// In the order of the columns; none where rows are taken as they are.
  public let columns: [EncodedColumn]
  /// Of the encoded data.
  public let featureNames: [String]
  /// Columns whose values are all the same in the training part.
  public let constantColumns: [String]
  /// Columns of more levels than features, and what became of them: "zip (64 of 812 levels, the others together)".
  public let crowdedColumns: [String]
  /// Of sparse rows: the features that are not 0 in a sample, on average.
  public let featuresPerSample: Double?

  init(
    columns: [EncodedColumn], featureNames: [String], constantColumns: [String], crowdedColumns: [String] = [],
    featuresPerSample: Double? = nil
  ) {
    self.columns = columns
    self.featureNames = featureNames
    self.constantColumns = constantColumns
    self.crowdedColumns = crowdedColumns
    self.featuresPerSample = featuresPerSample
  }

  /// The encoding that a model was trained with.
  ///
  /// - Parameters:
  ///   - columns: None where rows are taken as they are.
  ///   - featureNames: Those of the columns, where there are some.
  public init(columns: [EncodedColumn], featureNames: [String]) {
    precondition(columns.isEmpty || columns.reduce(0) { $0 + $1.width } == featureNames.count)
    self.init(columns: columns, featureNames: featureNames, constantColumns: [])
  }

  /// What is worth knowing before the model is trusted: "missing in workclass, …; constant: …; features of zip (…)".
  /// Empty where there is nothing of the kind.
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
    if !crowdedColumns.isEmpty { parts.append("features of \(list(crowdedColumns))") }
    return parts.joined(separator: "; ")
  }

  /// Whether rows stay as they were read until a batch needs them: with bins they are ten times as wide and more.
  var expandsBatches: Bool {
    columns.contains { if case .piecewise = $0.kind { true } else { false } }
  }

  /// D of the encoded data.
  public var featureCount: Int { featureNames.count }

  /// The table in the numbers that a model sees, in its own memory where no column changes its width, or where rows are
  /// expanded later.
  ///
  /// - Parameter table: Of the columns that were learned from.
  public func apply(to table: consuming Table) -> Dataset {
    let samples = table.samples
    guard !columns.isEmpty else {
      precondition(table.columns.count == featureCount, "\(table.columns.count) columns, \(featureCount) features")
      return Dataset(samples, featureNames: featureNames, entriesPerSample: featuresPerSample)
    }
    let encoder = RowEncoder(columns, of: table.columns)
    guard !expandsBatches else {
      return Dataset(samples, featureNames: featureNames, columns: columns, expansion: encoder)
    }
    let shards = samples.shards.map { shard in
      Shard(index: shard.index, features: .dense(encoder(shard.features.dense)), labels: shard.labels, shard.places)
    }
    return Dataset(samples.with(shards), featureNames: featureNames, columns: columns)
  }
}
