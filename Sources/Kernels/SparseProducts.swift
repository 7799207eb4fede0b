public import Tensors

/// Products with a sparse batch: those of the first layer of a network.
///
/// They have the bits that `MatrixProducts` gives for the same batch with its zeros: an element is the same
/// chain of fused multiply-adds without those that have a factor of zero, which change nothing as long as
/// the other factor is finite.
///
/// One call at a time; the memory grows to what the largest call needs.
public final class SparseProducts {
  /// As a value, which a call takes once: asking whether nobody else has each of its parts takes a twentieth of a step.
  private var memory = SparseMemory()

  public init() {}

  /// A layer's weights.
  public enum Weights {
    /// [m, D]
    case byOutput(Matrix)
    /// [D, m]
    case byFeature(Matrix)

    /// m, D
    var shape: (outputs: Int, features: Int) {
      switch self {
      case .byOutput(let weights): (weights.rows, weights.columns)
      case .byFeature(let weights): (weights.columns, weights.rows)
      }
    }
  }

  /// Where their gradients belong.
  public enum Gradients {
    /// [m, D] each, as many as there are sums.
    case byOutput([Matrix])
    /// As many sums of rows of m numbers on top.
    case rows(RowGradientStack)
  }

  /// outputs = x · weightsᵀ
  ///
  /// - Parameters:
  ///   - x: [n, D]
  ///   - outputs: [n, m], or [m, n] where `transposed`.
  ///   - precision: What the elements of x and of the weights are rounded to.
  public func multiply(
    _ x: SparseBatch, _ weights: Weights, into outputs: Matrix, transposed: Bool, precision: Precision = .float32
  ) {
    memory.multiply(x, weights, into: outputs, transposed: transposed, precision)
  }

  /// The products of several segments of rows, added up in the order of a tree, as
  /// `MatrixProducts.multiplySegments` has them.
  ///
  /// - Parameters:
  ///   - dY: [n, m], or [m, n] where `isTransposed`: the gradient with respect to the layer's output.
  ///   - x: [n, D]: the layer's input.
  ///   - gradients: Receive as many products as remain on the stack.
  ///   - sums: [m] each, as many.
  ///   - accumulating: Whether to add to what stands in the results, which goes for a single segment
  ///     alone.
  ///   - precision: What the factors of products are rounded to; what `sums` add up is not.
  ///   - magnitude: Notes that of the results; where nothing stood in them, and they are no rows.
  public func multiplySegments(
    _ dY: Matrix, isTransposed: Bool, _ x: SparseBatch, segments: [BatchSegment], into gradients: Gradients,
    sums: [Vector], accumulating: Bool, precision: Precision = .float32, noting magnitude: GradientMagnitude? = nil
  ) {
    memory.multiplySegments(
      dY, isTransposed: isTransposed, x, segments: segments, into: gradients, sums: sums, accumulating: accumulating,
      precision, noting: magnitude)
  }
}

/// The memory of sparse products, and what is done in it.
private struct SparseMemory {
  /// A row of m weights for each feature that the batch meets.
  private var weightRows = Storage(zeros: 0)
  /// Outputs, or gradients with respect to them: a row of m for each sample.
  private var sampleRows = Storage(zeros: 0)
  /// The gradients of segments that wait for their additions: a row for the bias, and rows as those of the weights.
  private var stack = Storage(zeros: 0)
  /// Of each of those: the elements that are not 0 for want of a sample.
  private var extents: [Int] = []

  /// See `SparseProducts.multiply`.
  mutating func multiply(
    _ x: SparseBatch, _ weights: SparseProducts.Weights, into outputs: Matrix, transposed: Bool, _ precision: Precision
  ) {
    let (width, featureCount) = weights.shape
    let stride = rowStride(width)
    precondition(featureCount == x.featureCount, "\(x.featureCount) features, weights for \(featureCount)")
    precondition((transposed ? outputs.columns : outputs.rows) == x.rows)
    precondition((transposed ? outputs.rows : outputs.columns) == width)
    Self.grow(&weightRows, to: x.features.count * stride)
    Self.grow(&sampleRows, to: x.rows * stride)
    switch weights {
    case .byOutput(let weights): unsafe loadColumns(x.features, of: weights, into: weightRows.pointer)
    case .byFeature(let weights): unsafe loadRows(x.features, of: weights, into: weightRows.pointer)
    }
    unsafe round(weightRows.pointer, count: x.features.count * stride, to: precision)

    let values = x.values(in: precision)
    if stride < laneCount {
      unsafe multiplyRows(SIMD8<Float>.self, x, values, stride: stride)
    } else {
      unsafe multiplyRows(Lanes.self, x, values, stride: stride)
    }
    let rows = Matrix(sampleRows, rows: x.rows, columns: width, stride: stride)
    copy(rows, into: outputs, transposing: transposed)
  }

  /// A row of outputs for each sample, from the rows of weights.
  @unsafe @inline(__always)
  private mutating func multiplyRows<Row: RowLanes>(_ type: Row.Type, _ x: SparseBatch, _ values: [Float], stride: Int)
  {
    let (starts, features, values) = (x.starts.span, x.entryFeatures.span, values.span)
    // As many of a sample's outputs at a time as stay in registers from its first entry to its last. (`SparseBatch` has as
    // many entries as its rows begin and end with.)
    let lanesAtOnce = 4
    let wide = stride / (lanesAtOnce * Row.scalarCount) * lanesAtOnce * Row.scalarCount
    for block in Swift.stride(from: 0, to: wide, by: lanesAtOnce * Row.scalarCount) {
      let weights = unsafe weightRows.pointer + block
      for row in 0..<x.rows {
        var sums = InlineArray<4, Row>(repeating: .zero)
        for entry in starts[row]..<starts[row + 1] {
          let value = unsafe Row(repeating: values[unchecked: entry])
          let place = unsafe Int(features[unchecked: entry]) * stride
          for part in 0..<lanesAtOnce {
            sums[part].addProduct(value, unsafe Row(weights, at: place + part * Row.scalarCount))
          }
        }
        for part in 0..<lanesAtOnce {
          unsafe sums[part].store(sampleRows.pointer, at: row * stride + block + part * Row.scalarCount)
        }
      }
    }
    for block in Swift.stride(from: wide, to: stride, by: Row.scalarCount) {
      let weights = unsafe weightRows.pointer + block
      for row in 0..<x.rows {
        var sum = Row.zero
        for entry in starts[row]..<starts[row + 1] {
          let (value, feature) = unsafe (values[unchecked: entry], Int(features[unchecked: entry]))
          sum.addProduct(Row(repeating: value), unsafe Row(weights, at: feature * stride))
        }
        unsafe sum.store(sampleRows.pointer, at: row * stride + block)
      }
    }
  }

  /// See `SparseProducts.multiplySegments`.
  mutating func multiplySegments(
    _ dY: Matrix, isTransposed: Bool, _ x: SparseBatch, segments: [BatchSegment],
    into gradients: SparseProducts.Gradients,
    sums: [Vector], accumulating: Bool, _ precision: Precision, noting magnitude: GradientMagnitude?
  ) {
    precondition(magnitude == nil || !accumulating, "what stands in the results is not looked at")
    let width = isTransposed ? dY.rows : dY.columns
    precondition((isTransposed ? dY.columns : dY.rows) == x.rows)
    precondition(sums.allSatisfy { $0.count == width })
    switch gradients {
    case .byOutput(let products):
      precondition(products.allSatisfy { $0.rows == width && $0.columns == x.featureCount })
      precondition(products.count == sums.count)
    case .rows(let rows):
      precondition(rows.width == width)
    }
    BatchSegment.check(segments, rows: x.rows, results: sums.count, accumulating: accumulating)
    let stride = rowStride(width)
    Self.grow(&sampleRows, to: x.rows * stride)
    copy(dY, into: Matrix(sampleRows, rows: x.rows, columns: width, stride: stride), transposing: isTransposed)
    for row in 0..<x.rows {
      unsafe (sampleRows.pointer + row * stride + width).update(repeating: 0, count: stride - width)
    }

    // The bias, then the features: those that no sample has met yet lie behind all others.
    let size = (1 + x.features.count) * stride
    Self.grow(&stack, to: BatchSegment.deepestStack(of: segments) * size)
    if stride < laneCount {
      unsafe addUp(
        SIMD8<Float>.self, x, segments, into: gradients, accumulating: accumulating, precision, stride: stride)
    } else {
      unsafe addUp(Lanes.self, x, segments, into: gradients, accumulating: accumulating, precision, stride: stride)
    }
    for (place, extent) in extents.enumerated() {
      let gradient = unsafe stack.pointer + place * size
      let features = x.features[..<(extent / stride - 1)]
      switch gradients {
      case .byOutput(let products):
        if !accumulating { for output in 0..<width { products[place].row(output).fill(with: 0) } }
        unsafe storeColumns(features, of: products[place], from: gradient + stride)
      case .rows(let rows) where accumulating:
        unsafe rows.replace(x.features, by: gradient + stride, stride: stride)
      case .rows(let rows):
        unsafe rows.push(features, gradient + stride, stride: stride)
      }
      for output in 0..<width {
        let before = accumulating ? sums[place][output] : 0
        unsafe sums[place][output] = before + gradient[output]
      }
    }
    guard let magnitude, case .byOutput = gradients else { return }
    // What no sample of the batch has is 0.
    var lanes = LargestLanes()
    for (place, extent) in extents.enumerated() { unsafe lanes.take(stack.pointer + place * size, count: extent) }
    magnitude.note(lanes.largest, ofElements: extents.count * width * (x.featureCount + 1))
  }

  /// The sums of segments in the order of their tree, in `stack` and `extents`.
  @unsafe @inline(__always)
  private mutating func addUp<Row: RowLanes>(
    _ type: Row.Type, _ x: SparseBatch, _ segments: [BatchSegment], into gradients: SparseProducts.Gradients,
    accumulating: Bool,
    _ precision: Precision, stride: Int
  ) {
    let size = (1 + x.features.count) * stride
    let values = x.values(in: precision)
    extents.removeAll(keepingCapacity: true)
    for segment in segments {
      let gradient = unsafe stack.pointer + extents.count * size
      let extent = accumulating ? size : (1 + x.metCounts[segment.rows.upperBound]) * stride
      precondition(extent <= size && extent >= extents.last ?? 0, "features that samples have not met yet stand first")
      unsafe gradient.update(repeating: 0, count: extent)
      if accumulating { unsafe load(x.features, of: gradients, into: gradient + stride, stride: stride) }
      unsafe addUp(type, segment.rows, of: x, values, stride: stride, precision, into: gradient)
      extents.append(extent)
      for _ in 0..<segment.additions {
        let added = extents.removeLast()
        let last = unsafe stack.pointer + extents.count * size
        let known = extents[extents.count - 1]
        unsafe add(last, to: last - size, count: known)
        unsafe (last - size + known).update(from: last + known, count: added - known)
        extents[extents.count - 1] = added
      }
    }
  }

  /// What stands in the only result, of features: rows that are padded.
  @unsafe private func load(
    _ features: [Int32], of gradients: SparseProducts.Gradients, into target: UnsafeMutablePointer<Float>, stride: Int
  ) {
    switch gradients {
    case .byOutput(let products): unsafe loadColumns(features, of: products[0], into: target)
    case .rows(let rows): unsafe rows.load(features, into: target, stride: stride)
    }
  }

  /// Adds the gradients of `rows`, which lie in `sampleRows`, to those of the bias and of features.
  @unsafe @inline(__always)
  private func addUp<Row: RowLanes>(
    _ type: Row.Type, _ rows: Range<Int>, of x: SparseBatch, _ values: [Float], stride: Int, _ precision: Precision,
    into bias: UnsafeMutablePointer<Float>
  ) {
    let (starts, features, values) = (x.starts.span, x.entryFeatures.span, values.span)
    let gradient = unsafe bias + stride
    for row in rows {
      let dY = unsafe sampleRows.pointer + row * stride
      unsafe addProduct(type, 1, dY, to: bias, count: stride)
      unsafe round(dY, count: stride, to: precision)
      for entry in starts[row]..<starts[row + 1] {
        let (value, feature) = unsafe (values[unchecked: entry], Int(features[unchecked: entry]))
        unsafe addProduct(type, value, dY, to: gradient + feature * stride, count: stride)
      }
    }
  }

  private static func grow(_ storage: inout Storage, to count: Int) {
    if storage.count < count { storage = Storage(zeros: max(count, 2 * storage.count)) }
  }
}

/// What of a row is read and written at once: a register, or half of one where rows are no longer.
private protocol RowLanes: SIMD where Scalar == Float {
  @unsafe init(_ elements: UnsafeMutablePointer<Float>, at index: Int)
  @unsafe func store(_ elements: UnsafeMutablePointer<Float>, at index: Int)
}

extension RowLanes {
  @unsafe @inline(__always)
  init(_ elements: UnsafeMutablePointer<Float>, at index: Int) {
    self = unsafe UnsafeRawPointer(elements + index).loadUnaligned(as: Self.self)
  }

  @unsafe @inline(__always)
  func store(_ elements: UnsafeMutablePointer<Float>, at index: Int) {
    unsafe UnsafeMutableRawPointer(elements + index).storeBytes(of: self, as: Self.self)
  }
}

extension SIMD8: RowLanes where Scalar == Float {}
extension SIMD16: RowLanes where Scalar == Float {}

/// Rows of m numbers lie apart by as many: by whole lanes, or half of those where that is enough.
private func rowStride(_ width: Int) -> Int {
  width <= SIMD8<Float>.scalarCount ? SIMD8<Float>.scalarCount : paddedToLanes(width)
}

/// target += source
///
/// - Parameter count: A multiple of half the lanes.
@inline(__always) @unsafe
private func add(_ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
  var index = 0
  while index + laneCount <= count {
    unsafe target.store(target.lanes(at: index) + source.lanes(at: index), at: index)
    index += laneCount
  }
  if index < count { unsafe target.store8(target.lanes8(at: index) + source.lanes8(at: index), at: index) }
}

/// target += factor · source
///
/// - Parameter count: A multiple of the lanes of a row.
@inline(__always) @unsafe
private func addProduct<Row: RowLanes>(
  _ type: Row.Type, _ factor: Float, _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>,
  count: Int
) {
  let factors = Row(repeating: factor)
  var index = 0
  while index < count {
    unsafe Row(target, at: index).addingProduct(factors, Row(source, at: index)).store(target, at: index)
    index += Row.scalarCount
  }
}

@unsafe private func round(_ values: UnsafeMutablePointer<Float>, count: Int, to precision: Precision) {
  guard precision == .bf16 else { return }
  for index in 0..<count { unsafe values[index] = values[index].roundedToBF16 }
}

/// Row u of `target`, padded with zeros, becomes column features[u] of `matrix`.
@unsafe private func loadColumns(_ features: [Int32], of matrix: Matrix, into target: UnsafeMutablePointer<Float>) {
  let stride = rowStride(matrix.rows)
  // Sixteen rows of the matrix at a time, so that a line of the target is written at once.
  for block in Swift.stride(from: 0, to: matrix.rows, by: laneCount) {
    let count = min(laneCount, matrix.rows - block)
    for (place, feature) in features.enumerated() {
      let row = unsafe target + place * stride + block
      let column = unsafe matrix.pointer + block * matrix.stride + Int(feature)
      for index in 0..<count { unsafe row[index] = column[index * matrix.stride] }
      for index in count..<min(laneCount, stride - block) { unsafe row[index] = 0 }
    }
  }
}

/// Row u of `target`, padded with zeros, becomes row features[u] of `matrix`.
@unsafe private func loadRows(_ features: [Int32], of matrix: Matrix, into target: UnsafeMutablePointer<Float>) {
  let (width, stride) = (matrix.columns, rowStride(matrix.columns))
  precondition(matrix.stride == width, "rows of a table lie one behind the other")
  unsafe gatherRows(features.span, of: matrix.pointer, width, into: target, stride: stride)
  guard stride > width else { return }
  for place in features.indices {
    for index in width..<stride { unsafe target[place * stride + index] = 0 }
  }
}

/// Column features[u] of `matrix` becomes row u of `source`, whose rows are padded.
@unsafe private func storeColumns(
  _ features: ArraySlice<Int32>, of matrix: Matrix, from source: UnsafeMutablePointer<Float>
) {
  let stride = rowStride(matrix.rows)
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
  guard !transposing else { return source.transpose(into: target) }
  for row in 0..<source.rows {
    unsafe (target.pointer + row * target.stride).update(
      from: source.pointer + row * source.stride, count: source.columns)
  }
}
