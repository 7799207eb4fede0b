import Datasets
import Foundation
import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// Networks whose columns have learned maps and tables.
@Suite struct EmbeddingTests {
  /// Two columns of numbers, of 3 and 1 features, and two of categories.
  private static let columns = [
    EncodedColumn(name: "city", kind: .level(LevelNumbers(["a", "b", "c", "d"])), marksMissing: true),
    EncodedColumn(name: "size", kind: .piecewise(mean: 1, scale: 2, fill: 1, edges: [0, 1, 3])),
    EncodedColumn(name: "city", kind: .level(LevelNumbers(["x", "y"]))),
    EncodedColumn(name: "age", kind: .numeric(mean: 0, scale: 1, fill: 0)),
  ]

  private static func shape(width: Int, hidden: [Int] = [7, 5]) -> ModelShape {
    ModelShape(
      featureCount: 6, hidden: hidden, classCount: 3, activation: .tanh,
      embedding: EmbeddingShape(width: width, of: columns), columnWidths: columns.map(\.width))
  }

  private func features(_ count: Int) -> Matrix {
    var random = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let features = Matrix(zeros: count, 6)
    for row in 0..<count {
      for column in 0..<6 { features[row, column] = row % 4 == column ? 0 : Float(random.normal()) }
      // One row of each table is met by no sample: of the first its last, of the other that for unknown texts.
      (features[row, 0], features[row, 4]) = (Float(row % 5), Float(row * 3 % 2))
    }
    return features
  }

  /// The sum of the losses in Double, straight from the definition.
  private func lossSum(
    _ layout: ParameterLayout, _ parameters: [Double], _ features: Matrix, _ labels: [Int32], _ weights: [Double],
    width: Int
  ) -> Double {
    func tensor(_ name: String) -> [Double] { layout[name].map { Array(parameters[$0.range]) } ?? [] }
    let (maps, biases) = (tensor("embeddings.weight"), tensor("embeddings.bias"))
    func map(_ sample: Int, _ features: Matrix, _ places: Range<Int>, firstRow: Int, column: Int) -> [Double] {
      (0..<width).map { output in
        places.enumerated().reduce(biases[column * width + output]) {
          $0 + Double(features[sample, $1.element]) * maps[(firstRow + $1.offset) * width + output]
        }
      }
    }
    func row(_ name: String, _ number: Float) -> [Double] {
      Array(tensor("embeddings.\(name).weight")[(Int(number) * width)..<((Int(number) + 1) * width)])
    }
    var total = 0.0
    for (sample, label) in labels.enumerated() where label >= 0 {
      var a =
        row("city", features[sample, 0]) + map(sample, features, 1..<4, firstRow: 0, column: 0)
        + row("city_", features[sample, 4]) + map(sample, features, 5..<6, firstRow: 3, column: 1)
      for layer in 0..<3 {
        let (weight, bias) = (tensor("layers.\(layer).weight"), tensor("layers.\(layer).bias"))
        let z = bias.indices.map { o in
          a.indices.reduce(bias[o]) { $0 + weight[o * a.count + $1] * a[$1] }
        }
        a = layer == 2 ? z : z.map { tanh($0) }
      }
      total += ReferenceLoss.crossEntropy(smoothing: 0)(a, label: Int(label), weights: weights)
    }
    return total
  }

  @Test(arguments: [1, 4, 18])
  func `every parameter's gradient is the central difference`(width: Int) throws {
    let samples = 19
    var network = FeedForwardNetwork(Self.shape(width: width), dropout: Dropout(rate: 0), largestBatch: samples)
    let layout = network.layout
    layout.initialize(network.parameters, seed: 3)
    let features = features(samples)
    let labels = (0..<samples).map { Int32($0 % 5 == 4 ? -1 : $0 % 3) }
    let weights = [0.5, 2, 3.5]
    let gradient = Vector(zeros: layout.paddedGradientCount)
    let rows = RowGradientStack(rowCount: layout.tableRows, width: width)
    let segments = [BatchSegment(rows: 0..<8, additions: 0), BatchSegment(rows: 8..<samples, additions: 1)]
    network.lossAndGradient(
      .dense(features), labels: labels[...], segments: segments,
      loss: WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: weights), dropout: DropoutStreams(seed: 1),
      into: TensorViews(gradients: [gradient], rows: rows, layout: layout))
    let parameters = network.parameters.prefix(layout.count).array.map(Double.init)
    let sum = lossSum(layout, parameters, features, labels, weights, width: width)
    #expect(abs(network.losses.sums(of: 0..<samples).weightedLoss - sum) < 1e-5 * sum)

    var found = [Double](repeating: 0, count: layout.tableCount) + gradient.array.map(Double.init)
    for (place, row) in rows[0].rows.enumerated() {
      for index in 0..<width { found[Int(row) * width + index] = Double(rows[0].values[place * width + index]) }
    }
    for index in parameters.indices {
      func loss(shiftedBy shift: Double) -> Double {
        var shifted = parameters
        shifted[index] += shift
        return lossSum(layout, shifted, features, labels, weights, width: width)
      }
      let difference = (loss(shiftedBy: 1e-6) - loss(shiftedBy: -1e-6)) / 2e-6
      #expect(abs(found[index] - difference) < 2e-5 * max(abs(difference), 1), "parameter \(index)")
    }
  }

  @Test func `tables stand first, and begin within 1 over the root of N, their rows for unknown texts with zeros`()
    throws
  {
    let layout = ParameterLayout(Self.shape(width: 16))
    #expect(
      layout.tensors.map(\.name).prefix(4) == [
        "embeddings.city.weight", "embeddings.city_.weight", "embeddings.weight", "embeddings.bias",
      ])
    #expect(layout.tensors.map(\.shape).prefix(4) == [[6, 16], [3, 16], [4, 16], [2, 16]])
    #expect(layout.tableCount == 9 * 16 && layout.tableRows == 9)
    #expect(Double(layout.count) == Self.shape(width: 16).parameterCount)
    let parameters = Vector(zeros: layout.paddedCount)
    layout.initialize(parameters, seed: 5)
    for (name, unknown) in [("city", 4), ("city_", 2)] {
      let range = try #require(layout["embeddings.\(name).weight"]).range
      for (row, start) in stride(from: 0, to: range.count, by: 16).enumerated() {
        let values = parameters[range][start..<(start + 16)].array
        #expect(row == unknown ? values.allSatisfy { $0 == 0 } : values.contains { abs($0) > 0.1 })
        #expect(values.allSatisfy { abs($0) <= 0.25 })
      }
    }
    let weights = parameters[try #require(layout["embeddings.weight"]).range].array
    // In three features, and in one.
    #expect(weights[..<48].allSatisfy { abs($0) <= 0.578 } && weights[48...].contains { abs($0) > 0.6 })
  }

  private func model() throws -> ModelFile {
    let shape = Self.shape(width: 3)
    let layout = ParameterLayout(shape)
    let parameters = Vector(zeros: layout.paddedCount)
    layout.initialize(parameters, seed: 2)
    return ModelFile(
      shape: shape, featureNames: Self.columns.flatMap(\.featureNames), classNames: ["a", "b", "c"],
      classWeights: [1, 1, 1], loss: [:], columns: Self.columns, members: [parameters.prefix(layout.count)])
  }

  @Test func `a model is read as it was written`() throws {
    let written = try model()
    let again = try ModelFile(written.safetensors(), path: "m")
    #expect(again.shape == written.shape && again.columns == written.columns)
    #expect(again.members.map(\.array) == written.members.map(\.array))
    #expect(again.featureNames == ["city", "size", "size bin 1", "size bin 2", "city", "age"])
  }

  @Test(arguments: [
    (#""rows":6"#, #""rows":7"#), (#""rows":6"#, #""rows":-1"#), (#""rows":6"#, #""rows":9223372036854775807"#),
    (#""unknown":4"#, #""unknown":9"#), (#""features":3"#, #""features":2"#), (#""features":3"#, #""features":0"#),
    (#""features":3"#, #""features":9223372036854775807"#), (#""width":3"#, #""width":0"#),
    (#""width":3"#, #""width":100000000"#), (#""name":"city_""#, #""name":"city""#),
  ])
  func `a file whose tables are not those of its columns is refused`(part: String, other: String) throws {
    var file = try model().safetensors()
    let text = try #require(file.metadata["model"])
    #expect(text.contains(part), "\(text)")
    file.metadata["model"] = text.replacingOccurrences(of: part, with: other)
    #expect(throws: ModelReadingError.self) { _ = try ModelFile(file, path: "m") }
  }

  @Test func `numbers of levels are no features of a model without tables`() throws {
    var file = try model().safetensors()
    file.metadata["model"] = #"{"activation":"tanh","classCount":3,"featureCount":6,"hidden":[7,5]}"#
    #expect(throws: ModelReadingError.self) { _ = try ModelFile(file, path: "m") }
  }
}
