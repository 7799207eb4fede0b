public import Kernels
public import Tensors

/// The rule by which a gradient moves the parameters.
public enum Optimizer {
  case adam(Adam)
  case sgd(StochasticGradientDescent)

  public enum Kind: String, CaseIterable, Codable, Sendable {
    case adam
    case adamw
    case sgd
  }

  /// - Parameter parameterCount: Of the padded vector.
  public init(_ configuration: OptimizerConfiguration, parameterCount: Int) {
    switch configuration.kind {
    case .adam, .adamw:
      self = .adam(
        Adam(
          parameterCount: parameterCount, betas: (configuration.beta1, configuration.beta2),
          epsilon: configuration.epsilon, weightDecay: configuration.weightDecay,
          decouplesWeightDecay: configuration.kind == .adamw))
    case .sgd:
      self = .sgd(
        StochasticGradientDescent(
          parameterCount: parameterCount, momentum: configuration.momentum, weightDecay: configuration.weightDecay))
    }
  }

  /// What it remembers of earlier steps: vectors in the layout of the parameters, by name. Views.
  public var memory: [(name: String, values: Vector)] {
    switch self {
    case .adam(let adam): [("first_moment", adam.firstMoment), ("second_moment", adam.secondMoment)]
    case .sgd(let sgd): sgd.momentum == 0 ? [] : [("momentum", sgd.momentumBuffer)]
    }
  }

  /// Whether it squares gradients, which must not overflow.
  public var squaresGradients: Bool {
    if case .adam = self { true } else { false }
  }

  /// Steps taken, without those that were skipped.
  public var stepCount: Int {
    get {
      switch self {
      case .adam(let adam): adam.stepCount
      case .sgd(let sgd): sgd.stepCount
      }
    }
    set {
      switch self {
      case .adam(var adam):
        adam.stepCount = newValue
        self = .adam(adam)
      case .sgd(var sgd):
        sgd.stepCount = newValue
        self = .sgd(sgd)
      }
    }
  }

  /// Takes one step against `gradientScale` · `gradient`.
  public mutating func step(_ parameters: Vector, gradient: Vector, gradientScale: Double, learningRate: Double) {
    switch self {
    case .adam(var adam):
      adam.step(parameters, gradient: gradient, gradientScale: gradientScale, learningRate: learningRate)
      self = .adam(adam)
    case .sgd(var sgd):
      sgd.step(parameters, gradient: gradient, gradientScale: gradientScale, learningRate: learningRate)
      self = .sgd(sgd)
    }
  }
}

public struct OptimizerConfiguration: Equatable, Sendable {
  public var kind = Optimizer.Kind.adam
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var momentum = 0.0
  public var weightDecay = 0.0

  public init() {}
}
