public import ArgumentParser

/// A set of defaults for other options (`--recipe`). What is typed or stands in a file of options wins over it, and
/// config.yaml records what came of both.
public enum Recipe: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// `table` for delimited files, else `plain`.
  case auto
  /// The program's own defaults: a linear model, Adam, 10 epochs.
  case plain
  /// Several MLPs on bins, which find thresholds in columns of numbers as trees do, and on maps of them that are learned;
  /// how many and how large by the size of the table.
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
    let extent = TableExtent(of: configuration.dataName, isText: isText, options: configuration.input.file)
    return TableSize(of: extent).options(beside: configuration, extent: extent)
  }
}

extension TrainingConfiguration {
  /// As it is said, or by the name of the data; nil where that tells nothing.
  var dataFormat: DataFormat? {
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
