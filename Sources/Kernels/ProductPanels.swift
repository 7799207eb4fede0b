internal import CIntrinsics
internal import Tensors

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
  func pack<E: PanelElement>(_: E.Type, row: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    unsafe panels.pack(E.self, lane: row, width: Tile.rows, depth: depth, into: target)
  }

  /// sums[row] += Σ over `depth`, one after another, of every row.
  @unsafe
  func addUp(_ depth: Range<Int>, to sums: UnsafeMutablePointer<Float>) { unsafe panels.addUp(depth, to: sums) }
}

/// The second factor of a product, [depth, columns].
struct RightOperand {
  let depth: Int
  let columns: Int
  fileprivate let panels: PanelSource

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

  /// Copies 32 columns, from `column` on, as [depth, 32]. See `PanelSource.pack` of what is written.
  @unsafe @inline(__always)
  func pack<E: PanelElement>(_: E.Type, column: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    unsafe panels.pack(E.self, lane: column, width: Tile.columns, depth: depth, into: target)
  }
}

extension RightOperand {
  /// Asks for what panels will be packed of. Valid while the matrix is. (The operand itself would be retained and released
  /// for each tile, which waits for all that the tiles before have stored.)
  @unsafe struct Prefetch {
    private let pointer: UnsafeMutablePointer<Float>
    private let stride: Int
    private let columns: Int
    private let lanesAreRows: Bool

    init(_ operand: RightOperand) {
      unsafe pointer = operand.panels.matrix.pointer
      unsafe stride = operand.panels.matrix.stride
      unsafe columns = operand.columns
      unsafe lanesAreRows = operand.panels.lanesAreRows
    }

    /// Of the panel of `column` the share that belongs to `part` of `count`.
    @inline(__always)
    func callAsFunction(column: Int, depth range: Range<Int>, part: Range<Int>, of count: Int) {
      let lanes = unsafe column..<min(column + Tile.columns, columns)
      let (rows, columns) = unsafe lanesAreRows ? (lanes, range) : (range, lanes)
      let first = rows.lowerBound + rows.count * part.lowerBound / count
      let end = rows.lowerBound + rows.count * min(part.upperBound, count) / count
      for row in first..<end {
        let line = unsafe pointer + row * stride
        // A cache line has as many floats as a register.
        for column in Swift.stride(from: columns.lowerBound, to: columns.upperBound, by: laneCount) {
          unsafe cintrinsics_prefetch(line + column)
        }
      }
    }
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

  /// Up to 7 rows of [depth, 32] beyond a panel's end may be written.
  static let overrun = 7 * Tile.columns

  /// target[d][l] = element at lane `lane` + l and depth `depth`[d]; in bf16 pairs of them, target[d][l] those of
  /// depth 2d and 2d + 1, with a 0 for the second where there is none.
  ///
  /// Lanes beyond the last one hold anything: they reach only elements of the product that nobody stores. So does
  /// what follows the panel: panels are packed from the first to the last.
  @unsafe @inline(__always)
  func pack<E: PanelElement>(
    _: E.Type, lane: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    switch (E.precision, lanesAreRows) {
    case (.float32, true): unsafe packRows(from: lane, width: width, depth: depth, into: target)
    case (.float32, false): unsafe packColumns(from: lane, width: width, depth: depth, into: target)
    case (.bf16, true): unsafe packRowPairs(from: lane, width: width, depth: depth, into: target)
    case (.bf16, false): unsafe packColumnPairs(from: lane, width: width, depth: depth, into: target)
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
  private func packRowPairs(
    from row: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe matrix.pointer + row * matrix.stride + depth.lowerBound
    let present = min(width, matrix.rows - row)
    var lane = 0
    while lane < present {
      let (lanes, block) = present - lane >= 16 ? (16, 16) : (8, 32)
      let whole = present - lane >= lanes ? depth.count / block * block : 0
      for d in stride(from: 0, to: whole, by: block) {
        let (from, to) = unsafe (source + lane * matrix.stride + d, target + d / 2 * width + lane)
        if lanes == 16 {
          unsafe cintrinsics_transpose_16x16_bf16(from, matrix.stride, to, width)
        } else {
          unsafe cintrinsics_transpose_8x32_bf16(from, matrix.stride, to, width)
        }
      }
      // What stands beside a part must not become the second of a pair.
      for first in stride(from: lane, to: lane + lanes, by: 8) {
        for d in stride(from: whole, to: depth.count, by: 32) {
          unsafe cintrinsics_transpose_part_bf16(
            source + first * matrix.stride + d, matrix.stride, min(8, present - first), min(32, depth.count - d),
            target + d / 2 * width + first, width)
        }
      }
      lane += lanes
    }
  }

  @unsafe @inline(__always)
  private func packColumns(
    from column: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe matrix.pointer + depth.lowerBound * matrix.stride + column
    let whole = readableRows(from: column, width: width, depth: depth)
    for d in 0..<whole {
      for l in stride(from: 0, to: width, by: 8) {
        unsafe target.store8(source.lanes8(at: d * matrix.stride + l), at: d * width + l)
      }
    }
    for d in whole..<depth.count {
      for l in 0..<min(width, matrix.columns - column) { unsafe target[d * width + l] = source[d * matrix.stride + l] }
    }
  }

  @unsafe @inline(__always)
  private func packColumnPairs(
    from column: Int, width: Int, depth: Range<Int>, into target: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe matrix.pointer + depth.lowerBound * matrix.stride + column
    let whole = readableRows(from: column, width: width, depth: depth) / 2 * 2
    if width == 8 {
      // Two pairs of rows at a time; of the last two rows a half.
      for d in stride(from: 0, to: whole, by: 4) {
        let row = unsafe source + d * matrix.stride
        let isWhole = d + 4 <= whole
        let others = isWhole ? 2 * matrix.stride : 0
        let (first, second) = unsafe (
          Lanes(lowHalf: row.lanes8(at: 0), highHalf: row.lanes8(at: others)),
          Lanes(lowHalf: row.lanes8(at: matrix.stride), highHalf: row.lanes8(at: matrix.stride + others))
        )
        let pairs = cintrinsics_bf16_pairs(first, second)
        unsafe target.store8(pairs.lowHalf, at: d / 2 * width)
        if isWhole { unsafe target.store8(pairs.highHalf, at: (d / 2 + 1) * width) }
      }
    } else {
      for d in stride(from: 0, to: whole, by: 2) {
        let row = unsafe source + d * matrix.stride
        for l in stride(from: 0, to: width, by: laneCount) {
          let (first, second) = unsafe (row.lanes(at: l), row.lanes(at: matrix.stride + l))
          unsafe target.store(cintrinsics_bf16_pairs(first, second), at: d / 2 * width + l)
        }
      }
    }
    for d in stride(from: whole, to: depth.count, by: 2) {
      for l in 0..<min(width, matrix.columns - column) {
        let first = unsafe source + (d * matrix.stride + l)
        unsafe UnsafeMutableRawPointer(target + d / 2 * width + l).storeBytes(
          of: bf16Pair(first[0], d + 1 < depth.count ? first[matrix.stride] : 0), as: UInt32.self)
      }
    }
  }

  /// How many rows of `width` columns lie within the memory: they may reach into the next row, but not beyond it.
  @inline(__always)
  private func readableRows(from column: Int, width: Int, depth: Range<Int>) -> Int {
    let readable = matrix.storage.count - matrix.offset - depth.lowerBound * matrix.stride - column
    return min(max((readable - width) / max(matrix.stride, 1) + (readable >= width ? 1 : 0), 0), depth.count)
  }

  /// sums[lane] += Σ over `depth`, one after another, of every lane.
  @unsafe
  func addUp(_ depth: Range<Int>, to sums: UnsafeMutablePointer<Float>) {
    let lanes = lanesAreRows ? matrix.rows : matrix.columns
    guard lanesAreRows else {
      for d in depth {
        let row = unsafe matrix.pointer + d * matrix.stride
        for lane in 0..<lanes { unsafe sums[lane] += row[lane] }
      }
      return
    }
    // Eight chains of additions side by side: one alone would wait for each of them.
    for first in stride(from: 0, to: lanes, by: 8) {
      let (present, source) = unsafe (min(8, lanes - first), matrix.pointer + first * matrix.stride)
      var (sum, values) = unsafe (sums.lanes8(at: first), SIMD8<Float>.zero)
      for d in depth {
        for l in 0..<present { unsafe values[l] = source[l * matrix.stride + d] }
        sum += values
      }
      unsafe sums.store8(sum, at: first)
    }
  }
}
