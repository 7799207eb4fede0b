public import ArgumentParser
internal import ClassWeighting
internal import Kernels

/// The loss of a sample, and its parameters.
public struct LossKindOptions: OptionValues {
  /// What is added up over samples, each times the weight of its class (docs of the files in Kernels/Losses).
  public enum Kind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case crossEntropy = "cross-entropy"
    /// Samples that the model is sure of count less.
    case focal
    /// Cross-entropy of z_c + log n_c
    case balancedSoftmax = "balanced-softmax"
    /// Cross-entropy of z_c + τ log π_c
    case logitAdjusted = "logit-adjusted"
    /// Cross-entropy with margins, the larger the rarer the class.
    case ldam
  }

  @Option(
    help: """
      Loss of a sample: cross-entropy; focal, in which samples that the model is sure of count less; balanced-softmax and \
      logit-adjusted, which take the frequencies of classes out of the logits; ldam, with larger margins for rarer classes.
      """)
  public var loss = Kind.crossEntropy

  @Option(parsing: .unconditional, help: "γ of the focal loss.")
  public var focalGamma = 2.0

  @Option(parsing: .unconditional, help: "τ of the logit-adjusted loss.")
  public var logitTau = 1.0

  @Option(parsing: .unconditional, help: "Margin of the rarest class in the ldam loss.")
  public var ldamMargin = 0.5

  @Option(
    parsing: .unconditional, help: "What margins of the ldam loss are multiplied by, to be of the size of logits.")
  public var ldamScale = 30.0

  public init() {}

  public func validate() throws {
    try require(focalGamma >= 0 && focalGamma <= 1000, "--focal-gamma \(focalGamma)", "0 to 1000")
    try require(
      logitTau >= 0 && logitTau <= LogitShifts.largestTau, "--logit-tau \(logitTau)", "0 to \(LogitShifts.largestTau)")
    try require(ldamMargin.isNotNegative, "--ldam-margin \(ldamMargin)", "0 or more")
    try require(ldamScale.isNotNegative, "--ldam-scale \(ldamScale)", "0 or more")
    try require(
      ldamMargin * ldamScale <= ShiftedCrossEntropy.largestShift,
      "--ldam-margin \(ldamMargin) times --ldam-scale \(ldamScale)", "no more than \(ShiftedCrossEntropy.largestShift)")
  }

  /// Whether the loss itself makes up for the frequencies of classes.
  public var correctsForPrior: Bool { priorTau != nil }

  /// τ of the frequencies π^τ that the loss takes out of the logits; nil where it leaves them in.
  public var priorTau: Double? {
    switch loss {
    case .balancedSoftmax: 1
    case .logitAdjusted: logitTau
    case .crossEntropy, .focal, .ldam: nil
    }
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = Self.defaults
    return [
      focalGamma != usual.focalGamma && loss != .focal ? "--focal-gamma: only --loss focal has it" : nil,
      logitTau != usual.logitTau && loss != .logitAdjusted ? "--logit-tau: only --loss logit-adjusted has it" : nil,
      ldamMargin != usual.ldamMargin && loss != .ldam ? "--ldam-margin: only --loss ldam has it" : nil,
      ldamScale != usual.ldamScale && loss != .ldam ? "--ldam-scale: only --loss ldam has it" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .loss, .focalGamma, .logitTau, .ldamMargin, .ldamScale: .rule
      }
    }
  }
}
