public import Tensors

/// Two tensors of one name whose bits differ.
public struct TensorDifference: Codable, Equatable, Sendable {
  public let name: String
  /// Elements that differ, and all; 0 and 0 where one of the tensors is not there or has another size.
  public let differing: Int
  public let count: Int
  /// The first element that differs, and its two values; nil where sizes differ.
  public let firstIndex: Int?
  public let then: Float?
  public let now: Float?
  /// The largest |now − then|; not finite values left out.
  public let largest: Float

  /// - Parameter now: Nil where there is none.
  /// - Returns: Nil where all bits are the same.
  public init?(_ then: Safetensors.Tensor, _ now: Vector?) {
    name = then.name
    guard let now, now.count == then.values.count else {
      (differing, count, firstIndex, self.then, self.now, largest) = (0, 0, nil, nil, nil, 0)
      return
    }
    var (differing, first, largest) = (0, Int?.none, Float(0))
    for index in 0..<now.count where now[index].bitPattern != then.values[index].bitPattern {
      differing += 1
      first = first ?? index
      let distance = (now[index] - then.values[index]).magnitude
      if distance.isFinite { largest = max(largest, distance) }
    }
    guard let first else { return nil }
    (self.differing, count, firstIndex, self.largest) = (differing, now.count, first, largest)
    (self.then, self.now) = (then.values[first], now[first])
  }

  /// "layers.0.weight: 3 of 30 values, the first [4]: 0.25 then, 0.5 now; largest difference 0.25"
  public var words: String {
    guard let firstIndex, let then, let now else { return "\(name): it is not there now, or of another size" }
    return """
      \(name): \(differing) of \(count) values, the first [\(firstIndex)]: \(then) then, \(now) now; \
      largest difference \(largest)
      """
  }
}
