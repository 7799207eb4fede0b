internal import CIntrinsics
internal import Tensors

/// The memory of one thread's products.
final class ProductWorkspace {
  /// Steps of one pass over a panel: 32 columns of them are 24 KiB, what a first-level cache of 32 KiB has room for
  /// beside the rows that pass by.
  private static let stepsAtATime = 192
  /// Floats of packed rows that are used again for each panel: 256 KiB, a quarter of a second-level
  /// cache.
  private static let leftBlock = 65_536

  /// A right operand of more floats than a second-level cache has room for is asked for a panel ahead, if there is work
  /// enough to hide the wait behind: 5 % of a product of 2048 × 2048 on Zen 5.
  private static let (nearFloats, rowsWorthPrefetching) = (1 << 19, 64)

  private var left = Storage(zeros: 0)
  private var right = Storage(zeros: 0)
  private let tile = Storage(zeros: Tile.rows * Tile.columns)
  private var stack = Storage(zeros: 0)
  private var sumStack = Storage(zeros: 0)
  /// Of what `multiplySegments` has written since this was set.
  var largest = LargestLanes()

  /// c[…, columns] = (c +) a · b[…, columns]
  func multiply<E: PanelElement>(
    _: E.Type, _ a: LeftOperand, _ b: RightOperand, columns: Range<Int>, into c: Matrix, accumulating: Bool
  ) {
    let target = unsafe Target(c)
    let panels = panelCount(columns)
    let isFarAway = b.depth * b.columns > Self.nearFloats && a.rows >= Self.rowsWorthPrefetching
    let prefetch = unsafe RightOperand.Prefetch(b)
    let depthBlock = Self.stepsAtATime * E.depth
    for start in stride(from: 0, to: a.depth, by: depthBlock) {
      let depth = start..<min(start + depthBlock, a.depth)
      let steps = E.steps(ofDepth: depth.count)
      let rowsAtATime = Self.leftBlock / steps / Tile.rows * Tile.rows
      let right = unsafe rightPanels(
        E.self, b, columns: columns, parts: CollectionOfOne(depth), usedBy: a.rows, atATime: rowsAtATime)
      for first in stride(from: 0, to: a.rows, by: rowsAtATime) {
        let rows = first..<min(first + rowsAtATime, a.rows)
        unsafe packLeft(E.self, a, rows: rows, parts: CollectionOfOne(depth), steps: steps)
        for panel in 0..<panels {
          let column = columns.lowerBound + panel * Tile.columns
          let panelPointer = unsafe right.panel(panel, packing: first == 0)
          for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
            if isFarAway, panel + 1 < panels {
              let passed = row - rows.lowerBound
              unsafe prefetch(
                column: column + Tile.columns, depth: depth, part: passed..<passed + Tile.rows, of: rows.count)
            }
            unsafe multiplyTile(
              E.self, steps: steps, left.pointer + (row - rows.lowerBound) * steps, panelPointer, bStride: right.stride,
              into: target, row: row, column: column, accumulating: accumulating || start > 0)
          }
        }
      }
    }
  }

  /// See `MatrixProducts.multiplySegments`; for the given columns. Who has column 0 adds up the rows.
  ///
  /// - Parameter notes: Whether `largest` takes in what is written.
  func multiplySegments<E: PanelElement>(
    _: E.Type, _ a: LeftOperand, _ b: RightOperand, columns: Range<Int>, segments: [BatchSegment],
    into products: [Matrix], sums: [Vector], accumulating: Bool, notes: Bool
  ) {
    let targets = unsafe products.map { unsafe Target($0) }
    let panels = panelCount(columns)
    let stackDepth = BatchSegment.deepestStack(of: segments)
    if stack.count < stackDepth * tile.count { stack = Storage(zeros: stackDepth * tile.count) }
    if columns.lowerBound == 0 {
      sumRows(of: a, segments, into: sums, accumulating: accumulating)
      if notes { for sum in sums { unsafe largest.take(sum.pointer, count: sum.count) } }
    }
    // A panel's row of several steps must not reach from one segment into the next.
    let parts = E.depth == 1 ? [0..<a.depth] : segments.map(\.rows)
    let steps = parts.reduce(0) { $0 + E.steps(ofDepth: $1.count) }
    let rowsAtATime = max(Self.leftBlock / max(steps, 1) / Tile.rows, 1) * Tile.rows
    let right = unsafe rightPanels(
      E.self, b, columns: columns, parts: parts, usedBy: a.rows, atATime: rowsAtATime)
    for first in stride(from: 0, to: a.rows, by: rowsAtATime) {
      let rows = first..<min(first + rowsAtATime, a.rows)
      unsafe packLeft(E.self, a, rows: rows, parts: parts, steps: steps)
      for panel in 0..<panels {
        let column = columns.lowerBound + panel * Tile.columns
        let b = unsafe right.panel(panel, packing: first == 0)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Tile.rows) {
          let left = unsafe left.pointer + (row - rows.lowerBound) * steps
          if segments.count == 1, !notes {
            unsafe multiplyTile(
              E.self, steps: steps, left, b, bStride: right.stride, into: targets[0], row: row, column: column,
              accumulating: accumulating)
          } else {
            // They come from far away while the products are made.
            for index in unsafe targets.indices { unsafe targets[index].prefetch(row: row, column: column) }
            let columns = unsafe targets[0].columns - column
            unsafe multiplyStack(E.self, left, b, bStride: right.stride, columns: columns, segments)
            for index in unsafe targets.indices {
              let result = unsafe stack.pointer + index * tile.count
              if notes { unsafe note(result, of: targets[index], row: row, column: column) }
              unsafe store(result, into: targets[index], row: row, column: column)
            }
          }
        }
      }
    }
  }

  private func panelCount(_ columns: Range<Int>) -> Int { (columns.count + Tile.columns - 1) / Tile.columns }

  @unsafe
  private func packLeft<E: PanelElement>(
    _: E.Type, _ a: LeftOperand, rows: Range<Int>, parts: some Collection<Range<Int>>, steps: Int
  ) {
    let padded = (rows.count + Tile.rows - 1) / Tile.rows * Tile.rows
    let count = padded * steps + PanelSource.overrun
    if left.count < count { left = Storage(zeros: count) }
    for row in stride(from: 0, to: rows.count, by: Tile.rows) {
      var target = unsafe left.pointer + row * steps
      for part in parts {
        unsafe a.pack(E.self, row: rows.lowerBound + row, depth: part, into: target)
        unsafe target += E.steps(ofDepth: part.count) * Tile.rows
      }
    }
  }

  /// Panels of 32 columns of a right operand, where they stand or packed.
  @unsafe private struct RightPanels<E: PanelElement, Parts: Collection<Range<Int>>> {
    let operand: RightOperand
    let firstColumn: Int
    /// The depths that follow each other in a panel.
    let parts: Parts
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
        var target = unsafe panel
        for part in unsafe parts {
          unsafe operand.pack(E.self, column: firstColumn + index * Tile.columns, depth: part, into: target)
          unsafe target += E.steps(ofDepth: part.count) * Tile.columns
        }
      }
      return unsafe panel
    }
  }

  /// - Parameters:
  ///   - parts: The depths that follow each other in a panel.
  ///   - rows: How many rows of the left operand each panel will meet: packing pays from the third tile on.
  ///   - rowsAtATime: How many of them follow each other; a panel that meets all at once is not kept.
  @unsafe
  private func rightPanels<E: PanelElement, Parts: Collection<Range<Int>>>(
    _: E.Type, _ b: RightOperand, columns: Range<Int>, parts: Parts, usedBy rows: Int, atATime rowsAtATime: Int
  ) -> RightPanels<E, Parts> {
    if E.depth == 1, rows <= 2 * Tile.rows, let depth = parts.first, parts.count == 1,
      let (pointer, stride) = unsafe b.panelsInPlace(columns: columns, depth: depth)
    {
      return unsafe RightPanels(
        operand: b, firstColumn: columns.lowerBound, parts: parts, pointer: pointer, panelStride: Tile.columns,
        stride: stride, standsInPlace: true)
    }
    let panelSize = Tile.columns * parts.reduce(0) { $0 + E.steps(ofDepth: $1.count) }
    let panelStride = rows <= rowsAtATime ? 0 : panelSize
    let count = panelSize + (panelCount(columns) - 1) * panelStride + PanelSource.overrun
    if right.count < count { right = Storage(zeros: count) }
    return unsafe RightPanels(
      operand: b, firstColumn: columns.lowerBound, parts: parts, pointer: right.pointer, panelStride: panelStride,
      stride: Tile.columns, standsInPlace: false)
  }

  /// A matrix that receives tiles. (The matrix itself would be retained and released for each of them.)
  @unsafe private struct Target {
    let pointer: UnsafeMutablePointer<Float>
    let rows: Int
    let columns: Int
    let stride: Int

    init(_ matrix: Matrix) {
      unsafe pointer = matrix.pointer
      unsafe rows = matrix.rows
      unsafe columns = matrix.columns
      unsafe stride = matrix.stride
    }

    /// Asks for a tile.
    @inline(__always)
    func prefetch(row: Int, column: Int) {
      for row in unsafe row..<min(row + Tile.rows, rows) {
        let line = unsafe pointer + row * stride + column
        unsafe cintrinsics_prefetch_for_writing(line)
        unsafe cintrinsics_prefetch_for_writing(line + laneCount)
      }
    }
  }

  /// One tile of a product, whole or at the edge of `c`.
  @unsafe @inline(__always)
  private func multiplyTile<E: PanelElement>(
    _: E.Type, steps: Int, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int,
    into c: Target, row: Int, column: Int, accumulating: Bool
  ) {
    let target = unsafe c.pointer + row * c.stride + column
    let (rows, columns) = unsafe (min(Tile.rows, c.rows - row), min(Tile.columns, c.columns - column))
    guard rows < Tile.rows || columns < Tile.columns && columns != laneCount else {
      return unsafe Kernels.multiplyTile(
        E.self, columns: columns, steps: steps, a, b, bStride: bStride, into: target, stride: c.stride,
        accumulating ? .continuing : .replacing)
    }
    if accumulating {
      for r in 0..<rows {
        for l in 0..<columns { unsafe tile.pointer[r * Tile.columns + l] = target[r * c.stride + l] }
      }
    }
    unsafe Kernels.multiplyTile(
      E.self, columns: columns, steps: steps, a, b, bStride: bStride, into: tile.pointer, stride: Tile.columns,
      accumulating ? .continuing : .replacing)
    unsafe store(tile.pointer, into: c, row: row, column: column)
  }

  @unsafe @inline(__always)
  private func store(_ tile: UnsafeMutablePointer<Float>, into c: Target, row: Int, column: Int) {
    let target = unsafe c.pointer + row * c.stride + column
    let (rows, columns) = unsafe (min(Tile.rows, c.rows - row), min(Tile.columns, c.columns - column))
    for r in 0..<rows {
      let (from, to) = unsafe (tile + r * Tile.columns, target + r * c.stride)
      let whole = columns / laneCount * laneCount
      for l in Swift.stride(from: 0, to: whole, by: laneCount) { unsafe to.store(from.lanes(at: l), at: l) }
      for l in whole..<columns { unsafe to[l] = from[l] }
    }
  }

  /// Takes in a tile before it is stored. (Read where it is stored, it would have to be waited for.)
  @unsafe @inline(__always)
  private func note(_ tile: UnsafeMutablePointer<Float>, of c: Target, row: Int, column: Int) {
    let (rows, columns) = unsafe (min(Tile.rows, c.rows - row), min(Tile.columns, c.columns - column))
    var lanes = largest
    for r in 0..<rows { unsafe lanes.take(tile + r * Tile.columns, count: columns) }
    largest = lanes
  }

  /// The tiles of all segments, added up as their tree says.
  @unsafe @inline(__always)
  private func multiplyStack<E: PanelElement>(
    _: E.Type, _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, bStride: Int, columns: Int,
    _ segments: [BatchSegment]
  ) {
    let (size, width) = (tile.count, columns > laneCount ? Tile.columns : laneCount)
    var (top, a, b) = unsafe (stack.pointer, a, b)
    for segment in segments {
      let steps = E.steps(ofDepth: segment.rows.count)
      // The first addition is made before the product leaves the registers.
      let isAdded = segment.additions > 0
      if isAdded { unsafe top -= size }
      unsafe Kernels.multiplyTile(
        E.self, columns: columns, steps: steps, a, b, bStride: bStride, into: top, stride: Tile.columns,
        isAdded ? .addingSum : .replacing)
      unsafe a += steps * Tile.rows
      unsafe b += steps * bStride
      unsafe top += size
      for _ in 0..<segment.additions - (isAdded ? 1 : 0) {
        unsafe top -= size
        for row in stride(from: 0, to: size, by: Tile.columns) {
          for index in stride(from: row, to: row + width, by: laneCount) {
            unsafe top.store((top - size).lanes(at: index) + top.lanes(at: index), at: index - size)
          }
        }
      }
    }
  }

  /// Σ over the rows of each segment of `a`, [depth, m], one after another, added up as the tree says.
  private func sumRows(of a: LeftOperand, _ segments: [BatchSegment], into sums: [Vector], accumulating: Bool) {
    let width = paddedToLanes(a.rows)
    let count = BatchSegment.deepestStack(of: segments) * width
    if sumStack.count < count { sumStack = Storage(zeros: count) }
    var top = unsafe sumStack.pointer
    for segment in segments {
      unsafe top.update(repeating: 0, count: width)
      unsafe a.addUp(segment.rows, to: top)
      unsafe top += width
      for _ in 0..<segment.additions {
        unsafe top -= width
        for lane in stride(from: 0, to: width, by: laneCount) {
          unsafe top.store((top - width).lanes(at: lane) + top.lanes(at: lane), at: lane - width)
        }
      }
    }
    for (index, target) in sums.enumerated() {
      for lane in 0..<a.rows {
        let before = unsafe accumulating ? target.pointer[lane] : 0
        unsafe target.pointer[lane] = before + sumStack.pointer[index * width + lane]
      }
    }
  }
}
