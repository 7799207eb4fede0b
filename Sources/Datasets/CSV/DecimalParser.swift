internal import CFastFloat

/// Reads a decimal number, correctly rounded to Float32.
enum DecimalParser {
  /// The number that is the whole of `range`; nil where the text is none. Infinite where it is too
  /// large, or says so; NaN where it says so.
  @inline(__always)
  static func float(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Float? {
    if let value = shortDecimal(bytes, range) { return value }
    return anyDecimal(bytes, range)
  }

  /// Up to seven digits with a point among them, as most data has. Digits below 2²⁴ and powers of
  /// ten up to 10¹⁰ are exact in Float32, so their quotient is correctly rounded.
  ///
  /// Source: Clinger, "How to read floating point numbers accurately" (PLDI 1990).
  @inline(__always)
  private static func shortDecimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Float? {
    var index = range.lowerBound
    let end = range.upperBound
    guard index < end else { return nil }
    let negative = bytes[index] == UInt8(ascii: "-")
    if negative { index += 1 }
    var digits: UInt32 = 0
    var digitCount = 0
    var decimals = 0
    var afterPoint = false
    while index < end {
      let digit = bytes[index] &- UInt8(ascii: "0")
      if digit < 10 {
        digits = digits &* 10 &+ UInt32(digit)
        digitCount += 1
        if afterPoint { decimals += 1 }
      } else if bytes[index] == UInt8(ascii: "."), !afterPoint {
        afterPoint = true
      } else {
        return nil
      }
      index += 1
    }
    guard digitCount > 0, digitCount <= 9, digits < 1 << 24 else { return nil }
    let value = Float(digits) / powersOfTen[decimals]
    return negative ? -value : value
  }

  private static let powersOfTen: InlineArray<10, Float> = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

  private static func anyDecimal(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Float? {
    var range = range
    // fast_float takes no plus sign.
    if let first = range.first, bytes[first] == UInt8(ascii: "+"), range.count > 1 {
      guard bytes[first + 1] != UInt8(ascii: "-") else { return nil }
      range = (first + 1)..<range.upperBound
    }
    guard !range.isEmpty else { return nil }
    return unsafe bytes.extracting(range).withUnsafeBytes { text -> Float? in
      guard let base = text.baseAddress else { return nil }
      let first = unsafe base.assumingMemoryBound(to: CChar.self)
      let last = unsafe first + text.count
      var value: Float = 0
      guard let end = unsafe cfastfloat_parse(first, last, &value), unsafe end == last else { return nil }
      return value
    }
  }
}
