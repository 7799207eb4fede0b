public import Tensors

// What L-BFGS does with vectors of parameters. Elements are Float32; whatever is added up is Double, in an order that
// depends on the length alone.

typealias Doubles = SIMD8<Double>

extension UnsafeMutablePointer<Float> {
  /// Eight elements, as Doubles.
  @inline(__always)
  func doubles(at index: Int) -> Doubles {
    Doubles(unsafe UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<Float>.self))
  }
}

extension UnsafeMutablePointer<Double> {
  @inline(__always)
  func doubles(at index: Int) -> Doubles {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: Doubles.self)
  }

  @inline(__always)
  func store(_ doubles: Doubles, at index: Int) {
    unsafe UnsafeMutableRawPointer(self + index).storeBytes(of: doubles, as: Doubles.self)
  }
}

/// xᵀy
///
/// - Parameters:
///   - x: Of whole lanes.
///   - y: As many.
public func dot(_ x: Vector, _ y: Vector) -> Double {
  precondition(x.count == y.count && x.count % laneCount == 0, "\(x.count) elements against \(y.count)")
  let (a, b) = unsafe (x.pointer, y.pointer)
  var (even, odd) = (Doubles.zero, Doubles.zero)
  for index in stride(from: 0, to: x.count, by: laneCount) {
    even = even.addingProduct(unsafe a.doubles(at: index), unsafe b.doubles(at: index))
    odd = odd.addingProduct(unsafe a.doubles(at: index + 8), unsafe b.doubles(at: index + 8))
  }
  return inOrder(even, odd)
}

/// The sum of two accumulators' lanes, one after another.
@inline(__always)
func inOrder(_ even: Doubles, _ odd: Doubles) -> Double {
  var sum = 0.0
  for lane in 0..<8 { sum += even[lane] + odd[lane] }
  return sum
}

/// target = origin + α · direction, each element computed in Double and rounded once.
///
/// - Parameters:
///   - origin, direction, target: As many elements.
public func move(_ target: Vector, from origin: Vector, by alpha: Double, along direction: Vector) {
  precondition(origin.count == target.count && direction.count == target.count)
  let (from, along, to) = unsafe (origin.pointer, direction.pointer, target.pointer)
  for index in 0..<target.count { unsafe to[index] = Float(Double(from[index]) + alpha * Double(along[index])) }
}
