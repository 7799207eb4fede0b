public import Tensors

/// Products with a sparse batch: those of the first layer of a network.
///
/// They have the bits that `MatrixProducts` gives for the same batch with its zeros: an element is the same
/// chain of fused multiply-adds without those that have a factor of zero, which change nothing as long as
/// the other factor is finite.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class SparseProducts {
  /// A row of m weights for each feature that the batch meets.
  private var weightRows = Storage(zeros: 0)
  /// Outputs, or gradients with respect to them: a row of m for each sample.
  private var sampleRows = Storage(zeros: 0)
  /// The gradients of segments that wait for their additions: rows as those of the weights, and one for
  /// the bias.
  private var stack = Storage(zeros: 0)

  public init() {}

  /// outputs = x · weightsᵀ
  ///
  /// - Parameters:
  ///   - x: [n, D]
  ///   - weights: [m, D]
  ///   - outputs: [n, m], or [m, n] where `transposed`.
  ///   - precision: What the elements of x and of the weights are rounded to.
  public func multiply(
    _ x: SparseBatch, _ weights: Matrix, into outputs: Matrix, transposed: Bool, precision: Precision = .float32
  ) {
    let (width, stride) = (weights.rows, paddedToLanes(weights.rows))
    precondition(weights.columns == x.featureCount, "\(x.featureCount) features, weights for \(weights.columns)")
    precondition((transposed ? outputs.columns : outputs.rows) == x.rows)
    precondition((transposed ? outputs.rows : outputs.columns) == width)
    Self.grow(&weightRows, to: x.features.count * stride)
    Self.grow(&sampleRows, to: x.rows * stride)
    unsafe loadColumns(x.features, of: weights, into: weightRows.pointer)
    unsafe round(weightRows.pointer, count: x.features.count * stride, to: precision)

    let (starts, features, values) = (x.starts, x.entryFeatures, precision.rounded(x.values))
    for row in 0..<x.rows {
      let output = unsafe sampleRows.pointer + row * stride
      unsafe output.update(repeating: 0, count: stride)
      for entry in starts[row]..<starts[row + 1] {
        unsafe addProduct(values[entry], weightRows.pointer + Int(features[entry]) * stride, to: output, count: stride)
      }
    }
    let rows = Matrix(sampleRows, rows: x.rows, columns: width, stride: stride)
    copy(rows, into: outputs, transposing: transposed)
  }

  /// The products of several segments of rows, added up in the order of a tree, as
  /// `MatrixProducts.multiplySegments` has them.
  ///
  /// - Parameters:
  ///   - dY: [n, m], or [m, n] where `isTransposed`: the gradient with respect to the layer's output.
  ///   - x: [n, D]: the layer's input.
  ///   - products: [m, D] each, as many as remain on the stack.
  ///   - sums: [m] each, as many.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment
  ///     alone.
  ///   - precision: What the factors of products are rounded to; what `sums` add up is not.
  ///   - magnitude: Notes that of the results; where nothing stood in them.
  public func multiplySegments(
    _ dY: Matrix, isTransposed: Bool, _ x: SparseBatch, segments: [BatchSegment], into products: [Matrix],
    sums: [Vector], accumulating: Bool, precision: Precision = .float32, noting magnitude: GradientMagnitude? = nil
  ) {
    precondition(magnitude == nil || !accumulating, "what stands in the results is not looked at")
    let width = isTransposed ? dY.rows : dY.columns
    precondition((isTransposed ? dY.columns : dY.rows) == x.rows)
    precondition(products.allSatisfy { $0.rows == width && $0.columns == x.featureCount })
    precondition(products.count == sums.count && sums.allSatisfy { $0.count == width })
    BatchSegment.check(segments, rows: x.rows, results: products.count, accumulating: accumulating)
    let stride = paddedToLanes(width)
    Self.grow(&sampleRows, to: x.rows * stride)
    copy(dY, into: Matrix(sampleRows, rows: x.rows, columns: width, stride: stride), transposing: isTransposed)
    for row in 0..<x.rows {
      unsafe (sampleRows.pointer + row * stride + width).update(repeating: 0, count: stride - width)
    }

    let size = (x.features.count + 1) * stride
    Self.grow(&stack, to: BatchSegment.deepestStack(of: segments) * size)
    let bias = x.features.count * stride
    let values = precision.rounded(x.values)
    var depth = 0
    for segment in segments {
      let gradient = unsafe stack.pointer + depth * size
      unsafe gradient.update(repeating: 0, count: size)
      if accumulating { unsafe loadColumns(x.features, of: products[0], into: gradient) }
      unsafe addUp(segment.rows, of: x, values, stride: stride, precision, into: gradient)
      depth += 1
      for _ in 0..<segment.additions {
        depth -= 1
        let last = unsafe stack.pointer + depth * size
        unsafe addProduct(1, last, to: last - size, count: size)
      }
    }
    for (place, product) in products.enumerated() {
      let gradient = unsafe stack.pointer + place * size
      if !accumulating { for output in 0..<width { product.row(output).fill(with: 0) } }
      unsafe storeColumns(x.features, of: product, from: gradient)
      for output in 0..<width {
        let before = accumulating ? sums[place][output] : 0
        unsafe sums[place][output] = before + gradient[bias + output]
      }
    }
    guard let magnitude else { return }
    // What no sample of the batch has is 0.
    var lanes = LargestLanes()
    unsafe lanes.take(stack.pointer, count: products.count * size)
    magnitude.note(lanes.largest, ofElements: products.count * width * (x.featureCount + 1))
  }

  /// Adds the gradients of `rows`, which lie in `sampleRows`, to rows of a gradient by feature.
  @unsafe private func addUp(
    _ rows: Range<Int>, of x: SparseBatch, _ values: [Float], stride: Int, _ precision: Precision,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    let (starts, features) = (x.starts, x.entryFeatures)
    let bias = unsafe gradient + x.features.count * stride
    for row in rows {
      let dY = unsafe sampleRows.pointer + row * stride
      unsafe addProduct(1, dY, to: bias, count: stride)
      unsafe round(dY, count: stride, to: precision)
      for entry in starts[row]..<starts[row + 1] {
        unsafe addProduct(values[entry], dY, to: gradient + Int(features[entry]) * stride, count: stride)
      }
    }
  }

  private static func grow(_ storage: inout Storage, to count: Int) {
    if storage.count < count { storage = Storage(zeros: max(count, 2 * storage.count)) }
  }
}

/// target += factor · source
///
/// - Parameter count: A multiple of `laneCount`.
@inline(__always) @unsafe
private func addProduct(
  _ factor: Float, _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
) {
  let factors = Lanes(repeating: factor)
  var index = 0
  while index < count {
    unsafe target.store(target.lanes(at: index).addingProduct(factors, source.lanes(at: index)), at: index)
    index += laneCount
  }
}

@unsafe private func round(_ values: UnsafeMutablePointer<Float>, count: Int, to precision: Precision) {
  guard precision == .bf16 else { return }
  for index in 0..<count { unsafe values[index] = values[index].roundedToBF16 }
}

/// Row u of `target`, padded to whole lanes with zeros, becomes column features[u] of `matrix`.
@unsafe private func loadColumns(_ features: [Int32], of matrix: Matrix, into target: UnsafeMutablePointer<Float>) {
  let stride = paddedToLanes(matrix.rows)
  // Sixteen rows of the matrix at a time, so that a line of the target is written at once.
  for block in Swift.stride(from: 0, to: matrix.rows, by: laneCount) {
    let count = min(laneCount, matrix.rows - block)
    for (place, feature) in features.enumerated() {
      let row = unsafe target + place * stride + block
      let column = unsafe matrix.pointer + block * matrix.stride + Int(feature)
      for index in 0..<count { unsafe row[index] = column[index * matrix.stride] }
      for index in count..<laneCount { unsafe row[index] = 0 }
    }
  }
}

/// Column features[u] of `matrix` becomes row u of `source`, whose rows are padded to whole lanes.
@unsafe private func storeColumns(_ features: [Int32], of matrix: Matrix, from source: UnsafeMutablePointer<Float>) {
  let stride = paddedToLanes(matrix.rows)
  for block in Swift.stride(from: 0, to: matrix.rows, by: laneCount) {
    let count = min(laneCount, matrix.rows - block)
    for (place, feature) in features.enumerated() {
      let row = unsafe source + place * stride + block
      let column = unsafe matrix.pointer + block * matrix.stride + Int(feature)
      for index in 0..<count { unsafe column[index * matrix.stride] = row[index] }
    }
  }
}

/// - Parameters:
///   - source: [n, m]
///   - target: [n, m], or [m, n] where `transposing` — or the other way round.
private func copy(_ source: Matrix, into target: Matrix, transposing: Bool) {
  for row in 0..<source.rows {
    let from = unsafe source.pointer + row * source.stride
    if transposing {
      let to = unsafe target.pointer + row
      for column in 0..<source.columns { unsafe to[column * target.stride] = from[column] }
    } else {
      unsafe (target.pointer + row * target.stride).update(from: from, count: source.columns)
    }
  }
}
