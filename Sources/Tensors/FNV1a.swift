/// The hash FNV-1a, of 64 bits: of bytes, as it is defined, or of larger words for a quick checksum. Not against anybody
/// who looks for collisions.
///
/// Source: draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm".
@frozen public struct FNV1a: Sendable {
  /// Of what was added so far.
  public var hash: UInt64

  /// The hash of nothing.
  public static let empty: UInt64 = 0xcbf2_9ce4_8422_2325

  /// - Parameter hash: Of what stands before.
  @inlinable
  public init(after hash: UInt64 = Self.empty) {
    self.hash = hash
  }

  public init(of bytes: some Sequence<UInt8>) {
    self.init()
    for byte in bytes { add(UInt64(byte)) }
  }

  /// Takes eight bytes in at once.
  @inlinable @inline(__always)
  public mutating func add(_ word: UInt64) {
    hash = (hash ^ word) &* 0x100_0000_01b3
  }
}
