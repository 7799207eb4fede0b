internal import CFastFloat

/// Reads a decimal number, correctly rounded.
enum DecimalParser {
  /// The number that is the whole of `range`; nil where the text is none. Infinite where it is too
  /// large, or says so; NaN where it says so.
  static func float(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Float? {
    unsafe parse(bytes, range, into: 0) { unsafe cfastfloat_parse($0, $1, &$2) }
  }

  /// The same, rounded to Float64.
  static func double(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
    unsafe parse(bytes, range, into: 0) { unsafe cfastfloat_parse_double($0, $1, &$2) }
  }

  /// Whether a number is written as 0, and is not merely smaller than what a float holds.
  static func isZero(_ bytes: Span<UInt8>, _ number: Range<Int>) -> Bool {
    for index in number {
      if bytes[index] | 0x20 == UInt8(ascii: "e") { break }
      if bytes[index] >= UInt8(ascii: "1"), bytes[index] <= UInt8(ascii: "9") { return false }
    }
    return true
  }

  @inline(__always) @unsafe
  private static func parse<Value>(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into value: Value,
    _ parse: (UnsafePointer<CChar>, UnsafePointer<CChar>, inout Value) -> UnsafePointer<CChar>?
  ) -> Value? {
    var range = range
    // fast_float takes no plus sign.
    if let first = range.first, bytes[first] == UInt8(ascii: "+"), range.count > 1 {
      guard bytes[first + 1] != UInt8(ascii: "-") else { return nil }
      range = (first + 1)..<range.upperBound
    }
    guard !range.isEmpty else { return nil }
    return unsafe bytes.extracting(range).withUnsafeBytes { text -> Value? in
      guard let base = text.baseAddress else { return nil }
      let first = unsafe base.assumingMemoryBound(to: CChar.self)
      let last = unsafe first + text.count
      var value = value
      guard let end = unsafe parse(first, last, &value), unsafe end == last else { return nil }
      return value
    }
  }

  /// The number at `start`, written plainly: digits with a point among them and a small exponent, as
  /// nearly all data is. One pass finds its value and its end.
  ///
  /// Digits below 2⁵³ and powers of ten up to 10²² are exact in Float64, so their quotient or product
  /// is correctly rounded to Float64 (Clinger, "How to read floating point numbers accurately", PLDI
  /// 1990); rounding it again, to Float32, is right unless it lies in the very middle between two.
  ///
  /// - Returns: The number and the first byte after it; nil where it takes more care, which is for
  ///   `float` to say.
  @inline(__always)
  static func plainFloat(_ bytes: Span<UInt8>, from start: Int) -> (value: Float, end: Int)? {
    guard start + longestPlainNumber <= bytes.count else { return nil }
    return unsafe bytes.withUnsafeBytes { bytes in
      var index = start
      let negative = unsafe bytes[index] == UInt8(ascii: "-")
      if negative { index += 1 }
      let whole = unsafe DigitWord(bytes, at: index)
      guard whole.count < 8 else { return nil }
      var digits = whole.value
      var digitCount = whole.count
      var exponent = 0
      index += whole.count
      if unsafe bytes[index] == UInt8(ascii: ".") {
        index += 1
        var decimals = unsafe DigitWord(bytes, at: index)
        digits = digits &* DigitWord.powersOfTen[decimals.count] &+ decimals.value
        digitCount += decimals.count
        exponent -= decimals.count
        index += decimals.count
        if decimals.count == 8 {
          unsafe decimals = DigitWord(bytes, at: index)
          guard decimals.count < 8 else { return nil }
          digits = digits &* DigitWord.powersOfTen[decimals.count] &+ decimals.value
          digitCount += decimals.count
          exponent -= decimals.count
          index += decimals.count
        }
      }
      guard digitCount > 0, digits < 1 << 53, digitCount <= 18 else { return nil }
      if unsafe bytes[index] | 0x20 == UInt8(ascii: "e") {
        index += 1
        let sign = unsafe bytes[index]
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { index += 1 }
        let power = unsafe DigitWord(bytes, at: index)
        guard power.count > 0, power.count <= 2 else { return nil }
        exponent += sign == UInt8(ascii: "-") ? -Int(power.value) : Int(power.value)
        index += power.count
      }
      let value: Double
      if exponent <= 0 {
        guard exponent >= -22 else { return nil }
        value = Double(digits) / powersOfTen[-exponent]
      } else {
        guard exponent <= 22 else { return nil }
        value = Double(digits) * powersOfTen[exponent]
      }
      let isHalfway = value.bitPattern & 0x1FFF_FFFF == 0x1000_0000
      guard !isHalfway, value < 0x1p127, value >= 0x1p-126 || digits == 0 else { return nil }
      return (Float(negative ? -value : value), index)
    }
  }

  /// A sign, a word of digits, the point, two words, and an exponent with all that is looked at.
  private static let longestPlainNumber = 1 + 8 + 1 + 16 + 2 + 8

  private static let powersOfTen: InlineArray<23, Double> = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}

/// The digits at the beginning of eight bytes, all at once.
///
/// Source: Lemire, "Number parsing at a gigabyte per second" (2021).
private struct DigitWord {
  /// 0 ... 8
  let count: Int
  let value: UInt64

  @inline(__always) @unsafe
  init(_ bytes: UnsafeRawBufferPointer, at index: Int) {
    let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    let offsets = word ^ 0x3030_3030_3030_3030
    // The high bit of each byte that is above 9, up to the first such.
    let others = (offsets &+ 0x7676_7676_7676_7676 | offsets) & 0x8080_8080_8080_8080
    count = others.trailingZeroBitCount / 8
    // Leading zeros are put before the digits.
    var digits = count == 0 ? 0 : offsets << UInt64(64 - 8 * count)
    digits = (digits &* 10 &+ digits >> 8) & 0x00FF_00FF_00FF_00FF
    digits = (digits &* 100 &+ digits >> 16) & 0x0000_FFFF_0000_FFFF
    value = (digits &* 10_000 &+ digits >> 32) & 0xFFFF_FFFF
  }

  static let powersOfTen: InlineArray<9, UInt64> = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
  ]
}
