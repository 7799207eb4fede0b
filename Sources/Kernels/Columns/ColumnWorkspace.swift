internal import CIntrinsics
internal import Tensors

/// The memory that one thread of `ColumnProducts` works with, for a stripe of outputs at a time: what belongs to a column of
/// 32 bins then stays in a first-level cache, or near it.
final class ColumnWorkspace {
  private static let stripe = StripeLanes.count

  /// The weights of a column's features, [features, stripe].
  private var rows = Storage(zeros: 0)
  /// Their sums: row k, from the second on, of the weights from the second to the k-th.
  private var runs = Storage(zeros: 0)
  /// y, or dY, of the stripe: [n, stripe]
  private var samples = Storage(zeros: 0)
  /// Gradients of segments that wait for their additions, as rows.
  private var stack = Storage(zeros: 0)

  private static func grow(_ storage: inout Storage, to count: Int) {
    if storage.count < count { storage = Storage(zeros: count) }
  }

  /// y = x · weightsᵀ, of these samples and outputs.
  func multiply(
    _ batch: EncodedBatch, _ columns: [Range<Int>], _ weights: Matrix, samples range: Range<Int>, outputs: Range<Int>,
    into y: Matrix
  ) {
    Self.grow(&samples, to: range.count * Self.stripe)
    let widest = columns.map(\.count).max() ?? 0
    Self.grow(&rows, to: widest * Self.stripe)
    Self.grow(&runs, to: widest * Self.stripe)
    let (results, rows, runs) = unsafe (samples.pointer, rows.pointer, runs.pointer)
    unsafe results.update(repeating: 0, count: range.count * Self.stripe)
    let (known, knownMore) = (batch.readings, batch.more)
    let (readings, more) = (known.span, knownMore.span)
    for (index, column) in columns.enumerated() {
      load(weights, column, outputs)
      sumRuns(count: column.count)
      let first = unsafe StripeLanes(rows)
      for sample in range {
        let reading = readings[index * batch.samples + sample]
        let result = unsafe results + (sample - range.lowerBound) * Self.stripe
        var sum = unsafe StripeLanes(result)
        if reading.run > 0 { unsafe sum.add(StripeLanes(runs + Int(reading.run) * Self.stripe)) }
        sum.addProduct(reading.first, first)
        unsafe sum.addProduct(reading.other.value, StripeLanes(rows + Int(reading.other.feature) * Self.stripe))
        for number in reading.more {
          let other = more[Int(number)]
          unsafe sum.addProduct(other.value, StripeLanes(rows + Int(other.feature) * Self.stripe))
        }
        unsafe sum.store(at: result)
      }
    }
    for sample in range {
      let target = unsafe y.pointer + sample * y.stride + outputs.lowerBound
      unsafe target.update(from: results + (sample - range.lowerBound) * Self.stripe, count: outputs.count)
    }
  }

  /// Brings the weights of a column's features into `rows`, zeros behind those of `outputs`.
  ///
  /// - Parameter weights: [m, D]
  private func load(_ weights: Matrix, _ column: Range<Int>, _ outputs: Range<Int>) {
    let rows = unsafe rows.pointer
    if outputs.count < Self.stripe { unsafe rows.update(repeating: 0, count: column.count * Self.stripe) }
    unsafe transpose(
      weights.pointer + outputs.lowerBound * weights.stride + column.lowerBound, stride: weights.stride,
      rows: outputs.count, columns: column.count, into: rows, stride: Self.stripe)
  }

  /// Makes row k of `runs`, from the second on, the sum of the rows from the second to the k-th.
  private func sumRuns(count: Int) {
    let (rows, runs) = unsafe (rows.pointer, runs.pointer)
    guard count > 1 else { return }
    var sum = unsafe StripeLanes(rows + Self.stripe)
    unsafe sum.store(at: runs + Self.stripe)
    for row in 1..<count where row > 1 {
      unsafe sum.add(StripeLanes(rows + row * Self.stripe))
      unsafe sum.store(at: runs + row * Self.stripe)
    }
  }

  struct Results {
    /// [m, D] each
    let products: [Matrix]
    /// [m] each
    let sums: [Vector]
    /// Whether to add to what stands there.
    let accumulating: Bool
  }

  /// The gradients of these columns and outputs, added up over segments. Who has the first column adds up dY, too.
  func addUp(
    _ dY: Matrix, _ batch: EncodedBatch, _ columns: [Range<Int>], _ numbers: Range<Int>, _ segments: [BatchSegment],
    outputs: Range<Int>, into results: Results
  ) {
    Self.grow(&samples, to: batch.samples * Self.stripe)
    let slopes = unsafe samples.pointer
    for sample in 0..<batch.samples {
      let target = unsafe slopes + sample * Self.stripe
      unsafe target.update(from: dY.pointer + sample * dY.stride + outputs.lowerBound, count: outputs.count)
      unsafe (target + outputs.count).update(repeating: 0, count: Self.stripe - outputs.count)
    }
    let widest = columns.map(\.count).max() ?? 1
    Self.grow(&stack, to: BatchSegment.deepestStack(of: segments) * widest * Self.stripe)
    let stack = unsafe stack.pointer

    if numbers.lowerBound == 0 {
      unsafe addUp(segments, rowCount: 1) { segment, add in
        var total = StripeLanes()
        for sample in segments[segment].rows { unsafe total.add(StripeLanes(slopes + sample * Self.stripe)) }
        add(0, total)
      }
      for (place, result) in results.sums.enumerated() {
        for output in outputs {
          let before = results.accumulating ? result[output] : 0
          unsafe result[output] = before + stack[place * Self.stripe + output - outputs.lowerBound]
        }
      }
    }

    // Once for all: each look into the batch would count references.
    let (readings, allCounts, ends, factors) = (batch.readings, batch.counts, batch.ends, batch.factors)
    for number in numbers {
      let column = columns[number]
      var place = batch.starts[number]
      var counts = column.lowerBound * segments.count
      unsafe addUp(segments, rowCount: column.count) { segment, add in
        var gradient = StripeLanes()
        for sample in segments[segment].rows {
          let first = readings[number * batch.samples + sample].first
          unsafe gradient.addProduct(first, StripeLanes(slopes + sample * Self.stripe))
        }
        add(0, gradient)
        var sum = StripeLanes()
        for feature in (0..<column.count).reversed() {
          let count = allCounts[counts]
          counts += 1
          // (It has none: neither runs end there nor is it among the others.)
          if feature == 0 { break }
          for _ in 0..<count.runs {
            unsafe sum.add(StripeLanes(slopes + Int(ends[place.end]) * Self.stripe))
            place.end += 1
          }
          var gradient = sum
          for _ in 0..<count.others {
            let factor = factors[place.factor]
            unsafe gradient.addProduct(factor.value, StripeLanes(slopes + Int(factor.sample) * Self.stripe))
            place.factor += 1
          }
          add(feature, gradient)
        }
      }
      for (place, product) in results.products.enumerated() {
        let gradient = unsafe stack + place * column.count * Self.stripe
        unsafe store(gradient, column, outputs, into: product, accumulating: results.accumulating)
      }
    }
  }

  /// Makes the rows that each segment comes to, and adds them up as their tree says.
  ///
  /// - Parameter body: Takes the number of a segment, and what takes each of its rows.
  @unsafe @inline(__always)
  private func addUp(
    _ segments: [BatchSegment], rowCount: Int, _ body: (Int, (Int, StripeLanes) -> Void) -> Void
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
      body(number) { row, values in
        var sum = unsafe StripeLanes(before + row * Self.stripe)
        sum.add(values)
        unsafe sum.store(at: before + row * Self.stripe)
      }
      for _ in 1..<segment.additions {
        unsafe top -= size
        let before = unsafe top - size
        for index in stride(from: 0, to: size, by: laneCount) {
          unsafe before.store(before.lanes(at: index) + top.lanes(at: index), at: index)
        }
      }
    }
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
