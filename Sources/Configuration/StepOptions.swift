public import ArgumentParser

/// The options that say which samples make up a step, and how many steps there are.
public struct StepOptions: OptionValues {
  public typealias Sampler = Sampling.Sampler

  /// What becomes of a step whose loss or gradient is not finite.
  public enum NonfinitePolicy: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// It ends the run.
    case stop
    /// All ranks leave it out, as one without weight.
    case skip
  }

  @Option(
    help: """
      The samples of an epoch: each once (shuffle: in random order; sequential: in that of the file, shard by shard); or so that classes \
      are drawn equally often (class-balanced), in proportion to n_c^q (power; progressive: q from 1 to 0 over the \
      epochs), rare ones more often (oversample), frequent ones less often (undersample).
      """)
  public var sampler = Sampler.shuffle

  @Option(
    parsing: .unconditional,
    help: "q of --sampler power: 1 draws classes as frequent as they are, 0 equally often.")
  public var samplingPower = 0.5

  @Option(
    parsing: .unconditional,
    help:
      "ρ of --sampler oversample and undersample: the rarest class is drawn ρ times as often as the most frequent one.")
  public var samplingRatio = 1.0

  @Option(parsing: .unconditional, help: "Times that every sample is used.")
  public var epochs = 10

  @Option(
    parsing: .unconditional,
    help: """
      After these epochs, begin the last layer anew and train it alone for so many more, from class-balanced draws and \
      without class weights; the layers before it stay as they are (decoupled training, cRT). 0 for none.
      """)
  public var retrainClassifier = 0

  @Option(parsing: .unconditional, help: "End after this many steps.")
  public var maxSteps: Int?

  @Option(parsing: .unconditional, help: "Samples of one batch over all ranks.")
  public var batchSize = 32

  @Option(
    parsing: .unconditional,
    help: "Batches that are added up for one step, which then has that many times the batch size.")
  public var accumulate = 1

  @Option(help: "What becomes of a step whose loss or gradient is not finite: it ends the run, or is left out.")
  public var onNonfinite = NonfinitePolicy.stop

  public init() {}

  /// Which samples an epoch has.
  public var sampling: Sampling { Sampling(self) }

  public func validate() throws {
    try require(samplingPower >= 0 && samplingPower <= 1, "--sampling-power \(samplingPower)", "0 to 1")
    try require(
      samplingRatio > 0 && samplingRatio <= 1, "--sampling-ratio \(samplingRatio)", "more than 0, no more than 1")
    try require((1...1_000_000_000).contains(epochs), "--epochs \(epochs)", "1 to 1,000,000,000")
    try require(
      (0...1_000_000_000).contains(retrainClassifier), "--retrain-classifier \(retrainClassifier)",
      "0 to 1,000,000,000 epochs")
    try require(maxSteps.map { $0 >= 1 } ?? true, "--max-steps", "1 or more")
    try require((1...1 << 40).contains(batchSize), "--batch-size \(batchSize)", "1 to 2⁴⁰")
    try require((1...1 << 20).contains(accumulate), "--accumulate \(accumulate)", "1 to 2²⁰")
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = Self.defaults
    let ofSampling = [
      samplingPower != usual.samplingPower && sampler != .power ? "--sampling-power: only --sampler power has it" : nil,
      samplingRatio != usual.samplingRatio && sampler != .oversample && sampler != .undersample
        ? "--sampling-ratio: only --sampler oversample and undersample have it" : nil,
    ].compactMap { $0 }
    guard configuration.optimizer.takesFullBatches else { return ofSampling }
    return ofSampling
      + [
        sampler != usual.sampler ? "--sampler: lbfgs takes all samples at once" : nil,
        batchSize != usual.batchSize ? "--batch-size: lbfgs takes the whole training part for each step" : nil,
        accumulate != usual.accumulate ? "--accumulate: lbfgs takes the whole training part for each step" : nil,
      ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .sampler, .samplingPower, .samplingRatio, .batchSize, .accumulate: .shape
      case .epochs, .retrainClassifier, .maxSteps: .length
      case .onNonfinite: .rule
      }
    }
  }
}
