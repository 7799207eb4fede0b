public import Collectives
internal import Foundation
internal import Tensors

/// Reads features from an IDX array, a row for each element of its first dimension, and labels from an IDX
/// vector. Of packed files every rank unpacks all, and keeps its own rows.
public struct IDXReader: DatasetReader {
  public let path: String
  public let labelsPath: String?
  /// The columns of the data that this goes with.
  private let training: [FeatureColumn]?
  private let progress: ReadingProgress

  /// - Parameter labelsPath: Nil for the file whose name has "labels-idx1" for "images-idx3".
  public init(
    path: String, labelsPath: String?, training: [FeatureColumn]? = nil, progress: ReadingProgress = .none
  ) {
    self.training = training
    self.path = path
    self.progress = progress
    self.labelsPath = labelsPath
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    var (features, labels) = try communicator.agree {
      let features = try IDXArray(path: path)
      guard features.shape.count >= 2, features.rowCount > 0, features.rowSize > 0 else {
        throw IDXError.wrongShape(path: path, shape: features.shape, expected: "rows of features, [N, …]")
      }
      let labels = try IDXArray(path: try labelsPath ?? pathOfLabels())
      guard labels.rowSize == 1 else {
        throw IDXError.wrongShape(path: labels.path, shape: labels.shape, expected: "a vector of labels, [N]")
      }
      guard labels.rowCount == features.rowCount else {
        throw IDXError.wrongLength(path: labels.path, labels: labels.rowCount, rows: features.rowCount)
      }
      return (features, labels)
    }
    try communicator.requireSame(
      "\(features.type) \(features.shape) \(labels.type) \(labels.shape)", "the file \(path)")
    return try communicator.agree {
      // Opened anew: a packed file is read from its beginning only.
      var head = try IDXArray(path: path)
      let columns = FeatureColumn.columns(
        Array(0..<features.rowSize),
        ofRows: Array(try head.rows(0..<min(FeatureColumn.sampledRows, features.rowCount))), width: features.rowSize,
        as: training)
      var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
      var shards: [RawDataset.Shard] = []
      let own = layout.shards(ofRank: communicator.rank)
      try MemoryError.check(ofShards: own, layout, rows: features.rowCount, columns: features.rowSize, path: path)
      for shard in own {
        try progress.begin(shard: shard, of: own, in: path)
        let rows = layout.range(ofShard: shard, in: features.rowCount)
        shards.append(
          RawDataset.Shard(
            index: shard, features: .dense(try matrix(&features, rows: rows, less: columns.map(\.offset))),
            labels: try numbers(&labels, rows: rows, in: &vocabulary)))
      }
      try features.finish()
      try labels.finish()
      return RawDataset(
        name: path, columns: columns,
        labelTexts: vocabulary.texts, shards: shards)
    }
  }

  private func pathOfLabels() throws(IDXError) -> String {
    let file = URL(fileURLWithPath: path).lastPathComponent
    let name = file.replacingOccurrences(of: "images", with: "labels").replacingOccurrences(of: "idx3", with: "idx1")
    guard name != file else { throw .noLabels(path: path, tried: nil) }
    let labels = String(path.dropLast(file.count)) + name
    guard FileManager.default.fileExists(atPath: labels) else { throw .noLabels(path: path, tried: labels) }
    return labels
  }

  private func matrix(_ array: inout IDXArray, rows: Range<Int>, less offsets: [Double]) throws -> Matrix {
    let matrix = Matrix(zeros: rows.count, array.rowSize)
    // Some rows at a time: an element takes eight bytes here.
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 256) {
      let some = start..<min(start + 256, rows.upperBound)
      for (index, value) in try array.rows(some).enumerated() {
        let column = index % array.rowSize
        let float = Float(value - offsets[column])
        guard float.isFinite else {
          throw IDXError.notFinite(path: path, row: start + index / array.rowSize, value: value)
        }
        matrix[start - rows.lowerBound + index / array.rowSize, column] = float
      }
    }
    return matrix
  }

  private func numbers(
    _ array: inout IDXArray, rows: Range<Int>, in vocabulary: inout Vocabulary
  ) throws -> [Int32] {
    try zip(rows, try array.rows(rows)).map { row, value in
      guard let label = Int(exactly: value) else {
        throw IDXError.badLabel(path: array.path, row: row, value: value)
      }
      guard let number = vocabulary.number(of: String(label)) else { throw IDXError.tooManyLabels(path: array.path) }
      return number
    }
  }
}
