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
    precondition(y.stride == y.columns)
    var stream = stream
    let threshold = UInt32(min(rate * 0x1p32, Double(UInt32.max)))
    let values = unsafe y.pointer
    let count = y.rows * y.columns
    for i in 0..<count {
      let factor = stream.nextWord() < threshold ? 0 : keptScale
      unsafe values[i] *= factor
      if let derivative { unsafe derivative.pointer[i] *= factor }
    }
  }
}
