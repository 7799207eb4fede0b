public import ArgumentParser

/// A set of defaults for other options (`--recipe`). What is typed or stands in a file of options wins over it, and
/// config.yaml records what came of both.
public enum Recipe: String, CaseIterable, Codable, ExpressibleByArgument, Sendable {
  /// The program's own defaults: a linear model, Adam, 10 epochs.
  case plain
  /// An MLP on bins, which finds thresholds in columns of numbers as trees do.
  case table

  /// Its defaults as they would be typed; empty for `plain`.
  public var words: String {
    options(beside: .defaults).map { "--\($0.name) \($0.value)" }.joined(separator: " ")
  }

  /// Its defaults, where they differ from the program's own.
  ///
  /// - Parameter configuration: What is asked for beside it: what has no place there is left out.
  func options(beside configuration: TrainingConfiguration) -> [OptionsFile.Option] {
    switch self {
    case .plain: return []
    case .table:
      var values = [
        ("numeric-encoding", "piecewise"), ("hidden", "256,256"), ("epochs", "60"),
      ]
      // L-BFGS has its own steps, and needs a loss without chance.
      if !configuration.optimizer.takesFullBatches {
        values += [("optimizer", "adamw"), ("weight-decay", "0.01"), ("schedule", "cosine")]
        // A linear model has no hidden units to drop.
        if configuration.model.model != .linear { values.append(("dropout", "0.1")) }
      }
      return values.map { OptionsFile.Option(name: $0, value: $1) }
    }
  }
}

extension OptionsFile {
  /// Puts the defaults of `--recipe` before the arguments of `train`.
  ///
  /// - Returns: The arguments as they are where they name no recipe, or cannot be parsed: whoever parses them says why.
  /// - Throws: `OptionsFileError`
  static func expandRecipe(in arguments: [String]) throws -> [String] {
    let given = Array(arguments[(arguments.first == "train" ? 1 : 0)...])
    guard let configuration = try? TrainOptions.parse(given).configuration else { return arguments }
    let options = configuration.model.recipe.options(beside: configuration)
    guard !options.isEmpty else { return arguments }
    return try OptionsFile(options: options, path: "--recipe \(configuration.model.recipe.rawValue)")
      .arguments(before: arguments)
  }
}
