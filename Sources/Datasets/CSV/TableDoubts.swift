public import Collectives
internal import Configuration
internal import Files
internal import Foundation
internal import Tensors

/// What a table gives reason to doubt, in words: nothing that is wrong, but that a user should know.
extension Table {
  /// So many levels are none of a category where nearly every row has its own…
  private static let manyLevels = 64
  /// …and so many where they seem to be numbers or times.
  private static let fewLevels = 10
  /// Of more levels the first tell enough.
  private static let judgedLevels = 1_000

  /// Up to there each whole number is a Double.
  private static let mostExact = 0x1p53

  /// Columns of categories that seem to name the rows, or to be numbers and times written in other ways.
  public var doubts: [String] {
    let rowCount = sampleCount
    let name = name
    return columns.compactMap { column in
      if column.offset.magnitude >= Self.mostExact {
        return """
          \(name): column "\(column.name)" has whole numbers beyond 2⁵³, whose last digits are lost (64-bit floats). If they name \
          the rows, leave it out by --drop \(typed(column.name)), and if they name something else, --categorical \
          \(typed(column.name)) tells them apart.
          """
      }
      let levels = column.levels
      let isOfRows = 2 * levels.count > rowCount
      guard levels.count >= Self.fewLevels, let first = levels.first else { return nil }
      let judged = levels.prefix(Self.judgedLevels)
      let kinds = judged.map { TimeText.seconds($0)?.kind }
      if 2 * kinds.count(where: { $0 != nil }) > judged.count {
        return doubtOfTimes(column.name, Array(zip(judged, kinds)))
      }
      guard isOfRows || levels.count > Self.manyLevels else { return nil }
      let areNumbers = 2 * judged.count { Self.isWrittenNumber($0) } > judged.count
      let areDigits = 2 * judged.count { Self.isOfDigits($0) } > judged.count
      guard areNumbers || areDigits || (isOfRows && levels.count > Self.manyLevels) else { return nil }
      let words =
        """
        \(name): column "\(column.name)" is taken for categories, of which it has \(levels.count) in \(rowCount) rows ("\(first)", …)
        """
      return areNumbers
        ? """
        \(words). Numbers and times that are written so are not read as such: write them otherwise, or leave the column \
        out by --drop \(typed(column.name))
        """ : "\(words). If it names the rows, leave it out by --drop \(typed(column.name))"
    }
  }

  /// Of a column that would be one of times but for some of its values.
  ///
  /// - Returns: Nil where all are of one kind: then somebody wants them for categories.
  private func doubtOfTimes(_ column: String, _ levels: [(text: String, kind: TimeText.Kind?)]) -> String? {
    let dates = levels.count { $0.kind == .date }
    let kind: TimeText.Kind = 2 * dates >= levels.count { $0.kind != nil } ? .date : .timeOfDay
    let reading = ColumnReading.time(kind)
    let others = levels.filter { $0.kind != kind }.map(\.text)
    guard !others.isEmpty else { return nil }
    let shown = others.prefix(3).map { "\"\($0)\"" }.joined(separator: ", ")
    return """
      \(name): column "\(column)" is taken for categories, since \(shown)\(others.count > 3 ? ", …" : "") \
      \(others.count == 1 ? "is not \(reading.noun)" : "are no \(reading.nouns)"), as its other values are: what stands for a \
      missing value has to be named by --missing
      """
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// Whether a text is of digits for the most part.
  private static func isOfDigits(_ text: String) -> Bool {
    2 * text.unicodeScalars.count(where: isDigit) >= text.unicodeScalars.count
  }

  /// Whether a text seems to be a number that is written in another way: it has no letter in front, and is of digits for
  /// the most part, or a number with a unit behind it.
  private static func isWrittenNumber(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard let first = scalars.first, !first.properties.isAlphabetic else { return false }
    let unit = scalars.reversed().prefix { !isDigit($0) && $0 != "." && $0 != "," }.count
    let number = scalars.dropLast(unit)
    return number.contains(where: isDigit)
      && (isOfDigits(text) || number.allSatisfy { isDigit($0) || "+-.,\u{2212} ".unicodeScalars.contains($0) })
  }

  /// A column as it is typed behind an option: by its place where its name would be taken for another, or for several.
  private func typed(_ column: String) -> String {
    let isPlain =
      !column.isEmpty && !column.contains { $0 == "," || $0 == "\"" || $0.isNewline } && Int(column) == nil
      && column.first?.isWhitespace == false && column.last?.isWhitespace == false && !column.hasPrefix("--")
    guard isPlain else { return reading?.columnNames.firstIndex(of: column).map { String($0) } ?? column.asShellWord }
    return column.contains { "$`\\!".contains($0) } ? column.asShellWord : "\"\(column)\""
  }

  /// Columns of numbers that count the rows, by which a model learns the order of the file. Collective.
  public func countingColumns(over communicator: some Communicator) throws(CollectiveError) -> [String] {
    let numbers = columns.indices.filter { columns[$0].kind == .numeric && !columns[$0].isTime }
    guard !numbers.isEmpty, !isSparse, sampleCount >= Self.fewestCounted else { return [] }
    // First those that count within each shard…
    let breaks = try communicator.sum(
      numbers.map { column in Int64(shards.count { !Self.counts($0.features.dense, column) }) })
    let candidates = zip(numbers, breaks).filter { $0.1 == 0 }.map(\.0)
    guard !candidates.isEmpty, layout.shardCount * candidates.count <= Self.mostBorders else { return [] }
    // …then from one shard to the next: of each the rows, and the first and last number.
    let width = 1 + 2 * candidates.count
    var borders = [Int64](repeating: 0, count: layout.shardCount * width)
    for shard in shards {
      let features = shard.features.dense
      guard features.rows > 0 else { continue }
      let own = shard.index * width
      borders[own] = Int64(features.rows)
      for (index, column) in candidates.enumerated() {
        for (end, row) in [0, features.rows - 1].enumerated() {
          borders[own + 1 + 2 * index + end] = Int64(features[row, column].bitPattern)
        }
      }
    }
    borders = try communicator.sum(borders)
    let starts = stride(from: 0, to: borders.count, by: width).filter { borders[$0] > 0 }
    return candidates.enumerated().compactMap { index, column in
      func number(_ start: Int, _ end: Int) -> Float {
        Float(bitPattern: UInt32(truncatingIfNeeded: borders[start + 1 + 2 * index + end]))
      }
      guard zip(starts, starts.dropFirst()).allSatisfy({ number($1, 0) - number($0, 1) == 1 }) else { return nil }
      return """
        \(name): column "\(columns[column].name)" counts the rows. What a model learns of it is the order of the file\
        \(reading == nil ? "" : ": leave it out by --drop \(typed(columns[column].name))")
        """
    }
  }

  /// Whether each number of a column is one more than that of the row before.
  private static func counts(_ features: Matrix, _ column: Int) -> Bool {
    (0..<max(features.rows - 1, 0)).allSatisfy { features[$0 + 1, column] - features[$0, column] == 1 }
  }

  /// Fewer rows may be in order by chance.
  private static let fewestCounted = 20
  /// Of shards and columns: where there are more, nothing is said.
  private static let mostBorders = 1 << 20

  /// Columns of categories of which the training data lacks a fifth of the values or more. Collective.
  public func unseenLevels(over communicator: some Communicator) throws(CollectiveError) -> [String] {
    let categorical = columns.indices.filter { columns[$0].kind != .numeric }
    guard !categorical.isEmpty, !isSparse else { return [] }
    var counts = [Int64](repeating: 0, count: 2 * categorical.count)
    for shard in shards {
      let features = shard.features.dense
      for row in 0..<features.rows {
        for (index, column) in categorical.enumerated() where !features[row, column].isNaN {
          counts[2 * index] += 1
          if features[row, column] < 0 { counts[2 * index + 1] += 1 }
        }
      }
    }
    let totals = try communicator.sum(counts)
    return categorical.enumerated().compactMap { index, column in
      let (known, unseen) = (totals[2 * index], totals[2 * index + 1])
      guard unseen > 0, 5 * unseen >= known else { return nil }
      return """
        \(name): in column "\(columns[column].name)", \(unseen) of \(known) values do not occur in the training data \
        (there: \(columns[column].levels.prefix(4).joined(separator: ", "))\(columns[column].levels.count > 4 ? ", …" : "")); \
        the model knows none of these
        """
    }
  }
}

extension Table {
  /// Values of categories that stand for a missing value where nobody says otherwise; nil where there are none.
  public var doubtOfMissing: String? {
    let usual = MissingTexts.usual.texts
    let found = columns.compactMap { column in
      column.levels.first { usual.contains($0) }.map { (column: column.name, text: $0) }
    }
    return found.first.map { column, text in
      """
      \(name): in column "\(column)"\(Self.others(found.count - 1)), "\(text)" is a value like others, since --missing does not \
      name it. If it stands for a missing value, name it there, too
      """
    }
  }

  /// Classes, and values of a category, that differ in nothing but the case of their letters and their spaces.
  public var doubtsOfSpelling: [String] {
    let ofClasses = Self.differingInSpelling(classNames).map { pair, count in
      """
      \(name): \(pair)\(Self.others(count)) are classes of their own, though they differ in nothing but capitals, spaces and \
      characters that nobody sees: write them alike if they are one
      """
    }
    let ofCategories = columns.filter { $0.levels.count <= Self.mostSpelled }.compactMap { column in
      Self.differingInSpelling(column.levels).map { pair, count in
        """
        \(name): in column "\(column.name)", \(pair)\(Self.others(count)) are values of their own, though they differ in nothing \
        but capitals, spaces and characters that nobody sees
        """
      }
    }
    return [ofClasses].compactMap { $0 } + ofCategories
  }

  /// Columns of more values are of texts that no one writes alike.
  private static let mostSpelled = 1_000

  /// The first of them and what it is taken for another than, in words, and how many more there are; nil where there are none.
  private static func differingInSpelling(_ names: [String]) -> (pair: String, others: Int)? {
    var first: [String: String] = [:]
    var pairs: [(String, String)] = []
    for name in names {
      var spelling = String.UnicodeScalarView()
      for scalar in name.lowercased().unicodeScalars
      where !scalar.properties.isWhitespace && scalar.properties.generalCategory != .format { spelling.append(scalar) }
      let spelled = String(spelling)
      if let other = first[spelled] { pairs.append((other, name)) } else { first[spelled] = name }
    }
    return pairs.first.map { ("\"\($0)\" and \"\($1)\"", pairs.count - 1) }
  }

  /// " (and 3 more)"
  private static func others(_ count: Int) -> String { count > 0 ? " (and \(count) more)" : "" }
}

extension Table {
  /// Why its labels may not be what the user wants, where none was named: a last column of many different numbers or texts.
  public var doubtAboutLabel: String? {
    let areNumbers = classNames.allSatisfy { ClassNames.integer($0) != nil }
    guard classCount >= 8 && 4 * classCount > sampleCount || areNumbers && classCount > 100 else { return nil }
    return """
      the label is the last column, and has \(classCount) different \(areNumbers ? "numbers" : "texts") in \(sampleCount) \
      rows, each of which is a class; if the classes stand in another column, name it by --label
      """
  }

  /// Of a table whose names are values of each of its columns, too.
  public var doubtOfNames: String? {
    guard let reading, reading.hasNames, classNames.contains(reading.labelName), !columns.isEmpty,
      columns.allSatisfy({ $0.kind != .numeric && $0.levels.contains($0.name) })
    else { return nil }
    return """
      \(name): "\(reading.labelName)" is the name of the column of labels, and a class, and so it is with the names of all other columns: if \
      the line of names stands again further below, as where files are joined, remove it there
      """
  }
}
