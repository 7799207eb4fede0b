internal import Dispatch
public import Tensors

/// Products with a batch of encoded columns: those of a first layer that takes the features of all columns itself.
///
///     y = x Wᵀ
///
/// Of a column of T bins a sample has a run of ones and two numbers (see `ColumnReader`), and so three rows of weights to add
/// where there are T + 1: the sums of the rows of runs are made once for all samples. On the way back the rows of the gradient are
/// made from the last to the first, each by what is added to the one behind it.
///
/// An element of y is a chain that begins with 0, column by column: plus the weights of its run, themselves added up in the order of
/// the features; then fused multiply-adds of the others that are not 0, in their order. In a column's gradient the first feature is a
/// chain of the samples. Any other begins with the sum of those whose run ends there or behind it, a chain from the last feature
/// of the column on, in each of the samples in their order; and goes on with the samples whose others it is of. So none of it depends on
/// which samples share a call, on the number of threads, or on the processor.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class ColumnProducts {
  /// The features of each column.
  private let columns: [Range<Int>]
  private let workspaces: [ColumnWorkspace]
  private let batch: EncodedBatch

  /// - Parameters:
  ///   - columns: The features of each, which follow one another from 0 on.
  ///   - threadCount: The threads that a product is shared by. It changes no bit.
  public init(_ columns: [Range<Int>], threadCount: Int = 1) {
    precondition(threadCount >= 1)
    var end = 0
    for column in columns {
      precondition(column.lowerBound == end && !column.isEmpty, "columns leave features out")
      end = column.upperBound
    }
    self.columns = columns
    let widest = columns.map(\.count).max() ?? 0
    workspaces = (0..<threadCount).map { _ in ColumnWorkspace(widest: widest) }
    batch = EncodedBatch(widest: widest)
  }

  /// Whether it is worth it. For narrow columns, and for few outputs, the products of dense matrices are faster (measured: see
  /// Benchmarks/log.md). It says the same on every machine, since the order of sums is another one.
  ///
  /// - Parameters:
  ///   - columns: How many there are; none where nothing is known of columns.
  ///   - features: Of all of them.
  ///   - outputs: Of the layer.
  public static func pay(columns: Int, features: Int, outputs: Int) -> Bool {
    columns > 0 && features >= 24 * columns && outputs >= ColumnWorkspace.stripe
  }

  /// y = x · weightsᵀ
  ///
  /// - Parameters:
  ///   - x: [n, D]
  ///   - weights: [m, D]
  ///   - y: [n, m]
  ///   - precision: What the elements of x and of the weights are rounded to.
  public func multiply(_ x: Matrix, _ weights: Matrix, into y: Matrix, precision: Precision = .float32) {
    precondition(x.columns == featureCount && weights.columns == featureCount, "\(x.columns) features")
    precondition(y.rows == x.rows && y.columns == weights.rows, "[\(y.rows), \(y.columns)] for the product")
    batch.read(x, columns, precision)
    inStripes(of: weights.rows) { [columns, batch] outputs, workspace in
      workspace.multiply(batch, columns, weights, outputs: outputs, into: y)
    }
  }

  /// The products of several segments of rows of the x that was multiplied last, added up in the order of a tree, as
  /// `MatrixProducts.multiplySegments` has them; in that precision.
  ///
  /// - Parameters:
  ///   - dY: [n, m]: the gradient with respect to the layer's output.
  ///   - products: [m, D] each, as many as remain on the stack.
  ///   - sums: [m] each, as many: of dY, which is not rounded for them.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment alone.
  public func multiplySegments(
    _ dY: Matrix, segments: [BatchSegment], into products: [Matrix], sums: [Vector], accumulating: Bool = false
  ) {
    precondition(products.count == sums.count && (!accumulating || segments.count == 1))
    for (product, sum) in zip(products, sums) {
      precondition(product.rows == dY.columns && product.columns == featureCount && sum.count == dY.columns)
    }
    precondition(dY.rows == batch.samples && segments.last?.rows.upperBound ?? 0 == batch.samples)
    batch.arrange(columns, by: segments)
    inStripes(of: dY.columns) { [columns, batch] outputs, workspace in
      workspace.addUp(
        dY, batch, columns, segments, outputs: outputs, into: products, sums, accumulating: accumulating)
    }
  }

  private var featureCount: Int { columns.last?.upperBound ?? 0 }

  /// Runs `body` for each stripe of outputs, on as many threads as there are and as are worth it.
  private func inStripes(of outputs: Int, _ body: @escaping (Range<Int>, ColumnWorkspace) -> Void) {
    let stripes = (outputs + ColumnWorkspace.stripe - 1) / ColumnWorkspace.stripe
    // As `MatrixProducts` has it; these are additions of some three rows for each column.
    let threads = min(workspaces.count, stripes, max((3 * batch.samples * columns.count * outputs) >> 18, 1))
    let work = StripedWork(body: body, workspaces: workspaces)
    @Sendable func run(_ thread: Int) {
      for stripe in stride(from: thread, to: stripes, by: threads) {
        let first = stripe * ColumnWorkspace.stripe
        work.body(first..<min(first + ColumnWorkspace.stripe, outputs), work.workspaces[thread])
      }
    }
    guard threads > 1 else { return run(0) }
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      FloatingPointMode.flushDenormals()
      run(thread)
    }
  }
}

/// Each thread has a workspace and outputs of its own, so that sharing them is safe.
private struct StripedWork: @unchecked Sendable {
  let body: (Range<Int>, ColumnWorkspace) -> Void
  let workspaces: [ColumnWorkspace]
}
