/// Which of several words somebody may have meant.
enum Nearness {
  /// Those that take the fewest changes, where that is no more than a third of what was typed; and those that begin with it,
  /// or it with them. In their order, at most three.
  static func nearest(to typed: String, among words: [String]) -> [String] {
    let typed = typed.lowercased()
    let distances = words.map { word in
      word.hasPrefix(typed) || typed.hasPrefix(word) ? 0 : changes(from: typed, to: word)
    }
    guard let least = distances.min(), 3 * least <= max(typed.count, 3) else { return [] }
    return Array(words.indices.filter { distances[$0] == least }.map { words[$0] }.prefix(3))
  }

  /// Letters to insert, remove or replace, or neighbours to exchange: a pair is exchanged once.
  ///
  /// Source: Damerau (1964), as the optimal string alignment distance.
  static func changes(from one: String, to other: String) -> Int {
    let (one, other) = (Array(one), Array(other))
    var rows = [Array(0...other.count)]
    for i in 1..<(one.count + 1) {
      var row = [i]
      for j in 1..<(other.count + 1) {
        let isSame = one[i - 1] == other[j - 1]
        var least = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1))
        if i > 1, j > 1, one[i - 1] == other[j - 2], one[i - 2] == other[j - 1] {
          least = min(least, rows[i - 2][j - 2] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}
