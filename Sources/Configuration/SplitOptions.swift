public import ArgumentParser

/// The options that say what a model is judged by.
public struct SplitOptions: OptionValues {
  @Option(help: "A second file, of the same form, for validation.")
  public var validation: String?

  @Option(help: "The labels of the validation file, where they have a file of their own.")
  public var validationLabels: String?

  @Option(parsing: .unconditional, help: "Share of every class that is taken out of DATA for validation; 0 for none.")
  public var validationFraction: Double?

  @Option(
    parsing: .unconditional,
    help: "Share of every class that is taken out of DATA for one evaluation of the final model; 0 for none.")
  public var testFraction: Double?

  @Option(
    parsing: .unconditional,
    help: """
      F/K, such as 1/5: cut every class into K equal parts; the F-th is the test part, and the others are trained on.
      """)
  public var fold: Fold?

  @Option(parsing: .unconditional, help: "Seed of what is drawn for validation and test; --seed does not move them.")
  public var splitSeed: UInt64 = 0

  public init() {}

  public func validate() throws {
    for case (let option, let fraction?) in [
      ("--validation-fraction", validationFraction), ("--test-fraction", testFraction),
    ] {
      try require(fraction.isShare, "\(option) \(fraction)", "a share from 0 up to, not including, 1")
    }
    try require(
      ((validationFraction ?? 0) + (testFraction ?? 0)).isShare, "--validation-fraction and --test-fraction",
      "that they leave something to train on: together less than 1")
    try require(
      fold == nil || (testFraction ?? 0) == 0, "--fold", "not both it and --test-fraction: a fold is the test part")
    try require(
      (validationFraction ?? 0) == 0 || validation == nil, "--validation-fraction", "not both it and --validation")
  }

  /// Which options of a file give way to which of the command line, that exclude them.
  static let exclusions = [
    "--validation": ["--validation-fraction"], "--validation-labels": ["--validation-fraction", "--validation"],
    "--validation-fraction": ["--validation"], "--fold": ["--test-fraction"], "--test-fraction": ["--fold"],
  ]

  /// Whether there is a part that models are judged by on the way.
  public var hasValidation: Bool { validation != nil || (validationFraction ?? 0) > 0 }

  /// Whether there is a part that the final model alone is judged by.
  public var hasTest: Bool { fold != nil || (testFraction ?? 0) > 0 }

  /// Whether parts are drawn out of DATA, by the seed.
  public var isDrawn: Bool { hasTest || (validationFraction ?? 0) > 0 }

  /// A share of nothing is none.
  mutating func resolve() {
    if validationFraction == 0 { validationFraction = nil }
    if testFraction == 0 { testFraction = nil }
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    splitSeed != Self.defaults.splitSeed && !isDrawn
      ? ["--split-seed: nothing is drawn without --validation-fraction, --test-fraction or --fold"] : []
  }

  /// The parts are covered by the data's fingerprint.
  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .validation, .validationLabels, .validationFraction, .testFraction, .fold, .splitSeed: .nothing
      }
    }
  }
}

/// "2/5": which of how many parts of every class is the test part.
public struct Fold: OptionText {
  /// From 0.
  public let index: Int
  /// K
  public let count: Int

  /// - Parameter index: From 0.
  public init(_ index: Int, of count: Int) {
    precondition(Self.counts.contains(count) && (0..<count).contains(index), "fold \(index) of \(count)")
    (self.index, self.count) = (index, count)
  }

  /// How many folds there can be.
  public static let counts = 2...1_000

  public init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], Self.counts.contains(count),
      (1...count).contains(number)
    else { return nil }
    self.init(number - 1, of: count)
  }

  public var description: String { "\(index + 1)/\(count)" }
}
