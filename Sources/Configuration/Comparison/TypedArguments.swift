/// A command line of `train` as it was typed, option by option, so that others can take the place of some.
struct TypedArguments {
  /// "--epochs 3", "--epochs=3" or "--quiet"; in words, since a value that is empty is one of its own.
  private struct Item {
    /// "--epochs"; nil for what is no option.
    let name: String?
    let words: [String]
  }

  private var items: [Item] = []
  /// What stands behind "--".
  private var rest: [String] = []

  /// - Parameter arguments: Without the subcommand. Options that are no flags have a value.
  init(_ arguments: [String]) {
    var index = 0
    while index < arguments.count {
      let word = arguments[index]
      if word == "--" {
        rest = Array(arguments[(index + 1)...])
        return
      }
      let isOption = word.hasPrefix("--")
      let name = isOption ? String(word.prefix { $0 != "=" }) : nil
      let isFlag = JobOptions.flags.union(CompareOptions.flags).contains(String(word.dropFirst(2)))
      let takesNext = isOption && !word.contains("=") && !isFlag
      let words = Array(arguments[index..<min(index + (takesNext ? 2 : 1), arguments.count)])
      items.append(Item(name: name, words: words))
      index += words.count
    }
  }

  /// Whether an option stands there: "--epochs".
  func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

  /// Without some options, by their names with dashes.
  func removing(_ names: Set<String>) -> TypedArguments {
    var others = self
    others.items.removeAll { item in item.name.map(names.contains) ?? false }
    return others
  }

  /// With options at their end, but without those that exclude them: an option that is tried wins, as one of the command
  /// line wins over a file.
  ///
  /// - Returns: Arguments of `train`, as `OptionsFile.expand` takes them.
  func adding(_ options: [OptionsFile.Option]) throws -> [String] {
    let added = try OptionsFile.arguments(options, flags: JobOptions.flags)
    let kept = items.filter { item in
      item.name.map { !OptionsFile.isReplaced($0, by: added) } ?? true
    }
    return ["train"] + kept.flatMap(\.words) + added + (rest.isEmpty ? [] : ["--"] + rest)
  }
}
