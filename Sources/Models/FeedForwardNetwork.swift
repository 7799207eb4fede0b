public import Kernels
internal import RandomStreams
public import Tensors

/// A multilayer perceptron; without hidden layers the linear classifier.
///
/// Its layers stand in Layers/, one in a file. The memory of a batch is taken once, for the largest batch. A network is
/// used by one thread.
public struct FeedForwardNetwork {
  public let shape: ModelShape
  /// The tensors of all layers, padded with zeros to `layout.paddedCount`.
  public let parameters: Vector
  /// The most samples of one pass.
  public let largestBatch: Int

  /// Whether the last layer is trained alone: gradients are those of its tensors, and the layers before it give what they
  /// give to a trained model, in Float32 and without dropout.
  public var trainsClassifierAlone = false

  private let layers: NetworkLayers
  private let parameterViews: TensorViews
  private let linearPass: LinearPass?
  /// Those of its last pass, for the next that has gradients in the same place.
  private var linearOperands: (gradients: TensorViews, operands: LinearPass.Operands)?
  /// Of the products that it learns by; what it is asked is answered in Float32.
  private let precision: Precision
  /// The labels of the last pass; −1 in the padding to whole lanes.
  private var labels: [Int32]
  /// The class of the largest logit of each sample of the last pass; what stands behind them is of
  /// earlier passes.
  public private(set) var predictions: [Int32]
  /// The losses of the samples of the last pass.
  public let losses: SampleLosses
  /// The largest magnitude of the gradient that the last pass has written, NaN where it has one; without those of tables.
  /// Nil where it was not noted on the way, and after a pass that has added to what was there or has written several sums.
  public private(set) var largestGradient: Float?
  private let magnitude = GradientMagnitude()

  /// Parameters are zeros until they are initialized or loaded.
  ///
  /// - Parameters:
  ///   - threadCount: The threads that large products are shared by. It changes no bit.
  ///   - precision: Of the products of `lossAndGradient`.
  public init(
    _ shape: ModelShape, dropout: Dropout, largestBatch: Int, threadCount: Int = 1, precision: Precision = .float32
  ) {
    precondition(largestBatch >= 0)
    self.shape = shape
    self.largestBatch = largestBatch
    self.precision = precision
    layers = NetworkLayers(shape, dropout: dropout, largestBatch: largestBatch, threadCount: threadCount)
    parameters = Vector(zeros: layers.layout.paddedCount)
    parameterViews = TensorViews([parameters], layout: layers.layout)
    labels = Array(repeating: -1, count: paddedToLanes(largestBatch) + laneCount)
    predictions = Array(repeating: 0, count: paddedToLanes(largestBatch) + laneCount)
    linearPass =
      precision == .float32 && shape.hidden.isEmpty && shape.embedding == nil
        && LinearPass.fits(featureCount: shape.featureCount, classCount: shape.classCount)
      ? LinearPass(featureCount: shape.featureCount, classCount: shape.classCount) : nil
    losses = SampleLosses(capacity: largestBatch)
  }

  /// Where the tensors lie in `parameters`, and in vectors of gradients.
  public var layout: ParameterLayout { layers.layout }

  /// What each parameter is to be multiplied by, so that it is as if features were: 1 but for those of the first layer.
  ///
  /// - Parameter weights: What each feature would be multiplied by, [D]; the same of all that are of one embedded column.
  /// - Returns: In the layout of the parameters.
  public func factors(weighingFeatures weights: [Float]) -> Vector {
    precondition(weights.count == shape.featureCount, "\(weights.count) weights of \(shape.featureCount) features")
    let factors = Vector(zeros: layout.paddedCount)
    factors.fill(with: 1)
    layers.layers[0].weigh(inputs: weights, into: TensorViews([factors], layout: layout))
    return factors
  }

  /// - Parameter factors: One for each parameter, padded.
  public func multiplyParameters(by factors: Vector) {
    precondition(factors.count == parameters.count)
    for index in 0..<parameters.count { parameters[index] *= factors[index] }
  }

  /// Computes the logits of a batch, without dropout.
  ///
  /// - Parameter features: [n, D]
  /// - Returns: [C, n], valid until the next pass.
  public func logits(of features: BatchFeatures) -> Matrix {
    checkRoom(for: features.rows)
    return layers.forward(features, parameterViews)
  }

  /// Computes the losses of a batch, without dropout and without a gradient.
  ///
  /// - Parameter body: Takes the logits, [C, n], valid until it returns.
  public mutating func evaluate(
    _ features: BatchFeatures, labels: ArraySlice<Int32>, loss: WeightedLoss,
    withLogits body: (Matrix) -> Void = { _ in }
  ) {
    let logits = logits(of: features)
    body(logits)
    judge(logits, labels: labels, loss: loss)
  }

  /// Computes the losses of samples whose logits are known.
  ///
  /// - Parameter logits: [C, n], padded to lanes.
  mutating func judge(_ logits: Matrix, labels: ArraySlice<Int32>, loss: WeightedLoss) {
    setLabels(labels)
    loss(logits: logits, labels: self.labels, predictions: &predictions, losses: losses, output: .lossOnly)
  }

  /// Computes the losses of a batch, and the gradients of sums of them with respect to all parameters.
  ///
  /// - Parameters:
  ///   - features: [n, D]
  ///   - segments: The shards' parts of the batch, and how their gradients are added up.
  ///   - gradients: Receive the sums that remain (see `MatrixProducts.multiplySegments`), each in the
  ///     layout of the parameters.
  ///   - accumulating: Whether to add to what stands there; for a single segment alone.
  public mutating func lossAndGradient(
    _ features: BatchFeatures, labels: ArraySlice<Int32>, segments: [BatchSegment], loss: WeightedLoss,
    dropout: DropoutStreams, into gradients: TensorViews, accumulating: Bool = false
  ) {
    setLabels(labels)
    checkRoom(for: features.rows)
    let logits = layers.forward(
      features, parameterViews,
      training: TrainingPass(segments: segments, dropout: dropout, precision: precision),
      ofLastAlone: trainsClassifierAlone)
    loss(logits: logits, labels: self.labels, predictions: &predictions, losses: losses, output: .lossAndGradient)
    magnitude.removeAll()
    let isNoted = !accumulating && gradients.vectorCount == 1 && !trainsClassifierAlone
    layers.backward(
      dLogits: logits, x: features, parameterViews,
      BackwardPass(
        segments: segments, gradients: gradients, accumulating: accumulating, precision: precision,
        magnitude: isNoted ? magnitude : nil),
      ofLastAlone: trainsClassifierAlone)
    largestGradient = magnitude.elementCount == layout.count - layout.tableCount ? magnitude.largest : nil
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
    labels: inout [Int32], lossSums: inout [LossSums], into gradients: TensorViews
  ) -> Int {
    guard let linearPass else { preconditionFailure("samples are taken in place by small linear models alone") }
    largestGradient = nil
    return linearPass(
      operands(gradients), segments: segments, places: places, loss: loss, labels: &labels, predictions: &predictions,
      lossSums: &lossSums)
  }

  private mutating func operands(_ gradients: TensorViews) -> LinearPass.Operands {
    if let linearOperands, linearOperands.gradients === gradients { return linearOperands.operands }
    let map = layers.logits.map
    let operands = LinearPass.Operands(
      weights: parameterViews.matrix(map.weight), bias: parameterViews.vector(map.bias),
      weightResults: gradients.matrices(map.weight), biasResults: gradients.vectors(map.bias))
    linearOperands = (gradients, operands)
    return operands
  }

  private mutating func setLabels(_ labels: ArraySlice<Int32>) {
    checkRoom(for: labels.count)
    var place = 0
    for label in labels {
      self.labels[place] = label
      place += 1
    }
    for padding in place..<paddedToLanes(place) { self.labels[padding] = -1 }
  }

  private func checkRoom(for sampleCount: Int) {
    precondition(sampleCount <= largestBatch, "\(sampleCount) samples in a network for \(largestBatch)")
  }
}
