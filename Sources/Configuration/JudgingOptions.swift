public import ArgumentParser
internal import Metrics

/// The options that say what is told of the model that a run comes to. None changes it.
public struct JudgingOptions: OptionValues {
  @Option(
    parsing: .unconditional,
    help: """
      Say how sure the final figures are: where they would lie with this confidence (0.95) on more samples of the same \
      kind, of all parts but the training part.
      """)
  public var confidence: Double?

  @Option(
    help: """
      Write what the final model says of each sample that it was not trained on into the run's folder: \
      validation_probabilities.csv of the validation part, and of several members out_of_fold_probabilities.csv.
      """)
  public var validationProbabilities = YesNo.no

  public init() {}

  /// Checks a confidence of any command.
  ///
  /// - Throws: `ValidationError`
  public static func check(confidence: Double?) throws {
    let possible = MetricIntervals.confidences
    try require(
      confidence.map(possible.contains) ?? true, "--confidence", "\(possible.lowerBound) to \(possible.upperBound)")
  }

  public func validate() throws {
    try Self.check(confidence: confidence)
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .confidence, .validationProbabilities: .nothing
      }
    }
  }
}
