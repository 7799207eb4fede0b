public import Collectives
public import Configuration
internal import Files
internal import Tensors

/// Reads features from a .npy matrix, and labels from one of its columns or a .npy vector. Both may be
/// members of a .npz archive.
public struct NumPyReader: DatasetReader {
  public let path: String
  /// A vector of integer labels.
  public let labelsPath: String?
  /// The column of labels where they have no file of their own.
  public let labelColumn: ColumnReference
  /// The columns of the data that this goes with.
  private let training: [FeatureColumn]?
  private let progress: ReadingProgress

  public init(
    path: String, labelsPath: String?, labelColumn: ColumnReference, training: [FeatureColumn]? = nil,
    progress: ReadingProgress = .none
  ) {
    self.path = path
    self.training = training
    self.progress = progress
    self.labelsPath = labelsPath
    self.labelColumn = labelColumn
  }

  public func read(layout: ShardLayout, over communicator: some Communicator) throws -> RawDataset {
    let (features, labels) = try communicator.agree {
      let (features, labels) = try NumPySource(features: path, labels: labelsPath).arrays()
      guard features.shape.count >= 2, features.shape[0] > 0 else {
        throw NumPyError.wrongShape(path: features.name, shape: features.shape, expected: "a matrix [N, D] with rows")
      }
      if let labels { try checkLabels(labels, rows: features.shape[0]) }
      return (features, labels)
    }
    try communicator.requireSame(
      "\(features.type) \(features.shape) \(labels.map { "\($0.type) \($0.shape)" } ?? "")", "the file \(path)")
    return try communicator.agree {
      let column = labels == nil ? try labelColumn(of: features) : nil
      let featureColumns = (0..<features.rowSize).filter { $0 != column }
      guard !featureColumns.isEmpty else {
        throw NumPyError.wrongShape(path: path, shape: features.shape, expected: "at least one column of features")
      }

      let columns = FeatureColumn.columns(
        featureColumns, ofRows: firstRows(of: features), width: features.rowSize, as: training)
      var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
      var shards: [RawDataset.Shard] = []
      let own = layout.shards(ofRank: communicator.rank)
      try MemoryError.check(ofShards: own, layout, rows: features.shape[0], columns: featureColumns.count, path: path)
      for shard in own {
        try progress.begin(shard: shard, of: own, in: path)
        let rows = layout.range(ofShard: shard, in: features.shape[0])
        let matrix = try read(features, rows: rows, columns: featureColumns, less: columns.map(\.offset))
        let numbers = try readLabels(labels ?? features, rows: rows, column: column, into: &vocabulary)
        shards.append(RawDataset.Shard(index: shard, features: .dense(matrix), labels: numbers))
      }
      return RawDataset(
        name: path, columns: columns, labelTexts: vocabulary.texts, shards: shards, labelColumn: column)
    }
  }

  private func checkLabels(_ labels: NumPyArray, rows: Int) throws(NumPyError) {
    guard labels.shape.count == 1 || (labels.shape.count == 2 && labels.shape[1] == 1) else {
      throw .wrongShape(path: labels.name, shape: labels.shape, expected: "a vector of labels [N]")
    }
    guard labels.shape[0] == rows else { throw .wrongLength(path: labels.name, labels: labels.shape[0], rows: rows) }
  }

  private func labelColumn(of features: NumPyArray) throws(NumPyError) -> Int {
    switch labelColumn {
    case .name(let name):
      throw .noSuchColumn(path: path, column: name, columns: features.rowSize)
    case .index(let index):
      guard let place = ColumnReference.place(index, of: features.rowSize) else {
        throw .noSuchColumn(path: path, column: String(index), columns: features.rowSize)
      }
      return place
    }
  }

  private func firstRows(of array: NumPyArray) -> [Double] {
    let width = array.rowSize
    return array.bytes.withBytes { bytes in
      (0..<min(FeatureColumn.sampledRows, array.shape[0]) * width).map {
        array.double(bytes, row: $0 / width, column: $0 % width)
      }
    }
  }

  /// - Parameter offsets: Of each of the columns.
  private func read(
    _ array: NumPyArray, rows: Range<Int>, columns: [Int], less offsets: [Double]
  ) throws(NumPyError) -> Matrix {
    let matrix = Matrix(zeros: rows.count, columns.count)
    try array.bytes.withBytes { bytes throws(NumPyError) in
      for (index, row) in rows.enumerated() {
        for (place, column) in columns.enumerated() {
          let value = array.double(bytes, row: row, column: column)
          let float = Float(value - offsets[place])
          guard float.isFinite else { throw .notFinite(path: path, row: row, column: column, value: value) }
          matrix[index, place] = float
        }
      }
    }
    return matrix
  }

  /// - Parameter column: The place of the label within a row; nil for a vector.
  private func readLabels(
    _ array: NumPyArray, rows: Range<Int>, column: Int?, into vocabulary: inout Vocabulary
  ) throws(NumPyError) -> [Int32] {
    let path = array.name
    var numbers: [Int32] = []
    numbers.reserveCapacity(rows.count)
    try array.bytes.withBytes { bytes throws(NumPyError) in
      for row in rows {
        let value = array.double(bytes, row: row, column: column ?? 0)
        guard value.magnitude < ArrayError.labelBound, let label = Int(exactly: value) else {
          throw .badLabel(path: path, row: row, value: value, isInMatrix: column != nil)
        }
        guard let number = vocabulary.number(of: String(label)) else { throw .tooManyLabels(path: path) }
        numbers.append(number)
      }
    }
    return numbers
  }
}
