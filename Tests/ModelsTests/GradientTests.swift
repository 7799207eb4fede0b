import Foundation
import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// The network and its loss in Double, straight from the definition: what the kernels' gradients
/// are checked against by central differences.
private struct ReferenceNetwork {
  let layout: ParameterLayout
  let activation: Activation
  let weights: [Double]
  let loss: ReferenceLoss
  /// The factor of each hidden unit, [layer][sample][unit]: 1, or what dropout made of it.
  let masks: [[[Double]]]

  func lossSum(_ parameters: [Double], _ features: [[Double]], _ labels: [Int32]) -> Double {
    var total = 0.0
    for (sample, x) in features.enumerated() where labels[sample] >= 0 {
      var a = x
      for layer in 0..<layers {
        let weight = tensor(layer, "weight", parameters)
        var z = tensor(layer, "bias", parameters)
        for o in z.indices {
          for i in a.indices { z[o] += weight[o * a.count + i] * a[i] }
        }
        a = layer == layers - 1 ? z : z.indices.map { f(z[$0]) * masks[layer][sample][$0] }
      }
      total += loss(a, label: Int(labels[sample]), weights: weights)
    }
    return total
  }

  private var layers: Int { masks.count + 1 }

  private func tensor(_ layer: Int, _ name: String, _ parameters: [Double]) -> [Double] {
    layout["layers.\(layer).\(name)"].map { Array(parameters[$0.range]) } ?? []
  }

  private func f(_ x: Double) -> Double {
    switch activation {
    case .relu: max(x, 0)
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .tanh: Foundation.tanh(x)
    }
  }
}

@Suite struct GradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let hidden: [Int]
    let activation: Activation
    let loss: ReferenceLoss
    let dropout: Double

    init(
      hidden: [Int], activation: Activation, loss: ReferenceLoss = .crossEntropy(smoothing: 0), dropout: Double = 0
    ) {
      (self.hidden, self.activation, self.loss, self.dropout) = (hidden, activation, loss, dropout)
    }

    var testDescription: String { "hidden \(hidden), \(activation), \(loss), dropout \(dropout)" }
  }

  static let cases: [Case] =
    [
      Case(hidden: [], activation: .relu),
      Case(hidden: [], activation: .relu, loss: .crossEntropy(smoothing: 0.2)),
    ]
    + Activation.allCases.flatMap { activation in
      [
        Case(hidden: [5], activation: activation),
        Case(hidden: [7, 6, 4], activation: activation, loss: .crossEntropy(smoothing: 0.1)),
        Case(hidden: [9, 6], activation: activation, dropout: 0.4),
      ]
    }
    + ReferenceLoss.ofThreeClasses.flatMap { loss in
      [[], [9, 6]].map { Case(hidden: $0, activation: .gelu, loss: loss) }
    }

  @Test(arguments: cases)
  func `every parameter's gradient is the central difference`(_ test: Case) throws {
    let (samples, featureCount, classes) = (19, 4, 3)
    let shape = ModelShape(
      featureCount: featureCount, hidden: test.hidden, classCount: classes, activation: test.activation)
    let dropout = Dropout(rate: test.dropout)
    var network = FeedForwardNetwork(shape, dropout: dropout, largestBatch: samples)
    network.layout.initialize(network.parameters, seed: 3)

    var random = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let features = Matrix(zeros: samples, featureCount)
    for row in 0..<samples { for column in 0..<featureCount { features[row, column] = Float(random.normal()) } }
    let labels = (0..<samples).map { Int32($0 % 5 == 4 ? -1 : $0 % classes) }
    let weights = [0.5, 2, 3.5]
    let streams = DropoutStreams(seed: 1, pass: 2)

    let gradient = Vector(zeros: network.layout.paddedCount)
    let loss = WeightedLoss(test.loss.kernel, classWeights: weights)
    let segments = [BatchSegment(rows: 0..<samples, additions: 0)]
    func addGradient(to gradient: Vector, accumulating: Bool) -> LossSums {
      network.lossAndGradient(
        .dense(features), labels: labels[...], segments: segments, loss: loss,
        dropout: streams,
        into: TensorViews([gradient], layout: network.layout), accumulating: accumulating)
      return network.losses.sums(of: 0..<samples)
    }
    let sums = addGradient(to: gradient, accumulating: false)

    let masks = test.hidden.indices.map { layer in
      let ones = Matrix(zeros: samples, test.hidden[layer])
      for row in 0..<samples { ones.row(row).fill(with: 1) }
      dropout(ones, derivative: nil, stream: streams(layer: layer, segment: 0))
      return (0..<samples).map { ones.row($0).array.map(Double.init) }
    }
    let reference = ReferenceNetwork(
      layout: network.layout, activation: test.activation, weights: weights, loss: test.loss, masks: masks)
    let parameters = network.parameters.prefix(network.layout.count).array.map(Double.init)
    let inputs = (0..<samples).map { features.row($0).array.map(Double.init) }
    let lossSum = reference.lossSum(parameters, inputs, labels)
    #expect(abs(sums.weightedLoss - lossSum) < 1e-5 * lossSum)

    for index in parameters.indices {
      func loss(shiftedBy shift: Double) -> Double {
        var shifted = parameters
        shifted[index] += shift
        return reference.lossSum(shifted, inputs, labels)
      }
      let difference = (loss(shiftedBy: 1e-6) - loss(shiftedBy: -1e-6)) / 2e-6
      #expect(abs(Double(gradient[index]) - difference) < 2e-5 * max(abs(difference), 1), "parameter \(index)")
    }

    // A second batch is added to the first.
    _ = addGradient(to: gradient, accumulating: true)
    let once = Vector(zeros: network.layout.paddedCount)
    _ = addGradient(to: once, accumulating: false)
    for index in parameters.indices { #expect(abs(gradient[index] - 2 * once[index]) < 1e-4) }
  }

  @Test(arguments: [[5], [7, 6, 4]], [0, 0.4])
  func `the last layer alone has the gradient that it has among all, without dropout`(
    hidden: [Int], dropout: Double
  ) {
    let shape = ModelShape(featureCount: 4, hidden: hidden, classCount: 3, activation: .gelu)
    var random = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let features = Vector((0..<40).map { _ in Float(random.normal()) }).matrix(rows: 10, columns: 4)
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: [1, 2, 3])
    func gradient(_ dropout: Double, alone: Bool, from start: Int) -> [Float] {
      var network = FeedForwardNetwork(shape, dropout: Dropout(rate: dropout), largestBatch: 10)
      network.layout.initialize(network.parameters, seed: 3)
      network.trainsClassifierAlone = alone
      let gradient = Vector(zeros: network.layout.paddedCount - start)
      network.lossAndGradient(
        .dense(features), labels: [0, 1, 2, 0, 1, 2, -1, 0, 0, 1],
        segments: [BatchSegment(rows: 0..<10, additions: 0)], loss: loss, dropout: DropoutStreams(seed: 1, pass: 2),
        into: TensorViews(gradients: [gradient], rows: nil, layout: network.layout, from: start))
      return gradient.array
    }
    let layout = ParameterLayout(shape)
    let all = gradient(0, alone: false, from: 0)
    for start in [0, layout.classifierStart / 16 * 16, layout.classifierStart] {
      let alone = gradient(dropout, alone: true, from: start)
      let before = layout.classifierStart - start
      #expect(alone.prefix(before).allSatisfy { $0 == 0 })
      #expect(Array(alone.dropFirst(before)) == Array(all.dropFirst(layout.classifierStart)))
    }
  }

  @Test func `dropout acts in training only`() {
    let shape = ModelShape(featureCount: 2, hidden: [8], classCount: 2, activation: .relu)
    var (plain, dropping) = (
      FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 3),
      FeedForwardNetwork(shape, dropout: Dropout(rate: 0.5), largestBatch: 3)
    )
    plain.layout.initialize(plain.parameters, seed: 1)
    dropping.layout.initialize(dropping.parameters, seed: 1)
    let features = Vector([1, 2, 3, 4, 5, 6]).matrix(rows: 3, columns: 2)
    let loss = WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: [1, 1])
    plain.evaluate(.dense(features), labels: [0, 1, 0], loss: loss)
    dropping.evaluate(.dense(features), labels: [0, 1, 0], loss: loss)
    #expect(plain.losses.sums(of: 0..<3) == dropping.losses.sums(of: 0..<3))
  }
}

@Suite struct InitializationTests {
  @Test func `parameters are uniform within 1 over the root of fan_in`() throws {
    let shape = ModelShape(featureCount: 400, hidden: [50], classCount: 4, activation: .relu)
    let layout = ParameterLayout(shape)
    let parameters = Vector(zeros: layout.paddedCount)
    layout.initialize(parameters, seed: 5)
    for (layer, bound) in [Float(0.05), Float(1 / 50.0.squareRoot())].enumerated() {
      for name in ["weight", "bias"] {
        let range = try #require(layout["layers.\(layer).\(name)"]).range
        let values = parameters[range].array
        #expect(values.allSatisfy { abs($0) <= bound } && values.contains { abs($0) > bound / 2 })
        guard name == "weight" else { continue }
        let variance = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
        #expect(abs(variance / (bound * bound / 3) - 1) < 0.2)
      }
    }
    #expect(parameters[layout.count..<layout.paddedCount].array.allSatisfy { $0 == 0 })
  }
}
