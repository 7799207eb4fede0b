public import Collectives
internal import Files
internal import Tensors

/// Reads svmlight text (also called libsvm's): a label and pairs "feature:value" in each line; features that a
/// line does not name are 0 in it. A rank parses only the lines of its own shards.
///
/// Where fewer than a tenth of the values are not 0, the rows stay sparse in memory.
public struct SVMLightReader: DatasetReader {
  public let path: String
  private let training: TrainingFeatures?
  private let firstFeature: Int?
  private let skipsBadRows: Bool
  private let progress: ReadingProgress

  /// What this file must fit.
  private struct TrainingFeatures {
    let columns: [FeatureColumn]
    let areSparse: Bool
  }

  /// - Parameters:
  ///   - training: The data that this file goes with: it has its features, and no others.
  ///   - firstFeature: The number of the first feature, of training data; nil for 0 where a line names it, else 1.
  ///   - skipsBadRows: Whether lines that cannot be read are left out, and counted.
  public init(
    path: String, training: RawDataset?, firstFeature: Int? = nil, skipsBadRows: Bool,
    progress: ReadingProgress = .none
  ) {
    self.path = path
    self.firstFeature = firstFeature
    self.progress = progress
    self.training = training.map { TrainingFeatures(columns: $0.columns, areSparse: $0.isSparse) }
    self.skipsBadRows = skipsBadRows
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    let (text, dataStart) = try communicator.agree {
      let text = try DelimitedText(path: path, progress: progress)
      return (text, try text.withHead { bytes throws(SVMLightError) in try Self.start(of: bytes, path: path) })
    }
    try communicator.requireSame("\(text.size)", "the file \(path)")
    let lines = try TextShards(
      text, data: dataStart..<text.size, layout: layout, CSVScanner(delimiter: 0, hasQuotes: false), over: communicator)
    var parser = SVMLightParser(
      path: path, firstFeature: training.map { Self.firstFeature(of: $0.columns) } ?? firstFeature,
      isOfTraining: training != nil, skipsBadRows: skipsBadRows)
    var rows: [(shard: Int, rows: SparseRows, lost: [LostRows])] = []
    try communicator.agree {
      _ = try text.forEachShard(lines, ofRank: communicator.rank) { index, bytes, range, place in
        var milestones = lines.milestones(progress, "reading", path, ofRank: communicator.rank, place)
        let ofShard = try parser.rows(
          bytes, linesBeginningIn: range, linesBefore: place.lines, milestones: &milestones)
        rows.append((index, ofShard, parser.lost))
      }
    }
    let extent = try Extent(of: rows.map(\.rows), over: communicator)
    guard extent.rowCount > 0 else { try communicator.fail(with: SVMLightError.empty(path: path)) }

    let firstFeature =
      training.map { Self.firstFeature(of: $0.columns) } ?? firstFeature ?? (extent.namesFeatureZero ? 0 : 1)
    let featureCount = training?.columns.count ?? (extent.lastFeature - firstFeature + 1)
    guard featureCount > 0 else { try communicator.fail(with: SVMLightError.noFeatures(path: path)) }
    // No more entries than a tenth of all values.
    let areSparse = training?.areSparse ?? (10 * extent.entryCount < extent.rowCount * featureCount)
    let shards = rows.map { shard, rows, lost in
      let matrix = rows.matrix(firstFeature: firstFeature, featureCount: featureCount)
      return RawDataset.Shard(
        index: shard, features: areSparse ? .sparse(matrix) : .dense(matrix.dense()), labels: rows.labels, lost: lost)
    }
    var raw = RawDataset(
      name: path,
      columns: (0..<featureCount).map { FeatureColumn(name: String(firstFeature + $0)) },
      labelTexts: parser.labels.texts, shards: shards, skippedRows: try communicator.sum(parser.skippedLines),
      firstSkipped: parser.firstSkipped?.description,
      unknownFeatures: max(extent.lastFeature - firstFeature + 1 - featureCount, 0), isRowsOfPairs: true)
    raw.coarseValues = try communicator.sum(parser.coarseValues)
    return raw
  }

  /// After a byte order mark.
  static func start(of bytes: Span<UInt8>, path: String) throws(SVMLightError) -> Int {
    if let kind = FileKind.notText(bytes) { throw .notText(path: path, kind: kind) }
    return bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
  }

  static func firstFeature(of columns: [FeatureColumn]) -> Int { columns[0].name == "0" ? 0 : 1 }
}

/// What a file holds, over all ranks.
private struct Extent {
  let rowCount: Int
  let entryCount: Int
  let namesFeatureZero: Bool
  /// The largest number of a feature; −1 where there is none.
  let lastFeature: Int

  /// Collective.
  init(of rows: [SparseRows], over communicator: some Communicator) throws(CollectiveError) {
    let sums = try communicator.sum([
      Int64(rows.reduce(0) { $0 + $1.labels.count }), Int64(rows.reduce(0) { $0 + $1.features.count }),
      rows.contains(where: \.namesFeatureZero) ? 1 : 0,
    ])
    (rowCount, entryCount, namesFeatureZero) = (Int(sums[0]), Int(sums[1]), sums[2] > 0)
    let last = rows.compactMap { $0.features.max() }.max() ?? -1
    lastFeature =
      try communicator.allgather(Array(String(last).utf8))
      .compactMap { Int(String(decoding: $0, as: UTF8.self)) }.max() ?? -1
  }
}

/// Lines of a file: a label each, and the features that are not 0.
struct SparseRows {
  /// Row i has the entries starts[i] ..< starts[i + 1].
  var starts = [0]
  /// The features' numbers in the file.
  var features: [Int32] = []
  var values: [Float] = []
  var labels: [Int32] = []
  /// Whether a line names a feature 0, whatever its value.
  var namesFeatureZero = false

  /// The rows without features beyond the last.
  func matrix(firstFeature: Int, featureCount: Int) -> SparseMatrix {
    let end = firstFeature + featureCount
    var kept = SparseRows()
    for row in labels.indices {
      for entry in starts[row]..<starts[row + 1] where features[entry] < end {
        kept.features.append(features[entry] - Int32(firstFeature))
        kept.values.append(values[entry])
      }
      kept.starts.append(kept.values.count)
    }
    return SparseMatrix(columns: featureCount, starts: kept.starts, entryColumns: kept.features, values: kept.values)
  }
}
