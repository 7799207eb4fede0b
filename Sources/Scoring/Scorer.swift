internal import Datasets
internal import Kernels
public import Models
internal import Tensors

/// A model at work: the logits of rows as they stand in a file.
///
/// A row's logits depend on that row alone, bit by bit: neither the batch that it is in nor the rank changes them.
public struct Scorer {
  public let model: ModelFile
  private let ensemble: Ensemble

  /// Rows of one pass.
  static let batchSize = 256

  public init(_ model: ModelFile) {
    self.model = model
    ensemble = Ensemble(model.shape, members: model.members, largestBatch: Self.batchSize)
  }

  /// C
  public var classCount: Int { model.shape.classCount }

  /// Computes the logits of a piece, batch after batch.
  ///
  /// - Parameter body: Receives the rows of a batch, its logits, [C, n], valid within `body` and its to change, and which
  ///   of its samples overflow: their logits are zeros.
  /// - Throws: What `body` throws.
  func logits(of piece: RowPiece, _ body: (Range<Int>, Matrix, _ overflowing: Set<Int>) throws -> Void) rethrows {
    let encoder = model.columns.isEmpty ? nil : RowEncoder(model.columns, of: piece.columns)
    // A piece of rows with bins would be ten times as large.
    let encoded = Matrix(zeros: encoder == nil ? 0 : min(Self.batchSize, piece.rowCount), encoder?.width ?? 0)
    var sparse = SparseBatch(featureCount: piece.features.isSparse ? piece.features.columns : 0)
    for start in stride(from: 0, to: piece.rowCount, by: Self.batchSize) {
      let rows = start..<min(start + Self.batchSize, piece.rowCount)
      let logits: Matrix
      switch piece.features {
      case .dense(let raw):
        let features = encoder == nil ? raw.rows(rows) : encoded.prefix(rows: rows.count)
        encoder?.write(raw.rows(rows), into: features)
        logits = ensemble.logits(of: .dense(features))
      case .sparse(let matrix):
        sparse.removeAll()
        sparse.append(matrix, rows: rows)
        logits = ensemble.logits(of: .sparse(sparse))
      }
      var overflowing: Set<Int> = []
      for classIndex in 0..<classCount {
        for sample in 0..<rows.count where !logits[classIndex, sample].isFinite { overflowing.insert(sample) }
      }
      for sample in overflowing {
        for classIndex in 0..<classCount { logits[classIndex, sample] = 0 }
      }
      try body(rows, logits, overflowing)
    }
  }

  /// The class of each sample, by the model's decision.
  ///
  /// - Parameters:
  ///   - logits: [C, n]
  ///   - predictions: Receives n classes.
  func predict(_ logits: Matrix, into predictions: inout [Int32]) {
    DecisionRule.predict(model.decision, logits, into: &predictions)
  }
}
