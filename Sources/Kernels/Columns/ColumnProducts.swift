public import Tensors

/// Products with a batch of encoded columns: those of a first layer that takes the features of all columns itself.
///
///     y = x Wᵀ
///
/// Of a column of T bins a sample has a run of ones and two numbers (see `ColumnReader`), and so three rows of weights to
/// add where there are T + 1: the sums of the rows of runs are made once for all samples. On the way back the rows of the
/// gradient are made from the last to the first, each by what is added to the one behind it.
///
/// An element of y is a chain that begins with 0, column by column: plus the weights of its run, themselves added up in the
/// order of the features; then fused multiply-adds of the other features that are not 0, in their order. In a column's
/// gradient the first feature is a chain of all samples. Any other begins with the sum of the samples whose run ends there
/// or behind it, a chain from the last feature of the column on, of each feature's samples in their order; then come the
/// samples in which it is one of the other features. So none of it depends on which samples share a call, on the number of
/// threads, or on the processor.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class ColumnProducts {
  /// The features of each column.
  private let columns: [Range<Int>]
  private let shared: SharedWork<ColumnWorkspace>
  private let batch: EncodedBatch

  /// - Parameters:
  ///   - columnWidths: Features of each column.
  ///   - threadCount: The threads that a product is shared by. It changes no bit.
  public init(columnWidths: [Int], threadCount: Int = 1) {
    precondition(threadCount >= 1 && columnWidths.allSatisfy { $0 >= 1 })
    var end = 0
    columns = columnWidths.map { width in
      defer { end += width }
      return end..<(end + width)
    }
    shared = SharedWork(memories: (0..<threadCount).map { _ in ColumnWorkspace() })
    batch = EncodedBatch(widest: columnWidths.max() ?? 0)
  }

  /// The most features of a column that a workspace has room for: some 5 MiB.
  private static let mostFeatures = 4_096

  /// Whether they take less time than the products of dense matrices do, which is not so for narrow columns and for few
  /// outputs (measured: see Benchmarks/log.md). The bits follow from the choice, so that it must be the same on every machine.
  ///
  /// - Parameters:
  ///   - columnWidths: Features of each column; none where nothing is known of columns.
  ///   - outputs: Of the layer.
  public static func areFaster(columnWidths: [Int], outputs: Int) -> Bool {
    guard let widest = columnWidths.max(), widest <= mostFeatures else { return false }
    let stripes = (outputs + StripeLanes.count - 1) / StripeLanes.count
    // Part of the last stripe may be for nothing.
    return columnWidths.reduce(0, +) >= 24 * columnWidths.count && 2 * stripes * StripeLanes.count <= 3 * outputs
  }

  private var featureCount: Int { columns.last?.upperBound ?? 0 }

  /// y = x · weightsᵀ
  ///
  /// - Parameters:
  ///   - x: [n, D]
  ///   - weights: [m, D]
  ///   - y: [n, m]
  public func multiply(_ x: Matrix, _ weights: Matrix, into y: Matrix) {
    precondition(
      x.columns == featureCount && weights.columns == featureCount && y.rows == x.rows && y.columns == weights.rows,
      "[\(x.rows), \(x.columns)] · [\(weights.rows), \(weights.columns)]ᵀ of \(featureCount) features into "
        + "[\(y.rows), \(y.columns)]")
    batch.read(x, columns)
    // Of few stripes, blocks of samples.
    let (outputs, threads) = (stripes(of: y.columns), threadCount(outputs: y.columns))
    let blocks = outputs.isEmpty ? 0 : min(x.rows, (threads + outputs.count - 1) / outputs.count)
    shared.run(parts: outputs.count * blocks, threads: threads) { part, workspace in
      let block = part / outputs.count
      workspace.multiply(
        batch, columns, weights, samples: (block * x.rows / blocks)..<((block + 1) * x.rows / blocks),
        outputs: outputs[part % outputs.count], into: y)
    }
  }

  /// The products of several segments of rows, added up in the order of a tree, as `MatrixProducts.multiplySegments` has
  /// them.
  ///
  /// - Parameters:
  ///   - dY: [n, m]: the gradient with respect to the layer's output.
  ///   - x: [n, D]: what was multiplied last.
  ///   - products: [m, D] each, as many as remain on the stack.
  ///   - sums: [m] each, as many.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment alone.
  public func multiplySegments(
    _ dY: Matrix, _ x: Matrix, segments: [BatchSegment], into products: [Matrix], sums: [Vector],
    accumulating: Bool = false
  ) {
    precondition(batch.isRead(of: x), "another matrix was multiplied last")
    precondition(dY.rows == x.rows && products.count == sums.count)
    precondition(products.allSatisfy { $0.rows == dY.columns && $0.columns == featureCount })
    precondition(sums.allSatisfy { $0.count == dY.columns })
    BatchSegment.check(segments, rows: dY.rows, results: products.count, accumulating: accumulating)
    batch.arrange(columns, by: segments)
    // Of few stripes, groups of columns.
    let (outputs, threads) = (stripes(of: dY.columns), threadCount(outputs: dY.columns))
    let groups = outputs.isEmpty ? 0 : max(min(columns.count, (threads + outputs.count - 1) / outputs.count), 1)
    shared.run(parts: outputs.count * groups, threads: threads) { part, workspace in
      let group = part / outputs.count
      let results = ColumnWorkspace.Results(products: products, sums: sums, accumulating: accumulating)
      workspace.addUp(
        dY, batch, columns, (group * columns.count / groups)..<((group + 1) * columns.count / groups), segments,
        outputs: outputs[part % outputs.count], into: results)
    }
  }

  private func stripes(of outputs: Int) -> [Range<Int>] {
    stride(from: 0, to: outputs, by: StripeLanes.count).map { $0..<min($0 + StripeLanes.count, outputs) }
  }

  private func threadCount(outputs: Int) -> Int {
    // A run and two others of each column.
    shared.threadCount(forMultiplyAdds: 3 * batch.samples * columns.count * outputs)
  }
}
