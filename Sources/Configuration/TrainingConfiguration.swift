public import ArgumentParser
internal import Foundation
internal import Kernels
internal import Yams

/// Everything that a run depends on: what config.yaml and a checkpoint record, and what `--config` reads back. Each
/// option is declared in its group.
public struct TrainingConfiguration: OptionValues {
  public static let usualData = "synthetic:"

  @Argument(
    help: """
      A path, or synthetic:samples=1000,features=10,classes=3,priors=0.8/0.1/0.1,separation=1,seed=0. \
      (default: synthetic:)
      """)
  public var data: String?

  @OptionGroup(title: "Data") public var input: DataOptions
  @OptionGroup(title: "Validation and test") public var split: SplitOptions
  @OptionGroup(title: "Model") public var model: ModelOptions
  @OptionGroup(title: "Loss") public var loss: LossOptions
  @OptionGroup(title: "Steps") public var steps: StepOptions
  @OptionGroup(title: "Optimizer") public var optimizer: OptimizerOptions
  @OptionGroup(title: "Best epoch") public var stopping: StoppingOptions
  @OptionGroup(title: "Decision") public var decision: DecisionOptions
  @OptionGroup(title: "Figures") public var judging: JudgingOptions
  @OptionGroup(title: "Saving") public var saving: SavingOptions
  @OptionGroup(title: "Computation") public var computation: ComputationOptions
  @OptionGroup(title: "Computation") public var shards: ShardOptions

  public init() {}

  /// Checks what groups can't check by themselves.
  public func validate() throws {
    try require(
      !optimizer.takesFullBatches || model.dropout == 0, "--dropout \(model.dropout)",
      "0 with --optimizer lbfgs, which needs a loss without chance")
    try require(
      !optimizer.takesFullBatches || model.embeddingWidth == nil, "--embedding",
      "none with --optimizer lbfgs, whose memory of whole vectors would hold every row of every table")
    try require(
      !optimizer.takesFullBatches || loss.reweightFromEpoch ?? 1 == 1, "--reweight-from-epoch",
      "none with --optimizer lbfgs, which needs the same loss in every step")
    try require(
      !optimizer.takesFullBatches || computation.precision == .float32,
      "--precision \(computation.precision.rawValue)",
      "float32 with --optimizer lbfgs, which compares losses more finely than bf16 tells them apart")
    try require(
      !optimizer.takesFullBatches || steps.sampling.drawsOnce, "--sampler \(steps.sampler.rawValue)",
      """
      none that repeats or leaves out samples with --optimizer lbfgs, which takes all of them at once \
      (--class-weights balanced does the same to its loss as --sampler class-balanced in the mean)
      """)
    try require(
      !optimizer.takesFullBatches || steps.retrainClassifier == 0, "--retrain-classifier \(steps.retrainClassifier)",
      "0 with --optimizer lbfgs, which takes all samples at once, and so none of class-balanced draws")
  }

  /// Of groups each option says it.
  public static func whenResumed(_ property: String) -> ResumeEffect? {
    // The data's fingerprint covers it.
    property == "data" ? ResumeEffect.nothing : nil
  }

  /// Checks whether there can be a stage of the last layer alone. Not part of `validate`, since a recipe or a run's own
  /// configuration may say what layers there are.
  ///
  /// - Throws: `ValidationError`
  public func checkStages() throws {
    try require(
      steps.retrainClassifier == 0 || steps.maxSteps == nil, "--max-steps",
      "not both it and --retrain-classifier, whose epochs it would cut off")
    try require(
      steps.retrainClassifier == 0 || !model.hiddenWidths.isEmpty, "--retrain-classifier \(steps.retrainClassifier)",
      """
      a model with hidden layers (--hidden 64): a linear model has no layers to keep while its last is trained again; \
      --sampler class-balanced trains all of it so
      """)
  }

  public var dataName: String { data ?? Self.usualData }
  /// V
  public var shardCount: Int { shards.count(ranks: 1) }

  /// The same with what follows from other options, for a job of `shardCount` shards.
  public func resolved(shardCount: Int) -> TrainingConfiguration {
    var all = self
    all.data = dataName
    all.model.recipe = model.recipe.resolved(for: self)
    // Early stopping needs something to judge by.
    if all.stopping.earlyStopping != nil, !all.split.hasValidation, !all.model.holdsOutFolds {
      all.split.validationFraction = StoppingOptions.heldOutFraction
    }
    all.split.resolve()
    all.stopping.resolve(hasValidation: all.split.hasValidation || all.model.holdsOutFolds)
    all.model.resolve()
    all.loss.resolve(beside: all.steps)
    all.optimizer.resolve()
    all.shards.shards = shardCount
    return all
  }

  /// Options that were given and change nothing, with the reason. (Those of a format are errors: `DataOptions`.)
  public var optionsWithoutEffect: [String] { groups.flatMap { $0.withoutEffect(in: self) } }

  /// The files that a run reads.
  public var inputs: [String] {
    let weights = loss.hasWeightFile ? loss.classWeights : nil
    return [data, input.labels, split.validation, split.validationLabels, model.`init`, weights].compactMap { $0 }
  }

  /// What is to be said where the frequencies of classes are made up for more than once; nil where they are not.
  public var doubleCorrection: String? { loss.doubleCorrection(beside: steps) }

  /// Checks every group, of a configuration that no parser has seen.
  ///
  /// - Throws: `UsageError`
  public func check() throws(UsageError) {
    for var group in groups {
      do {
        try group.validate()
      } catch {
        throw UsageError(text: "\(error)")
      }
    }
  }
}

/// As it is recorded: an object of all options by their names, whatever their group.
extension TrainingConfiguration: Encodable, Equatable {
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: OptionName.self)
    for entry in entries { try container.encode(entry.value, forKey: OptionName(stringValue: entry.name)) }
  }

  /// The options that are given, by their names, as texts: lists joined by commas.
  public var texts: [String: (text: String, effect: ResumeEffect)] {
    Dictionary(
      uniqueKeysWithValues: entries.compactMap { entry in
        entry.text.map { (entry.name, ($0, entry.effect)) }
      })
  }

  public static func == (one: TrainingConfiguration, other: TrainingConfiguration) -> Bool {
    one.texts.mapValues(\.text) == other.texts.mapValues(\.text)
  }

  /// The options that are given, in the order of their declaration, as texts; and whether each is what it is where none is
  /// given.
  public var comparedWithDefaults: [(name: String, value: String, isDefault: Bool)] {
    let defaults = Self.defaults
    let usual = defaults.resolved(shardCount: defaults.shardCount).texts
    return entries.compactMap { entry in
      entry.text.map { (entry.name, $0, usual[entry.name]?.text == $0) }
    }
  }

  /// What `OptionsFile` reads.
  public var yaml: String {
    get throws { try YAMLEncoder().encode(InYAML(entries: entries)) }
  }

  private struct InYAML: Encodable {
    let entries: [OptionEntry]

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: OptionName.self)
      for entry in entries {
        let name = OptionName(stringValue: entry.name)
        switch entry.value {
        case let number as Double: try container.encode(ExactNumber(number), forKey: name)
        case let list as NumberList<Double>: try container.encode(list.values.map { ExactNumber($0) }, forKey: name)
        default: try container.encode(entry.value, forKey: name)
        }
      }
    }
  }

  struct OptionName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// A number with as many digits as tell it from its neighbours. (Yams itself writes 15, and a run of its config.yaml
/// would be another one.)
private struct ExactNumber: Encodable, YAMLEncodable {
  private let number: Double

  init(_ number: Double) { self.number = number }

  func box() -> Node { Node("\(number)", .implicit, .plain) }

  func encode(to encoder: any Encoder) throws { try number.encode(to: encoder) }
}
