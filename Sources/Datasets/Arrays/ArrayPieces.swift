internal import Collectives
internal import Tensors

/// Reads rows of an array for a model in pieces, and labels from a vector beside it or one of its columns.
struct ArrayPieces<Features: NumberArray, Labels: NumberArray>: PieceReader {
  private var features: Features
  private var labels: Labels?
  /// Of the elements of a row: the features.
  private let places: [Int]
  /// Of the elements of a row: the label.
  private let labelPlace: Int?
  private let columns: [FeatureColumn]
  private let allowsMissing: Bool
  /// The row where the next round begins.
  private var position = 0

  /// Bytes of features that a piece has in memory.
  private static var pieceSize: Int { 1 << 22 }

  /// - Parameters:
  ///   - columns: The model's, all of numbers.
  ///   - labelColumn: The place of the label in a row that has one more element than the model has columns.
  ///   - labels: Where labels are asked for and have a file of their own.
  ///   - ignoresLabels: Whether none are asked for.
  ///   - allowsMissing: Whether the model knows what to make of NaN: its own data had texts for missing values.
  /// - Throws: `ArrayError`
  init(
    _ features: Features, labels: Labels?, columns: [FeatureColumn], labelColumn: Int?, ignoresLabels: Bool,
    allowsMissing: Bool
  ) throws(ArrayError) {
    guard features.shape.count >= 2, features.rowCount > 0 else {
      throw .wrongShape(name: features.name, shape: features.shape, expected: "rows of features, [N, \(columns.count)]")
    }
    var labelPlace: Int?
    if features.rowSize == columns.count + 1, labels == nil { labelPlace = labelColumn }
    guard features.rowSize - (labelPlace == nil ? 0 : 1) == columns.count else {
      throw .otherWidth(name: features.name, found: features.rowSize, expected: columns.count)
    }
    if let labels {
      guard labels.rowSize == 1 else {
        throw .wrongShape(name: labels.name, shape: labels.shape, expected: "a vector of labels, [N]")
      }
      guard labels.rowCount == features.rowCount else {
        throw .wrongLength(name: labels.name, labels: labels.rowCount, rows: features.rowCount)
      }
    } else if labelPlace == nil, !ignoresLabels {
      throw .noLabels(name: features.name)
    }
    places = (0..<features.rowSize).filter { $0 != labelPlace }
    self.labelPlace = ignoresLabels ? nil : labelPlace
    self.features = features
    self.labels = labels
    self.columns = columns
    self.allowsMissing = allowsMissing
  }

  mutating func next(over communicator: some Communicator) throws -> RowPiece? {
    guard position < features.rowCount else { return nil }
    let rowsOfPiece = max(1, Self.pieceSize / (4 * features.rowSize))
    let start = min(position + communicator.rank * rowsOfPiece, features.rowCount)
    let rows = start..<min(start + rowsOfPiece, features.rowCount)
    position = min(position + communicator.size * rowsOfPiece, features.rowCount)
    return try communicator.agree { try read(rows) }
  }

  private mutating func read(_ rows: Range<Int>) throws -> RowPiece {
    let width = features.rowSize
    let matrix = Matrix(zeros: rows.count, columns.count)
    var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
    var numbers: [Int32] = []
    func number(of value: Double, row: Int, name: String) throws(ArrayError) -> Int32 {
      guard let label = Int(exactly: value), label.magnitude < 1 << 53 else {
        throw .badLabel(name: name, row: row, value: value)
      }
      guard let number = vocabulary.number(of: String(label)) else { throw .tooManyLabels(name: name) }
      return number
    }
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: 256) {
      let some = start..<min(start + 256, rows.upperBound)
      let values = try features.rows(some)
      for row in some {
        let first = (row - start) * width
        for (column, place) in places.enumerated() {
          let value = values[first + place]
          let float = Float(value - columns[column].offset)
          guard float.isFinite || (value.isNaN && allowsMissing) else {
            throw ArrayError.notFinite(name: features.name, row: row, value: value)
          }
          matrix[row - rows.lowerBound, column] = float
        }
        if let labelPlace { numbers.append(try number(of: values[first + labelPlace], row: row, name: features.name)) }
      }
    }
    if let name = labels?.name, let values = try labels?.rows(rows) {
      for (row, value) in zip(rows, values) { numbers.append(try number(of: value, row: row, name: name)) }
    }
    return RowPiece(features: .dense(matrix), columns: columns, labels: numbers, labelTexts: vocabulary.texts)
  }
}
