internal import CIntrinsics
internal import Tensors

/// The memory that one thread multiplies a stripe of outputs with: so many that what belongs to a column stays in the
/// first-level cache.
final class ColumnWorkspace {
  /// Outputs at a time.
  static let stripe = 8 * laneCount

  /// The weights of a column's features, [widest, stripe].
  private let rows: Storage
  /// Their sums: row k, from the second on, of the weights from the second to the k-th.
  private let runs: Storage
  /// y, or dY, of the stripe: [n, stripe]
  private var samples = Storage(zeros: 0)
  /// Gradients of segments that wait for their additions, as rows.
  private var stack = Storage(zeros: 0)

  init(widest: Int) {
    rows = Storage(zeros: widest * Self.stripe)
    runs = Storage(zeros: widest * Self.stripe)
  }

  private static func grow(_ storage: inout Storage, to count: Int) {
    if storage.count < count { storage = Storage(zeros: count) }
  }

  func multiply(
    _ batch: EncodedBatch, _ columns: [Range<Int>], _ weights: Matrix, outputs: Range<Int>, into y: Matrix
  ) {
    let count = batch.samples
    Self.grow(&samples, to: count * Self.stripe)
    let (results, rows, runs) = unsafe (samples.pointer, rows.pointer, runs.pointer)
    unsafe results.update(repeating: 0, count: count * Self.stripe)
    let (known, knownMore) = (batch.readings, batch.more)
    let (readings, more) = (known.span, knownMore.span)
    for (index, column) in columns.enumerated() {
      load(weights, column, outputs, batch.precision)
      sumRuns(count: column.count)
      let first = unsafe EightLanes(rows)
      for sample in 0..<count {
        let reading = readings[index * count + sample]
        let result = unsafe results + sample * Self.stripe
        var sum = unsafe EightLanes(result)
        if reading.run > 0 { unsafe sum.add(runs + Int(reading.run) * Self.stripe) }
        sum.addProduct(reading.first, first)
        unsafe sum.addProduct(reading.other.value, EightLanes(rows + Int(reading.other.feature) * Self.stripe))
        for number in Int(reading.more.lowerBound)..<Int(reading.more.upperBound) {
          unsafe sum.addProduct(more[number].value, EightLanes(rows + Int(more[number].feature) * Self.stripe))
        }
        unsafe sum.store(at: result)
      }
    }
    for sample in 0..<count {
      let target = unsafe y.pointer + sample * y.stride + outputs.lowerBound
      unsafe target.update(from: results + sample * Self.stripe, count: outputs.count)
    }
  }

  /// Makes row k of `runs`, from the second on, the sum of the rows from the second to the k-th.
  private func sumRuns(count: Int) {
    let (rows, runs) = unsafe (rows.pointer, runs.pointer)
    guard count > 1 else { return }
    var sum = unsafe EightLanes(rows + Self.stripe)
    unsafe sum.store(at: runs + Self.stripe)
    for row in 1..<count where row > 1 {
      unsafe sum.add(rows + row * Self.stripe)
      unsafe sum.store(at: runs + row * Self.stripe)
    }
  }

  func addUp(
    _ dY: Matrix, _ batch: EncodedBatch, _ columns: [Range<Int>], _ segments: [BatchSegment], outputs: Range<Int>,
    into products: [Matrix], _ sums: [Vector], accumulating: Bool
  ) {
    let count = batch.samples
    Self.grow(&samples, to: count * Self.stripe)
    let slopes = unsafe samples.pointer
    for sample in 0..<count {
      let target = unsafe slopes + sample * Self.stripe
      unsafe target.update(from: dY.pointer + sample * dY.stride + outputs.lowerBound, count: outputs.count)
      unsafe (target + outputs.count).update(repeating: 0, count: Self.stripe - outputs.count)
    }
    let widest = columns.map(\.count).max() ?? 0
    Self.grow(&stack, to: (BatchSegment.deepestStack(of: segments) + 1) * max(widest, 1) * Self.stripe)
    let stack = unsafe stack.pointer

    unsafe addUp(segments, rowCount: 1) { segment, add in
      var total = EightLanes()
      for sample in segments[segment].rows { unsafe total.add(slopes + sample * Self.stripe) }
      add(0, total)
    }
    for (place, result) in sums.enumerated() {
      let sum = unsafe stack + place * Self.stripe
      for output in outputs {
        let before = accumulating ? result[output] : 0
        unsafe result[output] = before + sum[output - outputs.lowerBound]
      }
    }

    unsafe batch.precision.round(slopes, count: count * Self.stripe)
    var start = (counts: 0, ends: 0, factors: 0)
    for (index, column) in columns.enumerated() {
      unsafe addUp(segments, rowCount: column.count) { segment, add in
        unsafe addUp(
          segments[segment].rows, batch, readings: index * count, features: column.count, &start, slopes, add)
      }
      for (place, product) in products.enumerated() {
        let gradient = unsafe stack + place * column.count * Self.stripe
        unsafe store(gradient, column, outputs, into: product, accumulating: accumulating)
      }
    }
  }

  /// Makes the rows that each segment comes to, and adds them up as their tree says.
  ///
  /// - Parameter body: Takes the number of a segment, and what takes each of its rows.
  @unsafe @inline(__always)
  private func addUp(
    _ segments: [BatchSegment], rowCount: Int, _ body: (Int, (Int, EightLanes) -> Void) -> Void
  ) {
    let size = rowCount * Self.stripe
    var top = unsafe stack.pointer
    for (number, segment) in segments.enumerated() {
      if segment.additions == 0 {
        body(number) { row, values in unsafe values.store(at: top + row * Self.stripe) }
        unsafe top += size
        continue
      }
      // The first addition takes them as they are made.
      let before = unsafe top - size
      body(number) { row, values in unsafe values.add(to: before + row * Self.stripe) }
      for _ in 1..<segment.additions {
        unsafe top -= size
        let before = unsafe top - size
        for index in stride(from: 0, to: size, by: laneCount) {
          unsafe before.store(before.lanes(at: index) + top.lanes(at: index), at: index)
        }
      }
    }
  }

  /// The gradient of a column's weights, of the samples of a segment.
  ///
  /// - Parameters:
  ///   - first: The column's first reading.
  ///   - start: Where what is arranged of the segment begins, and then where it ends.
  ///   - add: Takes the rows, each once.
  @unsafe @inline(__always)
  private func addUp(
    _ samples: Range<Int>, _ batch: EncodedBatch, readings first: Int, features: Int,
    _ start: inout (counts: Int, ends: Int, factors: Int), _ slopes: UnsafeMutablePointer<Float>,
    _ add: (Int, EightLanes) -> Void
  ) {
    let (readings, counts, ends, factors) = (batch.readings, batch.counts, batch.ends, batch.factors)
    var gradient = EightLanes()
    for sample in samples {
      unsafe gradient.addProduct(readings[first + sample].first, EightLanes(slopes + sample * Self.stripe))
    }
    add(0, gradient)
    var sum = EightLanes()
    for feature in (1..<max(features, 1)).reversed() {
      let count = counts[start.counts]
      start.counts += 1
      for _ in 0..<count.runs {
        unsafe sum.add(slopes + Int(ends[start.ends]) * Self.stripe)
        start.ends += 1
      }
      var gradient = sum
      for _ in 0..<count.others {
        let factor = factors[start.factors]
        unsafe gradient.addProduct(factor.value, EightLanes(slopes + Int(factor.sample) * Self.stripe))
        start.factors += 1
      }
      add(feature, gradient)
    }
    // (The first feature's stand apart.)
    start.counts += 1
  }

  /// Brings the weights of a column's features into `rows`, zeros behind those of `outputs`.
  ///
  /// - Parameter weights: [m, D]
  private func load(_ weights: Matrix, _ column: Range<Int>, _ outputs: Range<Int>, _ precision: Precision) {
    let rows = unsafe rows.pointer
    if outputs.count < Self.stripe { unsafe rows.update(repeating: 0, count: column.count * Self.stripe) }
    let source = unsafe weights.pointer + outputs.lowerBound * weights.stride + column.lowerBound
    unsafe transpose(
      source, stride: weights.stride, rows: outputs.count, columns: column.count, into: rows, stride: Self.stripe)
    unsafe precision.round(rows, count: column.count * Self.stripe)
  }

  /// Writes such rows to a gradient, or adds them.
  ///
  /// - Parameter product: [m, D]
  @unsafe private func store(
    _ rows: UnsafeMutablePointer<Float>, _ column: Range<Int>, _ outputs: Range<Int>, into product: Matrix,
    accumulating: Bool
  ) {
    let target = unsafe product.pointer + outputs.lowerBound * product.stride + column.lowerBound
    if accumulating {
      for output in 0..<outputs.count {
        for feature in 0..<column.count {
          unsafe rows[feature * Self.stripe + output] += target[output * product.stride + feature]
        }
      }
    }
    unsafe transpose(
      rows, stride: Self.stripe, rows: column.count, columns: outputs.count, into: target, stride: product.stride)
  }
}

/// target[c][r] = source[r][c], rows at the given distances.
@unsafe private func transpose(
  _ source: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int,
  into target: UnsafeMutablePointer<Float>, stride targetStride: Int
) {
  let (wholeRows, wholeColumns) = (rows / 8 * 8, columns / 8 * 8)
  for row in Swift.stride(from: 0, to: wholeRows, by: 8) {
    for column in Swift.stride(from: 0, to: wholeColumns, by: 8) {
      unsafe cintrinsics_transpose_8x8(
        source + row * stride + column, stride, target + column * targetStride + row, targetStride)
    }
  }
  for row in 0..<rows {
    for column in (row < wholeRows ? wholeColumns : 0)..<columns {
      unsafe target[column * targetStride + row] = source[row * stride + column]
    }
  }
}
