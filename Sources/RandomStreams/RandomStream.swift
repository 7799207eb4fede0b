internal import Foundation

/// What a stream of random numbers is for. Streams of different purposes never share a number.
public enum RandomPurpose: UInt32, Sendable {
  case initialization = 1
  case shuffle = 2
  case dropout = 3
  case validationSplit = 4
  case syntheticLabels = 5
  case syntheticCenters = 6
  case syntheticFeatures = 7
  case folds = 8
  case members = 9
  case sampling = 10
  case retraining = 11
  case resampling = 20
}

/// A stream of random numbers named by (seed, purpose, step, index), read from its beginning.
///
/// - `step` is an epoch, a training step or 0; `index` a shard, a layer, a class or a sample.
///   Their meaning belongs to the purpose.
public struct RandomStream: RandomNumberGenerator, WordSource, Sendable {
  @usableFromInline let key: SIMD2<UInt32>
  @usableFromInline var counter: SIMD4<UInt32>
  @usableFromInline var block: SIMD4<UInt32> = .zero
  @usableFromInline var used = 4
  private var spareNormal: Double?

  public init(seed: UInt64, purpose: RandomPurpose, step: Int = 0, index: Int = 0) {
    precondition(step >= 0 && step <= Int(UInt32.max), "step \(step) has no random stream")
    precondition(index >= 0 && index < 1 << 56, "index \(index) has no random stream")
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    // The last word holds the purpose and the upper 24 bits of the index.
    counter = SIMD4(
      0, UInt32(truncatingIfNeeded: index), UInt32(step),
      purpose.rawValue | UInt32(truncatingIfNeeded: index >> 32) << 8)
  }

  /// The next 32 random bits. A stream holds 2³⁴ words.
  @inlinable
  public mutating func nextWord() -> UInt32 {
    if used == 4 {
      block = Philox.block(counter: counter, key: key)
      counter[0] += 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// 32 words of the stream, whatever has been read of it: those that `nextWord` gives, many at a time.
  ///
  /// - Parameter first: The place of the first one in the stream, a multiple of 4.
  public func words(from first: Int) -> SIMD32<UInt32> {
    precondition(first >= 0 && first % 4 == 0 && first / 4 + 8 <= Int(UInt32.max), "32 words from \(first) on")
    var counter = counter
    counter[0] = UInt32(first / 4)
    return Philox.eightBlocks(counter: counter, key: key)
  }

  @inlinable
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// Uniform in [0, 1), a multiple of 2⁻⁵³.
  @inlinable
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Standard normal, by the method of Box and Muller: two uniform numbers give two results.
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spareNormal = radius * sin(angle)
    return radius * cos(angle)
  }

  /// Puts `elements` in random order, every order equally likely (Fisher and Yates). It takes the words of
  /// the stream from the beginning, whatever has been read of it.
  public func shuffle(_ elements: inout [UInt32]) {
    precondition(elements.count <= Int(UInt32.max), "\(elements.count) elements to shuffle")
    guard elements.count > 1 else { return }
    var words = BulkWords(self)
    unsafe elements.withUnsafeMutableBufferPointer { elements in
      var last = elements.count - 1
      while last > 0 {
        if last >= BulkWords.groupCount, let indices = words.indices(below: UInt32(last + 1)) {
          unsafe withUnsafeBytes(of: indices) { indices in
            let indices = unsafe indices.bindMemory(to: UInt32.self)
            for place in 0..<BulkWords.groupCount {
              let other = unsafe Int(indices[place])
              let element = unsafe elements[other]
              unsafe elements[other] = elements[last - place]
              unsafe elements[last - place] = element
            }
          }
          last -= BulkWords.groupCount
        } else {
          unsafe elements.swapAt(last, Int(words.index(below: UInt32(last + 1))))
          last -= 1
        }
      }
    }
  }
}

/// A source of 32 random bits at a time.
public protocol WordSource {
  mutating func nextWord() -> UInt32
}

extension WordSource {
  /// Uniform in 0 ..< `bound`, without bias.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval" (2019).
  @inlinable
  public mutating func index(below bound: UInt32) -> UInt32 {
    var product = UInt64(nextWord()) * UInt64(bound)
    if UInt32(truncatingIfNeeded: product) < bound {
      let threshold = (0 &- bound) % bound
      while UInt32(truncatingIfNeeded: product) < threshold {
        product = UInt64(nextWord()) * UInt64(bound)
      }
    }
    return UInt32(product >> 32)
  }
}

/// The words of a stream from its beginning, made many at a time.
private struct BulkWords: WordSource {
  /// Indices that are drawn at once.
  static let groupCount = 16
  /// Words that are made at once.
  private static let count = 256

  private let stream: RandomStream
  private var words = [UInt32](repeating: 0, count: groupCount + count)
  private var used: Int
  /// Words that have been made.
  private var made = 0

  init(_ stream: RandomStream) {
    self.stream = stream
    used = words.count
  }

  @inline(__always)
  mutating func nextWord() -> UInt32 {
    if used == words.count { refill() }
    defer { used += 1 }
    return words[used]
  }

  /// What `index(below:)` gives for `bound`, and then for each number before it; nil, and no word is taken, where one might
  /// have to be drawn again.
  ///
  /// - Parameter bound: At least `groupCount`.
  @inline(__always)
  mutating func indices(below bound: UInt32) -> SIMD16<UInt32>? {
    if words.count - used < Self.groupCount { refill() }
    // A lane holds two words, and a whole product of one.
    typealias Pairs = SIMD8<UInt64>
    let pairs = unsafe words.withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: used * MemoryLayout<UInt32>.stride, as: Pairs.self)
    }
    let lower = Pairs(repeating: 0xFFFF_FFFF)
    let bounds = Pairs(repeating: UInt64(bound)) &- Pairs(0, 2, 4, 6, 8, 10, 12, 14)
    // Their upper halves are 0: what says so makes one multiplication of each product.
    let even = (pairs & lower) &* (bounds & lower)
    let odd = (pairs &>> 32) &* ((bounds &- Pairs(repeating: 1)) & lower)
    let remainders = unsafe unsafeBitCast(even & lower | odd &<< 32, to: SIMD16<UInt32>.self)
    guard remainders.min() >= bound else { return nil }
    used += Self.groupCount
    return unsafe unsafeBitCast(even &>> 32 | odd & ~lower, to: SIMD16<UInt32>.self)
  }

  /// Makes words, and keeps those that are left before them.
  @inline(never)
  private mutating func refill() {
    let left = words.count - used
    let start = Self.groupCount - left
    for index in 0..<left { words[start + index] = words[used + index] }
    for place in stride(from: Self.groupCount, to: words.count, by: 32) {
      let block = stream.words(from: made)
      unsafe words.withUnsafeMutableBytes {
        unsafe $0.storeBytes(of: block, toByteOffset: place * MemoryLayout<UInt32>.stride, as: SIMD32<UInt32>.self)
      }
      made += 32
    }
    used = start
  }
}
