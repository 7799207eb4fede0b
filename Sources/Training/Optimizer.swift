public import Configuration
public import Kernels
public import Tensors

/// The rule by which the gradient of a batch moves the parameters.
public enum Optimizer {
  case adam(Adam)
  case sgd(StochasticGradientDescent)

  /// - Parameter parameterCount: Of the padded vector.
  public init(_ options: OptimizerOptions, parameterCount: Int) {
    switch options.optimizer {
    case .adam, .adamw, .sparseAdam:
      self = .adam(
        Adam(
          parameterCount: parameterCount, betas: (options.betas.values[0], options.betas.values[1]),
          epsilon: options.epsilon, weightDecay: options.weightDecay,
          decouplesWeightDecay: options.optimizer != .adam))
    case .sgd:
      self = .sgd(
        StochasticGradientDescent(
          parameterCount: parameterCount, momentum: options.momentum, weightDecay: options.weightDecay))
    case .lbfgs:
      preconditionFailure("L-BFGS takes full batches: FullBatchStep")
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

  /// What each rank computes of it by itself, and all must agree on, bit by bit.
  var figures: [Double] {
    switch self {
    case .adam(let adam): [Double(adam.stepCount), adam.biasCorrections.first, adam.biasCorrections.second]
    case .sgd(let sgd): [Double(sgd.stepCount)]
    }
  }

  /// Forgets all steps.
  mutating func reset() {
    switch self {
    case .adam(var adam):
      adam.reset()
      self = .adam(adam)
    case .sgd(var sgd):
      sgd.reset()
      self = .sgd(sgd)
    }
  }

  /// Takes one step against `gradientScale` · `gradient`.
  ///
  /// - Parameters:
  ///   - gradient: Of the parameters behind the tables.
  ///   - part: The elements of `gradient` whose parameters move, whole lanes; nil for all.
  ///   - rows: Of the tables, where there are such.
  public mutating func step(
    _ parameters: Vector, gradient: Vector, part: Range<Int>? = nil, rows: TouchedRows? = nil, gradientScale: Double,
    learningRates: LearningRates
  ) {
    let part = part ?? 0..<gradient.count
    switch self {
    case .adam(var adam):
      adam.step(
        parameters, gradient: gradient, part: part, rows: rows, gradientScale: gradientScale,
        learningRates: learningRates)
      self = .adam(adam)
    case .sgd(var sgd):
      sgd.step(
        parameters, gradient: gradient, part: part, rows: rows, gradientScale: gradientScale,
        learningRates: learningRates)
      self = .sgd(sgd)
    }
  }
}
