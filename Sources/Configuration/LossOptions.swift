public import ArgumentParser
public import ClassWeighting

/// The parameters of rules for class weights.
public struct WeightRuleOptions: OptionValues {
  @Option(parsing: .unconditional, help: "s of the smoothed weights.")
  public var smoothing = 0.1

  @Option(parsing: .unconditional, help: "β of the effective-number weights.")
  public var beta = 0.999

  public init() {}

  public func validate() throws {
    try require(smoothing.isNotNegative, "--smoothing \(smoothing)", "0 or more")
    try require(beta.isShare, "--beta \(beta)", "a number from 0 up to, not including, 1")
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .smoothing, .beta: .rule
      }
    }
  }
}

/// The options that say what is minimized.
public struct LossOptions: OptionValues {
  /// What the sum of weighted losses, and so its gradient, is divided by.
  public enum Normalization: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// Σ wᵢ (PyTorch)
    case weights
    /// The samples that are not ignored (Keras)
    case count
    /// Nothing.
    case sum
  }

  @OptionGroup public var kind: LossKindOptions

  @Option(
    parsing: .unconditional,
    help: """
      \(WeightScheme.ruleNames.joined(separator: ", ")); a list such as 1,5.5,20; or a JSON or CSV file. (default: \
      \(Self.usualClassWeights); none with --loss balanced-softmax and logit-adjusted, with samplers that repeat or leave out \
      samples, and with --retrain-classifier, which make up for the frequencies of classes themselves)
      """)
  public var classWeights: String?

  @OptionGroup public var weightRule: WeightRuleOptions

  @Option(parsing: .unconditional, help: "Larger class weights are reduced to this.")
  public var maxWeight: Double?

  @Option(
    parsing: .unconditional,
    help: """
      The first epoch (from 1) in which class weights are used: before it all classes weigh the same (deferred \
      re-weighting, for --loss ldam above all).
      """)
  public var reweightFromEpoch: Int?

  @Option(help: "What the weighted loss is divided by: weights (their sum), count (of samples), sum (nothing).")
  public var lossNormalization = Normalization.weights

  @Option(parsing: .unconditional, help: "Share of the target that is spread over all classes.")
  public var labelSmoothing = 0.0

  public init() {}

  /// The class weights where nothing else asks for others.
  public static let usualClassWeights = WeightScheme.balanced.name

  public func validate() throws {
    try require(reweightFromEpoch ?? 1 >= 1, "--reweight-from-epoch", "an epoch, 1 or more")
    try require(
      kind.loss != .focal || labelSmoothing == 0, "--label-smoothing \(labelSmoothing)",
      "0 with --loss focal, which is defined for one class a sample")
    try require(maxWeight?.isPositive ?? true, "--max-weight", "a positive number")
    try require(
      labelSmoothing >= 0 && labelSmoothing <= 1, "--label-smoothing \(labelSmoothing)", "a share from 0 to 1")
  }

  /// What the loss of a sample depends on beside the weight of its class, in words: the same of options that differ in
  /// nothing that has an effect.
  public var ruleOfSamples: String {
    let parameters =
      switch kind.loss {
      case .crossEntropy, .balancedSoftmax: ""
      case .focal: "\(kind.focalGamma)"
      case .logitAdjusted: "\(kind.logitTau)"
      case .ldam: "\(kind.ldamMargin) \(kind.ldamScale)"
      }
    // (Weights that follow each batch are known by their rule alone.)
    let limit = classWeights == WeightScheme.perBatch.name ? maxWeight.map { ", weights up to \($0)" } ?? "" : ""
    return """
      \(kind.loss.rawValue) \(parameters), smoothed by \(labelSmoothing), over \(lossNormalization.rawValue)\(limit), \
      from epoch \(reweightFromEpoch ?? 1)
      """
  }

  /// Fills in the class weights that nobody asked for.
  mutating func resolve(beside steps: StepOptions) {
    guard classWeights == nil else { return }
    // A classifier of class-balanced draws has its layers from the data as it is.
    let isMadeUpFor = kind.correctsForPrior || !steps.sampling.drawsOnce || steps.retrainClassifier > 0
    classWeights = isMadeUpFor ? WeightScheme.none.name : Self.usualClassWeights
  }

  /// What is to be said where the frequencies of classes are made up for more than once; nil where they are not.
  func doubleCorrection(beside steps: StepOptions) -> String? {
    var ways: [String] = []
    if kind.priorTau ?? 0 > 0 { ways.append("--loss \(kind.loss.rawValue)") }
    if !steps.sampling.drawsOnce { ways.append("--sampler \(steps.sampler.rawValue)") }
    let hasWeights = classWeights.map { $0 != WeightScheme.none.name } ?? false
    guard let first = ways.first, ways.count + (hasWeights ? 1 : 0) > 1 else { return nil }
    let others = ways.dropFirst() + (hasWeights ? ["--class-weights \(classWeights ?? "")"] : [])
    let advice =
      hasWeights
      ? "--class-weights none leaves it to the \(ways.count > 1 ? "others" : first.contains("loss") ? "loss" : "sampler")"
      : "--sampler shuffle leaves it to the loss"
    return """
      \(first) makes up for the frequencies of classes, and so do \(others.joined(separator: " and ")): \
      rare classes are favoured \(others.count > 1 ? "three times" : "twice") (\(advice))
      """
  }

  /// The scheme that `classWeights` names, once resolved: a rule, a list, or a file.
  ///
  /// - Throws: `WeightSchemeError`, `FileError`
  public func weightScheme() throws -> WeightScheme {
    try WeightScheme(
      option: classWeights ?? Self.usualClassWeights, smoothing: weightRule.smoothing, beta: weightRule.beta)
  }

  /// Whether `classWeights` is a list or a file, and no rule.
  public var hasExplicitWeights: Bool { classWeights.map { !WeightScheme.ruleNames.contains($0) } ?? false }

  /// Whether it is a file, whose name says nothing of the weights.
  public var hasWeightFile: Bool {
    hasExplicitWeights && classWeights.map { (try? ExplicitWeights(list: $0)) == nil } ?? false
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = WeightRuleOptions.defaults
    return [
      weightRule.smoothing != usual.smoothing && classWeights != "smoothed"
        ? "--smoothing: only --class-weights smoothed has it" : nil,
      weightRule.beta != usual.beta && classWeights != "effective-number"
        ? "--beta: only --class-weights effective-number has it" : nil,
      classWeights == WeightScheme.none.name && reweightFromEpoch != nil
        ? "--reweight-from-epoch: there are no class weights" : nil,
      classWeights == WeightScheme.none.name && maxWeight ?? 0 >= 1
        ? "--max-weight: there are no class weights" : nil,
      reweightFromEpoch ?? 1 > configuration.steps.epochs
        ? "--reweight-from-epoch: the run has \(configuration.steps.epochs) epochs, all without class weights" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // (Of the rule's own options it says it itself.)
      case .kind, .classWeights, .weightRule, .maxWeight, .reweightFromEpoch, .lossNormalization, .labelSmoothing:
        .rule
      }
    }
  }
}
