public import ArgumentParser
internal import Files
internal import Foundation

/// A set of defaults for other options (`--recipe`). What is typed or stands in a file of options wins over it, and
/// config.yaml records what came of both.
public enum Recipe: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// `table` for delimited files, else `plain`.
  case auto
  /// The program's own defaults: a linear model, Adam, 10 epochs.
  case plain
  /// Several MLPs on bins, which find thresholds in columns of numbers as trees do, and on maps of them that are learned;
  /// how many and how large by the size of the file, and of a small one by its lines.
  case table

  /// What it comes to for the data of a configuration.
  func resolved(for configuration: TrainingConfiguration) -> Recipe {
    guard self == .auto else { return self }
    let data = configuration.dataName
    if data == "synthetic" || data.hasPrefix("synthetic:") { return .plain }
    return configuration.dataFormat == .csv ? .table : .plain
  }

  /// Its defaults, where they differ from the program's own.
  ///
  /// - Parameter configuration: What is asked for beside it: what has no place there is left out.
  func options(beside configuration: TrainingConfiguration) -> [OptionsFile.Option] {
    guard resolved(for: configuration) == .table else { return [] }
    let isText = configuration.dataFormat.map { [.csv, .svmlight].contains($0) } ?? true
    return TableSize(of: configuration.dataName, hasLines: isText).options(beside: configuration)
  }
}

/// How large a table is, for `Recipe.table`: by the bytes of its file, unpacked, which tell what an epoch costs before it is read,
/// and are the same for whoever has the file; and of a small one by its lines, which tell how many steps an epoch has.
public enum TableSize: CaseIterable, Sendable {
  case small
  /// As few bytes, and many lines.
  case long
  case medium
  case large
  case huge

  /// The most bytes.
  private var limit: Int {
    switch self {
    case .small, .long: 512 << 10
    case .medium: 4 << 20
    case .large: 32 << 20
    case .huge: .max
    }
  }

  /// - Parameters:
  ///   - data: A path; what is no file with a size (a pipe) may be of any. What is not there, as "synthetic:…", is small.
  ///   - hasLines: Whether it is text.
  init(of data: String, hasLines: Bool = true) {
    let path = (data as NSString).resolvingSymlinksInPath
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      self = .small
      return
    }
    let isFile = attributes[.type] as? FileAttributeType == .typeRegular
    let size = isFile ? (attributes[.size] as? NSNumber)?.intValue : nil
    let bytes = size.map { Self.unpackedSize(of: path, packed: $0) ?? $0 }
    let fitting = Self.allCases.first { bytes ?? .max <= $0.limit } ?? .huge
    self = fitting == .small && hasLines && Self.hasManyLines(path) ? .long : fitting
  }

  /// The most lines of `small`.
  private static let fewLines = 2_000

  /// Whether a file has more lines than `fewLines`. One that cannot be read has not: whoever reads it says why.
  private static func hasManyLines(_ path: String) -> Bool {
    let newline = UInt8(ascii: "\n")
    var (count, last) = (0, newline)
    func add(_ piece: ArraySlice<UInt8>) {
      count += piece.count { $0 == newline }
      last = piece.last ?? last
    }
    guard let file = try? MappedFile(path: path) else { return false }
    if file.isGzip, let packed = try? GzipFile(path: path) {
      while count <= fewLines, let piece = try? packed.next(), !piece.isEmpty { add(piece) }
    } else if let bytes = try? WholeFile.bytes(at: path) {
      add(bytes[...])
    }
    return count + (last == newline ? 0 : 1) > fewLines
  }

  /// Bytes of what a gzip file holds, by its last four bytes (RFC 1952); nil for other files.
  private static func unpackedSize(of path: String, packed: Int) -> Int? {
    guard packed >= 18, let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let start = try? file.read(upToCount: 2), start.elementsEqual([0x1F, 0x8B]),
      (try? file.seek(toOffset: UInt64(packed - 4))) != nil, let end = try? file.read(upToCount: 4), end.count == 4
    else { return nil }
    let last = end.reversed().reduce(0) { $0 << 8 | Int($1) }
    // They say it modulo 2³², and of several files in one of the last: text is packed to some fifth.
    return last >= packed ? last : 5 * packed
  }

  /// "of at most 4 MiB"
  public var words: String {
    switch self {
    case .small: "of at most 512 KiB and \(Self.fewLines) lines"
    case .long: "of at most 512 KiB and more lines"
    case .medium: "of at most 4 MiB"
    case .large: "of at most 32 MiB"
    case .huge: "of more"
    }
  }

  /// The defaults as they would be typed.
  public var typed: String {
    options(beside: .defaults).map { "--\($0.name) \($0.value)" }.joined(separator: " ")
  }

  private typealias Values = [(name: String, value: String)]

  func options(beside configuration: TrainingConfiguration) -> [OptionsFile.Option] {
    let (model, optimizer) = (configuration.model, configuration.optimizer)
    var values: Values = [("numeric-encoding", "piecewise"), ("epochs", "\(settings.epochs)")]
    // Amounts that are mostly 0 would have few bins. (On small tables it gave nothing beyond chance, as clipping did.)
    if isAboveSmall { values.append(("bin-edges", "spread")) }
    // A linear model has no hidden units.
    if model.model != .linear { values.append(("hidden", settings.hidden)) }
    // L-BFGS has its own steps, comes to an optimum, and needs a loss without chance.
    if !optimizer.takesFullBatches {
      if model.model != .linear { values.append(("dropout", "0.1")) }
      // Sparse rows have no columns to learn numbers of.
      if model.model != .linear, configuration.dataFormat != .svmlight {
        values.append(("embedding", "16"))
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

extension TrainingConfiguration {
  /// As it is said, or by the name of the data; nil where that tells nothing.
  fileprivate var dataFormat: DataFormat? {
    input.file.format == .auto ? DataFormat.named(dataName) : input.file.format
  }
}

extension OptionsFile {
  /// Puts the defaults of `--recipe` before the arguments of `train`.
  ///
  /// - Returns: The arguments as they are where they name a recipe without any, or cannot be parsed: whoever parses them
  ///   says why. And where they go on with a run of a name: it has its own.
  /// - Throws: `OptionsFileError`
  static func expandRecipe(in arguments: [String]) throws -> [String] {
    let given = Array(arguments[(arguments.first == "train" ? 1 : 0)...])
    guard let typed = try? TrainOptions.parse(given) else { return arguments }
    let configuration = typed.configuration
    if configuration.model.recipe == .auto, case .path = typed.job.resume { return arguments }
    // Who types an encoding without bins wants none of their edges.
    let hasNoBins =
      TypedArguments(given).contains("--numeric-encoding") && configuration.model.numericEncoding != .piecewise
    let options = configuration.model.recipe.options(beside: configuration)
      .filter { $0.name != "bin-edges" || !hasNoBins }
    guard !options.isEmpty else { return arguments }
    return try OptionsFile(options: options, path: "--recipe \(configuration.model.recipe.rawValue)")
      .arguments(before: arguments)
  }
}
