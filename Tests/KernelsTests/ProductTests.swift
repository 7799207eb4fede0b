import Kernels
import Tensors
import Testing

/// Products against their definition, bit for bit: one chain of fused multiply-adds an element.
@Suite struct ProductTests {
  /// Of one tile and many, whole and cut in rows and in columns (by less and by more than half a tile), and of depths
  /// of one pass over a panel and several.
  static let shapes = [
    (1, 1, 1), (3, 5, 7), (8, 16, 16), (33, 4, 65), (10, 300, 1), (150, 257, 18), (2, 9, 130), (24, 390, 64),
    (17, 6, 96), (9, 13, 80),
  ]

  @Test(arguments: shapes, [(Precision.float32, 1), (.float32, 3), (.bf16, 1), (.bf16, 3)])
  func `products of every transposition`(
    shape: (m: Int, k: Int, n: Int), computation: (precision: Precision, threadCount: Int)
  ) {
    let (precision, threadCount) = computation
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
        a, transposingA: transposingA, b, transposingB: transposingB, into: c, accumulating: accumulating,
        precision: precision)
      for i in 0..<m {
        for j in 0..<n {
          var expected = accumulating ? before[i, j] : 0
          for l in 0..<k {
            expected.addProduct(
              factor(transposingA ? a[l, i] : a[i, l], precision), factor(transposingB ? b[j, l] : b[l, j], precision))
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

  /// The thread that calls takes part in the work, and goes on with something else.
  @Test func `threads that have shared a product compute with small numbers as before`() {
    var random = RandomValues(5)
    let (a, b, small) = (random.matrix(100, 100), random.matrix(100, 100), Vector([.leastNormalMagnitude]))
    MatrixProducts(threadCount: 3).multiply(a, b, into: Matrix(zeros: 100, 100))
    #expect(small[0] / 2 > 0)
  }

  /// More than a second-level cache holds, so that panels are asked for ahead.
  @Test(arguments: [false, true]) func `a large product`(transposingB: Bool) {
    let (m, k, n) = (70, 1_030, 600)
    var random = RandomValues(4)
    let (a, b, c) = (
      random.matrix(m, k), transposingB ? random.matrix(n, k) : random.matrix(k, n), Matrix(zeros: m, n)
    )
    MatrixProducts().multiply(a, b, transposingB: transposingB, into: c)
    for i in 0..<m {
      for j in 0..<n {
        var expected: Float = 0
        for l in 0..<k { expected.addProduct(a[i, l], transposingB ? b[j, l] : b[l, j]) }
        if c[i, j] != expected { Issue.record("\(i), \(j): \(c[i, j]) for \(expected)") }
      }
    }
  }

  @Test func `bf16 is the nearest number, of two the even one`() {
    // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷; 1 + 3·2⁻⁸ between 1 + 2⁻⁷ and 1 + 2⁻⁶.
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-8, 1), (1 + 0x1p-8 + 0x1p-20, 1 + 0x1p-7), (1 + 0x1.8p-7, 1 + 0x1p-6), (-1 - 0x1p-8, -1),
      (3.14159265, 3.140625), (0, 0), (-0.0, -0.0), (.infinity, .infinity), (-.infinity, -.infinity),
      (.greatestFiniteMagnitude, .infinity), (0x1.fep127, 0x1.fep127),
      // Too small for a normalized number: the largest such is no nearer to the smallest normalized one.
      (.leastNormalMagnitude, .leastNormalMagnitude), (Float.leastNormalMagnitude.nextDown, 0),
      (-Float.leastNormalMagnitude.nextDown, -0.0), (.leastNonzeroMagnitude, 0),
    ]
    for (number, rounded) in cases { #expect(number.roundedToBF16.bitPattern == rounded.bitPattern) }
    #expect(Float.nan.roundedToBF16.isNaN && Float(bitPattern: 0x7fff_ffff).roundedToBF16.isNaN)
    // Nothing of this one's mark stands in the half that is kept.
    #expect(Float(bitPattern: 0x7f80_0001).roundedToBF16.isNaN)
  }

  /// Those of the instruction, where this build has one: of all sizes, too small for a normalized number included.
  @Test func `pairs of bf16 are two fused multiply-adds`() {
    FloatingPointMode.flushingDenormals(checkPairs)
  }

  private func checkPairs() {
    var state: UInt32 = 1
    let products = MatrixProducts()
    for _ in 0..<300 {
      func any(_ rows: Int, _ columns: Int) -> Matrix {
        let matrix = Matrix(zeros: rows, columns)
        for row in 0..<rows {
          for column in 0..<columns {
            // Marsaglia's xorshift: every pattern of 32 bits but 0.
            state ^= state << 13
            state ^= state >> 17
            state ^= state << 5
            let bits = state
            matrix[row, column] = Float(bitPattern: bits).isFinite ? Float(bitPattern: bits) : 1
          }
        }
        return matrix
      }
      // An even depth: the 0 that makes up the last pair of an odd one makes +0 of a sum that has become −0.
      let (a, b, c) = (any(8, 4), any(4, 32), Matrix(zeros: 8, 32))
      products.multiply(a, b, into: c, precision: .bf16)
      for i in 0..<8 {
        for j in 0..<32 {
          var expected: Float = 0
          for l in 0..<4 { expected.addProduct(a[i, l].roundedToBF16, b[l, j].roundedToBF16) }
          let isSame = c[i, j].bitPattern == expected.bitPattern || c[i, j].isNaN && expected.isNaN
          if !isSame { Issue.record("\(a.row(i)) · column \(j): \(c[i, j]) for \(expected)") }
        }
      }
    }
  }

  /// By whole registers and by the rest, as rows and as columns: a product with the identity is what its factor was
  /// rounded to.
  @Test func `factors of every size are rounded alike however they lie`() {
    FloatingPointMode.flushingDenormals(checkRounding)
  }

  private func checkRounding() {
    let (rows, columns) = (43, 75)
    let matrix = Matrix(zeros: rows, columns)
    var state: UInt32 = 7
    for row in 0..<rows {
      for column in 0..<columns {
        state = state &* 1_664_525 &+ 1_013_904_223
        let small = Float(bitPattern: state & 0x8000_0000 | 0x007f_0000 | state >> 8 & 0x1_ffff)
        let any = Float(bitPattern: state)
        matrix[row, column] = (row + column) % 5 == 0 ? small : abs(any) < 0x1.fep127 ? any : 1
      }
    }
    func identity(_ count: Int) -> Matrix {
      let identity = Matrix(zeros: count, count)
      for index in 0..<count { identity[index, index] = 1 }
      return identity
    }
    let transpose = Matrix(zeros: columns, rows)
    for row in 0..<rows { for column in 0..<columns { transpose[column, row] = matrix[row, column] } }
    let products = MatrixProducts()
    for isTransposed in [false, true] {
      let factor = isTransposed ? transpose : matrix
      let (left, right) = (Matrix(zeros: rows, columns), Matrix(zeros: rows, columns))
      products.multiply(
        factor, transposingA: isTransposed, identity(columns), into: left, precision: .bf16)
      products.multiply(
        identity(rows), factor, transposingB: isTransposed, into: right, precision: .bf16)
      for row in 0..<rows {
        for column in 0..<columns {
          // As numbers: what stands around adds zeros of either sign.
          let expected = matrix[row, column].roundedToBF16
          if left[row, column] != expected || right[row, column] != expected {
            Issue.record("\(matrix[row, column]): \(left[row, column]), \(right[row, column]) for \(expected)")
          }
        }
      }
    }
  }

  private func factor(_ value: Float, _ precision: Precision) -> Float {
    precision == .bf16 ? value.roundedToBF16 : value
  }

  @Test func `a product over nothing is zero`() {
    let c = Matrix(zeros: 2, 3)
    c[1, 1] = 5
    MatrixProducts().multiply(Matrix(zeros: 2, 0), Matrix(zeros: 0, 3), into: c)
    #expect(c[1, 1] == 0)
  }

  /// What the shards of a batch contribute to a gradient: each segment's own chain, then the tree.
  @Test(
    arguments: [[5], [3, 0, 4, 1, 2, 9, 300, 1], [0, 0, 0], [16, 7, 30]],
    [(Precision.float32, 1), (.float32, 2), (.bf16, 1), (.bf16, 2)])
  func `segments are summed one by one and added as the tree says`(
    lengths: [Int], computation: (precision: Precision, threadCount: Int)
  ) {
    let (precision, threadCount) = computation
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
        left, aIsTransposed: aIsTransposed, b, segments: segments, into: gradients, sums: sums,
        precision: precision)
      for i in 0..<m {
        let ofRows = tree { segment in segment.rows.reduce(0) { $0 + a[$1, i] } }
        #expect(sums.map { $0[i] } == ofRows)
        for j in 0..<n {
          let expected = tree { segment in
            segment.rows.reduce(0) { $0.addingProduct(factor(a[$1, i], precision), factor(b[$1, j], precision)) }
          }
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
