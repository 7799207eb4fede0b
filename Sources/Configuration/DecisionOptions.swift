public import ArgumentParser

/// The options that say how probabilities become a class.
public struct DecisionOptions: OptionValues {
  @Option(
    help: """
      After training, choose a number for each class on the validation part, which is added to its logit before the \
      largest decides, so that this is largest: macro-f1, balanced-accuracy, g-mean (as much of it as holds on samples \
      that it was not found on), or recall:CLASS@precision:P. predict, evaluate and export use \
      them, too.
      """, transform: DecisionMetric.typed)
  public var tuneThresholds: DecisionMetric?

  @Option(
    parsing: .unconditional,
    help: """
      After training, divide each class's row of the last layer's weights, and its bias, by the norm of the row to the \
      power of τ: a number from 0 to 1; or auto, the τ of 0, 0.1, … 1 with the largest balanced accuracy on the \
      validation part. It makes up for rows that are short where classes are rare. no leaves them. (default: no)
      """, transform: TauNormalization.typed)
  public var tauNormalization = TauNormalization.no

  public init() {}

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // What is trained is the same.
      case .tuneThresholds, .tauNormalization: .nothing
      }
    }
  }
}
