/// The checksum of iSCSI, which records of events have: CRC-32 by Castagnoli's polynomial.
///
/// Source: RFC 3720, appendix B.4.
public enum CRC32C {
  /// 0x1EDC6F41 with its bits reversed.
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// What a byte makes of a checksum of 0.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
  }

  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let table = table
    return ~bytes.reduce(UInt32.max) { value, byte in
      table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8
    }
  }

  /// As a record stores it: a checksum of bytes that hold their own checksum would otherwise be a constant.
  ///
  /// Source: TensorFlow's "TFRecord" format.
  public static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = of(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
