public import Kernels
public import RandomStreams
public import Tensors

/// A multilayer perceptron; without hidden layers the linear classifier.
///
///     a₀ = x;  aₗ = dropout(f(aₗ₋₁ Wₗᵀ + bₗ));  logits = W_L a_{L−1}ᵀ + b_L
///
/// Hidden layers are sample-major, [n, h]. The logits are class-major, [C, n], so that the softmax
/// works on 16 samples at a time; for the products around them that is only another transposition.
///
/// The memory of a batch is taken once, for the largest batch. A network is used by one thread.
public struct FeedForwardNetwork {
  public let shape: ModelShape
  public let layout: ParameterLayout
  /// All weights and biases, padded with zeros to `layout.paddedCount`.
  public let parameters: Vector
  /// The most samples of one pass.
  public let largestBatch: Int
  private let dropout: Dropout

  private let weights: [Matrix]
  private let biases: [Vector]
  /// aₗ of each hidden layer, [largestBatch, h]
  private let hidden: [Storage]
  /// f′ of each hidden layer, where the activation needs it.
  private let derivatives: [Storage?]
  /// dAₗ of two neighbouring layers, in turn.
  private let gradients: [Storage]
  /// [C, padded batch]
  private let logitStorage: Storage
  /// The class of the largest logit of each sample of the last pass; what stands behind them is of
  /// earlier passes.
  public private(set) var predictions: [Int32]

  /// Parameters are zeros until they are initialized or loaded.
  public init(_ shape: ModelShape, dropout: Dropout, largestBatch: Int) {
    precondition(largestBatch >= 0)
    self.shape = shape
    self.dropout = dropout
    self.largestBatch = largestBatch
    let layout = ParameterLayout(shape)
    let parameters = Vector(zeros: layout.paddedCount)
    self.layout = layout
    self.parameters = parameters
    weights = layout.layers.indices.map { layout.weight(ofLayer: $0, in: parameters) }
    biases = layout.layers.indices.map { layout.bias(ofLayer: $0, in: parameters) }
    hidden = shape.hidden.map { Storage(zeros: largestBatch * $0) }
    derivatives = shape.hidden.map { shape.activation == .relu ? nil : Storage(zeros: largestBatch * $0) }
    let widest = shape.hidden.max() ?? 0
    gradients = (0..<min(2, shape.hidden.count)).map { _ in Storage(zeros: largestBatch * widest) }
    logitStorage = Storage(zeros: shape.classCount * paddedToLanes(largestBatch))
    predictions = Array(repeating: 0, count: largestBatch)
  }

  /// Computes the logits of a batch, without dropout.
  ///
  /// - Parameter features: [n, D]
  /// - Returns: [C, n], valid until the next pass.
  public func logits(of features: Matrix) -> Matrix {
    forward(features) { _ in nil }
  }

  /// Adds up the losses of a batch, without dropout and without a gradient.
  public mutating func evaluate(
    _ features: Matrix, labels: ArraySlice<Int32>, loss: SoftmaxCrossEntropy
  ) -> LossSums {
    let logits = forward(features) { _ in nil }
    return loss(logits: logits, labels: labels, predictions: &predictions, output: .lossOnly)
  }

  /// Adds up the losses of a batch, and the gradient of their sum with respect to all parameters.
  ///
  /// - Parameters:
  ///   - features: [n, D]
  ///   - dropoutStreams: The random numbers for the hidden layer with the given index.
  ///   - gradient: Receives the gradient sum in the layout of the parameters; it is added to what
  ///     stands there where `accumulating`.
  public mutating func lossAndGradient(
    _ features: Matrix, labels: ArraySlice<Int32>, loss: SoftmaxCrossEntropy,
    dropoutStreams: (Int) -> RandomStream, into gradient: Vector, accumulating: Bool
  ) -> LossSums {
    precondition(gradient.count == layout.paddedCount)
    let logits = forward(features) { dropoutStreams($0) }
    let sums = loss(logits: logits, labels: labels, predictions: &predictions, output: .lossAndGradient)
    backward(features, dLogits: logits, into: gradient, accumulating: accumulating)
    return sums
  }

  private func forward(_ features: Matrix, dropoutStreams: (Int) -> RandomStream?) -> Matrix {
    let sampleCount = features.rows
    precondition(sampleCount <= largestBatch, "\(sampleCount) samples in a network for \(largestBatch)")
    var input = features
    for index in shape.hidden.indices {
      let output = activations(ofLayer: index, samples: sampleCount)
      let derivative = derivative(ofLayer: index, samples: sampleCount)
      multiply(input, weights[index], transposingB: true, into: output)
      addBiasAndActivate(output, bias: biases[index], activation: shape.activation, derivative: derivative)
      if let stream = dropoutStreams(index) { dropout(output, derivative: derivative, stream: stream) }
      input = output
    }
    let logits = Matrix(
      logitStorage, rows: shape.classCount, columns: sampleCount, stride: paddedToLanes(sampleCount))
    multiply(weights[shape.hidden.count], input, transposingB: true, into: logits)
    addRowBias(logits, bias: biases[shape.hidden.count])
    return logits
  }

  /// - Parameter dLogits: [C, n], with zeros in the padding.
  private func backward(_ features: Matrix, dLogits: Matrix, into gradient: Vector, accumulating: Bool) {
    let sampleCount = features.rows
    let last = shape.hidden.count
    let input = last == 0 ? features : activations(ofLayer: last - 1, samples: sampleCount)
    multiply(dLogits, input, into: layout.weight(ofLayer: last, in: gradient), accumulating: accumulating)
    sumRows(dLogits, into: layout.bias(ofLayer: last, in: gradient), accumulating: accumulating)

    // From here on dY holds the gradient with respect to what layer `index` put out.
    var dY: Matrix?
    for index in stride(from: last - 1, through: 0, by: -1) {
      let dA = Matrix(gradients[index % 2], rows: sampleCount, columns: shape.hidden[index])
      if let dY {
        multiply(dY, weights[index + 1], into: dA)
      } else {
        multiply(dLogits, transposingA: true, weights[last], into: dA)
      }
      activationBackward(
        dA, y: activations(ofLayer: index, samples: sampleCount),
        derivative: derivative(ofLayer: index, samples: sampleCount),
        activation: shape.activation, keptScale: dropout.keptScale)
      let input = index == 0 ? features : activations(ofLayer: index - 1, samples: sampleCount)
      multiply(
        dA, transposingA: true, input, into: layout.weight(ofLayer: index, in: gradient),
        accumulating: accumulating)
      sumColumns(dA, into: layout.bias(ofLayer: index, in: gradient), accumulating: accumulating)
      dY = dA
    }
  }

  private func activations(ofLayer index: Int, samples: Int) -> Matrix {
    Matrix(hidden[index], rows: samples, columns: shape.hidden[index])
  }

  private func derivative(ofLayer index: Int, samples: Int) -> Matrix? {
    derivatives[index].map { Matrix($0, rows: samples, columns: shape.hidden[index]) }
  }
}
