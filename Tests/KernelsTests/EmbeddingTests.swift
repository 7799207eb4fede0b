import Kernels
import Tensors
import Testing

/// Maps of columns, against the same in Double.
@Suite struct ColumnMapsTests {
  /// Three columns of 4, 1 and 3 features of x, whose numbers stand in y behind those of others, and not in order.
  private func columns(_ width: Int) -> [ColumnMaps.Column] {
    [(1..<5, 2), (6..<7, 0), (7..<10, 3)].map { ColumnMaps.Column(features: $0.0, output: $0.1 * width) }
  }

  private func input(_ rows: Int, _ random: inout RandomValues) -> Matrix {
    let x = random.matrix(rows, 11)
    // As bins have it: zeros are left out.
    for row in 0..<rows { for column in 0..<11 where (row + column) % 3 == 0 { x[row, column] = 0 } }
    return x
  }

  /// Readable beyond its end, as the memory of a network is.
  private func roomy(_ matrix: Matrix) -> Matrix {
    let storage = Storage(zeros: matrix.rows * matrix.columns + 16)
    Vector(storage, offset: 0, count: storage.count).fill(with: .nan)
    let copy = Matrix(storage, rows: matrix.rows, columns: matrix.columns)
    for row in 0..<matrix.rows { copy.row(row).copy(from: matrix.row(row)) }
    return copy
  }

  @Test(arguments: [1, 5, 16, 19, 40])
  func `numbers are those of e times W plus b`(width: Int) {
    var random = RandomValues(UInt64(width))
    let (columns, x) = (columns(width), input(7, &random))
    let (weights, biases) = (random.matrix(8, width), random.matrix(3, width))
    let y = roomy(Matrix(zeros: 7, 4 * width))
    ColumnMaps(columns, width: width).multiply(x, weights, biases, into: y)
    for row in 0..<7 {
      var feature = 0
      for (index, column) in columns.enumerated() {
        for output in 0..<width {
          var sum = Double(biases[index, output])
          for (place, input) in column.features.enumerated() {
            sum += Double(x[row, input]) * Double(weights[feature + place, output])
          }
          #expect(abs(Double(y[row, column.output + output]) - sum) < 1e-5)
        }
        feature += column.features.count
      }
      // What no column has stays as it was.
      #expect((0..<width).allSatisfy { y[row, width + $0] == 0 })
    }
  }

  @Test(arguments: [1, 5, 16, 19, 40])
  func `gradients are sums of segments in the order of their tree`(width: Int) {
    var random = RandomValues(UInt64(50 + width))
    let (columns, x) = (columns(width), input(11, &random))
    let maps = ColumnMaps(columns, width: width)
    let dY = roomy(random.matrix(11, 4 * width))
    // Four shards, one without samples: the first three make up one sum, the last stands alone.
    let segments = [(0..<4, 0), (4..<4, 1), (4..<9, 1), (9..<11, 0)].map { BatchSegment(rows: $0.0, additions: $0.1) }
    let products = (0..<2).map { _ in Matrix(Storage(zeros: 8 * width), rows: 8, columns: width) }
    let sums = (0..<2).map { _ in Matrix(zeros: 3, width) }
    func run(_ segments: [BatchSegment], _ products: [Matrix], _ sums: [Matrix], accumulating: Bool = false) {
      maps.multiplySegments(
        dY, x, segments: segments, into: products, sums: sums, accumulating: accumulating)
    }
    run(segments, products, sums)
    for (place, rows) in [0..<9, 9..<11].enumerated() {
      var feature = 0
      for (index, column) in columns.enumerated() {
        for output in 0..<width {
          let slopes = rows.map { Double(dY[$0, column.output + output]) }
          #expect(abs(Double(sums[place][index, output]) - slopes.reduce(0, +)) < 1e-5)
          for (offset, input) in column.features.enumerated() {
            let sum = zip(rows, slopes).reduce(0) { $0 + $1.1 * Double(x[$1.0, input]) }
            #expect(abs(Double(products[place][feature + offset, output]) - sum) < 1e-5)
          }
        }
        feature += column.features.count
      }
    }
    // What is added to stands at the beginning of the chain.
    let alone = [BatchSegment(rows: 0..<11, additions: 0)]
    let (once, sumsOnce) = (Matrix(zeros: 8, width), Matrix(zeros: 3, width))
    run(alone, [once], [sumsOnce])
    run(alone, [once], [sumsOnce], accumulating: true)
    for row in 0..<8 {
      for output in 0..<width {
        let twice = 2 * (products[0][row, output] + products[1][row, output])
        #expect(abs(once[row, output] - twice) < 1e-4)
      }
    }
  }
}

/// The same of bins: ones, a number between, zeros, and whether the number is missing.
@Suite struct ColumnMapsOfBinsTests {
  /// Of so many features each, with none between them; longer ones than a word has bits, too.
  private static let widths = [34, 1, 2, 64, 65, 66, 200, 129]

  /// A row for each number of bins that a number has come through; of columns with fewer all are ones.
  private static func input() -> Matrix {
    let x = Matrix(zeros: 201, widths.reduce(0, +))
    for row in 0..<x.rows {
      var start = 0
      for width in widths {
        // Like a bin, the number itself may be 1, 0, or anything; so may be what stands behind the ones.
        x[row, start] = [1, 0, 0.3 * Float(row)][row % 3]
        for bin in (0..<width).dropFirst() where bin <= row { x[row, start + bin] = 1 }
        if row + 1 < width { x[row, start + row + 1] = [0.25, -7, 0, 1e6][row % 4] }
        if row % 5 == 0 { x[row, start + width - 1] = 1 }
        start += width
      }
    }
    return x
  }

  @Test(arguments: [3, 16, 40])
  func `the sum of a run of ones comes behind the bias, then the others in their order`(width: Int) {
    var random = RandomValues(UInt64(width))
    let x = Self.input()
    var columns: [ColumnMaps.Column] = []
    var start = 0
    for (index, count) in Self.widths.enumerated() {
      columns.append(ColumnMaps.Column(features: start..<(start + count), output: index * width))
      start += count
    }
    let (weights, biases) = (random.matrix(start, width), random.matrix(columns.count, width))
    let maps = ColumnMaps(columns, width: width)
    let y = Matrix(zeros: x.rows, columns.count * width)
    maps.multiply(x, weights, biases, into: y)
    for row in 0..<x.rows {
      for (index, column) in columns.enumerated() {
        let bins = column.features.dropFirst()
        let run = bins.prefix { x[row, $0] == 1 }
        for output in 0..<width {
          var sum = biases[index, output]
          if let first = run.first {
            sum += run.dropFirst().reduce(weights[first, output]) { $0 + weights[$1, output] }
          }
          for feature in column.features where !run.contains(feature) && x[row, feature] != 0 {
            sum = sum.addingProduct(x[row, feature], weights[feature, output])
          }
          #expect(y[row, column.output + output] == sum, "row \(row), column \(index)")
        }
      }
    }

    let (memory, slopes) = (Storage(zeros: x.rows * y.columns + 16), random.matrix(x.rows, y.columns))
    let dY = Matrix(memory, rows: x.rows, columns: y.columns)
    for row in 0..<x.rows { dY.row(row).copy(from: slopes.row(row)) }
    let (gradients, sums) = (Matrix(zeros: start, width), Matrix(zeros: columns.count, width))
    maps.multiplySegments(
      dY, x, segments: [BatchSegment(rows: 0..<x.rows, additions: 0)], into: [gradients], sums: [sums],
      accumulating: false)
    for (index, column) in columns.enumerated() {
      for output in 0..<width {
        let sum = (0..<x.rows).reduce(Float(0)) { $0 + dY[$1, column.output + output] }
        #expect(sums[index, output] == sum, "column \(index)")
      }
      for feature in column.features {
        for output in 0..<width {
          var sum: Float = 0
          for row in 0..<x.rows where x[row, feature] != 0 {
            sum = sum.addingProduct(x[row, feature], dY[row, column.output + output])
          }
          #expect(gradients[feature, output] == sum, "feature \(feature)")
        }
      }
    }
  }
}

/// Gradients of the rows of tables that samples have met.
@Suite struct RowGradientTests {
  private let width = 3
  /// Two tables of 5 and 40 rows.
  private let columns = [
    TableColumn(feature: 1, firstRow: 0, rowCount: 5, output: 3),
    TableColumn(feature: 0, firstRow: 5, rowCount: 40, output: 0),
  ]

  private func samples(_ count: Int) -> (x: Matrix, dY: Matrix) {
    var random = RandomValues(UInt64(count))
    let x = Matrix(zeros: count, 2)
    for row in 0..<count { (x[row, 0], x[row, 1]) = (Float(row * 17 % 40), Float(row * row % 5)) }
    return (x, random.matrix(count, 6, scale: 1e3))
  }

  @Test func `a row is looked up by its number`() {
    var random = RandomValues(3)
    let (x, tables, y) = (samples(9).x, random.matrix(45, width), Matrix(zeros: 9, 6))
    lookUp(x, columns, in: tables, into: y)
    for row in 0..<9 {
      let expected = tables.row(5 + Int(x[row, 0])).array + tables.row(Int(x[row, 1])).array
      #expect(y.row(row).array == expected)
    }
  }

  /// Of one shard, densely; nil for rows that none of its samples meets.
  private func dense(_ x: Matrix, _ dY: Matrix, _ rows: Range<Int>) -> [[Float]?] {
    var all = [[Float]?](repeating: nil, count: 45)
    for row in rows {
      for column in columns {
        let place = column.firstRow + Int(x[row, column.feature])
        all[place] = (0..<width).map { (all[place]?[$0] ?? 0) + dY[row, column.output + $0] }
      }
    }
    return all
  }

  private func sum(_ one: [[Float]?], _ other: [[Float]?]) -> [[Float]?] {
    zip(one, other).map { one, other in
      guard let one, let other else { return one ?? other }
      return zip(one, other).map(+)
    }
  }

  @Test func `sums have the bits of the dense ones in the order of the tree, and the rows that were met alone`() {
    let (x, dY) = samples(29)
    let shards = [0..<7, 7..<7, 7..<19, 19..<29]
    let stack = RowGradientStack(rowCount: 45, width: width)
    for _ in 0..<2 {
      stack.removeAll()
      for (shard, additions) in zip(shards, [0, 1, 0, 2]) {
        // As two batches of a step have it.
        let half = shard.lowerBound + shard.count / 2
        stack.add(shard.lowerBound..<half, of: x, columns, dY: dY, accumulating: false)
        stack.add(half..<shard.upperBound, of: x, columns, dY: dY, accumulating: true)
        for _ in 0..<additions { stack.join() }
      }
      #expect(stack.count == 1)
      let parts = shards.map { dense(x, dY, $0) }
      let expected = sum(sum(parts[0], parts[1]), sum(parts[2], parts[3]))
      let found = stack[0]
      #expect(found.rows.sorted() == expected.indices.filter { expected[$0] != nil }.map(Int32.init))
      for (place, row) in found.rows.enumerated() {
        let values = found.values[(place * width)..<((place + 1) * width)]
        #expect(values.map(\.bitPattern) == expected[Int(row)]?.map(\.bitPattern), "row \(row)")
      }
      #expect(found.rows.count < 45)
    }
  }

  @Test func `a row that one of two sums has keeps its bits, the sign of zero included`() {
    let stack = RowGradientStack(rowCount: 9, width: 1)
    stack.push(RowGradients(width: 1, rows: [1, 4], values: [-0.0, 1e8]))
    stack.push(RowGradients(width: 1, rows: [4, 7], values: [1, -0.0]))
    stack.join()
    #expect(stack[0].rows == [1, 4, 7])
    #expect(stack[0].values.map(\.bitPattern) == [Float(-0.0), 1e8 + 1, -0.0].map(\.bitPattern))
  }

  @Test func `what is sent is read again`() {
    let sums = [
      RowGradients(width: 2, rows: [3, 70_000], values: [1, -2.5, .nan, Float(bitPattern: 71_362)]),
      RowGradients(width: 2),
      RowGradients(width: 2, rows: [0], values: [7, 8]),
    ]
    var bytes: [UInt8] = []
    for sum in sums { sum.append(to: &bytes) }
    var place = 0
    for sum in sums {
      let read = RowGradients(width: 2, bytes: bytes, at: &place)
      #expect(read.rows == sum.rows && read.values.map(\.bitPattern) == sum.values.map(\.bitPattern))
    }
    #expect(place == bytes.count)
  }

  /// Factors of the learning rates of either optimizer of `moves`.
  ///
  /// - Parameter count: Of its parameters.
  private func factors(_ count: Int) -> Vector {
    let all = (0..<46).map { Float(1 + $0 * 7 % 5) }
    guard count != 46 else { return Vector(all) }
    let ofRows = [1, 2, 5].flatMap { row in all[(row * 5)..<(row * 5 + 5)] }
    return Vector(ofRows + [1] + all[30...])
  }

  /// The optimizer as one with tables of 6 rows and 16 parameters behind them, and as one of the parameters that it should
  /// move.
  private func moves(
    _ step: (_ parameters: Vector, _ gradient: Vector, _ rows: TouchedRows?) -> Void,
    _ reference: (_ parameters: Vector, _ gradient: Vector) -> Void
  ) {
    var random = RandomValues(9)
    let parameters = random.vector(6 * 5 + 16)
    let alone = Vector(zeros: 32)
    let touched = TouchedRows(width: 5)
    // Every step touches the same rows, so that a dense optimizer of these does the same.
    let rows: [Int32] = [1, 2, 5]
    let places = rows.flatMap { row in (0..<5).map { Int(row) * 5 + $0 } }
    for (place, index) in places.enumerated() { alone[place] = parameters[index] }
    let before = parameters.array
    let denseAlone = Vector((0..<16).map { parameters[30 + $0] })
    for _ in 0..<4 {
      let (gradient, ofRows) = (random.vector(16), random.vector(15))
      touched.take(RowGradients(width: 5, rows: rows, values: ofRows.array))
      step(parameters, gradient, touched)
      let all = Vector(zeros: 32)
      for index in 0..<15 { all[index] = ofRows[index] }
      for index in 0..<16 { all[16 + index] = gradient[index] }
      let both = Vector((0..<32).map { $0 < 16 ? alone[$0] : denseAlone[$0 - 16] })
      reference(both, all)
      for index in 0..<16 { (alone[index], denseAlone[index]) = (both[index], both[16 + index]) }
    }
    #expect(places.enumerated().allSatisfy { parameters[$1].bitPattern == alone[$0].bitPattern })
    #expect((0..<16).allSatisfy { parameters[30 + $0].bitPattern == denseAlone[$0].bitPattern })
    let others = (0..<30).filter { !places.contains($0) }
    #expect(others.allSatisfy { parameters[$0].bitPattern == before[$0].bitPattern })
    #expect(places.allSatisfy { parameters[$0] != before[$0] })
  }

  @Test(arguments: [false, true], [0.01, 0.03])
  func `Adam moves the rows that were met as it moves any parameters, and no others`(
    decoupled: Bool, embeddings: Double
  ) {
    func adam(_ count: Int) -> Adam {
      Adam(
        parameterCount: count, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: 0.1, decouplesWeightDecay: decoupled)
    }
    var (some, all) = (adam(46), adam(32))
    moves {
      some.step(
        $0, gradient: $1, rows: $2, gradientScale: 0.5,
        learningRates: LearningRates(0.01, embeddings: embeddings, embeddingCount: 0, factors: factors(46)))
    } _: {
      all.step(
        $0, gradient: $1, gradientScale: 0.5,
        learningRates: LearningRates(0.01, embeddings: embeddings, embeddingCount: 16, factors: factors(32)))
    }
    #expect(some.stepCount == 4)
    // Moments, too, are those of rows that were met.
    #expect((0..<5).allSatisfy { some.firstMoment[$0] == 0 && some.secondMoment[$0] == 0 })
    #expect((5..<15).allSatisfy { some.firstMoment[$0] == all.firstMoment[$0 - 5] })
  }

  @Test(arguments: [0, 0.9], [0.01, 0.03])
  func `gradient descent moves the rows that were met, and no others`(momentum: Double, embeddings: Double) {
    func sgd(_ count: Int) -> StochasticGradientDescent {
      StochasticGradientDescent(parameterCount: count, momentum: momentum, weightDecay: 0.1)
    }
    var (some, all) = (sgd(46), sgd(32))
    moves {
      some.step(
        $0, gradient: $1, rows: $2, gradientScale: 0.5,
        learningRates: LearningRates(0.01, embeddings: embeddings, embeddingCount: 0, factors: factors(46)))
    } _: {
      all.step(
        $0, gradient: $1, gradientScale: 0.5,
        learningRates: LearningRates(0.01, embeddings: embeddings, embeddingCount: 16, factors: factors(32)))
    }
  }
}
