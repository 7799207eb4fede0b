public import Tensors

/// Gradient descent with momentum μ and weight decay λ, as PyTorch's SGD without dampening:
///
///     g += λθ;  b = μ b + g (b = g at the first step);  θ −= lr · b
public struct StochasticGradientDescent {
  public let momentum: Double
  /// λ
  public let weightDecay: Double

  public var stepCount = 0
  /// b. At the first step μ·0 + g = g, so it needs no case of its own. Empty without momentum.
  public let momentumBuffer: Vector

  /// - Parameter parameterCount: Of the padded vector.
  public init(parameterCount: Int, momentum: Double, weightDecay: Double) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    momentumBuffer = Vector(zeros: momentum == 0 ? 0 : parameterCount)
  }

  /// Forgets all steps.
  public mutating func reset() {
    stepCount = 0
    momentumBuffer.fill(with: 0)
  }

  /// Takes one step. The parameters are those of `Adam.step`; rows of tables that no sample touches keep their momentum,
  /// too.
  public mutating func step(
    _ parameters: Vector, gradient: Vector, part: Range<Int>? = nil, rows: TouchedRows? = nil, gradientScale: Double,
    learningRates: LearningRates
  ) {
    let tables = parameters.count - gradient.count
    let part = part ?? 0..<gradient.count
    precondition(tables >= 0, "\(gradient.count) of \(parameters.count)")
    stepCount += 1
    func move(_ parameters: Vector, _ gradient: Vector, _ buffer: Vector?, _ factors: Vector?, embeddingLanes: Int) {
      self.move(
        parameters, gradient, buffer, factors: factors, gradientScale: gradientScale,
        rate: learningRates.lanes(ofEmbeddings: embeddingLanes) { $0 })
    }
    let buffer = momentum == 0 ? nil : momentumBuffer
    learningRates.forEachStretch(of: part) { stretch, embeddingLanes in
      let moved = (tables + stretch.lowerBound)..<(tables + stretch.upperBound)
      move(
        parameters[moved], gradient[stretch], buffer?[moved], learningRates.factors?[moved],
        embeddingLanes: embeddingLanes)
    }
    guard let rows else { return }
    let vectors = [parameters, buffer, learningRates.factors]
    rows.update(vectors.compactMap { $0?.prefix(tables) }) {
      move(
        $0[0], rows.gradient, buffer == nil ? nil : $0[1], learningRates.factors == nil ? nil : $0.last,
        embeddingLanes: laneCount)
    }
  }

  private func move(
    _ parameters: Vector, _ gradient: Vector, _ momentumBuffer: Vector?, factors: Vector?, gradientScale: Double,
    rate: Lanes
  ) {
    let count = parameters.count
    precondition(count % laneCount == 0 && gradient.count == count && momentumBuffer?.count ?? count == count)
    precondition(factors?.count ?? count == count)
    let scale = Lanes(repeating: Float(gradientScale))
    let decay = Lanes(repeating: Float(weightDecay))
    let mu = Lanes(repeating: Float(momentum))
    let (theta, gradients) = unsafe (parameters.pointer, gradient.pointer)
    let buffer = unsafe momentumBuffer?.pointer
    let factors = unsafe factors?.pointer
    for index in stride(from: 0, to: count, by: laneCount) {
      let p = unsafe theta.lanes(at: index)
      var g = (decay * p).addingProduct(unsafe gradients.lanes(at: index), scale)
      if let buffer = unsafe buffer {
        g = g.addingProduct(mu, unsafe buffer.lanes(at: index))
        unsafe buffer.store(g, at: index)
      }
      let rate = unsafe factors.map { unsafe rate * $0.lanes(at: index) } ?? rate
      unsafe theta.store(p - rate * g, at: index)
    }
  }
}
