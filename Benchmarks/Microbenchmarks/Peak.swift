import Tensors

/// What one core does where nothing holds it up: multiply-adds of sixteen lanes whose operands are in registers.
enum Peak {
  static func measure() {
    let repeats = 100_000
    var sink: SIMD16<Float> = .zero
    let time = microseconds {
      // Sixteen chains, so that none waits for its own last result.
      var a = Chains(0), b = Chains(1), c = Chains(2), d = Chains(3)
      let (x, y) = (SIMD16<Float>(repeating: 0.999), SIMD16<Float>(repeating: 0.001))
      for _ in 0..<repeats {
        a.advance(x, y)
        b.advance(x, y)
        c.advance(x, y)
        d.advance(x, y)
      }
      sink += a.sum + b.sum + c.sum + d.sum
    }
    precondition(sink[0].isFinite)
    report("peak", [("gflops", 2e-3 * Double(repeats * 16 * 16) / time)])
  }

  private struct Chains {
    var (p, q, r, s): (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>)

    init(_ start: Float) {
      (p, q) = (SIMD16(repeating: start), SIMD16(repeating: start + 0.1))
      (r, s) = (SIMD16(repeating: start + 0.2), SIMD16(repeating: start + 0.3))
    }

    @inline(__always)
    mutating func advance(_ x: SIMD16<Float>, _ y: SIMD16<Float>) {
      p = y.addingProduct(p, x)
      q = y.addingProduct(q, x)
      r = y.addingProduct(r, x)
      s = y.addingProduct(s, x)
    }

    var sum: SIMD16<Float> { p + q + r + s }
  }
}
