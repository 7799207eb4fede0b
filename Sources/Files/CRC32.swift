internal import CZlib

/// The checksum of zlib, gzip and PNG: it detects every change of up to 32 neighbouring bits, and others but for one
/// in 2³².
public struct CRC32 {
  private var value = crc32_z(0, nil, 0)

  public init() {}

  /// Takes the next bytes in.
  public mutating func add(_ bytes: [UInt8]) {
    value = unsafe bytes.withUnsafeBufferPointer { unsafe crc32_z(value, $0.baseAddress, $0.count) }
  }

  /// Takes the next bytes in.
  public mutating func add(_ bytes: Span<UInt8>) {
    value = unsafe bytes.withUnsafeBufferPointer { unsafe crc32_z(value, $0.baseAddress, $0.count) }
  }

  /// As archives and pictures store it.
  public var number: Int { Int(value) }

  /// Eight hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
