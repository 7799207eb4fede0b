public import ArgumentParser

/// The options that say how a gradient moves the parameters.
public struct OptimizerOptions: OptionValues {
  /// The rule of a step (docs of `Adam` and `StochasticGradientDescent`).
  public enum Kind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case adam
    case adamw
    case sgd
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

  @Option(help: "Rule by which the gradient moves the parameters.")
  public var optimizer = Kind.adam

  @Option(parsing: .unconditional, help: "Learning rate.")
  public var learningRate = 1e-3

  @Option(parsing: .unconditional, help: "β₁,β₂ of Adam.")
  public var betas = NumberList([0.9, 0.999])

  @Option(parsing: .unconditional, help: "ε of Adam.")
  public var epsilon = 1e-8

  @Option(parsing: .unconditional, help: "Momentum of sgd.")
  public var momentum = 0.0

  @Option(parsing: .unconditional, help: "λ: an L2 penalty for adam and sgd, decoupled for adamw.")
  public var weightDecay = 0.0

  @Option(
    help: """
      Learning rate over time: as it is, down to 0 in a line or half a cosine, or a tenth from half and from three \
      quarters of the steps on.
      """)
  public var schedule = Schedule.constant

  @Option(parsing: .unconditional, help: "Steps over which the learning rate rises at the beginning.")
  public var warmupSteps = 0

  @Option(parsing: .unconditional, help: "Largest norm of the gradient.")
  public var clipNorm: Double?

  public init() {}

  public func validate() throws {
    try require(learningRate.isNotNegative, "--learning-rate \(learningRate)", "a number, 0 or more")
    try require(
      betas.values.count == 2 && betas.values.allSatisfy(\.isShare), "--betas",
      "two numbers from 0 up to, not including, 1")
    try require(epsilon.isNotNegative, "--epsilon \(epsilon)", "a number, 0 or more")
    try require(momentum.isNotNegative, "--momentum \(momentum)", "a number, 0 or more")
    try require(weightDecay.isNotNegative, "--weight-decay \(weightDecay)", "a number, 0 or more")
    try require(warmupSteps >= 0, "--warmup-steps \(warmupSteps)", "0 or more")
    try require(clipNorm?.isPositive ?? true, "--clip-norm", "a positive number")
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = Self.defaults
    return [
      momentum != usual.momentum && optimizer != .sgd ? "--momentum: only sgd has it" : nil,
      betas != usual.betas && optimizer == .sgd ? "--betas: sgd has none" : nil,
      epsilon != usual.epsilon && optimizer == .sgd ? "--epsilon: sgd has none" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // They decide what there is to be remembered.
      case .optimizer, .momentum: .shape
      case .learningRate, .betas, .epsilon, .weightDecay, .schedule, .warmupSteps, .clipNorm: .rule
      }
    }
  }
}
