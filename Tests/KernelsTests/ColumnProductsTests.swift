import Kernels
import Tensors
import Testing

/// Products with encoded columns, bit for bit against their definition.
@Suite struct ColumnProductsTests {
  /// Of so many features each; longer ones than a word has bits, too.
  private static let widths = [34, 1, 2, 64, 65, 66, 200, 129]
  private static let columns: [Range<Int>] = {
    var end = 0
    return widths.map { width in
      defer { end += width }
      return end..<(end + width)
    }
  }()
  private static let featureCount = widths.reduce(0, +)

  /// A row for each number of bins that a number has come through, of columns with fewer all; and rows that are no bins.
  /// Rows lie further apart than they are long, as those of a batch do.
  private static func input() -> Matrix {
    var random = RandomValues(9)
    let (rows, stride) = (205, featureCount + 7)
    let anything = random.matrix(rows, featureCount)
    let x = Matrix(Storage(zeros: rows * stride), rows: rows, columns: featureCount, stride: stride)
    for row in 0..<rows {
      for column in columns {
        let (first, width) = (column.lowerBound, column.count)
        // Like a bin, the number itself may be 1, 0, or anything; so may be what stands behind the ones.
        x[row, first] = [1, 0, 0.3 * Float(row)][row % 3]
        for bin in (0..<width).dropFirst() where bin <= row { x[row, first + bin] = 1 }
        if row + 1 < width { x[row, first + row + 1] = [0.25, -7, 0, 1e3][row % 4] }
        if row % 5 == 0 { x[row, first + width - 1] = 1 }
        if row > 200 { for feature in column { x[row, feature] = anything[row, feature] } }
      }
    }
    return x
  }

  private static func part(_ x: Matrix, _ rows: Range<Int>) -> Matrix {
    Matrix(
      x.storage, offset: x.offset + rows.lowerBound * x.stride, rows: rows.count, columns: x.columns, stride: x.stride)
  }

  /// The ones behind the first feature.
  private static func run(_ x: Matrix, _ row: Int, _ column: Range<Int>) -> Range<Int> {
    let start = column.lowerBound + 1
    return start..<((start..<column.upperBound).first { x[row, $0] != 1 } ?? max(start, column.upperBound))
  }

  /// Fewer outputs than a stripe has, one whole one, and several, on fewer threads and on more.
  @Test(arguments: [(1, 1), (128, 3), (150, 1), (300, 2), (70, 1)])
  func `the sum of a run comes first, then the others in their order, column by column`(outputs: Int, threads: Int) {
    var random = RandomValues(UInt64(outputs))
    let (x, weights) = (
      Self.input(), random.matrix(outputs, Self.featureCount + 3).prefix(rows: outputs, columns: Self.featureCount)
    )
    let products = ColumnProducts(columnWidths: Self.widths, threadCount: threads)
    let y = random.matrix(x.rows, outputs + 5).prefix(rows: x.rows, columns: outputs)
    products.multiply(x, weights, into: y)
    for output in 0..<outputs {
      for row in 0..<x.rows {
        var sum: Float = 0
        for column in Self.columns {
          let run = Self.run(x, row, column)
          if let first = run.first {
            sum += run.dropFirst().reduce(weights[output, first]) { $0 + weights[output, $1] }
          }
          for feature in column where !run.contains(feature) && x[row, feature] != 0 {
            sum.addProduct(x[row, feature], weights[output, feature])
          }
        }
        if y[row, output] != sum { Issue.record("row \(row), output \(output): \(y[row, output]) for \(sum)") }
      }
    }

    // Other samples beside them change nothing, nor does it that there is none.
    let few = Matrix(zeros: 20, outputs)
    products.multiply(Self.part(x, 3..<23), weights, into: few)
    for row in 0..<20 { #expect(few.row(row).array == y.row(3 + row).array) }
    products.multiply(Self.part(x, 3..<3), weights, into: Matrix(zeros: 0, outputs))
  }

  /// Five shards, one without samples: the first four make up one sum, the last stands alone.
  private static let segments = [(0..<50, 0), (50..<50, 1), (50..<120, 0), (120..<190, 2), (190..<205, 0)]
    .map { BatchSegment(rows: $0.0, additions: $0.1) }

  @Test(arguments: [(3, 1), (128, 3), (300, 1), (300, 2), (130, 4)])
  func `gradients begin with the runs that end there or behind, from the last feature to the first`(
    outputs: Int, threads: Int
  ) {
    var random = RandomValues(UInt64(100 + outputs))
    let (x, dY) = (Self.input(), random.matrix(205, outputs + 9).prefix(rows: 205, columns: outputs))
    let products = ColumnProducts(columnWidths: Self.widths, threadCount: threads)
    func read(_ x: Matrix) {
      products.multiply(x, Matrix(zeros: outputs, Self.featureCount), into: Matrix(zeros: x.rows, outputs))
    }
    read(x)
    let (gradients, sums) = (Self.results(2, outputs), (0..<2).map { _ in Vector(zeros: outputs) })
    products.multiplySegments(dY, x, segments: Self.segments, into: gradients, sums: sums)

    let parts = Self.segments.map { Self.gradient(x, dY, rows: $0.rows) }
    for feature in 0..<Self.featureCount {
      for output in 0..<outputs {
        let values = parts.map { $0[feature, output] }
        let expected = [values[0] + values[1] + (values[2] + values[3]), values[4]]
        for place in 0..<2 where gradients[place][output, feature] != expected[place] {
          Issue.record("\(feature), \(output): \(gradients[place][output, feature]) for \(expected[place])")
        }
      }
    }
    for output in 0..<outputs {
      let values = Self.segments.map { $0.rows.reduce(Float(0)) { $0 + dY[$1, output] } }
      #expect(sums[0][output] == values[0] + values[1] + (values[2] + values[3]))
      #expect(sums[1][output] == values[4])
    }

    // Fewer samples than before, added to what stands there.
    let (few, fewSlopes) = (Self.part(x, 100..<140), Self.part(dY, 100..<140))
    read(few)
    let whole = [BatchSegment(rows: 0..<40, additions: 0)]
    let before = (gradients[0].row(0).array, sums[0].array)
    products.multiplySegments(
      fewSlopes, few, segments: whole, into: [gradients[0]], sums: [sums[0]], accumulating: true)
    let more = Self.gradient(few, fewSlopes, rows: 0..<40)
    #expect((0..<Self.featureCount).allSatisfy { gradients[0][0, $0] == before.0[$0] + more[$0, 0] })
    #expect(sums[0][0] == before.1[0] + (0..<40).reduce(Float(0)) { $0 + fewSlopes[$1, 0] })

    // Of no sample the gradient is 0.
    let none = Self.part(x, 5..<5)
    read(none)
    products.multiplySegments(
      Self.part(dY, 5..<5), none, segments: [BatchSegment(rows: 0..<0, additions: 0)], into: [gradients[1]],
      sums: [sums[1]])
    #expect((0..<outputs).allSatisfy { gradients[1].row($0).array.allSatisfy { $0 == 0 } && sums[1][$0] == 0 })
  }

  private static func results(_ count: Int, _ outputs: Int) -> [Matrix] {
    (0..<count).map { _ in
      let result = Matrix(zeros: outputs, featureCount + 5).prefix(rows: outputs, columns: featureCount)
      for row in 0..<outputs { result.row(row).fill(with: .nan) }
      return result
    }
  }

  /// By the definition: [D, m]
  private static func gradient(_ x: Matrix, _ dY: Matrix, rows: Range<Int>) -> Matrix {
    let result = Matrix(zeros: featureCount, dY.columns)
    for column in columns {
      let runs = rows.map { run(x, $0, column) }
      for output in 0..<dY.columns {
        var sum: Float = 0
        for feature in column.reversed() {
          if feature > column.lowerBound {
            for (row, run) in zip(rows, runs) where run.last == feature { sum += dY[row, output] }
            result[feature, output] = sum
          }
          for (row, run) in zip(rows, runs) where !run.contains(feature) && x[row, feature] != 0 {
            result[feature, output].addProduct(x[row, feature], dY[row, output])
          }
        }
      }
    }
    return result
  }

  /// The same from another side: what products of dense matrices give, which are chains in another order.
  @Test func `they are the products of the same matrices`() {
    var random = RandomValues(7)
    let (x, weights, dY) = (Self.input(), random.matrix(90, Self.featureCount), random.matrix(205, 90))
    let (y, dense) = (Matrix(zeros: 205, 90), Matrix(zeros: 205, 90))
    let products = ColumnProducts(columnWidths: Self.widths)
    products.multiply(x, weights, into: y)
    MatrixProducts().multiply(x, weights, transposingB: true, into: dense)
    let (gradient, denseGradient) = (Self.results(1, 90), Self.results(1, 90))
    let segments = [BatchSegment(rows: 0..<205, additions: 0)]
    products.multiplySegments(dY, x, segments: segments, into: gradient, sums: [Vector(zeros: 90)])
    MatrixProducts().multiplySegments(
      dY, aIsTransposed: false, x, segments: segments, into: denseGradient, sums: [Vector(zeros: 90)])
    for output in 0..<90 {
      for row in 0..<205 {
        let scale = (0..<Self.featureCount).reduce(Float(0)) { $0 + abs(x[row, $1] * weights[output, $1]) }
        #expect(abs(y[row, output] - dense[row, output]) <= 1e-5 * scale + 1e-6)
      }
      for feature in 0..<Self.featureCount {
        let scale = (0..<205).reduce(Float(0)) { $0 + abs(x[$1, feature] * dY[$1, output]) }
        #expect(abs(gradient[0][output, feature] - denseGradient[0][output, feature]) <= 1e-5 * scale + 1e-5)
      }
    }
  }

  @Test func `they are for wide columns and whole stripes of outputs`() {
    for (widths, outputs, expected) in [
      ([33, 33], 128, true), ([33, 15], 256, true), ([33, 14], 256, false), ([33, 33], 100, true),
      ([33, 33], 80, false), ([33, 33], 130, false), ([33, 33], 180, true), ([], 256, false),
      ([5_000, 33], 256, false),
      (Array(repeating: 1, count: 784), 512, false),
    ] {
      #expect(ColumnProducts.areFaster(columnWidths: widths, outputs: outputs) == expected, "\(widths), \(outputs)")
    }
  }
}
