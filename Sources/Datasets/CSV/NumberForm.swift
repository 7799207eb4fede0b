public import Configuration

/// How the numbers of a column are written, all of them alike: the decimal mark, a separator of thousands, a currency
/// or a percent sign, quotation marks. "12 %" is 12.
public struct NumberForm: Equatable, Sendable {
  public internal(set) var decimal = DecimalMark.point
  /// Between groups of three digits: a comma, a point, an apostrophe, or a space.
  public internal(set) var group: Unicode.Scalar?
  /// "$"
  public internal(set) var prefix = ""
  /// "%"
  public internal(set) var suffix = ""
  /// Whether single quotation marks stand around the number.
  public internal(set) var isEnclosed = false
  /// Whether some are in brackets, which makes them negative: it is told, and makes no other form of it.
  public internal(set) var hasBrackets = false
  /// Whether some have the minus sign of typesetters (U+2212): the same goes for it.
  public internal(set) var hasMinusSigns = false

  /// Whether both read the same of every text: brackets and minus signs may always be.
  public static func == (one: NumberForm, other: NumberForm) -> Bool {
    one.decimal == other.decimal && one.group == other.group && one.prefix == other.prefix && one.suffix == other.suffix
      && one.isEnclosed == other.isEnclosed
  }

  /// As programs write numbers.
  package static let plain = NumberForm()

  /// Whether more than the decimal mark is to be known of them.
  var isUnusual: Bool {
    group != nil || !prefix.isEmpty || !suffix.isEmpty || isEnclosed || hasBrackets || hasMinusSigns
  }

  /// What is worth saying of it; nil for plain numbers.
  var summary: String? {
    var parts: [String] = []
    if decimal == .comma { parts.append("decimal comma") }
    if let group { parts.append("thousands by \(Self.groupNames[group] ?? "a separator")") }
    if !prefix.isEmpty { parts.append(prefix) }
    if !suffix.isEmpty { parts.append(suffix) }
    if isEnclosed { parts.append("in single quotes") }
    if hasBrackets { parts.append("(1) for -1") }
    if hasMinusSigns { parts.append("\u{2212}1 (U+2212) for -1") }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private static let groupNames: [Unicode.Scalar: String] = [
    ",": "comma", ".": "point", "'": "apostrophe", "’": "apostrophe", " ": "space", "\u{A0}": "space",
    "\u{202F}": "space",
  ]

  /// The number that `text` is in this form; nil where it is none.
  ///
  /// - Parameter takesGroups: Whether thousands may be separated where the form has no separator: else only beside the decimal
  ///   mark, where what separates them can be nothing else.
  package func value(_ text: String, takesGroups: Bool = false) -> Double? {
    // Nearly all numbers, without taking them to pieces.
    if decimal == .point, prefix.isEmpty, suffix.isEmpty, !isEnclosed, Self.decimals(ofPlain: text) != nil {
      return Self.double(text)
    }
    guard let parts = NumberText(text), parts.prefix == prefix, parts.suffix == suffix, parts.isEnclosed == isEnclosed,
      let (digits, group) = parts.digits(decimal)
    else { return nil }
    guard group == nil || group == self.group || (self.group == nil && (takesGroups || parts.has(decimal))) else {
      return nil
    }
    return Self.double(digits)
  }

  private static func double(_ text: String) -> Double? {
    let bytes = text.utf8.span
    return DecimalParser.double(bytes, 0..<bytes.count)
  }

  /// The digits behind the point of a number of digits alone, with a minus at most; nil for other texts, and within them
  /// for whole numbers.
  static func decimals(ofPlain text: String) -> Int?? {
    var (digits, point, count) = (0, nil as Int?, 0)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: ".") where point == nil && digits > 0: point = count
      case UInt8(ascii: "-") where count == 0: break
      default: return nil
      }
      count += 1
    }
    guard digits > 0, point != count - 1 else { return nil }
    return .some(point.map { count - $0 - 1 })
  }
}

/// As it stands in a model's file: with what it has.
extension NumberForm: Codable {
  private enum Key: String, CodingKey {
    case decimal, prefix, suffix, group
    case isEnclosed = "quoted"
    case hasBrackets = "brackets"
    case hasMinusSigns = "minus_signs"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(decimal, forKey: .decimal)
    try container.encodeIfPresent(group.map { String($0) }, forKey: .group)
    if !prefix.isEmpty { try container.encode(prefix, forKey: .prefix) }
    if !suffix.isEmpty { try container.encode(suffix, forKey: .suffix) }
    if isEnclosed { try container.encode(true, forKey: .isEnclosed) }
    if hasBrackets { try container.encode(true, forKey: .hasBrackets) }
    if hasMinusSigns { try container.encode(true, forKey: .hasMinusSigns) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    decimal = try container.decode(DecimalMark.self, forKey: .decimal)
    group = try container.decodeIfPresent(String.self, forKey: .group)?.unicodeScalars.first
    prefix = try container.decodeIfPresent(String.self, forKey: .prefix) ?? ""
    suffix = try container.decodeIfPresent(String.self, forKey: .suffix) ?? ""
    isEnclosed = try container.decodeIfPresent(Bool.self, forKey: .isEnclosed) ?? false
    hasBrackets = try container.decodeIfPresent(Bool.self, forKey: .hasBrackets) ?? false
    hasMinusSigns = try container.decodeIfPresent(Bool.self, forKey: .hasMinusSigns) ?? false
    guard NumberText.canHave(group: group, prefix: prefix, suffix: suffix) else {
      throw DecodingError.dataCorruptedError(
        forKey: .prefix, in: container, debugDescription: "numbers are not written with \(self)")
    }
  }
}

/// A text that could be a number, taken to pieces: sign, prefix, body, suffix.
struct NumberText {
  private(set) var prefix = ""
  private(set) var suffix = ""
  private(set) var isEnclosed = false
  private(set) var isInBrackets = false
  private(set) var hasMinusSign = false
  private var isNegative = false
  private var body: ArraySlice<Unicode.Scalar>

  private static let currencies: Set<Unicode.Scalar> = ["$", "€", "£", "¥", "₹", "₽", "₩", "₺"]
  private static let currencyCodes: Set<String> = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HUF", "INR", "JPY", "KRW", "MXN", "NOK", "NZD",
    "PLN",
    "RUB", "SEK", "SGD", "TRY", "USD", "ZAR",
  ]
  private static let spaces: Set<Unicode.Scalar> = [" ", "\u{A0}", "\u{202F}"]
  private static let groups: Set<Unicode.Scalar> = [",", ".", "'", "’", " ", "\u{A0}", "\u{202F}"]

  /// Whether some text has these.
  static func canHave(group: Unicode.Scalar?, prefix: String, suffix: String) -> Bool {
    func isCurrency(_ text: String) -> Bool {
      text.isEmpty || currencyCodes.contains(text)
        || text.unicodeScalars.count == 1 && text.unicodeScalars.allSatisfy(currencies.contains)
    }
    return group.map(groups.contains) ?? true && isCurrency(prefix)
      && (isCurrency(suffix) || ["%", "‰"].contains(suffix))
  }

  /// Nil where it has no digits in the right place.
  init?(_ text: String) {
    body = Array(text.unicodeScalars)[...]
    trim()
    if body.count >= 3, body.first == "'", body.last == "'" {
      isEnclosed = true
      body = body.dropFirst().dropLast()
      trim()
    }
    var hasSign = false
    // As accounts have it.
    if body.count >= 3, body.first == "(", body.last == ")" {
      (hasSign, isNegative, isInBrackets) = (true, true, true)
      body = body.dropFirst().dropLast()
      trim()
    }
    while let first = body.first {
      if !hasSign, first == "-" || first == "+" || first == "\u{2212}" {
        (hasSign, isNegative, hasMinusSign) = (true, first != "+", first == "\u{2212}")
      } else if prefix.isEmpty, Self.currencies.contains(first) {
        prefix = String(first)
      } else if prefix.isEmpty, Self.currencyCodes.contains(Self.text(body.prefix(3))) {
        prefix = Self.text(body.prefix(3))
        body = body.dropFirst(2)
      } else if Self.spaces.contains(first), hasSign || !prefix.isEmpty {
      } else {
        break
      }
      body = body.dropFirst()
    }
    if let last = body.last, last == "%" || last == "‰" || Self.currencies.contains(last) {
      suffix = String(last)
      body = body.dropLast()
      trim()
    } else if Self.currencyCodes.contains(Self.text(body.suffix(3))) {
      suffix = Self.text(body.suffix(3))
      body = body.dropLast(3)
      trim()
    }
    guard let first = body.first, Self.isDigit(first) || ((first == "." || first == ",") && body.count > 1) else {
      return nil
    }
  }

  /// The number as programs write it, and what separates its thousands, where something does.
  func digits(_ decimal: DecimalMark) -> (text: String, group: Unicode.Scalar?)? {
    let mark: Unicode.Scalar = decimal == .point ? "." : ","
    var mantissa = body
    var exponent = ""
    if let place = body.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      mantissa = body[..<place]
      let power = body[(place + 1)...]
      let digits = power.first == "-" || power.first == "+" ? power.dropFirst() : power
      guard !digits.isEmpty, digits.allSatisfy(Self.isDigit) else { return nil }
      exponent = "e" + Self.text(power)
    }
    var whole = mantissa
    var fraction: ArraySlice<Unicode.Scalar> = []
    if let place = mantissa.lastIndex(of: mark) {
      (whole, fraction) = (mantissa[..<place], mantissa[(place + 1)...])
      guard fraction.allSatisfy(Self.isDigit), !whole.isEmpty || !fraction.isEmpty else { return nil }
    }
    guard let (wholeDigits, group) = Self.ungrouped(whole, mark) else { return nil }
    let text = (isNegative ? "-" : "") + (wholeDigits.isEmpty ? "0" : wholeDigits) + "." + Self.text(fraction) + "0"
    return (text + exponent, group)
  }

  func has(_ mark: DecimalMark) -> Bool { body.contains(mark == .point ? "." : ",") }

  /// The digits of a whole number, without separators of thousands: one to three digits, then three each.
  private static func ungrouped(
    _ whole: ArraySlice<Unicode.Scalar>, _ mark: Unicode.Scalar
  ) -> (digits: String, group: Unicode.Scalar?)? {
    guard let group = whole.first(where: { !isDigit($0) }) else { return (text(whole), nil) }
    guard groups.contains(group), group != mark else { return nil }
    let parts = whole.split(separator: group, omittingEmptySubsequences: false)
    guard (1...3).contains(parts[0].count), parts.dropFirst().allSatisfy({ $0.count == 3 }),
      parts.allSatisfy({ $0.allSatisfy(isDigit) })
    else { return nil }
    return (parts.map { text($0) }.joined(), group)
  }

  private mutating func trim() {
    body = body.drop { Self.spaces.contains($0) }
    while let last = body.last, Self.spaces.contains(last) { body = body.dropLast() }
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }
}
