public import ArgumentParser

/// The options that `compare` has beside those of `train`: what is tried, and how often.
public struct CompareOptions: ParsableArguments {
  @Option(help: "Losses to compare, a list: short for --try loss=…")
  public var losses: String?

  @Option(help: "Samplers to compare, a list: short for --try sampler=…")
  public var samplers: String?

  @Option(
    name: .customLong("try"), parsing: .unconditionalSingleValue,
    help: """
      Values of any option of train, such as learning-rate=0.001,0.003; may stand there several times. A value that is a \
      list of numbers has slashes: hidden=64,128/64.
      """)
  public var tried: [String] = []

  @Option(
    parsing: .unconditional,
    help: """
      Train each choice so many times, with --seed, --seed + 1, … and as many splits. (default: 3, with --folds 1)
      """)
  public var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: "Train each choice once for each of so many parts of every class, which is the test part then.")
  public var folds: Int?

  @Flag(
    help: """
      Train all choices for a few epochs, the best third of them for three times as many, and so on up to --epochs: for \
      many choices in less time.
      """)
  public var halving = false

  @Option(
    help: ArgumentHelp(
      "What --halving takes the best by; not by loss, since each choice may minimize another. (default: balanced-accuracy)",
      valueName: "metric"))
  public var by: ModelMetric?

  public init() {}

  public func validate() throws {
    try require(seeds.map { (1...1_000).contains($0) } ?? true, "--seeds", "1 to 1,000")
    try require(
      folds.map(Fold.counts.contains) ?? true, "--folds", "\(Fold.counts.lowerBound) to \(Fold.counts.upperBound)")
    try require(by == nil || halving, "--by", "--halving beside it, which takes the best by it")
    try require(
      by.map(Halving.metrics.contains) ?? true, "--by",
      "one of \(Halving.metrics.map(\.rawValue).joined(separator: ", ")): each choice may minimize another loss")
  }

  /// Names of these options, with dashes.
  static let names: Set<String> = ["--losses", "--samplers", "--try", "--seeds", "--folds", "--halving", "--by"]
  /// Those of them that have no value, without dashes.
  static let flags: Set<String> = ["halving"]

  /// What is tried, in the order in which the runs follow each other.
  ///
  /// - Parameter classWeights: What was typed as --class-weights.
  /// - Throws: `UsageError`
  func triedOptions(classWeights: String?) throws(UsageError) -> [TriedOption] {
    var all: [TriedOption] = []
    if let classWeights {
      let schemes = try TriedOption(name: "class-weights", list: classWeights, source: "compare --class-weights")
      // Of train it would be one scheme.
      guard schemes.values.count == 1 || schemes.values.contains(where: { Double($0) == nil }) else {
        throw UsageError(
          text: """
            --class-weights \(classWeights): compare takes a list of schemes, such as none,balanced; the weights of one \
            have slashes between them: \(schemes.values.joined(separator: "/"))
            """)
      }
      all.append(schemes)
    }
    if let losses { all.append(try TriedOption(name: "loss", list: losses, source: "--losses")) }
    if let samplers { all.append(try TriedOption(name: "sampler", list: samplers, source: "--samplers")) }
    for text in tried { all.append(try TriedOption(text, source: "--try")) }
    if let twice = all.enumerated().first(where: { all.prefix($0.offset).map(\.name).contains($0.element.name) }) {
      throw UsageError(text: "--\(twice.element.name) is tried twice; give all its values in one list")
    }
    return all
  }
}
