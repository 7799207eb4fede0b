public import Tensors

/// The largest magnitude of a gradient, noted by those who write it, tile by tile: it tells whether all of it is finite, and
/// another pass over a large gradient waits for memory.
///
/// A class, since the products of all layers note theirs in one.
public final class GradientMagnitude {
  /// Of the elements that were noted; NaN where one is.
  public private(set) var largest: Float = 0
  /// How many were.
  public private(set) var elementCount = 0

  public init() {}

  public func removeAll() { (largest, elementCount) = (0, 0) }

  func note(_ magnitude: Float, ofElements count: Int) {
    largest = largerMagnitude(largest, magnitude)
    elementCount += count
  }
}

/// The largest magnitudes of elements, lane by lane. Without their signs, bits of Float32 are in the order of the numbers,
/// infinity behind all of them, and NaN behind that.
struct LargestLanes {
  private var bits = SIMD16<UInt32>.zero

  @inline(__always)
  mutating func take(_ lanes: Lanes) {
    let magnitudes = unsafe unsafeBitCast(lanes, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF
    // (pointwiseMax is a call, and no instruction.)
    bits = bits.replacing(with: magnitudes, where: magnitudes .> bits)
  }

  /// - Parameter count: Any number.
  @unsafe @inline(__always)
  mutating func take(_ elements: UnsafeMutablePointer<Float>, count: Int) {
    let whole = count / laneCount * laneCount
    for index in stride(from: 0, to: whole, by: laneCount) { take(unsafe elements.lanes(at: index)) }
    for index in whole..<count { bits[0] = max(bits[0], unsafe elements[index].magnitude.bitPattern) }
  }

  var largest: Float { Float(bitPattern: bits.max()) }
}

/// The largest |x|, NaN where there is one; 0 where there is no element.
///
/// - Parameter x: Of whole lanes.
public func largestMagnitude(_ x: Vector) -> Float {
  precondition(x.count % laneCount == 0)
  var lanes = LargestLanes()
  unsafe lanes.take(x.pointer, count: x.count)
  return lanes.largest
}

/// The larger of two magnitudes, NaN where either is.
public func largerMagnitude(_ a: Float, _ b: Float) -> Float {
  Float(bitPattern: max(a.magnitude.bitPattern, b.magnitude.bitPattern))
}

/// Whether the squares of elements up to a magnitude, multiplied by `scale`, are numbers that a Float32 holds: what Adam's
/// second moment takes in. (Rounding changes no order, so the largest one tells of all.)
public func areSquaresFinite(upTo magnitude: Float, scale: Double) -> Bool {
  let scaled = magnitude * Float(scale)
  return (scaled * scaled).isFinite
}
