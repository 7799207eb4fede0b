public import ArgumentParser
public import Kernels

/// The options that say what is trained.
public struct ModelOptions: OptionValues {
  /// What is trained: a linear classifier, or one with hidden layers.
  public enum Kind: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case linear
    case mlp
  }

  @Option(
    help: """
      Defaults of other options: plain, those shown here; table, what finds rare classes in tables best: several mlps on \
      bins (help recipes); auto, table for delimited files and else plain. What is typed wins.
      """)
  public var recipe = Recipe.auto

  @Option(help: "Bring features to mean 0 and variance 1, as learned from the training part.")
  public var standardize = YesNo.yes

  /// How numbers become features.
  public enum NumericEncoding: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case standard
    case quantile
    case piecewise
  }

  @Option(
    help: """
      What a number becomes: standard, itself (--standardize); quantile, its rank in the training part, normally \
      distributed; piecewise, itself and its way through each of --bins bins, so that a linear model and an mlp can tell \
      thresholds.
      """)
  public var numericEncoding = NumericEncoding.standard

  @Option(
    parsing: .unconditional, help: "The most bins of a column, between quantiles of the training part (piecewise).")
  public var bins = 32

  /// Where the edges of bins lie.
  public enum BinEdges: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
    case quantiles
    /// A value that several quantiles have is an edge, and the others are quantiles of what is left.
    case spread
  }

  @Option(
    help: """
      Where edges of bins lie: quantiles, at --bins quantiles, each value once; spread, the same where a value that takes up \
      several of them (0, in a column of mostly zeros) counts once, and the rest is cut into as many bins as are left.
      """)
  public var binEdges = BinEdges.quantiles

  @Option(
    parsing: .unconditional,
    help: """
      Numbers that an mlp learns for each column of a table: of numbers by a map of their features, of categories as a row \
      for each level, however many there are; 0 for none. (default: none; help embeddings)
      """)
  public var embedding: Int?

  @Option(help: "Kind of model. (default: mlp where --hidden or --embedding is given, else linear)")
  public var model: Kind?

  @Option(parsing: .unconditional, help: "Widths of the hidden layers of the mlp, such as 512,256. (default: 64)")
  public var hidden: NumberList<Int>?

  @Option(help: "Nonlinearity of the hidden layers.")
  public var activation = Activation.relu

  @Option(parsing: .unconditional, help: "Share of hidden units that is dropped in training.")
  public var dropout = 0.0

  @Option(
    parsing: .unconditional,
    help: """
      Models that are trained, and whose probabilities are averaged. Each leaves out another of as many parts of every \
      class, and is judged by it after each epoch. (default: 1)
      """)
  public var members: Int?

  @Option(
    help: "What has the first parameters: a .safetensors file, a checkpoint, or the folder of a run that has ended.")
  public var `init`: String?

  public init() {}

  public static let mostMembers = 1_000
  /// More would be about a sample each.
  public static let mostBins = 1_024
  /// More would be wider than the layers behind it.
  public static let mostEmbedding = 1_024

  public func validate() throws {
    try require((2...Self.mostBins).contains(bins), "--bins \(bins)", "2 to \(Self.mostBins)")
    try require((1...Self.mostMembers).contains(memberCount), "--members \(memberCount)", "1 to \(Self.mostMembers)")
    try require(
      embedding.map { (0...Self.mostEmbedding).contains($0) } ?? true, "--embedding \(embedding ?? 0)",
      "0 to \(Self.mostEmbedding)")
    try require(
      !(model == .linear && embeddingWidth != nil), "--embedding",
      "--model mlp (of a linear model a map of each column changes nothing)")
    try require(dropout.isShare, "--dropout \(dropout)", "a share from 0 up to, not including, 1")
    try require(
      hidden?.values.allSatisfy { (1...1 << 24).contains($0) } ?? true, "--hidden",
      "widths of 1 to 2²⁴, such as 512,256")
    try require(
      !(model == .linear && hidden?.values.isEmpty == false), "--hidden",
      "--model mlp (a linear model has no hidden layer)")
  }

  /// N of --embedding; nil for none.
  public var embeddingWidth: Int? { embedding == 0 ? nil : embedding }

  /// As asked for, or what --hidden or --embedding asks for.
  public var kind: Kind { model ?? ((hidden?.values ?? []).isEmpty && embeddingWidth == nil ? .linear : .mlp) }

  /// Whether each model is judged by samples that are left out for it.
  public var holdsOutFolds: Bool { memberCount > 1 }

  /// K
  public var memberCount: Int { members ?? 1 }

  /// Empty for a linear model.
  public var hiddenWidths: [Int] {
    guard kind == .mlp else { return [] }
    let widths = hidden?.values ?? []
    return widths.isEmpty ? [64] : widths
  }

  /// Which options of a file or recipe give way to which of the command line, that exclude them. (An mlp has any widths. And who
  /// asks for features of categories, be it the usual ones, means them to be seen: with embeddings there are none.)
  static let exclusions = [
    "--hidden": ["--model=linear"], "--embedding": othersThanEmbedding, "--embedding-rate": othersThanEmbedding,
    "--model": ["--hidden", "--embedding"],
  ]

  private static let othersThanEmbedding = ["--model=linear", "--max-one-hot", "--rare-levels"]

  mutating func resolve() {
    (model, hidden, members, embedding) = (kind, NumberList(hiddenWidths), memberCount, embeddingWidth)
  }

  public func withoutEffect(in configuration: TrainingConfiguration) -> [String] {
    let usual = Self.defaults
    let ofEncoding = [
      bins != usual.bins && numericEncoding != .piecewise ? "--bins: only --numeric-encoding piecewise has bins" : nil,
      binEdges != usual.binEdges && numericEncoding != .piecewise
        ? "--bin-edges: only --numeric-encoding piecewise has bins" : nil,
      standardize == .no && numericEncoding == .quantile
        ? "--standardize: with --numeric-encoding quantile numbers become their ranks" : nil,
    ].compactMap { $0 }
    guard kind == .linear else { return ofEncoding }
    return ofEncoding
      + [
        dropout != usual.dropout ? "--dropout: a linear model has no hidden units to drop" : nil,
        activation != usual.activation ? "--activation: a linear model has no hidden units" : nil,
      ].compactMap { $0 }
  }

  public static func whenResumed(_ property: String) -> ResumeEffect? {
    CodingKeys(stringValue: property).map { option in
      switch option {
      // The options that it stands for are recorded themselves.
      case .recipe: .nothing
      // What features are is covered by the data's fingerprint; and a run that goes on has its parameters: the file that it
      // began with may lie elsewhere by now.
      case .standardize, .numericEncoding, .bins, .binEdges, .`init`: .nothing
      case .dropout: .rule
      case .model, .hidden, .activation, .members, .embedding: .shape
      }
    }
  }
}

extension Activation: ExpressibleByArgument {}
