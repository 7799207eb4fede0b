public import Collectives
public import Tensors

/// What a reader makes of the shards of this rank: features as numbers, labels as texts that are
/// not yet classes, because a rank alone can't know all of them.
public struct RawDataset {
  /// One shard as it was read.
  public struct Shard {
    public let index: Int
    /// [n, D]: see `FeatureColumn.Kind`.
    public let features: FeatureMatrix
    /// n places in `labelTexts`.
    public let labels: [Int32]
    /// Which of the shard's records these are.
    let places: RowPlaces

    public init(index: Int, features: FeatureMatrix, labels: [Int32]) {
      self.init(index: index, features: features, labels: labels, RowPlaces(count: labels.count))
    }

    /// - Parameter lost: Records that could not be read, and have no row.
    init(index: Int, features: FeatureMatrix, labels: [Int32], lost: [LostRows]) {
      self.init(index: index, features: features, labels: labels, RowPlaces(count: labels.count, lost: lost))
    }

    private init(index: Int, features: FeatureMatrix, labels: [Int32], _ places: RowPlaces) {
      precondition(features.rows == labels.count)
      self.index = index
      self.features = features
      self.labels = labels
      self.places = places
    }

    /// The shard without some of its rows.
    func without(_ rows: Set<RowPlace>) -> Shard {
      let kept = labels.indices.filter { !rows.contains(RowPlace(shard: index, row: $0)) }
      guard kept.count < labels.count else { return self }
      return Shard(
        index: index, features: features.selecting(kept), labels: kept.map { labels[$0] }, places.selecting(kept))
    }

    /// The same with labels of other numbers.
    func numbered(_ numbers: [Int32: Int32]) -> Shard {
      Shard(index: index, features: features, labels: labels.map { numbers[$0] ?? 0 }, places)
    }
  }

  public let name: String
  public let columns: [FeatureColumn]
  /// The different labels that this rank met.
  public let labelTexts: [String]
  public let shards: [Shard]
  /// Rows that could not be read and were left out, of all ranks.
  public let skippedRows: Int
  /// What was wrong with the first of this rank.
  public let firstSkipped: String?
  /// Features that the data has and the training data has not: they are left out.
  public let unknownFeatures: Int
  /// Columns of a table that the training data has not: they are left out.
  public let unknownColumns: [String]
  /// How it was read, where it came from delimited text.
  public let reading: TableReading?
  /// The place of the labels among the columns of an array; nil where they are none of them.
  public let labelColumn: Int?
  /// Whether its file names the features of each row by their numbers, as svmlight's does.
  public let isRowsOfPairs: Bool
  /// Columns of numbers, and how many of these are not 0 and were taken for 0, being too small for a Float32.
  var vanished: [(column: String, count: Int)] = []
  /// Values of rows of pairs that are rounded by 1 or more; of all ranks.
  var coarseValues = 0
  /// What a user should know of what was left out, as `DataOptions.read` puts it; the same on all ranks.
  public internal(set) var warnings: [String] = []

  public init(
    name: String, columns: [FeatureColumn], labelTexts: [String], shards: [Shard], skippedRows: Int = 0,
    firstSkipped: String? = nil, unknownFeatures: Int = 0, unknownColumns: [String] = [],
    reading: TableReading? = nil, labelColumn: Int? = nil, isRowsOfPairs: Bool = false
  ) {
    self.labelColumn = labelColumn
    self.isRowsOfPairs = isRowsOfPairs
    self.unknownColumns = unknownColumns
    self.reading = reading
    self.unknownFeatures = unknownFeatures
    self.skippedRows = skippedRows
    self.firstSkipped = firstSkipped
    self.name = name
    self.columns = columns
    guard skippedRows > 0 else {
      self.labelTexts = labelTexts
      self.shards = shards
      return
    }
    // Labels of rows that are left out are none of the data's.
    let used = Set(shards.flatMap(\.labels)).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, Int32($0)) })
    self.labelTexts = used.map { labelTexts[Int($0)] }
    self.shards = shards.map { $0.numbered(numbers) }
  }

  /// Whether its shards hold sparse rows: all of them or none.
  public var isSparse: Bool { shards.contains { $0.features.isSparse } }
}

/// Reads the shards of one rank. Each format has one.
///
/// A reader decides everything that concerns the whole (columns, delimiter, header) by the same
/// bytes on every rank, or by agreement, never by what its own shards happen to hold.
public protocol DatasetReader {
  /// Collective.
  func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset
}
