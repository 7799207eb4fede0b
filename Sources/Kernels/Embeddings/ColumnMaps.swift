public import Tensors

/// Maps of columns of numbers, each of some neighbouring features e of a batch, to N numbers:
///
///     y = e W + b
///
///     weights  [features of all columns, N]: row k is what feature k is multiplied by
///     biases   [columns, N]
///
/// Most features of a column are bins (see `ColumnReader`). So an element of y is the bias; plus, where the features from
/// the second on begin with ones, the sum of their weights, which is made once for all samples, in the order of the
/// features; and then a chain of fused multiply-adds of the other features that are not 0, in their order. Gradients are
/// chains in the order of samples.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class ColumnMaps {
  /// A column: its features in x, and where its N numbers begin in y.
  public struct Column: Equatable, Sendable {
    public let features: Range<Int>
    public let output: Int

    public init(features: Range<Int>, output: Int) {
      precondition(features.lowerBound >= 0 && output >= 0)
      (self.features, self.output) = (features, output)
    }
  }

  package let columns: [Column]
  /// N
  private let width: Int
  /// N, padded to whole lanes: the distance of rows in the memory here.
  private let stride: Int
  /// Features of all columns.
  private let featureCount: Int
  /// Weights, then biases, each row padded.
  private let weights: Storage
  /// Row k of a column, from its second on: the sum of its weights from the second to the k-th.
  private let runWeights: Storage
  private let reader: ColumnReader
  /// The gradients of segments that wait for their additions, in that form.
  private var stack = Storage(zeros: 0)

  private static let laneNumbers = Lanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

  public init(_ columns: [Column], width: Int) {
    precondition(width >= 1)
    self.columns = columns
    self.width = width
    stride = paddedToLanes(width)
    featureCount = columns.reduce(0) { $0 + $1.features.count }
    weights = Storage(zeros: (featureCount + columns.count) * stride)
    runWeights = Storage(zeros: featureCount * stride)
    reader = ColumnReader(widest: columns.map(\.features.count).max() ?? 0)
  }

  /// - Parameters:
  ///   - x: [n, D]
  ///   - weights: [features, N]
  ///   - biases: [columns, N]
  ///   - y: [n, …]; the N numbers of each column from its `output` on.
  public func multiply(_ x: Matrix, _ weights: Matrix, _ biases: Matrix, into y: Matrix) {
    check(x, y)
    load(weights, biases, into: self.weights, at: 0)
    sumRuns()
    let table = unsafe self.weights.pointer
    for sample in 0..<x.rows {
      let input = unsafe x.pointer + sample * x.stride
      var feature = 0
      for (index, column) in columns.enumerated() {
        let features = unsafe input + column.features.lowerBound
        let (run, others) = unsafe reader.read(features, count: column.features.count)
        let output = unsafe y.pointer + (sample * y.stride + column.output)
        for block in Swift.stride(from: 0, to: width, by: laneCount) {
          var sum = unsafe table.lanes(at: (featureCount + index) * stride + block)
          if run > 0 { sum += unsafe runWeights.pointer.lanes(at: (feature + run) * stride + block) }
          for place in 0..<others {
            let other = unsafe reader.places[place]
            sum = sum.addingProduct(
              Lanes(repeating: unsafe features[other]), unsafe table.lanes(at: (feature + other) * stride + block))
          }
          if block + laneCount <= width {
            unsafe output.store(sum, at: block)
          } else {
            for lane in 0..<(width - block) { unsafe output[block + lane] = sum[lane] }
          }
        }
        feature += column.features.count
      }
    }
  }

  /// Makes `runWeights` of the weights.
  private func sumRuns() {
    var feature = 0
    for column in columns {
      for block in Swift.stride(from: 0, to: stride, by: laneCount) {
        var sum = Lanes.zero
        for row in (feature..<(feature + column.features.count)).dropFirst() {
          let weights = unsafe self.weights.pointer.lanes(at: row * stride + block)
          sum = row == feature + 1 ? weights : sum + weights
          unsafe runWeights.pointer.store(sum, at: row * stride + block)
        }
      }
      feature += column.features.count
    }
  }

  /// The gradients of several segments of samples, added up in the order of a tree, as `MatrixProducts.multiplySegments`
  /// has them.
  ///
  /// - Parameters:
  ///   - dY: [n, …]: the gradient with respect to y. It can be read `laneCount` elements beyond its end.
  ///   - products: [features, N] each, as many as remain on the stack.
  ///   - sums: [columns, N] each, as many.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment alone.
  public func multiplySegments(
    _ dY: Matrix, _ x: Matrix, segments: [BatchSegment], into products: [Matrix], sums: [Matrix],
    accumulating: Bool
  ) {
    check(x, dY)
    precondition(dY.storage.count >= dY.offset + dY.rows * dY.stride + laneCount)
    precondition(products.count == sums.count, "\(products.count) products and \(sums.count) sums")
    BatchSegment.check(segments, rows: x.rows, results: products.count, accumulating: accumulating)
    let size = (featureCount + columns.count) * stride
    let deepest = BatchSegment.deepestStack(of: segments) * size
    if stack.count < deepest { stack = Storage(zeros: deepest) }
    var depth = 0
    for segment in segments {
      let gradient = unsafe stack.pointer + depth * size
      if accumulating {
        load(products[0], sums[0], into: stack, at: depth * size)
      } else {
        unsafe gradient.update(repeating: 0, count: size)
      }
      for sample in segment.rows { unsafe addUp(sample, dY, x, into: gradient) }
      depth += 1
      for _ in 0..<segment.additions {
        depth -= 1
        let last = unsafe stack.pointer + depth * size
        let before = unsafe last - size
        for index in Swift.stride(from: 0, to: size, by: laneCount) {
          unsafe before.store(before.lanes(at: index) + last.lanes(at: index), at: index)
        }
      }
    }
    for place in products.indices { store(at: place * size, into: products[place], sums[place]) }
  }

  /// Adds what one sample gives.
  @unsafe @inline(__always)
  private func addUp(_ sample: Int, _ dY: Matrix, _ x: Matrix, into gradient: UnsafeMutablePointer<Float>) {
    let input = unsafe x.pointer + sample * x.stride
    var feature = 0
    for (index, column) in columns.enumerated() {
      let features = unsafe input + column.features.lowerBound
      let (run, others) = unsafe reader.read(features, count: column.features.count)
      let slopes = unsafe dY.pointer + (sample * dY.stride + column.output)
      for block in Swift.stride(from: 0, to: width, by: laneCount) {
        var slope = unsafe slopes.lanes(at: block)
        // Behind the last of the N numbers stand those of another column.
        slope.replace(with: 0, where: Self.laneNumbers .>= Float(width - block))
        let bias = (featureCount + index) * stride + block
        unsafe gradient.store(gradient.lanes(at: bias) + slope, at: bias)
        for place in 0..<run {
          let row = (feature + 1 + place) * stride + block
          unsafe gradient.store(gradient.lanes(at: row) + slope, at: row)
        }
        for place in 0..<others {
          let other = unsafe reader.places[place]
          let row = (feature + other) * stride + block
          unsafe gradient.store(
            gradient.lanes(at: row).addingProduct(Lanes(repeating: features[other]), slope), at: row)
        }
      }
      feature += column.features.count
    }
  }

  private func check(_ x: Matrix, _ y: Matrix) {
    precondition(y.rows >= x.rows)
    precondition(columns.allSatisfy { $0.features.upperBound <= x.columns && $0.output + width <= y.columns })
  }

  /// Brings rows into the padded form.
  private func load(_ weights: Matrix, _ biases: Matrix, into storage: Storage, at place: Int) {
    precondition(weights.rows == featureCount && biases.rows == columns.count)
    precondition(weights.columns == width && biases.columns == width || featureCount == 0)
    for (start, matrix) in [(0, weights), (featureCount, biases)] {
      for row in 0..<matrix.rows {
        let target = unsafe storage.pointer + (place + (start + row) * stride)
        unsafe target.update(from: matrix.pointer + row * matrix.stride, count: width)
        unsafe (target + width).update(repeating: 0, count: stride - width)
      }
    }
  }

  private func store(at place: Int, into weights: Matrix, _ biases: Matrix) {
    precondition(weights.rows == featureCount && biases.rows == columns.count)
    for (start, matrix) in [(0, weights), (featureCount, biases)] {
      for row in 0..<matrix.rows {
        let source = unsafe stack.pointer + (place + (start + row) * stride)
        unsafe (matrix.pointer + row * matrix.stride).update(from: source, count: width)
      }
    }
  }
}
