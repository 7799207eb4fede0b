public import ArgumentParser

/// The options that say how a gradient moves the parameters.
public struct OptimizerOptions: OptionValues {
  /// The rule of a step (docs of `Adam`, `StochasticGradientDescent` and `LimitedMemory`).
  public enum Kind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case adam
    case adamw
    /// AdamW that moves, of the first layer, only the weights of features that samples of the step have. For sparse rows.
    case sparseAdam = "sparse-adam"
    case sgd
    /// With full batches: an epoch is one step.
    case lbfgs
  }

  /// How the learning rate goes over the steps of a run.
  public enum Schedule: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case constant
    /// Straight down to 0 at the end.
    case linear
    /// Half a cosine down to 0 at the end.
    case cosine
    /// A tenth from half of the steps on, a hundredth from three quarters on.
    case step
  }

  @Option(
    help: """
      Rule by which the gradient moves the parameters. lbfgs takes the whole training part for each step, and ends at \
      --tolerance or --epochs; sparse-adam is for sparse rows of very many features. (help optimizers)
      """)
  public var optimizer = Kind.adam

  @Option(parsing: .unconditional, help: "Learning rate.")
  public var learningRate = 1e-3

  @Option(
    parsing: .unconditional,
    help: "Learning rate of the numbers that --embedding learns, as a multiple of --learning-rate.")
  public var embeddingRate = 1.0

  @Option(
    parsing: .unconditional,
    help: """
      Power of a column's relevance, how well it alone tells the classes apart, by which what it is multiplied by begins \
      larger and learns faster than of other columns; 0 for all alike. (help relevance)
      """)
  public var relevance = 0.0

  @Option(parsing: .unconditional, help: "β₁,β₂ of Adam.")
  public var betas = NumberList([0.9, 0.999])

  @Option(parsing: .unconditional, help: "ε of Adam.")
  public var epsilon = 1e-8

  @Option(parsing: .unconditional, help: "Momentum of sgd.")
  public var momentum = 0.0

  @Option(
    parsing: .unconditional,
    help: """
      λ: an L2 penalty for adam and sgd, decoupled for adamw and sparse-adam, each on weights and biases; for lbfgs an \
      L2 penalty on weights alone.
      """)
  public var weightDecay = 0.0

  @Option(
    help: """
      Learning rate over time: as it is, down to 0 in a line or half a cosine, or a tenth from half and from three \
      quarters of the steps on.
      """)
  public var schedule = Schedule.constant

  @Option(parsing: .unconditional, help: "Steps over which the learning rate rises at the beginning.")
  public var warmupSteps = 0

  @Option(parsing: .unconditional, help: "Largest norm of the gradient; 0 for none, where a recipe has one.")
  public var clipNorm: Double?

  @Option(
    parsing: .unconditional,
    help: "Largest component of the gradient of the mean loss, penalty included, at which lbfgs ends.")
  public var tolerance = 1e-4

  public init() {}

  /// More would leave one column of many.
  public static let mostRelevance = 10.0

  public func validate() throws {
    try require(learningRate.isNotNegative, "--learning-rate \(learningRate)", "a number, 0 or more")
    try require(embeddingRate.isNotNegative, "--embedding-rate \(embeddingRate)", "a number, 0 or more")
    try require(
      (0...Self.mostRelevance).contains(relevance), "--relevance \(relevance)", "0 to \(Int(Self.mostRelevance))")
    try require(
      betas.values.count == 2 && betas.values.allSatisfy(\.isShare), "--betas",
      "two numbers from 0 up to, not including, 1")
    try require(epsilon.isNotNegative, "--epsilon \(epsilon)", "a number, 0 or more")
    try require(momentum.isNotNegative, "--momentum \(momentum)", "a number, 0 or more")
    try require(weightDecay.isNotNegative, "--weight-decay \(weightDecay)", "a number, 0 or more")
    try require(warmupSteps >= 0, "--warmup-steps \(warmupSteps)", "0 or more")
    try require(clipNorm.map { $0 == 0 || $0.isPositive } ?? true, "--clip-norm", "a positive number, or 0 for none")
    try require(tolerance.isNotNegative, "--tolerance \(tolerance)", "a number, 0 or more")
  }

  /// Whether a step is of the whole training part.
  public var takesFullBatches: Bool { optimizer == .lbfgs }

  /// A norm that is not limited has none.
  mutating func resolve() {
    if clipNorm == 0 { clipNorm = nil }
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = Self.defaults
    let hasMoments = [.adam, .adamw, .sparseAdam].contains(optimizer)
    let ofFullBatches = takesFullBatches ? "lbfgs finds the length of its steps itself" : nil
    return [
      momentum != usual.momentum && optimizer != .sgd ? "--momentum: only sgd has it" : nil,
      betas != usual.betas && !hasMoments ? "--betas: \(optimizer.rawValue) has none" : nil,
      epsilon != usual.epsilon && !hasMoments ? "--epsilon: \(optimizer.rawValue) has none" : nil,
      tolerance != usual.tolerance && !takesFullBatches ? "--tolerance: only lbfgs ends by it" : nil,
      learningRate != usual.learningRate ? ofFullBatches.map { "--learning-rate: \($0)" } : nil,
      embeddingRate != usual.embeddingRate
        ? ofFullBatches.map { "--embedding-rate: \($0)" }
          ?? (configuration.model.embeddingWidth == nil ? "--embedding-rate: the model has no --embedding" : nil) : nil,
      relevance != usual.relevance ? ofFullBatches.map { "--relevance: \($0)" } : nil,
      schedule != usual.schedule ? ofFullBatches.map { "--schedule: \($0)" } : nil,
      warmupSteps != usual.warmupSteps ? ofFullBatches.map { "--warmup-steps: \($0)" } : nil,
      clipNorm != usual.clipNorm ? ofFullBatches.map { "--clip-norm: \($0)" } : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // They decide what there is to be remembered.
      case .optimizer, .momentum: .shape
      case .learningRate, .embeddingRate, .relevance, .betas, .epsilon, .weightDecay, .schedule, .warmupSteps,
        .clipNorm:
        .rule
      case .tolerance: .length
      }
    }
  }
}
