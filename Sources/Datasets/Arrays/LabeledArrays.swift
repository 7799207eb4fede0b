internal import Collectives
internal import Tensors

/// Features in one array, a row for each element of its first dimension, and labels in a vector beside it.
struct LabeledArrays<Features: NumberArray, Labels: NumberArray> {
  private var features: Features
  private var labels: Labels

  /// Rows that are converted at a time: an element takes eight bytes then.
  private static var rowsAtATime: Int { 256 }

  /// - Parameter labels: Opened where the features are some.
  /// - Throws: `ArrayError`, and what `labels` throws.
  init(_ features: Features, labels: () throws -> Labels) throws {
    guard features.shape.count >= 2, features.rowCount > 0, features.rowSize > 0 else {
      throw ArrayError.wrongShape(name: features.name, shape: features.shape, expected: "rows of features, [N, …]")
    }
    let labels = try labels()
    guard labels.rowSize == 1 else {
      throw ArrayError.wrongShape(name: labels.name, shape: labels.shape, expected: "a vector of labels, [N]")
    }
    guard labels.rowCount == features.rowCount else {
      throw ArrayError.wrongLength(name: labels.name, labels: labels.rowCount, rows: features.rowCount)
    }
    self.features = features
    self.labels = labels
  }

  /// What all ranks must find alike.
  var form: String { "\(features.form) \(labels.form)" }

  /// Reads this rank's shards.
  ///
  /// - Parameters:
  ///   - path: What the data is called.
  ///   - training: The columns of the data that this goes with.
  /// - Throws: `ArrayError`, `MemoryError`, and what the arrays and `progress` throw.
  mutating func read(
    _ path: String, as training: [FeatureColumn]?, layout: ShardLayout, rank: Int, progress: ReadingProgress
  ) throws -> RawDataset {
    let columns = FeatureColumn.columns(
      Array(0..<features.rowSize),
      ofRows: try features.firstRows(min(FeatureColumn.sampledRows, features.rowCount)), width: features.rowSize,
      as: training)
    let own = layout.shards(ofRank: rank)
    try MemoryError.check(ofShards: own, layout, rows: features.rowCount, columns: features.rowSize, path: path)
    let offsets = columns.map(\.offset)
    var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
    var shards: [RawDataset.Shard] = []
    for shard in own {
      try progress.begin(shard: shard, of: own, in: path)
      let rows = layout.range(ofShard: shard, in: features.rowCount)
      shards.append(
        RawDataset.Shard(
          index: shard, features: .dense(try matrix(rows, less: offsets)), labels: try numbers(rows, in: &vocabulary)))
    }
    try features.finish()
    try labels.finish()
    return RawDataset(name: path, columns: columns, labelTexts: vocabulary.texts, shards: shards)
  }

  private mutating func matrix(_ rows: Range<Int>, less offsets: [Double]) throws -> Matrix {
    let width = features.rowSize
    let matrix = Matrix(zeros: rows.count, width)
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.rowsAtATime) {
      let some = start..<min(start + Self.rowsAtATime, rows.upperBound)
      for (index, value) in try features.rows(some).enumerated() {
        let (row, column) = (index / width, index % width)
        let float = Float(value - offsets[column])
        guard float.isFinite else {
          throw ArrayError.notFinite(name: features.name, row: start + row, value: value)
        }
        matrix[start - rows.lowerBound + row, column] = float
      }
    }
    return matrix
  }

  private mutating func numbers(_ rows: Range<Int>, in vocabulary: inout Vocabulary) throws -> [Int32] {
    try zip(rows, try labels.rows(rows)).map { row, value in
      guard value.magnitude < ArrayError.labelBound, let label = Int(exactly: value) else {
        throw ArrayError.badLabel(name: labels.name, row: row, value: value)
      }
      guard let number = vocabulary.number(of: String(label)) else { throw ArrayError.tooManyLabels(name: labels.name) }
      return number
    }
  }
}
