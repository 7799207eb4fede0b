/// How large a table is, for `Recipe.table`: by the bytes of its file, unpacked, which tell what an epoch costs before it is read,
/// and are the same for whoever has the file; and where it has few lines by these, which tell how many steps an epoch has.
public enum TableSize: CaseIterable, Sendable {
  case small
  /// Few bytes, and more lines.
  case long
  case medium
  case large
  case huge

  init(of extent: TableExtent) {
    self = Self.allCases.first { extent.bytes <= $0.mostBytes || extent.lines ?? .max <= $0.fewLines } ?? .huge
    if self == .small, extent.lines ?? 0 > Self.linesOfSmall { self = .long }
  }

  /// More lines make a table of few bytes a long one.
  private static let linesOfSmall = 2_000

  /// A table of so many bytes is no larger than this…
  private var mostBytes: Int {
    switch self {
    case .small, .long: 512 << 10
    case .medium: 4 << 20
    case .large: 32 << 20
    case .huge: .max
    }
  }

  /// …and one of so few lines neither, however wide it is: a larger one has batches of which this would have a handful.
  private var fewLines: Int {
    switch self {
    case .small: 1_000
    case .medium: 5_000
    case .long, .large, .huge: 0
    }
  }

  /// "of at most 4 MiB"
  public var words: String {
    guard self != .huge else { return "of more" }
    let bytes = mostBytes < 1 << 20 ? "\(mostBytes >> 10) KiB" : "\(mostBytes >> 20) MiB"
    let both = self == .small ? " and \(Self.linesOfSmall) lines" : ""
    return "of at most \(bytes)\(both)" + (fewLines > 0 ? ", or of at most \(fewLines) lines" : "")
  }

  /// The defaults as they would be typed, for a table of few columns.
  public var typed: String {
    options(beside: .defaults).map { "--\($0.name) \($0.value)" }.joined(separator: " ")
  }

  /// Numbers that are learned of each column: of many columns so many together that a step would take long, and that there would be
  /// more to learn than there are rows to learn it from.
  ///
  /// - Parameter columns: Nil where they are not known.
  private static func embeddingWidth(columns: Int?) -> Int {
    [16, 8, 4, 2].first { $0 * (columns ?? 0) <= mostLearnedNumbers } ?? 1
  }

  /// Of all columns together, where each has more than one.
  public static let mostLearnedNumbers = 16 * TableExtent.fewColumns

  private typealias Values = [(name: String, value: String)]

  func options(beside configuration: TrainingConfiguration, extent: TableExtent? = nil) -> [OptionsFile.Option] {
    let (model, optimizer) = (configuration.model, configuration.optimizer)
    let hasFewRows = extent?.hasFewRows ?? false
    let isSparse = configuration.dataFormat == .svmlight
    var values: Values = [
      ("numeric-encoding", hasFewRows ? "standard" : "piecewise"), ("epochs", "\(settings.epochs)"),
    ]
    // Amounts that are mostly 0 would have few bins. (On small tables it gave nothing beyond chance, as clipping did.)
    if isAboveSmall, !hasFewRows { values.append(("bin-edges", "spread")) }
    // A linear model has no hidden units.
    if model.model != .linear { values.append(("hidden", settings.hidden)) }
    // L-BFGS has its own steps, comes to an optimum, and needs a loss without chance.
    if !optimizer.takesFullBatches {
      if model.model != .linear { values.append(("dropout", "0.1")) }
      // Features of sparse rows, words mostly, are many: no line tells how many.
      let relevance = isSparse ? "0.5" : hasFewRows ? "1.5" : extent?.hasManyColumns ?? false ? "1" : nil
      if let relevance { values.append(("relevance", relevance)) }
      // Sparse rows have no columns to learn numbers of.
      if model.model != .linear, !isSparse, !hasFewRows {
        values.append(("embedding", "\(Self.embeddingWidth(columns: extent?.columns))"))
        if model.embedding != 0 { values.append(("embedding-rate", "3")) }
      }
      values += [
        ("optimizer", "adamw"), ("weight-decay", "0.01"), ("schedule", "cosine"),
        ("batch-size", "\(settings.batchSize)"),
        ("learning-rate", "\(settings.learningRate)"), ("members", "\(settings.members)"),
      ]
      // In all but small tables a class may have so few rows that each weighs as much as thousands of others: one of them in
      // a batch would undo what the others have taught.
      if isAboveSmall { values.append(("clip-norm", "1")) }
      // One model has all rows to learn from, unless it is to be judged.
      let isJudged = (model.members ?? 2) > 1 || configuration.split.hasValidation
      if isJudged {
        values += [("early-stopping", "balanced-accuracy"), ("patience", "\(settings.patience)")]
        // Larger tables have samples enough of each class to judge epochs by the metric alone.
        if self == .small, !configuration.stopping.metric.isLoss { values.append(("log-loss-penalty", "0.2")) }
      }
    }
    return values.map { OptionsFile.Option(name: $0.name, value: $0.value) }
  }

  private var isAboveSmall: Bool { ![.small, .long].contains(self) }

  private struct Settings {
    let members: Int
    let hidden: String
    let epochs: Int
    let patience: Int
    let batchSize: Int
    let learningRate: Double
  }

  private var settings: Settings {
    switch self {
    case .small: Settings(members: 8, hidden: "256,256", epochs: 60, patience: 20, batchSize: 32, learningRate: 0.001)
    case .long: Settings(members: 8, hidden: "128,128", epochs: 60, patience: 20, batchSize: 32, learningRate: 0.001)
    case .medium: Settings(members: 8, hidden: "128,128", epochs: 40, patience: 10, batchSize: 128, learningRate: 0.002)
    case .large: Settings(members: 4, hidden: "256,256", epochs: 20, patience: 5, batchSize: 256, learningRate: 0.003)
    case .huge: Settings(members: 1, hidden: "256,256", epochs: 10, patience: 5, batchSize: 512, learningRate: 0.003)
    }
  }
}
