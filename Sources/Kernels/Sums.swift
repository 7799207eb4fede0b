public import Tensors

/// m[r, c] += bias[r], for class-major logits.
///
/// - Parameter m: [C, n]
public func addRowBias(_ m: Matrix, bias: Vector) {
  precondition(bias.count == m.rows)
  for row in 0..<m.rows {
    let elements = unsafe m.pointer + row * m.stride
    let b = unsafe bias.pointer[row]
    for column in 0..<m.columns { unsafe elements[column] += b }
  }
}

/// Σ x², in Double.
public func sumOfSquares(_ x: Vector) -> Double {
  var total = SIMD8<Double>.zero
  let elements = unsafe x.pointer
  let whole = x.count / 8 * 8
  for index in stride(from: 0, to: whole, by: 8) {
    for lane in 0..<8 {
      let element = unsafe Double(elements[index + lane])
      total[lane] += element * element
    }
  }
  var sum = total.sum()
  for index in whole..<x.count {
    let element = unsafe Double(elements[index])
    sum += element * element
  }
  return sum
}

/// Whether every element is a number: neither NaN nor infinite.
public func areFinite(_ x: Vector) -> Bool {
  let elements = unsafe x.pointer
  let whole = x.count / laneCount * laneCount
  // 0 · x is 0 for every number, and NaN for all else; NaN stays in a sum.
  var zeros = Lanes(repeating: 0)
  for index in stride(from: 0, to: whole, by: laneCount) {
    zeros = zeros.addingProduct(Lanes.zero, unsafe elements.lanes(at: index))
  }
  guard zeros == Lanes(repeating: 0) else { return false }
  for index in whole..<x.count { guard unsafe elements[index].isFinite else { return false } }
  return true
}

/// A checksum of the bits of `x` (FNV-1a over words).
///
/// - Parameter start: The checksum of what stands before `x`.
public func checksum(of x: Vector, after start: UInt64 = FNV1a.empty) -> UInt64 {
  var sum = FNV1a(after: start)
  for index in 0..<x.count { unsafe sum.add(UInt64(x.pointer[index].bitPattern)) }
  return sum.hash
}

/// The same of integers.
public func checksum(of x: some Sequence<Int32>, after start: UInt64 = FNV1a.empty) -> UInt64 {
  var sum = FNV1a(after: start)
  for word in x { sum.add(UInt64(UInt32(bitPattern: word))) }
  return sum.hash
}
