public import ArgumentParser

/// The options that say which epoch's model a run delivers, and when it looks for no better one.
public struct StoppingOptions: OptionValues {
  /// Which epoch's model is delivered.
  public enum KeptModel: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// That of the best epoch by the validation part.
    case best
    /// That of the last epoch.
    case last
  }

  @Option(
    help: """
      Which epoch's model is saved and judged in the end: that of the best one, by --early-stopping's metric (else \
      balanced accuracy) on the validation part, or of the last. (default: best where there is a validation part)
      """)
  public var keepModel: KeptModel?

  @Option(
    help: """
      End after --patience epochs without a better one, by this metric on the validation part. Without such a part a \
      tenth of every class is held out for it. --epochs stays the most, and what a learning rate goes down by: a \
      --schedule follows it, and not the earlier end.
      """)
  public var earlyStopping: ModelMetric?

  @Option(parsing: .unconditional, help: "Epochs without a better one after which --early-stopping ends the run.")
  public var patience = 10

  @Option(
    parsing: .unconditional,
    help: """
      Epochs are compared by their metric less so many times the log loss (of a metric that is a loss: and so many \
      times). Of few samples of a class it is luck which epoch finds one more; how sure a model is of all of them is less so.
      """)
  public var logLossPenalty = 0.0

  public init() {}

  /// The share of every class that is held out where early stopping has nothing to judge by.
  public static let heldOutFraction = 0.1

  public func validate() throws {
    try require((1...1_000_000_000).contains(patience), "--patience \(patience)", "1 to 1,000,000,000")
    try require((0...1000).contains(logLossPenalty), "--log-loss-penalty \(logLossPenalty)", "0 to 1000")
  }

  /// What epochs are compared by.
  public var metric: ModelMetric { earlyStopping ?? .balancedAccuracy }

  mutating func resolve(hasValidation: Bool) {
    if keepModel == nil { keepModel = hasValidation ? .best : .last }
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let isJudged = configuration.split.hasValidation || configuration.model.holdsOutFolds
    return [
      patience != Self.defaults.patience && earlyStopping == nil
        ? "--patience: only --early-stopping ends a run before --epochs" : nil,
      logLossPenalty != 0 && !isJudged
        ? "--log-loss-penalty: there is no validation part to compare epochs on (--validation-fraction)" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .keepModel: .nothing
      case .patience: .length
      // Another metric has another best epoch.
      case .earlyStopping, .logLossPenalty: .rule
      }
    }
  }
}
