/// Which topics explain an option, or a word of one: for whoever asks for help on that.
extension HelpTopic {
  /// The topics that name an option with a word in it, the option by the same word: of "tau" `decoupled` with
  /// --tau-normalization and `losses` with --logit-tau. Those come first where it is what stands out: a term, or in the
  /// title; then those that name it most often. At most three.
  static func naming(_ typed: String) -> [(topic: HelpTopic, option: String)] {
    let word = typed.lowercased()
    let found = all.compactMap { topic -> (topic: HelpTopic, option: String, weight: Int)? in
      let options = options(in: topic.text).filter { isMeant($0, by: word) }
      guard let first = options.first(where: { $0 == word }) ?? options.first else { return nil }
      let stands = topic.prominent.flatMap { Self.options(in: $0) }.contains(first)
      return (topic, first, (first == word ? 200 : 0) + (stands ? 100 : 0) + options.count { $0 == first })
    }
    // Where an option has this very name, those with a word of it are not meant; and where one stands out, mere mentions.
    let most = found.map(\.weight).max() ?? 0
    return found.filter { $0.weight / 100 == most / 100 }
      .sorted { $0.weight > $1.weight }.prefix(3).map { ($0.topic, $0.option) }
  }

  /// "compare (--halving)"; of several topics with the same option it is said once, behind the last.
  static func words(_ found: [(topic: HelpTopic, option: String)]) -> [String] {
    found.indices.map { place in
      let (topic, option) = found[place]
      let isSaid = found.dropFirst(place + 1).contains { $0.option == option }
      return isSaid ? topic.name : "\(topic.name) (--\(option))"
    }
  }

  /// Whether somebody who types `word` may mean the option: it begins with it, or one of its words is it.
  private static func isMeant(_ option: String, by word: String) -> Bool {
    option == word || option.split(separator: "-").contains(Substring(word))
      || word.count > 2 && option.hasPrefix(word)
  }

  /// The names of options that a text has, without dashes.
  private static func options(in text: String) -> [String] {
    text.matches(of: #/--([a-z][a-z-]*[a-z])/#).map { String($0.output.1) }
  }

  /// What the eye falls on.
  private var prominent: [String] {
    [summary]
      + parts.flatMap { part -> [String] in
        switch part {
        case .terms(let terms): terms.map(\.term)
        case .paragraph, .lines: []
        }
      }
  }
}
