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
  private static func input() -> Matrix {
    var random = RandomValues(9)
    let (x, anything) = (Matrix(zeros: 205, featureCount), random.matrix(205, featureCount))
    for row in 0..<x.rows {
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

  private static func factor(_ value: Float, _ precision: Precision) -> Float {
    precision == .bf16 ? value.roundedToBF16 : value
  }

  /// The ones behind the first feature.
  private static func run(_ x: Matrix, _ row: Int, _ column: Range<Int>) -> Range<Int> {
    let start = column.lowerBound + 1
    return start..<((start..<column.upperBound).first { x[row, $0] != 1 } ?? max(start, column.upperBound))
  }

  struct Computation: CustomTestStringConvertible {
    let outputs: Int
    let precision: Precision
    let threads: Int
    var testDescription: String { "\(outputs) outputs, \(precision), \(threads) threads" }
  }

  @Test(arguments: [
    Computation(outputs: 1, precision: .float32, threads: 1), Computation(outputs: 64, precision: .float32, threads: 3),
    Computation(outputs: 150, precision: .float32, threads: 3), Computation(outputs: 70, precision: .bf16, threads: 1),
  ])
  func `the sum of a run comes first, then the others in their order, column by column`(_ computation: Computation) {
    let precision = computation.precision
    var random = RandomValues(UInt64(computation.outputs))
    let (x, weights) = (Self.input(), random.matrix(computation.outputs, Self.featureCount))
    let y = Matrix(zeros: x.rows, computation.outputs)
    let products = ColumnProducts(Self.columns, threadCount: computation.threads)
    products.multiply(x, weights, into: y, precision: precision)
    for output in 0..<computation.outputs {
      func weight(_ feature: Int) -> Float { Self.factor(weights[output, feature], precision) }
      for row in 0..<x.rows {
        var sum: Float = 0
        for column in Self.columns {
          let run = Self.run(x, row, column)
          if let first = run.first { sum += run.dropFirst().reduce(weight(first)) { $0 + weight($1) } }
          for feature in column where !run.contains(feature) && x[row, feature] != 0 {
            sum.addProduct(Self.factor(x[row, feature], precision), weight(feature))
          }
        }
        if y[row, output] != sum { Issue.record("row \(row), output \(output): \(y[row, output]) for \(sum)") }
      }
    }

    // Other samples beside them change nothing.
    let few = Matrix(zeros: 20, computation.outputs)
    products.multiply(
      Matrix(x.storage, offset: 3 * x.stride, rows: 20, columns: x.columns), weights, into: few, precision: precision)
    for row in 0..<20 { #expect(few.row(row).array == y.row(3 + row).array) }
  }

  /// Five shards, one without samples: the first four make up one sum, the last stands alone.
  private static let segments = [(0..<50, 0), (50..<50, 1), (50..<120, 0), (120..<190, 2), (190..<205, 0)]
    .map { BatchSegment(rows: $0.0, additions: $0.1) }

  @Test(arguments: [
    Computation(outputs: 3, precision: .float32, threads: 1),
    Computation(outputs: 130, precision: .float32, threads: 3),
    Computation(outputs: 64, precision: .bf16, threads: 1),
  ])
  func `gradients begin with the runs that end there or behind, from the last feature to the first`(
    _ computation: Computation
  ) {
    let (precision, outputs) = (computation.precision, computation.outputs)
    var random = RandomValues(UInt64(100 + outputs))
    let (x, dY) = (Self.input(), random.matrix(205, outputs))
    let products = ColumnProducts(Self.columns, threadCount: computation.threads)
    products.multiply(
      x, Matrix(zeros: outputs, Self.featureCount), into: Matrix(zeros: x.rows, outputs), precision: precision)
    let (gradients, sums) = (Self.results(2, outputs), (0..<2).map { _ in Vector(zeros: outputs) })
    products.multiplySegments(dY, segments: Self.segments, into: gradients, sums: sums)

    let parts = Self.segments.map { Self.gradient(x, dY, rows: $0.rows, precision) }
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

    let (twice, sumsOfTwice) = (Self.results(1, outputs), [Vector(zeros: outputs)])
    let whole = [BatchSegment(rows: 0..<x.rows, additions: 0)]
    for accumulating in [false, true] {
      products.multiplySegments(dY, segments: whole, into: twice, sums: sumsOfTwice, accumulating: accumulating)
    }
    let once = Self.gradient(x, dY, rows: 0..<x.rows, precision)
    for output in 0..<outputs {
      #expect((0..<Self.featureCount).allSatisfy { twice[0][output, $0] == 2 * once[$0, output] })
      #expect(sumsOfTwice[0][output] == 2 * (0..<x.rows).reduce(Float(0)) { $0 + dY[$1, output] })
    }
  }

  private static func results(_ count: Int, _ outputs: Int) -> [Matrix] {
    (0..<count).map { _ in
      let result = Matrix(zeros: outputs, featureCount)
      for row in 0..<outputs { result.row(row).fill(with: .nan) }
      return result
    }
  }

  /// By the definition: [D, m]
  private static func gradient(_ x: Matrix, _ dY: Matrix, rows: Range<Int>, _ precision: Precision) -> Matrix {
    let result = Matrix(zeros: featureCount, dY.columns)
    for output in 0..<dY.columns {
      for column in columns {
        let slopes = rows.map { factor(dY[$0, output], precision) }
        var sum: Float = 0
        for feature in column.reversed() {
          if feature > column.lowerBound {
            for (row, slope) in zip(rows, slopes) where run(x, row, column).last == feature { sum += slope }
            result[feature, output] = sum
          }
          for (row, slope) in zip(rows, slopes) where !run(x, row, column).contains(feature) && x[row, feature] != 0 {
            result[feature, output].addProduct(factor(x[row, feature], precision), slope)
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
    let products = ColumnProducts(Self.columns)
    products.multiply(x, weights, into: y)
    MatrixProducts().multiply(x, weights, transposingB: true, into: dense)
    let (gradient, denseGradient) = (Self.results(1, 90), Self.results(1, 90))
    let segments = [BatchSegment(rows: 0..<205, additions: 0)]
    products.multiplySegments(dY, segments: segments, into: gradient, sums: [Vector(zeros: 90)])
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
}
