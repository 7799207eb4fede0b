public import ArgumentParser

/// The options that say which samples make up a step, and how many steps there are.
public struct StepOptions: OptionValues {
  /// The order in which a shard supplies its samples in an epoch.
  public enum Sampler: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// A new random order every epoch.
    case shuffle
    /// The order of the file, every epoch.
    case sequential
  }

  /// What becomes of a step whose loss or gradient is not finite.
  public enum NonfinitePolicy: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    /// It ends the run.
    case stop
    /// All ranks leave it out, as one without weight.
    case skip
  }

  @Option(help: "Order of the samples within an epoch.")
  public var sampler = Sampler.shuffle

  @Option(parsing: .unconditional, help: "Times that every sample is used.")
  public var epochs = 10

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

  public func validate() throws {
    try require((1...1_000_000_000).contains(epochs), "--epochs \(epochs)", "1 to 1,000,000,000")
    try require(maxSteps.map { $0 >= 1 } ?? true, "--max-steps", "1 or more")
    try require((1...1 << 40).contains(batchSize), "--batch-size \(batchSize)", "1 to 2⁴⁰")
    try require((1...1 << 20).contains(accumulate), "--accumulate \(accumulate)", "1 to 2²⁰")
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    guard configuration.optimizer.takesFullBatches else { return [] }
    let usual = Self.defaults
    return [
      sampler != usual.sampler ? "--sampler: lbfgs takes all samples at once" : nil,
      batchSize != usual.batchSize ? "--batch-size: lbfgs takes the whole training part for each step" : nil,
      accumulate != usual.accumulate ? "--accumulate: lbfgs takes the whole training part for each step" : nil,
    ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .sampler, .batchSize, .accumulate: .shape
      case .epochs, .maxSteps: .length
      case .onNonfinite: .rule
      }
    }
  }
}
