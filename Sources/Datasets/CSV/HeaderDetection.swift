internal import Configuration

/// Whether the first line of a table is the names of its columns.
enum HeaderDetection {
  enum Decision: Equatable {
    case names
    case row
    /// With the reason, in words.
    case unclear(String)
  }

  /// A field of the first line, and what the sampled fields below it are.
  struct Column {
    let text: String
    let isQuoted: Bool
    let kind: Kind
    let below: ColumnSurvey

    enum Kind: Equatable {
      case missing
      /// Digits alone.
      case integer(Int)
      case number
      case word
    }

    /// - Parameter isMissing: Whether the text stands for a missing value. (Those are no names.)
    init(_ text: String, isQuoted: Bool, isMissing: Bool, below: ColumnSurvey) {
      self.text = text
      self.isQuoted = isQuoted
      self.below = below
      var itself = ColumnSurvey()
      itself.add(text, isQuoted: isQuoted, isMissing: isMissing)
      // What has no letter is no word that names something.
      if isMissing || itself.numbers == 0 && !text.contains(where: \.isLetter) {
        kind = .missing
      } else if itself.numbers == 0 {
        kind = .word
      } else {
        kind = itself.integers > 0 ? Int(text).map { .integer($0) } ?? .number : .number
      }
    }

    var isNumber: Bool {
      switch kind {
      case .integer, .number: true
      case .missing, .word: false
      }
    }

    /// Whether it has digits where texts below it have some: "ID1" above "ID2".
    var hasShapeOfThoseBelow: Bool {
      guard text.contains(where: \.isNumber) else { return false }
      let shape = Self.shape(text)
      return below.frequencies.keys.contains { Self.shape($0) == shape }
    }

    private static func shape(_ text: String) -> String {
      var shape = ""
      for character in text {
        let kind: Character = character.isNumber ? "0" : character
        if kind != "0" || shape.last != "0" { shape.append(kind) }
      }
      return shape
    }

    /// Whether it is more than all numbers below it, or less, by more than so many widths of their range.
    func isBeyondThoseBelow(byWidths widths: Double) -> Bool {
      let others = below.frequencies.keys.map { Self.value($0) }
      let numbers = others.compactMap { $0 }
      guard numbers.count == others.count, let value = Self.value(text), let least = numbers.min(),
        let most = numbers.max()
      else { return false }
      let distance = max(value - most, least - value)
      return distance > 0 && distance > widths * (most - least)
    }

    /// Of digits with a point or a comma at most once; nil for what is written in other ways.
    static func value(_ text: String) -> Double? {
      guard let parts = NumberText(text) else { return nil }
      let readings = [parts.digits(.point), parts.digits(.comma)].compactMap { $0 }
      return readings.first { $0.group == nil }.flatMap { Double($0.text) }
    }

    /// Whether it is a value that occurs below, too.
    var recurs: Bool { below.frequencies[text] != nil }
  }

  /// Names are unlike what stands below them: words above numbers, quoted where numbers are not, texts that never occur
  /// again. Numbers are names where programs number columns without names, or where they are years.
  ///
  /// - Parameters:
  ///   - label: The place of the labels.
  ///   - hasTraining: Whether the table goes with another, which may tell.
  static func decide(_ columns: [Column], label: Int?, hasTraining: Bool = false) -> Decision {
    let overNumbers = columns.filter { $0.below.isNumeric }
    let words = overNumbers.filter { $0.kind == .word }
    let numbers = overNumbers.filter { $0.isNumber }
    let overTexts = columns.filter { !$0.below.isNumeric && !$0.below.isEmpty && $0.kind != .missing }
    let recurring = overTexts.filter(\.recurs)
    let fresh = overTexts.filter { !$0.recurs }
    let integers = numbers.compactMap { if case .integer(let value) = $0.kind { value } else { nil } }
    let areCounted =
      integers.count == numbers.count && integers.count >= 2
      && zip(integers, integers.dropFirst()).allSatisfy { $0 + 1 == $1 }
    let isQuotedAbovePlain =
      !numbers.isEmpty && columns.allSatisfy { $0.isQuoted }
      && numbers.allSatisfy { $0.below.quotedNumbers == 0 }

    if isNumbering(columns), columns.count >= 3, !fresh.isEmpty, recurring.isEmpty { return .names }
    if isQuotedAbovePlain {
      return areCounted || !words.isEmpty || !fresh.isEmpty
        ? .names : .unclear("its numbers are in quotes, those below it are not")
    }
    if !words.isEmpty {
      if numbers.isEmpty {
        // "unknown" above every number is no name.
        let areDifferent = 2 * Set(words.map(\.text)).count > words.count
        guard areDifferent else { return .unclear("the same word stands above several columns of numbers") }
        return recurring.isEmpty || words.count > 2 * recurring.count
          ? .names : .unclear("it has a word above numbers, but also values that occur below it")
      }
      let isWordAboveLabels = label.map { columns[$0].below.isNumeric && columns[$0].kind == .word } ?? false
      if (isWordAboveLabels && integers.count == numbers.count && recurring.isEmpty) || areCounted { return .names }
      return .unclear("it has both words and numbers above numbers")
    }
    if isIndexed(columns, areCounted: areCounted || numbers.isEmpty) { return .names }
    let freshAmongFew = fresh.count { $0.below.isRepetitive }
    // A number with a fraction or a sign is no name…
    let hasNumber = integers.count < numbers.count
    // …unless it is a wavelength, a mass or a time among others. (Other data for a model has its names, or none.)
    if hasNumber, !hasTraining, recurring.isEmpty, freshAmongFew > 0, isScale(numbers) {
      return isScaleBeyondDoubt(numbers)
        ? .names
        : .unclear("its numbers are in order, as those of a scale are, and its texts do not occur below it")
    }
    if overNumbers.isEmpty, areOfLinesOfTheirOwn(columns) {
      return .unclear("the whole line stands again below it, as where files are joined, and its texts nowhere else")
    }
    if !recurring.isEmpty {
      return hasNumber || freshAmongFew < 2
        ? .row : .unclear("some of its texts occur below it, others never do where few texts occur again and again")
    }
    guard !numbers.isEmpty else {
      guard !fresh.isEmpty else { return .row }
      let looksLikeOne = fresh.contains(where: \.hasShapeOfThoseBelow)
      return overNumbers.isEmpty && freshAmongFew >= 2 && !looksLikeOne
        ? .names : .unclear("none of its texts occurs below it")
    }
    guard !hasNumber else { return .row }
    let isAboveFractions = numbers.allSatisfy { $0.below.fractions == $0.below.numbers }
    if fresh.isEmpty {
      guard areCounted, integers.count >= 3 || isAboveFractions || isNumbering(columns) else { return .row }
      return isAboveFractions || (integers[0] == 0 && integers.count >= 6)
        ? .names : .unclear("its numbers count the columns")
    }
    if isAboveFractions, integers.count >= 2 { return .names }
    return freshAmongFew > 0 || (areCounted && integers.count >= 3) ? .unclear("its texts do not occur below it") : .row
  }

  /// Whether the texts recur equally often, and seldom: where they are names, so many lines of names stand below.
  private static func areOfLinesOfTheirOwn(_ columns: [Column]) -> Bool {
    let counts = columns.map { $0.below.frequencies[$0.text] ?? 0 }
    guard columns.count >= 2, let count = counts.first, count > 0, counts.allSatisfy({ $0 == count }) else {
      return false
    }
    return columns.allSatisfy { $0.below.others >= 10 * count }
  }

  /// Whether numbers may be those of a scale: they rise from column to column, or fall, and each is beyond all numbers below it, two of
  /// them far; or there are many, at nearly equal distances.
  private static func isScale(_ columns: [Column]) -> Bool {
    let values = columns.compactMap { Column.value($0.text) }
    guard values.count == columns.count, values.count >= 2 else { return false }
    let steps = zip(values, values.dropFirst()).map { $1 - $0 }
    guard steps.allSatisfy({ $0 > 0 }) || steps.allSatisfy({ $0 < 0 }) else { return false }
    if columns.allSatisfy({ $0.isBeyondThoseBelow(byWidths: columns.count == 2 ? 2 : 0) }) { return true }
    let lengths = steps.map(\.magnitude)
    return columns.count >= 8 && (lengths.max() ?? 0) <= 1.5 * (lengths.min() ?? 0)
  }

  /// A row whose class occurs once may have the largest numbers of few rows, or be the first of sorted ones; not by this much.
  private static func isScaleBeyondDoubt(_ columns: [Column]) -> Bool {
    columns.count >= 6 && columns.allSatisfy { $0.below.numbers >= 20 && $0.isBeyondThoseBelow(byWidths: 2) }
  }

  /// Whether the line is 0, 1, 2, …, or from 1 on, as programs name columns without names; behind nothing, above an index.
  private static func isNumbering(_ columns: [Column]) -> Bool {
    let named = columns.first?.text.isEmpty ?? false ? columns.dropFirst() : columns[...]
    return named.count >= 2
      && [0, 1].contains { start in named.enumerated().allSatisfy { $0.element.kind == .integer(start + $0.offset) } }
  }

  /// Whether nothing stands above the numbers of the rows, as pandas and R write them.
  ///
  /// - Parameter areCounted: Whether the other names are numbers in order, or none.
  private static func isIndexed(_ columns: [Column], areCounted: Bool) -> Bool {
    guard let first = columns.first, first.text.isEmpty, first.below.isDistinct, first.below.isNumeric,
      first.below.integers == first.below.numbers
    else { return false }
    let rows = Set(first.below.frequencies.keys.compactMap { Int($0) })
    guard let least = rows.min(), let most = rows.max(), rows.count >= 2 else { return false }
    let countsRows = least <= 1 && most - least + 1 == rows.count
    let others = columns.dropFirst()
    return countsRows && !others.contains { $0.kind == .missing } && areCounted
  }
}
