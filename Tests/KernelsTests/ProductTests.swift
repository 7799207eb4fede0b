import Kernels
import Tensors
import Testing

/// Products against their definition, bit for bit: one chain of fused multiply-adds an element.
@Suite struct ProductTests {
  static let shapes = [(1, 1, 1), (3, 5, 7), (8, 16, 16), (33, 4, 65), (10, 300, 1), (150, 257, 18), (2, 9, 130)]

  @Test(arguments: shapes, [1, 3])
  func `products of every transposition`(shape: (m: Int, k: Int, n: Int), threadCount: Int) {
    let (m, k, n) = shape
    var random = RandomValues(1)
    let products = MatrixProducts(threadCount: threadCount)
    for (transposingA, transposingB, accumulating) in [
      (false, false, false), (false, true, false), (true, false, true), (true, true, true),
    ] {
      let a = transposingA ? random.matrix(k, m) : random.matrix(m, k)
      let b = transposingB ? random.matrix(n, k) : random.matrix(k, n)
      let c = random.matrix(m, n)
      let before = copy(c)
      products.multiply(
        a, transposingA: transposingA, b, transposingB: transposingB, into: c, accumulating: accumulating)
      for i in 0..<m {
        for j in 0..<n {
          var expected = accumulating ? before[i, j] : 0
          for l in 0..<k {
            expected.addProduct(transposingA ? a[l, i] : a[i, l], transposingB ? b[j, l] : b[l, j])
          }
          #expect(c[i, j] == expected)
        }
      }
    }
  }

  @Test func `parts of larger matrices`() {
    var random = RandomValues(2)
    let (a, b, c) = (random.matrix(20, 30), random.matrix(30, 40), random.matrix(20, 40))
    let before = copy(c)
    MatrixProducts().multiply(
      a.prefix(rows: 11, columns: 13), b.prefix(rows: 13, columns: 17), into: c.prefix(rows: 11, columns: 17))
    for i in 0..<20 {
      for j in 0..<40 {
        var expected = i < 11 && j < 17 ? 0 : before[i, j]
        if i < 11 && j < 17 { for l in 0..<13 { expected.addProduct(a[i, l], b[l, j]) } }
        #expect(c[i, j] == expected)
      }
    }
  }

  @Test func `a product over nothing is zero`() {
    let c = Matrix(zeros: 2, 3)
    c[1, 1] = 5
    MatrixProducts().multiply(Matrix(zeros: 2, 0), Matrix(zeros: 0, 3), into: c)
    #expect(c[1, 1] == 0)
  }

  /// What the shards of a batch contribute to a gradient: each segment's own chain, then the tree.
  @Test(arguments: [[5], [3, 0, 4, 1, 2, 9, 300, 1], [0, 0, 0], [16, 7, 30]], [1, 2])
  func `segments are summed one by one and added as the tree says`(lengths: [Int], threadCount: Int) {
    // Of three segments, the tree adds the first two; of eight, all.
    let additions = [1: [0], 3: [0, 1, 0], 8: [0, 1, 0, 2, 0, 1, 0, 3]][lengths.count] ?? []
    var start = 0
    let segments = zip(lengths, additions).map { length, additions in
      defer { start += length }
      return BatchSegment(rows: start..<(start + length), additions: additions)
    }
    var random = RandomValues(3)
    let (m, n) = (19, 37)
    let (a, b) = (random.matrix(start, m), random.matrix(start, n))
    let aTransposed = Matrix(zeros: m, start)
    for i in 0..<m { for l in 0..<start { aTransposed[i, l] = a[l, i] } }

    func tree(_ leaf: (BatchSegment) -> Float) -> [Float] {
      var stack: [Float] = []
      for segment in segments {
        stack.append(leaf(segment))
        for _ in 0..<segment.additions { stack.append([stack.removeLast()].reduce(stack.removeLast(), +)) }
      }
      return stack
    }
    let results = segments.reduce(0) { $0 + 1 - $1.additions }
    for (left, aIsTransposed) in [(a, false), (aTransposed, true)] {
      let gradients = (0..<results).map { _ in random.matrix(m, n) }
      let sums = (0..<results).map { _ in random.vector(m) }
      MatrixProducts(threadCount: threadCount).multiplySegments(
        left, aIsTransposed: aIsTransposed, b, segments: segments, into: gradients, sums: sums)
      for i in 0..<m {
        let ofRows = tree { segment in segment.rows.reduce(0) { $0 + a[$1, i] } }
        #expect(sums.map { $0[i] } == ofRows)
        for j in 0..<n {
          let expected = tree { segment in segment.rows.reduce(0) { $0.addingProduct(a[$1, i], b[$1, j]) } }
          #expect(gradients.map { $0[i, j] } == expected)
        }
      }
    }
  }

  private func copy(_ matrix: Matrix) -> Matrix {
    let copy = Matrix(zeros: matrix.rows, matrix.columns)
    for row in 0..<matrix.rows { copy.row(row).copy(from: matrix.row(row)) }
    return copy
  }
}
