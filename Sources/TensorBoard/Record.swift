/// Records of bytes one after another, as TensorFlow's files have them ("TFRecord"), all in little-endian order:
///
///     UInt64  length
///     UInt32  masked CRC-32C of the length
///     bytes   [length]
///     UInt32  masked CRC-32C of the bytes
public enum Record {
  private static let headBytes = 12
  private static let tailBytes = 4

  /// A record that holds `content`.
  public static func framed(_ content: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(content.count))
    return length + littleEndian(CRC32C.masked(length)) + content + littleEndian(CRC32C.masked(content))
  }

  /// What the records of a file hold, up to the first that is cut or damaged.
  public static func contents(of file: [UInt8]) -> [ArraySlice<UInt8>] {
    var contents: [ArraySlice<UInt8>] = []
    var rest = file[...]
    while rest.count >= headBytes + tailBytes {
      let length = rest.prefix(8)
      guard number(rest.dropFirst(8).prefix(4)) == UInt64(CRC32C.masked(length)),
        let count = Int(exactly: number(length)), count <= rest.count - headBytes - tailBytes
      else { break }
      let content = rest.dropFirst(headBytes).prefix(count)
      guard number(rest.dropFirst(headBytes + count).prefix(tailBytes)) == UInt64(CRC32C.masked(content)) else { break }
      contents.append(content)
      rest = rest.dropFirst(headBytes + count + tailBytes)
    }
    return contents
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
