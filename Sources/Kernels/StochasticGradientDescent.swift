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

  /// - Parameter parameterCount: Of the padded vector; a multiple of 16.
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

  /// Takes one step. The parameters are those of `Adam.step`.
  public mutating func step(
    _ parameters: Vector, gradient: Vector, gradientScale: Double, learningRate: Double, from start: Int = 0
  ) {
    let count = parameters.count
    precondition(count % laneCount == 0 && start % laneCount == 0)
    precondition(gradient.count == count - start, "a gradient of \(gradient.count) for \(start)..<\(count)")
    stepCount += 1
    let scale = Lanes(repeating: Float(gradientScale))
    let decay = Lanes(repeating: Float(weightDecay))
    let rate = Lanes(repeating: Float(learningRate))
    let mu = Lanes(repeating: Float(momentum))
    let (theta, gradients) = unsafe (parameters.pointer, gradient.pointer)
    let buffer = unsafe momentumBuffer.pointer
    for index in stride(from: start, to: count, by: laneCount) {
      let p = unsafe theta.lanes(at: index)
      var g = (decay * p).addingProduct(unsafe gradients.lanes(at: index - start), scale)
      if momentum != 0 {
        g = g.addingProduct(mu, unsafe buffer.lanes(at: index))
        unsafe buffer.store(g, at: index)
      }
      unsafe theta.store(p - rate * g, at: index)
    }
  }
}
