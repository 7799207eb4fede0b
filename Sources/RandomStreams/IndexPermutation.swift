/// A random permutation of 0 ..< `count` that is evaluated at any index without being stored, so
/// that every rank can ask where a sample of the whole data set goes.
///
/// A balanced Feistel network over the next power of four, with Philox as its round function;
/// results outside the range are fed back until they fall inside ("cycle walking"), which takes
/// fewer than four passes on average.
///
/// Source: Black, Rogaway, "Ciphers with arbitrary finite domains" (CT-RSA 2002).
public struct IndexPermutation: Sendable {
  public let count: Int
  private let key: SIMD2<UInt32>
  private let tag: UInt32
  private let stream: UInt32
  private let halfBits: UInt64

  /// - Parameter index: Tells permutations of one purpose apart (a class, say).
  public init(count: Int, seed: UInt64, purpose: RandomPurpose, index: Int = 0) {
    precondition(count >= 0 && count <= 1 << 48, "a permutation of \(count)")
    self.count = count
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    tag = purpose.rawValue
    stream = UInt32(index)
    var bits: UInt64 = 1
    while 1 << (2 * bits) < count { bits += 1 }
    halfBits = bits
  }

  /// The place that `index` is moved to, both in 0 ..< count.
  public subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count, "index \(index) of a permutation of \(count)")
    var value = UInt64(index)
    repeat { value = encrypt(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func encrypt(_ value: UInt64) -> UInt64 {
    let mask = (1 as UInt64) << halfBits - 1
    var (left, right) = (value >> halfBits, value & mask)
    for round in 0..<(6 as UInt32) {
      // Halves have at most 24 bits, so one word holds them.
      let mixed = Philox.block(counter: SIMD4(UInt32(right), stream, round, tag), key: key)
      (left, right) = (right, left ^ (UInt64(mixed[0]) & mask))
    }
    return left << halfBits | right
  }
}
