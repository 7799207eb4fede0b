import Datasets
import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// Parameters that are multiplied in the place of features.
@Suite struct WeighedFeaturesTests {
  private static let columns = [
    EncodedColumn(name: "city", kind: .level(LevelNumbers(["a", "b", "c", "d"])), marksMissing: true),
    EncodedColumn(name: "size", kind: .piecewise(mean: 1, scale: 2, fill: 1, edges: [0, 1, 3])),
    EncodedColumn(name: "kind", kind: .level(LevelNumbers(["x", "y"]))),
    EncodedColumn(name: "age", kind: .numeric(mean: 0, scale: 1, fill: 0)),
  ]
  private static let weights: [Float] = [0.5, 2, 2, 2, 4, 0.25]

  private func features(_ weights: [Float] = Array(repeating: 1, count: 6)) -> Matrix {
    var random = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let features = Matrix(zeros: 9, 6)
    for row in 0..<9 {
      for column in 0..<6 { features[row, column] = Float(random.normal()) * weights[column] }
    }
    return features
  }

  private func values(_ matrix: Matrix) -> [Float] { (0..<matrix.rows).flatMap { matrix.row($0).array } }

  @Test(arguments: [[], [7], [7, 5]])
  func `it is as if the features of a first layer were`(hidden: [Int]) {
    let shape = ModelShape(featureCount: 6, hidden: hidden, classCount: 3, activation: .tanh)
    let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 9)
    network.layout.initialize(network.parameters, seed: 3)
    let expected = values(network.logits(of: .dense(features(Self.weights))))
    let before = network.parameters.array
    let factors = network.factors(weighingFeatures: Self.weights)
    #expect(factors.count == network.layout.paddedCount)
    network.multiplyParameters(by: factors)
    // Powers of two: no product with them is rounded.
    #expect(values(network.logits(of: .dense(features()))) == expected)
    // Biases, and layers behind, are as they were.
    let first = (shape.hidden.first ?? 3) * 6
    #expect(network.parameters.array[first...] == before[first...])
  }

  @Test func `of embedded columns it is as if what they become were`() {
    let shape = ModelShape(
      featureCount: 6, hidden: [7], classCount: 3, activation: .tanh,
      embedding: EmbeddingShape(width: 2, of: Self.columns), columnWidths: Self.columns.map(\.width))
    let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 9)
    let layout = network.layout
    layout.initialize(network.parameters, seed: 3)
    let features = features()
    for row in 0..<9 { (features[row, 0], features[row, 4]) = (Float(row % 6), Float(row % 3)) }
    // The columns of the layer behind, two of each column of the data, are multiplied instead.
    func logits(_ change: (Vector) -> Void) -> [Float] {
      let before = network.parameters.array
      change(network.parameters)
      defer { network.parameters.copy(from: Vector(before)) }
      return values(network.logits(of: .dense(features)))
    }
    let expected = logits { parameters in
      guard let first = layout["layers.0.weight"] else { return }
      for (place, index) in first.range.enumerated() { parameters[index] *= [0.5, 2, 4, 0.25][place % 8 / 2] }
    }
    let found = logits { _ in
      network.multiplyParameters(by: network.factors(weighingFeatures: Self.weights))
    }
    #expect(found == expected && found != logits { _ in })
  }
}
