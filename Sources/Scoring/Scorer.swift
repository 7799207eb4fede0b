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
  ///   of its samples overflow, with whose fault that is: their logits are zeros.
  /// - Throws: What `body` throws.
  func logits(
    of piece: RowPiece, _ body: (Range<Int>, Matrix, _ overflowing: [Int: Overflow]) throws -> Void
  ) rethrows {
    let encoder = model.columns.isEmpty ? nil : RowEncoder(model.columns, of: piece.columns)
    // A piece of rows with bins would be ten times as large.
    let encoded = Matrix(zeros: encoder == nil ? 0 : min(Self.batchSize, piece.rowCount), encoder?.width ?? 0)
    var sparse = SparseBatch(featureCount: piece.features.isSparse ? piece.features.columns : 0)
    for start in stride(from: 0, to: piece.rowCount, by: Self.batchSize) {
      let rows = start..<min(start + Self.batchSize, piece.rowCount)
      let (features, logits): (BatchFeatures, Matrix)
      switch piece.features {
      case .dense(let raw):
        let matrix = encoder == nil ? raw.rows(rows) : encoded.prefix(rows: rows.count)
        encoder?.write(raw.rows(rows), into: matrix)
        features = .dense(matrix)
      case .sparse(let matrix):
        sparse.removeAll()
        sparse.append(matrix, rows: rows)
        features = .sparse(sparse)
      }
      logits = ensemble.logits(of: features)
      var overflowing: [Int: Overflow] = [:]
      for classIndex in 0..<classCount {
        for sample in 0..<rows.count where !logits[classIndex, sample].isFinite { overflowing[sample] = .ofData }
      }
      for sample in overflowing.keys {
        let largest =
          switch features {
          case .dense(let matrix): largestMagnitude(of: matrix, sample)
          case .sparse(_): largestMagnitude(of: piece.features, rows.lowerBound + sample)
          }
        if largest <= Self.largestOrdinaryFeature { overflowing[sample] = .ofModel(largestParameter: largestParameter) }
        for classIndex in 0..<classCount { logits[classIndex, sample] = 0 }
      }
      try body(rows, logits, overflowing)
    }
  }

  /// Features are mostly of the order of 1. Of smaller ones than this only a model overflows that has diverged.
  private static let largestOrdinaryFeature: Float = 1e4

  /// - Parameter matrix: [n, D], encoded. Numbers of levels, which are as large as there are levels, don't count.
  private func largestMagnitude(of matrix: Matrix, _ row: Int) -> Float {
    let areLevels = model.shape.embedding?.areLevels ?? []
    return (0..<matrix.columns).reduce(0) { largest, column in
      !areLevels.isEmpty && areLevels[column] ? largest : max(largest, matrix[row, column].magnitude)
    }
  }

  /// Of rows that are taken as they are.
  private func largestMagnitude(of features: FeatureMatrix, _ row: Int) -> Float {
    switch features {
    case .dense(let matrix): largestMagnitude(of: matrix, row)
    case .sparse(let matrix): matrix.entries(ofRow: row).reduce(0) { max($0, matrix.values[$1].magnitude) }
    }
  }

  private var largestParameter: Float {
    model.members.reduce(0) { largest, member in
      (0..<member.count).reduce(largest) { max($0, member[$1].magnitude) }
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

/// Why the logits of a sample are not finite.
enum Overflow: Equatable {
  /// Its features are very large.
  case ofData
  /// They are not, so that it is the model that makes such numbers of them.
  case ofModel(largestParameter: Float)
}
