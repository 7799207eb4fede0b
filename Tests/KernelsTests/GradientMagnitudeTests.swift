import Kernels
import Tensors
import Testing

/// The largest magnitude of a gradient, found by looking at it or noted while it is written.
@Suite struct GradientMagnitudeTests {
  @Test func `it is that of any sign, and NaN where one is`() {
    let x = Vector((0..<48).map { Float($0 % 7) })
    #expect(largestMagnitude(x) == 6)
    x[47] = -9
    #expect(largestMagnitude(x) == 9)
    x[16] = -.infinity
    #expect(largestMagnitude(x) == .infinity)
    x[3] = -.nan
    #expect(largestMagnitude(x).isNaN)
    #expect(largestMagnitude(Vector(zeros: 0)) == 0)
  }

  /// The largest element is in turn in a whole tile, at each edge, in the corner, and among the sums of rows.
  @Test(arguments: [[31], [9, 0, 22]], [(Precision.float32, 1), (.float32, 3), (.bf16, 1)])
  func `products note what they write`(lengths: [Int], computation: (precision: Precision, threadCount: Int)) {
    let (m, n) = (37, 600)
    var start = 0
    let segments = lengths.enumerated().map { index, length in
      defer { start += length }
      return BatchSegment(rows: start..<(start + length), additions: index == 0 ? 0 : 1)
    }
    let products = MatrixProducts(threadCount: computation.threadCount)
    for (row, column) in [(3, 5), (36, 5), (3, 599), (36, 599), (36, 300), (20, nil)] as [(Int, Int?)] {
      for value in [-8192, Float.infinity, .nan] {
        var random = RandomValues(4)
        let (a, b) = (random.matrix(start, m), random.matrix(start, n))
        // One row alone is multiplied by it, so that it is that element; and it is no sum of rows.
        for sample in 0..<start { a[sample, row] = 0 }
        for other in 0..<m { a[0, other] = 0 }
        if let column {
          for sample in 0..<start { b[sample, column] = 0 }
          a[0, row] = 1
          b[0, column] = value
        } else {
          a[0, row] = value
          for other in 0..<n { b[0, other] = 0 }
        }
        let (gradient, sums, magnitude) = (random.matrix(m, n), random.vector(m), GradientMagnitude())
        products.multiplySegments(
          a, aIsTransposed: false, b, segments: segments, into: [gradient], sums: [sums],
          precision: computation.precision, noting: magnitude)
        let all = (0..<m).flatMap { gradient.row($0).array } + sums.array
        let expected = all.contains(where: \.isNaN) ? Float.nan : all.reduce(0) { max($0, $1.magnitude) }
        #expect(magnitude.largest == expected || magnitude.largest.isNaN && expected.isNaN, "\(row), \(column ?? -1)")
        #expect(magnitude.elementCount == m * (n + 1))
        if value == -8192 { #expect(magnitude.largest == 8192) }
      }
    }
  }

  @Test func `one after another they are noted in one`() {
    let (magnitude, products) = (GradientMagnitude(), MatrixProducts())
    for value in [3, 8, 5] as [Float] {
      let (a, b) = (Vector([value]).matrix(rows: 1, columns: 1), Vector([1, -1]).matrix(rows: 1, columns: 2))
      products.multiplySegments(
        a, aIsTransposed: false, b, segments: [BatchSegment(rows: 0..<1, additions: 0)], into: [Matrix(zeros: 1, 2)],
        sums: [Vector(zeros: 1)], noting: magnitude)
    }
    #expect(magnitude.largest == 8 && magnitude.elementCount == 9)
    magnitude.removeAll()
    #expect(magnitude.largest == 0 && magnitude.elementCount == 0)
  }
}
