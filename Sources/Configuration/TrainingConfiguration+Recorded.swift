internal import ArgumentParser

/// Reads configurations that were recorded, now or by an older program: an option that is missing has its default.
extension TrainingConfiguration {
  /// Reads what `encode` has written.
  ///
  /// - Throws: `DecodingError`, also for options that this program does not know.
  public init(recordedBy decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionName.self)
    var options: [OptionsFile.Option] = []
    let known = Set(Self.defaults.optionNames)
    for key in container.allKeys {
      guard known.contains(key.stringValue) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "this program has no option of that name")
      }
      guard let text = try container.decode(RecordedValue.self, forKey: key).text else { continue }
      options.append(OptionsFile.Option(name: key.stringValue, value: text))
    }
    do {
      try self.init(recorded: options)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: Self.message(for: error)))
    }
  }

  /// Reads the config.yaml of a run.
  ///
  /// - Parameter values: Of options that have another value now, by their names: files that lie elsewhere.
  /// - Throws: `OptionsFileError`
  public init(recordedIn file: OptionsFile, replacing values: [String: String] = [:]) throws(OptionsFileError) {
    let kept = file.options.filter { values[$0.name] == nil }
    let replaced = values.sorted { $0.key < $1.key }.map { OptionsFile.Option(name: $0.key, value: $0.value) }
    do {
      try self.init(recorded: kept + replaced)
    } catch {
      throw OptionsFileError(path: file.path, reason: Self.message(for: error))
    }
  }

  private init(recorded options: [OptionsFile.Option]) throws {
    var options = options
    func recorded(_ name: String) -> OptionsFile.Option? { options.first { $0.name == name } }
    // Version 0.1.0 had one seed for everything…
    if recorded("split-seed") == nil, let seed = recorded("seed") {
      options.append(OptionsFile.Option(name: "split-seed", value: seed.value))
    }
    // …and hashed the levels of a category that were too many.
    if recorded("rare-levels") == nil, recorded("max-one-hot") != nil {
      options.append(OptionsFile.Option(name: "rare-levels", value: RareLevels.hash.rawValue))
    }
    // It delivered the model of the last epoch, whatever there was to judge by.
    if recorded("keep-model") == nil {
      options.append(OptionsFile.Option(name: "keep-model", value: StoppingOptions.KeptModel.last.rawValue))
    }
    // It knew no recipes.
    if recorded("recipe") == nil {
      options.append(OptionsFile.Option(name: "recipe", value: Recipe.plain.rawValue))
    }
    let parsed = try Self.parse(OptionsFile.arguments(options, flags: []))
    self = parsed.resolved(shardCount: parsed.shardCount)
  }
}
