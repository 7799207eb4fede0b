public import Tensors

/// Products of matrices, and the memory that they pack their operands into.
///
/// An element of a product is one chain of fused multiply-adds, from the first k to the last:
///
///     c[i, j] = fma(a[i, k−1], b[k−1, j], … fma(a[i, 0], b[0, j], c₀))
///
/// with c₀ = 0, or what stood there where `accumulating`; of factors rounded to bf16 where the precision says so. So its bits depend on row i of a and column
/// j of b alone: not on the shape of the call, the blocking, the number of threads or the processor.
/// Rows of several shards may share a call (docs/promises.md, 1), which BLAS libraries don't allow: they
/// choose their blocking, and so the order of their sums, by the shape.
///
/// The method is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication"
/// (2008): operands are copied into panels that are read in order, a tile of c stays in registers.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class MatrixProducts {
  public let threadCount: Int
  private let shared: SharedWork<ProductWorkspace>

  public init(threadCount: Int = 1) {
    precondition(threadCount >= 1)
    self.threadCount = threadCount
    shared = SharedWork(memories: (0..<threadCount).map { _ in ProductWorkspace() })
  }

  /// c = op(a) · op(b), or c += op(a) · op(b) where `accumulating`.
  ///
  /// - Parameters:
  ///   - a: [m, k], or [k, m] where `transposingA`.
  ///   - b: [k, n], or [n, k] where `transposingB`.
  ///   - c: [m, n]
  ///   - precision: What the elements of a and b are rounded to.
  public func multiply(
    _ a: Matrix, transposingA: Bool = false, _ b: Matrix, transposingB: Bool = false, into c: Matrix,
    accumulating: Bool = false, precision: Precision = .float32
  ) {
    let a = LeftOperand(a, transposed: transposingA)
    let b = RightOperand(b, transposed: transposingB)
    precondition(
      a.depth == b.depth && c.rows == a.rows && c.columns == b.columns,
      "[\(a.rows), \(a.depth)] · [\(b.depth), \(b.columns)] into [\(c.rows), \(c.columns)]")
    guard c.rows > 0, c.columns > 0 else { return }
    guard a.depth > 0 else {
      if !accumulating { for row in 0..<c.rows { c.row(row).fill(with: 0) } }
      return
    }
    inStripes(columns: c.columns, work: c.rows * c.columns * a.depth) { columns, workspace in
      switch precision {
      case .float32:
        workspace.multiply(Float32Element.self, a, b, columns: columns, into: c, accumulating: accumulating)
      case .bf16 where Precision.hasInstructionForBF16:
        workspace.multiply(BF16Pair.self, a, b, columns: columns, into: c, accumulating: accumulating)
      case .bf16:
        workspace.multiply(PlainBF16Pair.self, a, b, columns: columns, into: c, accumulating: accumulating)
      }
    }
  }

  /// The products of several segments of rows, added up in the order of a tree: what the shards of
  /// a batch contribute to the gradient of a layer.
  ///
  /// For each segment s in order, aₛᵀ · bₛ is pushed on a stack; then `segments[s].additions` times
  /// the last entry of the stack is added to the one before it and removed. What remains on the
  /// stack is the result. Sums of rows of aₛᵀ go the same way.
  ///
  /// - Parameters:
  ///   - a: [k, m], or [m, k] where `aIsTransposed`: the gradient with respect to the layer's output.
  ///   - b: [k, n]: the layer's input.
  ///   - products: [m, n] each, as many as remain on the stack.
  ///   - sums: [m] each, as many.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment
  ///     alone.
  ///   - precision: What the factors of products are rounded to; what `sums` add up is not.
  ///   - magnitude: Notes that of the results; where nothing stood in them.
  ///
  /// The depth is not cut: packed copies of both operands, [k, m] and [k, n], are kept.
  public func multiplySegments(
    _ a: Matrix, aIsTransposed: Bool, _ b: Matrix, segments: [BatchSegment], into products: [Matrix],
    sums: [Vector], accumulating: Bool = false, precision: Precision = .float32,
    noting magnitude: GradientMagnitude? = nil
  ) {
    let a = LeftOperand(a, transposed: !aIsTransposed)
    precondition(a.depth == b.rows, "\(a.depth) rows against \(b.rows)")
    precondition(magnitude == nil || !accumulating, "what stands in the results is not looked at")
    precondition(products.allSatisfy { $0.rows == a.rows && $0.columns == b.columns })
    precondition(products.count == sums.count && sums.allSatisfy { $0.count == a.rows })
    BatchSegment.check(segments, rows: b.rows, results: products.count, accumulating: accumulating)
    let b = RightOperand(b, transposed: false)
    for memory in shared.memories { memory.largest = LargestLanes() }
    inStripes(columns: b.columns, work: a.rows * b.columns * a.depth) { columns, workspace in
      switch precision {
      case .float32:
        workspace.multiplySegments(
          Float32Element.self, a, b, columns: columns, segments: segments, into: products, sums: sums,
          accumulating: accumulating, notes: magnitude != nil)
      case .bf16 where Precision.hasInstructionForBF16:
        workspace.multiplySegments(
          BF16Pair.self, a, b, columns: columns, segments: segments, into: products, sums: sums,
          accumulating: accumulating, notes: magnitude != nil)
      case .bf16:
        workspace.multiplySegments(
          PlainBF16Pair.self, a, b, columns: columns, segments: segments, into: products, sums: sums,
          accumulating: accumulating, notes: magnitude != nil)
      }
    }
    magnitude?.note(
      shared.memories.reduce(0) { largerMagnitude($0, $1.largest.largest) },
      ofElements: products.count * a.rows * (b.columns + 1))
  }

  /// Runs `body` for stripes of columns, on as many threads as there are.
  private func inStripes(columns: Int, work: Int, _ body: (Range<Int>, ProductWorkspace) -> Void) {
    let panels = (columns + Tile.columns - 1) / Tile.columns
    let stripes = min(shared.threadCount(forMultiplyAdds: work), panels)
    shared.run(parts: stripes, threads: stripes) { stripe, workspace in
      let start = stripe * panels / stripes * Tile.columns
      let end = min((stripe + 1) * panels / stripes * Tile.columns, columns)
      body(start..<end, workspace)
    }
  }
}

/// Consecutive rows of a batch that belong to one shard, and the additions of the tree of shards
/// that are due after it.
public struct BatchSegment: Equatable, Sendable {
  public let rows: Range<Int>
  public let additions: Int

  public init(rows: Range<Int>, additions: Int) {
    self.rows = rows
    self.additions = additions
  }
}

extension BatchSegment {
  /// Whether they are all rows, one after the other, and their tree comes to so many results.
  ///
  /// - Parameter accumulating: Whether results are added to what is there, which goes for a single segment alone.
  static func check(_ segments: [BatchSegment], rows: Int, results: Int, accumulating: Bool) {
    var (depth, end) = (0, 0)
    for segment in segments {
      precondition(segment.rows.lowerBound == end, "segments leave out rows \(end) ..< \(segment.rows.lowerBound)")
      precondition(segment.additions <= depth, "\(segment.additions) additions of \(depth + 1) products")
      depth += 1 - segment.additions
      end = segment.rows.upperBound
    }
    precondition(depth == results && end == rows, "\(depth) results of \(end) rows, \(results) of \(rows) expected")
    precondition(!accumulating || segments.count == 1, "\(segments.count) segments are added to a result")
  }

  /// The most products that lie on the stack of their tree at a time.
  static func deepestStack(of segments: [BatchSegment]) -> Int {
    var (depth, deepest) = (0, 0)
    for segment in segments {
      deepest = max(deepest, depth + 1)
      depth += 1 - segment.additions
    }
    return deepest
  }
}
