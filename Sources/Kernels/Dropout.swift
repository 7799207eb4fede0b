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
    guard rate > 0 else { return }
    precondition(y.stride == y.columns && derivative.map { $0.stride == $0.columns } ?? true)
    let threshold = SIMD16<UInt32>(repeating: UInt32(min(rate * 0x1p32, Double(UInt32.max))))
    let kept = Lanes(repeating: keptScale)
    let count = y.rows * y.columns
    for start in stride(from: 0, to: count, by: 2 * laneCount) {
      let words = stream.words(from: start)
      let low = kept.replacing(with: 0, where: words.lowHalf .< threshold)
      let high = kept.replacing(with: 0, where: words.highHalf .< threshold)
      unsafe multiply(y.pointer + start, by: low, high, count: count - start)
      if let derivative { unsafe multiply(derivative.pointer + start, by: low, high, count: count - start) }
    }
  }

  /// - Parameter count: Of values that are there; the first 32 are multiplied.
  @unsafe @inline(__always)
  private func multiply(_ values: UnsafeMutablePointer<Float>, by low: Lanes, _ high: Lanes, count: Int) {
    if count >= 2 * laneCount {
      unsafe values.store(values.lanes(at: 0) * low, at: 0)
      unsafe values.store(values.lanes(at: laneCount) * high, at: laneCount)
    } else {
      for lane in 0..<count { unsafe values[lane] *= lane < laneCount ? low[lane] : high[lane - laneCount] }
    }
  }
}
