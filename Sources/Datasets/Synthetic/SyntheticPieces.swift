internal import Collectives
internal import Tensors

/// Makes the samples of a `SyntheticData` for a model in pieces.
struct SyntheticPieces: PieceReader {
  private let data: SyntheticData
  private let samples: SyntheticSamples
  private let columns: [FeatureColumn]
  private var position = 0

  private static let pieceSize = 1 << 13

  /// - Throws: `ArrayError` where the model takes other columns.
  init(_ data: SyntheticData, columns: [FeatureColumn]) throws(ArrayError) {
    guard data.featureCount == columns.count else {
      throw .otherWidth(name: "synthetic", found: data.featureCount, expected: columns.count)
    }
    self.data = data
    self.columns = columns
    samples = SyntheticSamples(data)
  }

  mutating func next(over communicator: some Communicator) throws -> RowPiece? {
    guard position < data.sampleCount else { return nil }
    let start = min(position + communicator.rank * Self.pieceSize, data.sampleCount)
    position = min(position + communicator.size * Self.pieceSize, data.sampleCount)
    let (features, labels) = samples[start..<min(start + Self.pieceSize, data.sampleCount)]
    return RowPiece(
      features: .dense(features), columns: columns, labels: labels, labelTexts: data.labelTexts)
  }
}
