/// A hundred and twenty-eight numbers: those of a stripe of `ColumnWorkspace`. (As many as the registers of AVX-512 hold of a sum and
/// of a gradient, with some to spare.)
struct EightLanes {
  private var a, b, c, d, e, f, g, h: Lanes

  @inline(__always)
  init() {
    a = .zero
    b = .zero
    c = .zero
    d = .zero
    e = .zero
    f = .zero
    g = .zero
    h = .zero
  }

  @unsafe @inline(__always)
  init(_ numbers: UnsafeMutablePointer<Float>) {
    a = unsafe numbers.lanes(at: 0)
    b = unsafe numbers.lanes(at: 1 * laneCount)
    c = unsafe numbers.lanes(at: 2 * laneCount)
    d = unsafe numbers.lanes(at: 3 * laneCount)
    e = unsafe numbers.lanes(at: 4 * laneCount)
    f = unsafe numbers.lanes(at: 5 * laneCount)
    g = unsafe numbers.lanes(at: 6 * laneCount)
    h = unsafe numbers.lanes(at: 7 * laneCount)
  }

  @unsafe @inline(__always)
  func store(at numbers: UnsafeMutablePointer<Float>) {
    unsafe numbers.store(a, at: 0)
    unsafe numbers.store(b, at: 1 * laneCount)
    unsafe numbers.store(c, at: 2 * laneCount)
    unsafe numbers.store(d, at: 3 * laneCount)
    unsafe numbers.store(e, at: 4 * laneCount)
    unsafe numbers.store(f, at: 5 * laneCount)
    unsafe numbers.store(g, at: 6 * laneCount)
    unsafe numbers.store(h, at: 7 * laneCount)
  }

  @unsafe @inline(__always)
  mutating func add(_ numbers: UnsafeMutablePointer<Float>) {
    unsafe a += numbers.lanes(at: 0)
    unsafe b += numbers.lanes(at: 1 * laneCount)
    unsafe c += numbers.lanes(at: 2 * laneCount)
    unsafe d += numbers.lanes(at: 3 * laneCount)
    unsafe e += numbers.lanes(at: 4 * laneCount)
    unsafe f += numbers.lanes(at: 5 * laneCount)
    unsafe g += numbers.lanes(at: 6 * laneCount)
    unsafe h += numbers.lanes(at: 7 * laneCount)
  }

  @inline(__always)
  mutating func add(_ numbers: EightLanes) {
    a += numbers.a
    b += numbers.b
    c += numbers.c
    d += numbers.d
    e += numbers.e
    f += numbers.f
    g += numbers.g
    h += numbers.h
  }

  @inline(__always)
  mutating func addProduct(_ factor: Float, _ numbers: EightLanes) {
    let factor = Lanes(repeating: factor)
    a = a.addingProduct(factor, numbers.a)
    b = b.addingProduct(factor, numbers.b)
    c = c.addingProduct(factor, numbers.c)
    d = d.addingProduct(factor, numbers.d)
    e = e.addingProduct(factor, numbers.e)
    f = f.addingProduct(factor, numbers.f)
    g = g.addingProduct(factor, numbers.g)
    h = h.addingProduct(factor, numbers.h)
  }

  /// Adds these to what stands there.
  @unsafe @inline(__always)
  func add(to numbers: UnsafeMutablePointer<Float>) {
    var sum = unsafe EightLanes(numbers)
    sum.add(self)
    unsafe sum.store(at: numbers)
  }
}
