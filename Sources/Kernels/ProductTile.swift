internal import CIntrinsics
internal import Tensors

/// A tile of a product: as many rows and columns as fit in registers.
enum Tile {
  static let rows = 8
  static let columns = laneCount
}

/// The first factor of a product, [rows, depth].
struct LeftOperand {
  let rows: Int
  let depth: Int
  private let panels: PanelSource

  init(_ matrix: Matrix, transposed: Bool) {
    (rows, depth) = transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    panels = PanelSource(matrix, lanesAreRows: !transposed)
  }

  /// Copies 8 rows, from `row` on, as [depth, 8]. See `PanelSource.pack` of what is written.
  @unsafe @inline(__always)
  func pack(row: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    unsafe panels.pack(lane: row, width: Tile.rows, depth: depth, into: target)
  }
}

/// The second factor of a product, [depth, columns].
struct RightOperand {
  let depth: Int
  let columns: Int
  private let panels: PanelSource

  init(_ matrix: Matrix, transposed: Bool) {
    (depth, columns) = transposed ? (matrix.columns, matrix.rows) : (matrix.rows, matrix.columns)
    panels = PanelSource(matrix, lanesAreRows: transposed)
  }

  /// A panel that can be read where it stands: columns side by side in the matrix, whole lanes of which
  /// lie within its memory.
  ///
  /// - Returns: Where its first column begins and how far its rows are apart; nil where it must be packed.
  @unsafe
  func panelsInPlace(columns: Range<Int>, depth: Range<Int>) -> (UnsafeMutablePointer<Float>, stride: Int)? {
    guard !panels.lanesAreRows else { return nil }
    let matrix = panels.matrix
    let lastRow = (depth.upperBound - 1) * matrix.stride + columns.lowerBound
    guard matrix.offset + lastRow + paddedToLanes(columns.count) <= matrix.storage.count else { return nil }
    return unsafe (matrix.pointer + depth.lowerBound * matrix.stride + columns.lowerBound, matrix.stride)
  }

  /// Copies 16 columns, from `column` on, as [depth, 16]. See `PanelSource.pack` of what is written.
  @unsafe @inline(__always)
  func pack(column: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    unsafe panels.pack(lane: column, width: Tile.columns, depth: depth, into: target)
  }
}

/// A matrix to be cut into panels: some neighbouring rows (or columns) side by side as lanes, the
/// other dimension as depth.
struct PanelSource {
  let matrix: Matrix
  let lanesAreRows: Bool

  init(_ matrix: Matrix, lanesAreRows: Bool) {
    self.matrix = matrix
    self.lanesAreRows = lanesAreRows
  }

  /// Up to 7 rows of [depth, 16] beyond a panel's end may be written.
  static let overrun = 7 * laneCount

  /// target[d][l] = element at lane `lane` + l and depth `depth`[d]. Lanes beyond the last one hold
  /// anything: they reach only elements of the product that nobody stores. So does what follows the
  /// panel: panels are packed from the first to the last.
  @unsafe @inline(__always)
  func pack(lane: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    if lanesAreRows {
      unsafe packRows(from: lane, width: width, depth: depth, into: target)
    } else {
      unsafe packColumns(from: lane, width: width, depth: depth, into: target)
    }
  }

  @unsafe @inline(__always)
  private func packRows(
    from row: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe matrix.pointer + row * matrix.stride + depth.lowerBound
    let present = min(width, matrix.rows - row)
    // Blocks may reach into the next rows, but not beyond the storage.
    let readable = matrix.storage.count - matrix.offset - row * matrix.stride - depth.lowerBound
    for lane in stride(from: 0, to: present, by: 8) {
      let rows = unsafe source + lane * matrix.stride
      let isReadable = (lane + 7) * matrix.stride + (depth.count + 7) / 8 * 8 <= readable
      let whole = isReadable ? depth.count : present - lane >= 8 ? depth.count / 8 * 8 : 0
      for d in stride(from: 0, to: whole, by: 8) {
        unsafe cintrinsics_transpose_8x8(rows + d, matrix.stride, target + d * width + lane, width)
      }
      for d in min(whole, depth.count)..<depth.count {
        for l in 0..<min(8, present - lane) {
          unsafe target[d * width + lane + l] = rows[l * matrix.stride + d]
        }
      }
    }
  }

  @unsafe @inline(__always)
  private func packColumns(
    from column: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe matrix.pointer + depth.lowerBound * matrix.stride + column
    // Whole lanes may reach into the next row, but not beyond the storage.
    let readable = matrix.storage.count - matrix.offset - depth.lowerBound * matrix.stride - column
    let whole = min(max((readable - width) / max(matrix.stride, 1) + (readable >= width ? 1 : 0), 0), depth.count)
    for d in 0..<whole {
      if width == laneCount {
        unsafe target.store((source + d * matrix.stride).lanes(at: 0), at: d * width)
      } else {
        unsafe UnsafeMutableRawPointer(target + d * width).storeBytes(
          of: UnsafeRawPointer(source + d * matrix.stride).loadUnaligned(as: SIMD8<Float>.self), as: SIMD8<Float>.self)
      }
    }
    for d in whole..<depth.count {
      for l in 0..<min(width, matrix.columns - column) { unsafe target[d * width + l] = source[d * matrix.stride + l] }
    }
  }
}

/// c[8, 16] = (c +) aᵀ · b, for packed a [depth, 8], and b [depth, 16] with rows `bStride` apart.
@unsafe @inline(__always)
func multiplyTile(
  depth: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int = Tile.columns,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool
) {
  if cintrinsics_has_32_vector_registers() != 0 {
    unsafe multiplyTile8(depth: depth, a, b, bStride: bStride, into: c, stride: stride, accumulating: accumulating)
  } else {
    // Sixteen lanes take two registers of sixteen.
    unsafe multiplyTile4(depth: depth, a, b, bStride: bStride, into: c, stride: stride, accumulating: accumulating)
    unsafe multiplyTile4(
      depth: depth, a + 4, b, bStride: bStride, into: c + 4 * stride, stride: stride, accumulating: accumulating)
  }
}

@unsafe @inline(__always)
private func multiplyTile8(
  depth: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int = Tile.columns,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool
) {
  var (c0, c1, c2, c3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  var (c4, c5, c6, c7) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  if accumulating {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0), c.lanes(at: stride), c.lanes(at: 2 * stride), c.lanes(at: 3 * stride)
    )
    unsafe (c4, c5, c6, c7) = (
      c.lanes(at: 4 * stride), c.lanes(at: 5 * stride), c.lanes(at: 6 * stride), c.lanes(at: 7 * stride)
    )
  }
  var (a, b) = unsafe (a, b)
  for _ in 0..<depth {
    let row = unsafe b.lanes(at: 0)
    c0 = unsafe c0.addingProduct(Lanes(repeating: a[0]), row)
    c1 = unsafe c1.addingProduct(Lanes(repeating: a[1]), row)
    c2 = unsafe c2.addingProduct(Lanes(repeating: a[2]), row)
    c3 = unsafe c3.addingProduct(Lanes(repeating: a[3]), row)
    c4 = unsafe c4.addingProduct(Lanes(repeating: a[4]), row)
    c5 = unsafe c5.addingProduct(Lanes(repeating: a[5]), row)
    c6 = unsafe c6.addingProduct(Lanes(repeating: a[6]), row)
    c7 = unsafe c7.addingProduct(Lanes(repeating: a[7]), row)
    unsafe a += Tile.rows
    unsafe b += bStride
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
private func multiplyTile4(
  depth: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int = Tile.columns,
  into c: UnsafeMutablePointer<Float>, stride: Int, accumulating: Bool
) {
  var (c0, c1, c2, c3) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
  if accumulating {
    unsafe (c0, c1, c2, c3) = (
      c.lanes(at: 0), c.lanes(at: stride), c.lanes(at: 2 * stride), c.lanes(at: 3 * stride)
    )
  }
  var (a, b) = unsafe (a, b)
  for _ in 0..<depth {
    let row = unsafe b.lanes(at: 0)
    c0 = unsafe c0.addingProduct(Lanes(repeating: a[0]), row)
    c1 = unsafe c1.addingProduct(Lanes(repeating: a[1]), row)
    c2 = unsafe c2.addingProduct(Lanes(repeating: a[2]), row)
    c3 = unsafe c3.addingProduct(Lanes(repeating: a[3]), row)
    unsafe a += Tile.rows
    unsafe b += bStride
  }
  unsafe c.store(c0, at: 0)
  unsafe c.store(c1, at: stride)
  unsafe c.store(c2, at: 2 * stride)
  unsafe c.store(c3, at: 3 * stride)
}
