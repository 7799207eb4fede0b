internal import CIntrinsics
internal import Tensors

/// A tile of a product: as many rows and columns as fit in registers.
///
/// Two registers of sixteen lanes side by side: each step of the depth loads them and broadcasts 8 numbers, 10 loads
/// for 16 multiply-adds. (With one it is 9 for 8, and processors that do two of either at a time wait for the loads:
/// 222 of 260 GFLOP/s on Zen 5.)
enum Tile {
  static let rows = 8
  static let columns = 2 * laneCount
}

/// What stands in a lane of a panel: the factors of one or several steps of a chain.
protocol PanelElement {
  /// How many.
  static var depth: Int { get }
  static var precision: Precision { get }

  /// The chain goes on by the factors of `a`, which stands for itself in all lanes, and `b`.
  static func add(_ a: Float, _ b: Lanes, to sum: Lanes) -> Lanes
}

extension PanelElement {
  /// Rows of a panel.
  @inline(__always)
  static func steps(ofDepth count: Int) -> Int { (count + depth - 1) / depth }
}

enum Float32Element: PanelElement {
  static let depth = 1
  static let precision = Precision.float32

  @inline(__always)
  static func add(_ a: Float, _ b: Lanes, to sum: Lanes) -> Lanes { sum.addingProduct(Lanes(repeating: a), b) }
}

/// Two factors of bf16, the first in the upper half.
enum BF16Pair: PanelElement {
  static let depth = 2
  static let precision = Precision.bf16

  @inline(__always)
  static func add(_ a: Float, _ b: Lanes, to sum: Lanes) -> Lanes { cintrinsics_add_bf16_products(sum, a, b) }
}

/// The same by instructions for Float32, where those for bf16 would give other bits.
enum PlainBF16Pair: PanelElement {
  static let depth = 2
  static let precision = Precision.bf16

  @inline(__always)
  static func add(_ a: Float, _ b: Lanes, to sum: Lanes) -> Lanes {
    cintrinsics_add_bf16_products_in_float32(sum, a, b)
  }
}

/// What becomes of the c that stands there.
enum ChainStart {
  /// c = aᵀ · b
  case replacing
  /// The chains go on from c.
  case continuing
  /// c = c + (aᵀ · b): it is added when the chains have ended.
  case addingSum
}

/// c[8, 32] = (c +) aᵀ · b, for packed a [depth, 8], and b [depth, 32] with rows `bStride` apart.
///
/// - Parameter columns: How many of c are wanted; of 16 or less the second sixteen are left alone.
@unsafe @inline(__always)
func multiplyTile<E: PanelElement>(
  _: E.Type, columns: Int = Tile.columns, steps: Int, _ a: UnsafeMutablePointer<Float>,
  _ b: UnsafeMutablePointer<Float>, bStride: Int, into c: UnsafeMutablePointer<Float>, stride: Int, _ start: ChainStart
) {
  if cintrinsics_has_32_vector_registers() != 0, columns > laneCount {
    return unsafe multiplyTile8x32(
      E.self, steps: steps, a, b, bStride: bStride, into: c, stride: stride, start)
  }
  for half in Swift.stride(from: 0, to: min(columns, Tile.columns), by: laneCount) {
    unsafe multiplyNarrowTile(
      E.self, steps: steps, a, b + half, bStride: bStride, into: c + half, stride: stride, start)
  }
}

/// c[8, 16] = (c +) aᵀ · b, for packed a [depth, 8], and b [depth, 16] with rows `bStride` apart.
///
/// - Parameter afterStep: What is done beside the multiplications, after each.
@unsafe @inline(__always)
func multiplyNarrowTile<E: PanelElement>(
  _: E.Type, steps: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>,
  bStride: Int = laneCount, into c: UnsafeMutablePointer<Float>, stride: Int, _ start: ChainStart,
  afterStep: () -> Void = {}
) {
  if cintrinsics_has_32_vector_registers() != 0 {
    unsafe multiplyTile8x16(
      E.self, steps: steps, a, b, bStride: bStride, into: c, stride: stride, start, afterStep)
  } else {
    // Sixteen lanes take two registers of sixteen.
    unsafe multiplyTile4x16(
      E.self, steps: steps, a, b, bStride: bStride, into: c, stride: stride, start, afterStep)
    unsafe multiplyTile4x16(
      E.self, steps: steps, a + 4, b, bStride: bStride, into: c + 4 * stride, stride: stride,
      start, afterStep)
  }
}

/// A row of a tile that is two registers wide.
private struct WideRow {
  var (low, high) = (Lanes.zero, Lanes.zero)

  @unsafe @inline(__always)
  mutating func load(_ c: UnsafeMutablePointer<Float>) { unsafe (low, high) = (c.lanes(at: 0), c.lanes(at: laneCount)) }

  @inline(__always)
  mutating func add<E: PanelElement>(_: E.Type, _ a: Float, _ b: (Lanes, Lanes)) {
    (low, high) = (E.add(a, b.0, to: low), E.add(a, b.1, to: high))
  }

  @unsafe @inline(__always)
  mutating func addWhatStands(in c: UnsafeMutablePointer<Float>) {
    unsafe (low, high) = (c.lanes(at: 0) + low, c.lanes(at: laneCount) + high)
  }

  @unsafe @inline(__always)
  func store(_ c: UnsafeMutablePointer<Float>) {
    unsafe c.store(low, at: 0)
    unsafe c.store(high, at: laneCount)
  }
}

@unsafe @inline(__always)
private func multiplyTile8x32<E: PanelElement>(
  _: E.Type, steps: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int,
  into c: UnsafeMutablePointer<Float>, stride: Int, _ start: ChainStart
) {
  var (c0, c1, c2, c3) = (WideRow(), WideRow(), WideRow(), WideRow())
  var (c4, c5, c6, c7) = (WideRow(), WideRow(), WideRow(), WideRow())
  if start == .continuing {
    unsafe c0.load(c)
    unsafe c1.load(c + stride)
    unsafe c2.load(c + 2 * stride)
    unsafe c3.load(c + 3 * stride)
    unsafe c4.load(c + 4 * stride)
    unsafe c5.load(c + 5 * stride)
    unsafe c6.load(c + 6 * stride)
    unsafe c7.load(c + 7 * stride)
  }
  var (a, b) = unsafe (a, b)
  for _ in 0..<steps {
    let row = unsafe (b.lanes(at: 0), b.lanes(at: laneCount))
    unsafe c0.add(E.self, a[0], row)
    unsafe c1.add(E.self, a[1], row)
    unsafe c2.add(E.self, a[2], row)
    unsafe c3.add(E.self, a[3], row)
    unsafe c4.add(E.self, a[4], row)
    unsafe c5.add(E.self, a[5], row)
    unsafe c6.add(E.self, a[6], row)
    unsafe c7.add(E.self, a[7], row)
    unsafe a += Tile.rows
    unsafe b += bStride
  }
  if start == .addingSum {
    unsafe c0.addWhatStands(in: c)
    unsafe c1.addWhatStands(in: c + stride)
    unsafe c2.addWhatStands(in: c + 2 * stride)
    unsafe c3.addWhatStands(in: c + 3 * stride)
    unsafe c4.addWhatStands(in: c + 4 * stride)
    unsafe c5.addWhatStands(in: c + 5 * stride)
    unsafe c6.addWhatStands(in: c + 6 * stride)
    unsafe c7.addWhatStands(in: c + 7 * stride)
  }
  unsafe c0.store(c)
  unsafe c1.store(c + stride)
  unsafe c2.store(c + 2 * stride)
  unsafe c3.store(c + 3 * stride)
  unsafe c4.store(c + 4 * stride)
  unsafe c5.store(c + 5 * stride)
  unsafe c6.store(c + 6 * stride)
  unsafe c7.store(c + 7 * stride)
}

@unsafe @inline(__always)
private func multiplyTile8x16<E: PanelElement>(
  _: E.Type, steps: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int,
  into c: UnsafeMutablePointer<Float>, stride: Int, _ start: ChainStart, _ afterStep: () -> Void
) {
  var (c0, c1, c2, c3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  var (c4, c5, c6, c7) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  if start == .continuing {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0), c.lanes(at: stride), c.lanes(at: 2 * stride), c.lanes(at: 3 * stride)
    )
    unsafe (c4, c5, c6, c7) = (
      c.lanes(at: 4 * stride), c.lanes(at: 5 * stride), c.lanes(at: 6 * stride), c.lanes(at: 7 * stride)
    )
  }
  var (a, b) = unsafe (a, b)
  for _ in 0..<steps {
    let row = unsafe b.lanes(at: 0)
    c0 = unsafe E.add(a[0], row, to: c0)
    c1 = unsafe E.add(a[1], row, to: c1)
    c2 = unsafe E.add(a[2], row, to: c2)
    c3 = unsafe E.add(a[3], row, to: c3)
    c4 = unsafe E.add(a[4], row, to: c4)
    c5 = unsafe E.add(a[5], row, to: c5)
    c6 = unsafe E.add(a[6], row, to: c6)
    c7 = unsafe E.add(a[7], row, to: c7)
    unsafe a += Tile.rows
    unsafe b += bStride
    afterStep()
  }
  if start == .addingSum {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0) + c0, c.lanes(at: stride) + c1, c.lanes(at: 2 * stride) + c2, c.lanes(at: 3 * stride) + c3
    )
    unsafe (c4, c5, c6, c7) = (
      c.lanes(at: 4 * stride) + c4, c.lanes(at: 5 * stride) + c5, c.lanes(at: 6 * stride) + c6,
      c.lanes(at: 7 * stride) + c7
    )
  }
  unsafe c.store(c0, at: 0)
  unsafe c.store(c1, at: stride)
  unsafe c.store(c2, at: 2 * stride)
  unsafe c.store(c3, at: 3 * stride)
  unsafe c.store(c4, at: 4 * stride)
  unsafe c.store(c5, at: 5 * stride)
  unsafe c.store(c6, at: 6 * stride)
  unsafe c.store(c7, at: 7 * stride)
}

/// The first four rows of a tile.
@unsafe @inline(__always)
func multiplyTile4x16<E: PanelElement>(
  _: E.Type, steps: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int,
  into c: UnsafeMutablePointer<Float>, stride: Int, _ start: ChainStart, _ afterStep: () -> Void = {}
) {
  var (c0, c1, c2, c3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  if start == .continuing {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0), c.lanes(at: stride), c.lanes(at: 2 * stride), c.lanes(at: 3 * stride)
    )
  }
  var (a, b) = unsafe (a, b)
  for _ in 0..<steps {
    let row = unsafe b.lanes(at: 0)
    c0 = unsafe E.add(a[0], row, to: c0)
    c1 = unsafe E.add(a[1], row, to: c1)
    c2 = unsafe E.add(a[2], row, to: c2)
    c3 = unsafe E.add(a[3], row, to: c3)
    unsafe a += Tile.rows
    unsafe b += bStride
    afterStep()
  }
  if start == .addingSum {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0) + c0, c.lanes(at: stride) + c1, c.lanes(at: 2 * stride) + c2, c.lanes(at: 3 * stride) + c3
    )
  }
  unsafe c.store(c0, at: 0)
  unsafe c.store(c1, at: stride)
  unsafe c.store(c2, at: 2 * stride)
  unsafe c.store(c3, at: 3 * stride)
}
