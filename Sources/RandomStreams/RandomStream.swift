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
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(words.index(below: UInt32(last + 1))))
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
  private let stream: RandomStream
  private var words = [UInt32](repeating: 0, count: 32)
  private var used = 32
  /// Words that have been made.
  private var made = 0

  init(_ stream: RandomStream) {
    self.stream = stream
  }

  @inline(__always)
  mutating func nextWord() -> UInt32 {
    if used == words.count {
      let block = stream.words(from: made)
      unsafe words.withUnsafeMutableBytes { unsafe $0.storeBytes(of: block, as: SIMD32<UInt32>.self) }
      made += words.count
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }
}
