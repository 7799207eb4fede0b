/// Sixteen Float32 lanes: one AVX-512 register, or two AVX2 ones.
package typealias Lanes = SIMD16<Float>

package let laneCount = 16

/// Samples (or parameters) are padded to whole lanes, so that no kernel needs a tail.
public func paddedToLanes(_ count: Int) -> Int { (count + laneCount - 1) / laneCount * laneCount }

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  func lanes(at index: Int) -> Lanes {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  func store(_ lanes: Lanes, at index: Int) {
    unsafe UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: Lanes.self)
  }

  @inline(__always)
  func lanes8(at index: Int) -> SIMD8<Float> {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self)
  }

  @inline(__always)
  func store8(_ lanes: SIMD8<Float>, at index: Int) {
    unsafe UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }
}

/// eˣ lane by lane, for −∞ ≤ x ≤ 88; under −87 the result is e⁻⁸⁷.
///
/// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ is its Taylor polynomial of degree 7, whose remainder
/// (r⁸/8! < 5.3e-9) is under a tenth of an ulp. Largest error found against Double: 1.2 ulp
/// (ExponentialTests).
@inline(__always)
package func exponential(_ x: Lanes) -> Lanes {
  let x = x.replacing(with: -87, where: x .< -87)
  // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits.
  let shifted = Lanes(repeating: 0x1.8p23).addingProduct(x, 0x1.715476p0)
  let n = shifted - 0x1.8p23
  // ln 2 in two parts, the first with trailing zeros so that n times it is exact.
  var r = x.addingProduct(n, -0x1.62e4p-1)
  r = r.addingProduct(n, -0x1.7f7d1cp-20)
  var p = Lanes(repeating: 1 / 5040)
  p = Lanes(repeating: 1 / 720).addingProduct(p, r)
  p = Lanes(repeating: 1 / 120).addingProduct(p, r)
  p = Lanes(repeating: 1 / 24).addingProduct(p, r)
  p = Lanes(repeating: 1 / 6).addingProduct(p, r)
  p = Lanes(repeating: 1 / 2).addingProduct(p, r)
  p = Lanes(repeating: 1).addingProduct(p, r)
  p = Lanes(repeating: 1).addingProduct(p, r)
  // Times 2ⁿ: n goes into the exponent.
  let bits = unsafe unsafeBitCast(shifted, to: SIMD16<UInt32>.self) &<< 23
  return unsafe unsafeBitCast(unsafeBitCast(p, to: SIMD16<UInt32>.self) &+ bits, to: Lanes.self)
}

/// ln x lane by lane, for positive, normal, finite x.
///
/// x = 2ᵏ·m with m in [√½, √2); ln m = 2·artanh(s), s = (m − 1)/(m + 1), by its series to s⁹; the
/// next term is under 1e-9 of the result. Largest error found against Double: 1.5 ulp outside of
/// [0.9, 1.1], and 1e-7 absolutely inside (ExponentialTests).
@inline(__always)
package func naturalLogarithm(_ x: Lanes) -> Lanes {
  let bits = unsafe unsafeBitCast(x, to: SIMD16<Int32>.self)
  // Subtracting √½'s bits makes the exponent field count from √½ instead of 1.
  let exponent = (bits &- 0x3f35_04f3) &>> 23
  let m = unsafe unsafeBitCast(bits &- (exponent &<< 23), to: Lanes.self)
  // k as a Float without a conversion: its bits added to those of 1.5·2²³.
  let k = unsafe unsafeBitCast(exponent &+ 0x4b40_0000, to: Lanes.self) - 0x1.8p23
  let s = (m - 1) / (m + 1)
  let square = s * s
  var p = Lanes(repeating: 2 / 9)
  p = Lanes(repeating: 2 / 7).addingProduct(p, square)
  p = Lanes(repeating: 2 / 5).addingProduct(p, square)
  p = Lanes(repeating: 2 / 3).addingProduct(p, square)
  p = p * square
  // 2s + s·p, then k·ln 2 in two parts.
  var result = (s + s).addingProduct(s, p)
  result = result.addingProduct(k, 0x1.7f7d1cp-20)
  return result.addingProduct(k, 0x1.62e4p-1)
}
