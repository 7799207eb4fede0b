internal import Tensors

/// The memory of one thread's products.
final class ProductWorkspace {
  /// Multiply-adds of one pass over a panel: 16 columns of this depth are 16 KiB, half a
  /// first-level cache.
  private static let depthBlock = 256
  /// Floats of packed rows that are used again for each panel: 128 KiB, an eighth of a second-level
  /// cache.
  private static let leftBlock = 32_768

  private var left = Storage(zeros: 0)
  private var right = Storage(zeros: 0)
  private let tile = Storage(zeros: Tile.rows * Tile.columns)
  private var stack = Storage(zeros: 0)
  private var sumStack = Storage(zeros: 0)

  /// c[…, columns] = (c +) a · b[…, columns]
  func multiply(
    _ a: LeftOperand, _ b: RightOperand, columns: Range<Int>, into c: Matrix, accumulating: Bool
  ) {
    let panels = panelCount(columns)
    for start in stride(from: 0, to: a.depth, by: Self.depthBlock) {
      let depth = start..<min(start + Self.depthBlock, a.depth)
      let rowsAtATime = Self.leftBlock / depth.count / Tile.rows * Tile.rows
      let right = unsafe rightPanels(
        b, columns: columns, depth: depth, usedBy: a.rows, atATime: rowsAtATime)
      for first in stride(from: 0, to: a.rows, by: rowsAtATime) {
        let rows = first..<min(first + rowsAtATime, a.rows)
        unsafe packLeft(a, rows: rows, depth: depth)
        for panel in 0..<panels {
          let column = columns.lowerBound + panel * Tile.columns
          let b = unsafe right.panel(panel, packing: first == 0)
          for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
            unsafe multiplyTile(
              depth: depth.count, left.pointer + (row - rows.lowerBound) * depth.count, b, bStride: right.stride,
              into: c, row: row, column: column, accumulating: accumulating || start > 0)
          }
        }
      }
    }
  }

  /// See `MatrixProducts.multiplySegments`; for the given columns. Who has column 0 adds up the rows.
  func multiplySegments(
    _ a: LeftOperand, _ b: RightOperand, columns: Range<Int>, segments: [BatchSegment], into products: [Matrix],
    sums: [Vector], accumulating: Bool
  ) {
    let depth = 0..<a.depth
    let panels = panelCount(columns)
    let stackDepth = BatchSegment.deepestStack(of: segments)
    if stack.count < stackDepth * tile.count {
      stack = Storage(zeros: stackDepth * tile.count)
      sumStack = Storage(zeros: stackDepth * Tile.rows)
    }
    let rowsAtATime = max(Self.leftBlock / max(depth.count, 1) / Tile.rows, 1) * Tile.rows
    let right = unsafe rightPanels(b, columns: columns, depth: depth, usedBy: a.rows, atATime: rowsAtATime)
    for first in stride(from: 0, to: a.rows, by: rowsAtATime) {
      let rows = first..<min(first + rowsAtATime, a.rows)
      unsafe packLeft(a, rows: rows, depth: depth)
      for panel in 0..<panels {
        let column = columns.lowerBound + panel * Tile.columns
        let b = unsafe right.panel(panel, packing: first == 0)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
          let a = unsafe left.pointer + (row - rows.lowerBound) * depth.count
          if segments.count == 1 {
            unsafe multiplyTile(
              depth: depth.count, a, b, bStride: right.stride, into: products[0], row: row, column: column,
              accumulating: accumulating)
          } else {
            unsafe multiplyStack(a, b, bStride: right.stride, segments)
            for (index, product) in products.enumerated() {
              unsafe store(stack.pointer + index * tile.count, into: product, row: row, column: column)
            }
          }
          if column == 0 {
            unsafe sumRows(a, segments, into: sums, row: row, accumulating: accumulating)
          }
        }
      }
    }
  }

  private func panelCount(_ columns: Range<Int>) -> Int { (columns.count + Tile.columns - 1) / Tile.columns }

  @unsafe
  private func packLeft(_ a: LeftOperand, rows: Range<Int>, depth: Range<Int>) {
    let padded = (rows.count + Tile.rows - 1) / Tile.rows * Tile.rows
    let count = padded * depth.count + PanelSource.overrun
    if left.count < count { left = Storage(zeros: count) }
    for row in stride(from: 0, to: rows.count, by: Tile.rows) {
      unsafe a.pack(row: rows.lowerBound + row, depth: depth, into: left.pointer + row * depth.count)
    }
  }

  /// Panels of 16 columns of a right operand, where they stand or packed.
  @unsafe private struct RightPanels {
    let operand: RightOperand
    let firstColumn: Int
    let depth: Range<Int>
    let pointer: UnsafeMutablePointer<Float>
    /// From panel to panel.
    let panelStride: Int
    /// From row to row.
    let stride: Int
    let standsInPlace: Bool

    /// - Parameter packing: Whether the panel is asked for for the first time; from the first to the last.
    @inline(__always)
    func panel(_ index: Int, packing: Bool) -> UnsafeMutablePointer<Float> {
      let panel = unsafe pointer + index * panelStride
      if unsafe packing && !standsInPlace {
        unsafe operand.pack(column: firstColumn + index * Tile.columns, depth: depth, into: panel)
      }
      return unsafe panel
    }
  }

  /// - Parameters:
  ///   - rows: How many rows of the left operand each panel will meet: packing pays from the third tile on.
  ///   - rowsAtATime: How many of them follow each other; a panel that meets all at once is not kept.
  @unsafe
  private func rightPanels(
    _ b: RightOperand, columns: Range<Int>, depth: Range<Int>, usedBy rows: Int, atATime rowsAtATime: Int
  ) -> RightPanels {
    if rows <= 2 * Tile.rows, let (pointer, stride) = unsafe b.panelsInPlace(columns: columns, depth: depth) {
      return unsafe RightPanels(
        operand: b, firstColumn: columns.lowerBound, depth: depth, pointer: pointer, panelStride: Tile.columns,
        stride: stride, standsInPlace: true)
    }
    let panelSize = Tile.columns * depth.count
    let panelStride = rows <= rowsAtATime ? 0 : panelSize
    let count = panelSize + (panelCount(columns) - 1) * panelStride + PanelSource.overrun
    if right.count < count { right = Storage(zeros: count) }
    return unsafe RightPanels(
      operand: b, firstColumn: columns.lowerBound, depth: depth, pointer: right.pointer, panelStride: panelStride,
      stride: Tile.columns, standsInPlace: false)
  }

  /// One tile of a product, whole or at the edge of `c`.
  @unsafe @inline(__always)
  private func multiplyTile(
    depth: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int, into c: Matrix,
    row: Int, column: Int, accumulating: Bool
  ) {
    let target = unsafe c.pointer + row * c.stride + column
    let (rows, columns) = (min(Tile.rows, c.rows - row), min(Tile.columns, c.columns - column))
    guard rows < Tile.rows || columns < Tile.columns else {
      return unsafe Kernels.multiplyTile(
        depth: depth, a, b, bStride: bStride, into: target, stride: c.stride, accumulating: accumulating)
    }
    if accumulating {
      for r in 0..<rows {
        for l in 0..<columns { unsafe tile.pointer[r * Tile.columns + l] = target[r * c.stride + l] }
      }
    }
    unsafe Kernels.multiplyTile(
      depth: depth, a, b, bStride: bStride, into: tile.pointer, stride: Tile.columns, accumulating: accumulating)
    unsafe store(tile.pointer, into: c, row: row, column: column)
  }

  @unsafe @inline(__always)
  private func store(_ tile: UnsafeMutablePointer<Float>, into c: Matrix, row: Int, column: Int) {
    let target = unsafe c.pointer + row * c.stride + column
    let (rows, columns) = (min(Tile.rows, c.rows - row), min(Tile.columns, c.columns - column))
    if columns == Tile.columns {
      for r in 0..<rows { unsafe target.store(tile.lanes(at: r * Tile.columns), at: r * c.stride) }
    } else {
      for r in 0..<rows {
        for l in 0..<columns { unsafe target[r * c.stride + l] = tile[r * Tile.columns + l] }
      }
    }
  }

  /// The tiles of all segments, added up as their tree says.
  @unsafe @inline(__always)
  private func multiplyStack(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int, _ segments: [BatchSegment]
  ) {
    var top = unsafe stack.pointer
    for segment in segments {
      unsafe Kernels.multiplyTile(
        depth: segment.rows.count, a + segment.rows.lowerBound * Tile.rows,
        b + segment.rows.lowerBound * bStride, bStride: bStride, into: top, stride: Tile.columns, accumulating: false)
      unsafe top += tile.count
      for _ in 0..<segment.additions {
        unsafe top -= tile.count
        for index in stride(from: 0, to: tile.count, by: laneCount) {
          unsafe top.store((top - tile.count).lanes(at: index) + top.lanes(at: index), at: index - tile.count)
        }
      }
    }
  }

  /// Σ over the rows of each segment of packed `a`, [depth, 8], added up as the tree says.
  @unsafe
  private func sumRows(
    _ a: UnsafeMutablePointer<Float>, _ segments: [BatchSegment], into sums: [Vector], row: Int, accumulating: Bool
  ) {
    var top = unsafe sumStack.pointer
    for segment in segments {
      var sum = SIMD8<Float>.zero
      for d in segment.rows {
        sum += unsafe UnsafeRawPointer(a + d * Tile.rows).loadUnaligned(as: SIMD8<Float>.self)
      }
      unsafe UnsafeMutableRawPointer(top).storeBytes(of: sum, as: SIMD8<Float>.self)
      unsafe top += Tile.rows
      for _ in 0..<segment.additions {
        unsafe top -= Tile.rows
        for lane in 0..<Tile.rows { unsafe top[lane - Tile.rows] += top[lane] }
      }
    }
    for (index, target) in sums.enumerated() {
      for lane in 0..<min(Tile.rows, target.count - row) {
        let before = unsafe accumulating ? target.pointer[row + lane] : 0
        unsafe target.pointer[row + lane] = before + sumStack.pointer[index * Tile.rows + lane]
      }
    }
  }
}
