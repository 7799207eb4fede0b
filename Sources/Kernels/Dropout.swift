public import RandomStreams
public import Tensors

/// Inverted dropout: each element is set to 0 with probability `rate`, and multiplied by
/// 1/(1 − rate) otherwise, so that inference needs no change (Srivastava et al. 2014).
public struct Dropout: Sendable {
  public let rate: Double
  /// 1/(1 − rate)
  public var keptScale: Float { Float(1 / (1 - rate)) }

  /// - Parameter rate: 0 ..< 1
  public init(rate: Double) {
    precondition(rate >= 0 && rate < 1, "dropout \(rate)")
    self.rate = rate
  }

  /// Drops elements of `y`, and the same of `derivative`. Element i is decided by the i-th word of
  /// `stream` alone.
  ///
  /// - Parameter y: [n, h], dense.
  public func callAsFunction(_ y: Matrix, derivative: Matrix?, stream: RandomStream) {
    // (A shard may have no sample in a batch.)
    guard rate > 0, y.rows > 0 else { return }
    precondition(y.stride == y.columns && derivative.map { $0.stride == $0.columns } ?? true)
    let count = y.rows * y.columns
    var words = [UInt32](repeating: 0, count: min(Self.mostWords, (count + 31) / 32 * 32))
    for start in stride(from: 0, to: count, by: words.count) {
      stream.copyWords(from: start, into: &words)
      let part = start..<min(start + words.count, count)
      unsafe drop(y.pointer, part, by: words)
      if let derivative { unsafe drop(derivative.pointer, part, by: words) }
    }
  }

  /// Words that are drawn at a time: they stay close to the processor.
  private static let mostWords = 1024

  /// - Parameters:
  ///   - part: The elements that are decided, the first by the first word.
  ///   - words: As many, and up to whole lanes.
  @unsafe private func drop(_ values: UnsafeMutablePointer<Float>, _ part: Range<Int>, by words: [UInt32]) {
    typealias Words = SIMD16<UInt32>
    let threshold = Words(repeating: UInt32(min(rate * 0x1p32, Double(UInt32.max))))
    let kept = Lanes(repeating: keptScale)
    unsafe words.withUnsafeBytes { words in
      for index in stride(from: part.lowerBound, to: part.upperBound, by: laneCount) {
        let word = unsafe words.loadUnaligned(fromByteOffset: 4 * (index - part.lowerBound), as: Words.self)
        let factors = kept.replacing(with: 0, where: word .< threshold)
        if index + laneCount <= part.upperBound {
          unsafe values.store(values.lanes(at: index) * factors, at: index)
        } else {
          for lane in 0..<(part.upperBound - index) { unsafe values[index + lane] *= factors[lane] }
        }
      }
    }
  }
}
