internal import Configuration
internal import Foundation

/// What the sampled fields of one column are.
struct ColumnSurvey {
  private(set) var missing = 0
  /// Fields that are numbers or times in some way of writing them.
  private(set) var numbers = 0
  /// All others.
  private(set) var others = 0
  /// Of the numbers: those that programs write without a point, an exponent or a sign…
  private(set) var integers = 0
  /// …those in quotes, and those with digits behind a point.
  private(set) var quotedNumbers = 0
  private(set) var fractions = 0
  /// How often each text stands there that is not missing.
  private(set) var frequencies: [String: Int] = [:]
  /// How the numbers may be written, with each mark; `nil` fits all of them so far.
  private var asPoint = Written()
  private var asComma = Written()
  /// Numbers with a comma, or a point, behind which exactly three digits stand, and nothing tells more; the first of them.
  private var unclearCommas = 0
  private var unclearPoints = 0
  private(set) var firstUnclear: String?
  /// The least and the most digits of the integers, and whether one begins with a zero.
  private var digitCounts: (least: Int, most: Int) = (.max, 0)
  private var hasLeadingZero = false
  private var plainIntegers = 0
  private var times: [TimeText.Kind] = []

  /// One way in which all numbers of the column are written, as far as there is one.
  private struct Written {
    /// Nil before the first number.
    var form: NumberForm?
    var isPossible = true
    /// A number that can only be read with this mark.
    var proof: String?

    mutating func add(_ text: NumberText, _ mark: DecimalMark) -> Bool {
      guard let (_, group) = text.digits(mark) else {
        isPossible = false
        return false
      }
      add(
        NumberForm(
          decimal: mark, group: group, prefix: text.prefix, suffix: text.suffix, isEnclosed: text.isEnclosed,
          hasBrackets: text.isInBrackets, hasMinusSigns: text.hasMinusSign))
      return true
    }

    mutating func addPlain(_ mark: DecimalMark, group: Unicode.Scalar? = nil) {
      add(NumberForm(decimal: mark, group: group))
    }

    private mutating func add(_ new: NumberForm) {
      var new = new
      if let form {
        if new.group == nil { new.group = form.group }
        var old = form
        if old.group == nil { old.group = new.group }
        new.hasBrackets = new.hasBrackets || old.hasBrackets
        new.hasMinusSigns = new.hasMinusSigns || old.hasMinusSigns
        if old != new { isPossible = false }
      }
      form = new
    }
  }

  /// - Parameter text: Without quotes.
  mutating func add(_ text: String, isQuoted: Bool, isMissing: Bool) {
    let text = text.withoutSpaces
    guard !isMissing else {
      missing += 1
      return
    }
    frequencies[text, default: 0] += 1
    if let places = NumberForm.decimals(ofPlain: text) {
      addPlain(text, places, isQuoted: isQuoted)
      return
    }
    if let (_, kind) = TimeText.seconds(text) {
      numbers += 1
      times.append(kind)
      asPoint.isPossible = false
      asComma.isPossible = false
      return
    }
    guard let parts = NumberText(text) else {
      others += 1
      asPoint.isPossible = false
      asComma.isPossible = false
      return
    }
    let fitsPoint = asPoint.add(parts, .point)
    let fitsComma = asComma.add(parts, .comma)
    guard fitsPoint || fitsComma else {
      others += 1
      return
    }
    numbers += 1
    if isQuoted { quotedNumbers += 1 }
    let (hasPoint, hasComma) = (text.contains("."), text.contains(","))
    if !hasPoint, !hasComma { plainIntegers += 1 }
    if hasPoint || hasComma { fractions += 1 }
    if fitsPoint, !fitsComma { asPoint.proof = asPoint.proof ?? text }
    if fitsComma, !fitsPoint { asComma.proof = asComma.proof ?? text }
    if fitsPoint, fitsComma {
      // A whole part of 0 has no thousands.
      let startsWithZero = text.drop { !$0.isNumber }.first == "0"
      if hasComma {
        if startsWithZero { asComma.proof = asComma.proof ?? text } else { unclearCommas += 1 }
        if !startsWithZero { firstUnclear = firstUnclear ?? text }
      } else if hasPoint, startsWithZero {
        asPoint.proof = asPoint.proof ?? text
      }
    }
  }

  /// What `add` does of nearly all numbers, without taking them to pieces.
  private mutating func addPlain(_ text: String, _ decimals: Int?, isQuoted: Bool) {
    numbers += 1
    if isQuoted { quotedNumbers += 1 }
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    asPoint.addPlain(.point)
    guard let decimals else {
      if !isNegative { addInteger(text) }
      plainIntegers += 1
      asComma.addPlain(.comma)
      return
    }
    fractions += 1
    let whole = text.utf8.count - decimals - 1 - (isNegative ? 1 : 0)
    if decimals == 3, (1...3).contains(whole), text.utf8.dropFirst(isNegative ? 1 : 0).first != UInt8(ascii: "0") {
      // A point of thousands, in a file with decimal commas.
      asComma.addPlain(.comma, group: ".")
      unclearPoints += 1
      firstUnclear = firstUnclear ?? text
    } else {
      asComma.isPossible = false
      asPoint.proof = asPoint.proof ?? text
    }
  }

  private mutating func addInteger(_ text: String) {
    integers += 1
    let count = text.utf8.count
    digitCounts = (min(digitCounts.least, count), max(digitCounts.most, count))
    if count > 1, text.utf8.first == UInt8(ascii: "0") { hasLeadingZero = true }
  }

  var isEmpty: Bool { numbers + others == 0 }

  /// Whether nearly all of its fields are numbers.
  var isNumeric: Bool { numbers > 0 && others * 10 <= numbers }

  /// Whether the texts of its fields occur again and again.
  var isRepetitive: Bool {
    let total = numbers + others
    return total >= 4 && frequencies.count * 2 <= total
  }

  /// Whether every field is another.
  var isDistinct: Bool { missing == 0 && numbers + others > 0 && frequencies.count == numbers + others }

  /// A number that can be read with one of the marks only, where all of the column's can be read with it.
  func proof(of mark: DecimalMark) -> String? {
    let written = mark == .point ? asPoint : asComma
    return written.isPossible && numbers > 0 ? written.proof : nil
  }

  /// Whether its fields are codes, such as those of places: digits, as many in each, with zeros in front.
  var isOfCodes: Bool {
    hasLeadingZero && others == 0 && integers == numbers && digitCounts.least == digitCounts.most
  }

  /// Whether commas of its numbers may be those of thousands, as far as they tell by themselves.
  var hasUnclearCommas: Bool { unclearCommas > 0 }

  /// Whether it has numbers whose comma or point may be that of thousands or of decimals: nothing in them tells.
  var isUndecided: Bool {
    let isOpen = asPoint.isPossible && asComma.isPossible && asPoint.proof == nil && asComma.proof == nil
    return isOpen && unclearCommas + unclearPoints > 0
  }

  /// Whether a comma or a point may be that of thousands or of decimals: nothing in the column tells.
  ///
  /// Where commas are between the fields, too, so many numbers have three digits behind a comma, and others are below a
  /// thousand without one, they are thousands: decimals would have been cut at other places, too. A point is one of decimals where commas are between
  /// the fields, as hardly anybody writes who has another use for them; unless so many are of that kind.
  func isUnclear(_ delimiter: UInt8) -> Bool {
    guard isUndecided else { return false }
    if unclearCommas > 0 {
      return !(delimiter == UInt8(ascii: ",") && unclearCommas >= 20 && plainIntegers > 0)
    }
    guard unclearPoints > 0 else { return false }
    switch delimiter {
    case UInt8(ascii: ";"): return true
    case UInt8(ascii: ","): return unclearPoints >= 20 && plainIntegers > 0
    default: return plainIntegers > 0
    }
  }

  /// How its numbers are written in a file with that mark; nil where it has none, or not all fit.
  func reading(_ mark: DecimalMark) -> ColumnReading? {
    // A few others among them are told with their lines, as they are among numbers.
    if let kind = times.first, times.allSatisfy({ $0 == kind }),
      ColumnPlan.areRare(numbers + others - times.count, of: numbers + others)
    {
      return .time(kind)
    }
    let written = mark == .point ? asPoint : asComma
    guard others == 0, written.isPossible else { return nil }
    return written.form.map { .number($0) }
  }
}

/// How the fields of a column are turned into numbers.
enum ColumnReading: Equatable, Sendable {
  case number(NumberForm)
  case time(TimeText.Kind)

  /// What a field of it is, for messages: "a date".
  var noun: String {
    switch self {
    case .number: "a number"
    case .time(.date): "a date"
    case .time(.timeOfDay): "a time of day"
    }
  }

  /// "dates"
  var nouns: String {
    switch self {
    case .number: "numbers"
    case .time: unit.description
    }
  }

  static let plain = ColumnReading.number(.plain)

  var unit: FeatureColumn.Unit {
    switch self {
    case .time(.date): .date
    case .time(.timeOfDay): .timeOfDay
    case .number(let form): form.suffix == "%" ? .percent : .none
    }
  }

  /// Nil where `text` is none of them; infinite or NaN where it says so.
  ///
  /// - Parameter takesGroups: See `NumberForm.value`.
  func value(_ text: String, takesGroups: Bool = false) -> Double? {
    let text = text.withoutSpaces
    switch self {
    case .time(let kind): return TimeText.seconds(text).flatMap { $0.kind == kind ? $0.value : nil }
    case .number(let form):
      // Nearly all texts that are none end here.
      if let first = text.utf8.first, first >= UInt8(ascii: "A"), first < 128, form.prefix.isEmpty,
        first | 0x20 != UInt8(ascii: "i"), first | 0x20 != UInt8(ascii: "n")
      {
        return nil
      }
      if let value = form.value(text, takesGroups: takesGroups) { return value }
      // "inf" is a number like others, to be refused as such.
      let bytes = Array(text.utf8)
      return DecimalParser.double(bytes.span, 0..<bytes.count).flatMap { $0.isFinite ? nil : $0 }
    }
  }
}

extension String {
  /// Without the white space at either end that may stand within quotes.
  fileprivate var withoutSpaces: String {
    guard let first = utf8.first, let last = utf8.last, first <= 32 || last <= 32 else { return self }
    return trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
