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
  private let outputGradients: [Storage]
  /// [C, padded batch]
  private let logitStorage: Storage
  private let products: MatrixProducts
  /// Those of the first layer with a sparse batch.
  private let sparseProducts = SparseProducts()
  private let linearPass: LinearPass?
  /// The labels of the last pass; −1 in the padding to whole lanes.
  private var labels: [Int32]
  /// The class of the largest logit of each sample of the last pass; what stands behind them is of
  /// earlier passes.
  public private(set) var predictions: [Int32]
  /// The losses of the samples of the last pass.
  public let losses: SampleLosses

  /// Parameters are zeros until they are initialized or loaded.
  ///
  /// - Parameter threadCount: The threads that large products are shared by. It changes no bit.
  public init(_ shape: ModelShape, dropout: Dropout, largestBatch: Int, threadCount: Int = 1) {
    precondition(largestBatch >= 0)
    self.shape = shape
    self.dropout = dropout
    self.largestBatch = largestBatch
    products = MatrixProducts(threadCount: threadCount)
    let layout = ParameterLayout(shape)
    let parameters = Vector(zeros: layout.paddedCount)
    self.layout = layout
    self.parameters = parameters
    weights = layout.layers.indices.map { layout.weight(ofLayer: $0, in: parameters) }
    biases = layout.layers.indices.map { layout.bias(ofLayer: $0, in: parameters) }
    hidden = shape.hidden.map { Storage(zeros: largestBatch * $0) }
    derivatives = shape.hidden.map { shape.activation == .relu ? nil : Storage(zeros: largestBatch * $0) }
    let widest = shape.hidden.max() ?? 0
    outputGradients = (0..<min(2, shape.hidden.count)).map { _ in Storage(zeros: largestBatch * widest) }
    logitStorage = Storage(zeros: shape.classCount * paddedToLanes(largestBatch))
    labels = Array(repeating: -1, count: paddedToLanes(largestBatch) + laneCount)
    predictions = Array(repeating: 0, count: paddedToLanes(largestBatch) + laneCount)
    linearPass =
      shape.hidden.isEmpty && LinearPass.fits(featureCount: shape.featureCount, classCount: shape.classCount)
      ? LinearPass(featureCount: shape.featureCount, classCount: shape.classCount) : nil
    losses = SampleLosses(capacity: largestBatch)
  }

  /// Computes the logits of a batch, without dropout.
  ///
  /// - Parameter features: [n, D]
  /// - Returns: [C, n], valid until the next pass.
  public func logits(of features: BatchFeatures) -> Matrix {
    forward(features) { _, _, _ in }
  }

  /// Computes the losses of a batch, without dropout and without a gradient.
  public mutating func evaluate(_ features: BatchFeatures, labels: ArraySlice<Int32>, loss: WeightedLoss) {
    setLabels(labels)
    let logits = forward(features) { _, _, _ in }
    loss(logits: logits, labels: self.labels, predictions: &predictions, losses: losses, output: .lossOnly)
  }

  /// Computes the losses of a batch, and the gradients of sums of them with respect to all parameters.
  ///
  /// - Parameters:
  ///   - features: [n, D]
  ///   - segments: The shards' parts of the batch, and how their gradients are added up.
  ///   - dropoutStream: The random numbers for the hidden layer and the segment with the given indices.
  ///   - gradients: Receive the sums that remain (see `MatrixProducts.multiplySegments`), each in the
  ///     layout of the parameters.
  ///   - accumulating: Whether to add to what stands there; for a single segment alone.
  public mutating func lossAndGradient(
    _ features: BatchFeatures, labels: ArraySlice<Int32>, segments: [BatchSegment], loss: WeightedLoss,
    dropoutStream: (_ layer: Int, _ segment: Int) -> RandomStream, into gradients: GradientViews,
    accumulating: Bool = false
  ) {
    setLabels(labels)
    let logits = forward(features) { layer, output, derivative in
      guard dropout.rate > 0 else { return }
      for (index, segment) in segments.enumerated() {
        dropout(
          output.rows(segment.rows), derivative: derivative?.rows(segment.rows), stream: dropoutStream(layer, index))
      }
    }
    loss(logits: logits, labels: self.labels, predictions: &predictions, losses: losses, output: .lossAndGradient)
    backward(features, dLogits: logits, segments: segments, into: gradients, accumulating: accumulating)
  }

  /// Whether the model is so small that it takes samples one block at a time from where they lie.
  public var takesSamplesInPlace: Bool { linearPass != nil }

  /// The losses of a batch and their gradients, as `lossAndGradient` has them, of samples in place. For a
  /// network that takes them.
  ///
  /// - Parameters:
  ///   - segments: The shards' data.
  ///   - places: Which samples of each make up the batch.
  ///   - labels: Receives those of the batch, segment after segment, and up to a whole lane of padding.
  ///   - lossSums: Receives the sums of the losses that remain of the tree of segments.
  /// - Returns: How many samples there were.
  public mutating func lossAndGradient(
    ofSamplesIn segments: [LinearPass.Segment], places: [Range<Int>], loss: WeightedLoss,
    labels: inout [Int32], lossSums: inout [LossSums], into gradients: GradientViews
  ) -> Int {
    guard let linearPass else { preconditionFailure("samples are taken in place by small linear models alone") }
    return linearPass(
      weights: weights[0], bias: biases[0], segments: segments, places: places, loss: loss, labels: &labels,
      predictions: &predictions, lossSums: &lossSums, into: gradients.firstLayer)
  }

  private mutating func setLabels(_ labels: ArraySlice<Int32>) {
    precondition(labels.count <= largestBatch, "\(labels.count) samples in a network for \(largestBatch)")
    var place = 0
    for label in labels {
      self.labels[place] = label
      place += 1
    }
    for padding in place..<paddedToLanes(place) { self.labels[padding] = -1 }
  }

  /// - Parameter dropOut: Called with each hidden layer's index, output and derivative.
  private func forward(_ features: BatchFeatures, dropOut: (Int, Matrix, Matrix?) -> Void) -> Matrix {
    let sampleCount = features.rows
    precondition(sampleCount <= largestBatch, "\(sampleCount) samples in a network for \(largestBatch)")
    var input = features
    for index in shape.hidden.indices {
      let output = activations(ofLayer: index, samples: sampleCount)
      let derivative = derivative(ofLayer: index, samples: sampleCount)
      switch input {
      case .dense(let input): products.multiply(input, weights[index], transposingB: true, into: output)
      case .sparse(let input): sparseProducts.multiply(input, weights[index], into: output, transposed: false)
      }
      addBiasAndActivate(output, bias: biases[index], activation: shape.activation, derivative: derivative)
      dropOut(index, output, derivative)
      input = .dense(output)
    }
    let logits = Matrix(
      logitStorage, rows: shape.classCount, columns: sampleCount, stride: paddedToLanes(sampleCount))
    let last = shape.hidden.count
    switch input {
    case .dense(let input): products.multiply(weights[last], input, transposingB: true, into: logits)
    case .sparse(let input): sparseProducts.multiply(input, weights[last], into: logits, transposed: true)
    }
    addRowBias(logits, bias: biases[last])
    return logits
  }

  /// - Parameter dLogits: [C, n]
  private func backward(
    _ features: BatchFeatures, dLogits: Matrix, segments: [BatchSegment], into gradients: GradientViews,
    accumulating: Bool
  ) {
    let sampleCount = features.rows
    let last = shape.hidden.count
    /// The gradient with respect to the weights and the bias of a layer, from the one with respect to its output.
    func multiplySegments(_ dY: Matrix, isTransposed: Bool, layer index: Int) {
      switch index == 0 ? features : .dense(activations(ofLayer: index - 1, samples: sampleCount)) {
      case .dense(let input):
        products.multiplySegments(
          dY, aIsTransposed: isTransposed, input, segments: segments, into: gradients.weights[index],
          sums: gradients.biases[index], accumulating: accumulating)
      case .sparse(let input):
        sparseProducts.multiplySegments(
          dY, isTransposed: isTransposed, input, segments: segments, into: gradients.weights[index],
          sums: gradients.biases[index], accumulating: accumulating)
      }
    }
    multiplySegments(dLogits, isTransposed: true, layer: last)

    // From here on dY holds the gradient with respect to what layer `index` put out.
    var dY: Matrix?
    for index in stride(from: last - 1, through: 0, by: -1) {
      let dA = Matrix(outputGradients[index % 2], rows: sampleCount, columns: shape.hidden[index])
      if let dY {
        products.multiply(dY, weights[index + 1], into: dA)
      } else {
        products.multiply(dLogits, transposingA: true, weights[last], into: dA)
      }
      activationBackward(
        dA, y: activations(ofLayer: index, samples: sampleCount),
        derivative: derivative(ofLayer: index, samples: sampleCount),
        activation: shape.activation, keptScale: dropout.keptScale)
      multiplySegments(dA, isTransposed: false, layer: index)
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
