public import ArgumentParser

/// The options that say how data is read.
public struct DataOptions: OptionValues {
  @OptionGroup public var file: FileOptions

  @Option(
    parsing: .unconditional,
    help: "Label column: a name in the header, or a number from 0; negative numbers count from the end.")
  public var label = ColumnReference.index(-1)

  @Option(help: "Labels in a file of their own (a vector of .npy, IDX or HDF5).")
  public var labels: String?

  @Option(
    parsing: .unconditional,
    help: "Fields that stand for a missing value, separated by commas; an empty field is always one.")
  public var missing = MissingTexts.usual

  @Option(
    parsing: .unconditional,
    help: "Columns of categories, even where they are numbers: names or numbers, separated by commas.")
  public var categorical: ColumnList?

  @Option(parsing: .unconditional, help: "Columns that must be numbers.")
  public var numeric: ColumnList?

  @Option(parsing: .unconditional, help: "Columns to leave out.")
  public var drop: ColumnList?

  @Option(parsing: .unconditional, help: "The most levels of a category that get a feature each.")
  public var maxOneHot = 64

  @Option(
    help: """
      A category of more levels: other gives its --max-one-hot most frequent ones a feature each, and all others one \
      together; hash spreads all of them over so many features.
      """)
  public var rareLevels = RareLevels.other

  @Option(help: "Number of a svmlight file's first feature; auto: 0 where a line names a feature 0, else 1.")
  public var firstFeature = FirstFeature.auto

  @Option(
    parsing: .unconditional, help: "Integer label whose samples take no part in loss and metrics.")
  public var ignoreIndex: Int?

  public init() {}

  /// More levels of a category would be a sign that it holds names or numbers of samples.
  public static let mostLevels = 1 << 16

  public func validate() throws {
    guard (2...Self.mostLevels).contains(maxOneHot) else {
      throw ValidationError("--max-one-hot \(maxOneHot): expected 2 to \(Self.mostLevels)")
    }
  }

  /// Options that are lists: who gives one twice means both parts.
  public static let lists = ["--drop", "--categorical", "--numeric", "--missing"]

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    [
      labels != nil && label != Self.defaults.label ? "--label: the labels come from --labels" : nil,
      configuration.model.embeddingWidth != nil && maxOneHot != Self.defaults.maxOneHot
        ? "--max-one-hot: with --embedding every level has numbers of its own" : nil,
      configuration.model.embeddingWidth != nil && rareLevels != Self.defaults.rareLevels
        ? "--rare-levels: with --embedding every level has numbers of its own" : nil,
    ].compactMap { $0 }
  }

  /// What is read is covered by the data's fingerprint.
  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      case .file, .label, .labels, .missing, .categorical, .numeric, .drop, .maxOneHot, .rareLevels, .firstFeature,
        .ignoreIndex:
        .nothing
      }
    }
  }
}
