internal import CFastFloat

/// Writes numbers as text.
public enum DecimalWriter {
  /// Bytes that any Float takes: a sign, nine digits, a point, and an exponent of four characters.
  private static let longest = 16

  /// Appends the shortest text that reads as the same number: "0.25", "1e-05".
  public static func append(_ value: Float, to bytes: inout [UInt8]) {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: longest) { text in
      guard let start = text.baseAddress,
        let end = unsafe cfastfloat_write(start, start + longest, value)
      else { preconditionFailure("a Float takes more than \(longest) characters") }
      let count = unsafe end - start
      for place in 0..<count { bytes.append(UInt8(bitPattern: unsafe text[place])) }
    }
  }
}
