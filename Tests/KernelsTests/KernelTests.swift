import Foundation
import Kernels
import RandomStreams
import Tensors
import Testing

/// Each kernel against its scalar twin, on odd shapes.
@Suite struct SumTests {
  @Test(arguments: [0, 1, 7, 8, 100])
  func `squares`(count: Int) {
    var random = RandomValues(3)
    let x = random.vector(count)
    let expected = x.array.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(sumOfSquares(x) - expected) <= 1e-12 * max(expected, 1))
  }

  @Test(arguments: [1, 15, 16, 17, 33, 160])
  func `a single value that is not finite is found at any place`(count: Int) {
    var random = RandomValues(5)
    let x = random.vector(count)
    #expect(areFinite(x))
    for place in 0..<count {
      let value = x[place]
      for bad in [Float.nan, .infinity, -.infinity] {
        x[place] = bad
        #expect(!areFinite(x), "\(bad) at \(place) of \(count)")
      }
      // A number whose square is none.
      x[place] = 1e25
      #expect(areFinite(x))
      x[place] = value
    }
  }

  @Test(arguments: [16, 32, 160])
  func `the largest magnitude is found at any place, infinity and NaN above all numbers`(count: Int) {
    var random = RandomValues(6)
    let x = random.vector(count)
    #expect(largestMagnitude(x) == x.array.map(abs).max())
    for place in 0..<count {
      let value = x[place]
      for large in [.infinity, -.infinity, 1e25, -1e25] as [Float] {
        x[place] = large
        #expect(largestMagnitude(x) == abs(large), "\(large) at \(place) of \(count)")
      }
      for nan in [.nan, -.nan] as [Float] {
        x[place] = nan
        #expect(largestMagnitude(x).isNaN, "at \(place) of \(count)")
      }
      x[place] = value
    }
    #expect(largerMagnitude(-3, 2) == 3 && largerMagnitude(2, -.infinity) == .infinity)
    #expect(largerMagnitude(.nan, .infinity).isNaN && largerMagnitude(-.infinity, -.nan).isNaN)
  }

  @Test(arguments: [Float.zero, 1e-30, 1, 1.8446743e19, 1.8446744e19, 1.844674407e19, 1e25, .infinity, .nan])
  func `a square is finite by the magnitude alone`(magnitude: Float) {
    // What it stands for: no smaller element overflows either.
    let elements = [0, 0.3, 0.999_999_9, 1].map { $0 * magnitude }
    for scale in [0.0, 1e-10, 0.5, 1, 3, 1e30, .infinity] {
      let squares = elements.map { ($0 * Float(scale)) * ($0 * Float(scale)) }
      #expect(
        areSquaresFinite(upTo: magnitude, scale: scale) == squares.allSatisfy(\.isFinite), "\(magnitude) × \(scale)")
    }
    #expect(areSquaresFinite(upTo: 1e19, scale: 1) && !areSquaresFinite(upTo: 2e19, scale: 1))
  }

  @Test(arguments: [(5, 5), (5, 16), (16, 16), (37, 37), (37, 48)])
  func `gathered samples`(columns: Int, stride: Int) {
    var random = RandomValues(4)
    let source = random.matrix(9, columns)
    let labels = (0..<9).map { Int32(10 + $0) }
    let target = Matrix(Storage(zeros: 6 * stride), rows: 6, columns: columns, stride: stride)
    var targetLabels: [Int32] = Array(repeating: -7, count: 6)
    gatherSamples(
      of: source, labels: labels, [1, 8, 0, 3, 3, 2], 1..<5, into: target, labels: &targetLabels, at: 1)
    #expect(targetLabels == [-7, 18, 10, 13, 13, -7])
    for (index, row) in [8, 0, 3, 3].enumerated() { #expect(target.row(1 + index).array == source.row(row).array) }
    for row in [0, 5] { #expect(target.row(row).array.allSatisfy { $0 == 0 }) }
  }
}

@Suite struct ActivationTests {
  private func value(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .relu: max(x, 0)
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .tanh: Foundation.tanh(x)
    }
  }

  @Test(arguments: Activation.allCases, [(1, 1), (3, 17), (8, 33)])
  func `values and derivatives`(activation: Activation, shape: (Int, Int)) {
    var random = RandomValues(5)
    let (z, bias) = (random.matrix(shape.0, shape.1, scale: 2), random.vector(shape.1))
    let inputs = (0..<shape.0).map { row in (0..<shape.1).map { Double(z[row, $0]) + Double(bias[$0]) } }
    let derivative = Matrix(zeros: shape.0, shape.1)
    addBiasAndActivate(z, bias: bias, activation: activation, derivative: derivative)
    let dY = Matrix(zeros: shape.0, shape.1)
    for row in 0..<shape.0 { dY.row(row).fill(with: 2) }
    activationBackward(dY, y: z, derivative: derivative, activation: activation, keptScale: 1)
    for row in 0..<shape.0 {
      for column in 0..<shape.1 {
        let x = inputs[row][column]
        #expect(abs(Double(z[row, column]) - value(activation, x)) < 2e-6)
        let slope = (value(activation, x + 1e-6) - value(activation, x - 1e-6)) / 2e-6
        if abs(x) > 1e-4 { #expect(abs(Double(dY[row, column]) - 2 * slope) < 1e-5) }
      }
    }
  }

  @Test(arguments: Activation.allCases)
  func `what is not a number stays so`(activation: Activation) {
    // Sixteen at a time and one by one.
    for (row, column) in [(0, 3), (1, 36)] {
      let z = Matrix(zeros: 2, 37)
      z[row, column] = .nan
      addBiasAndActivate(z, bias: Vector(zeros: 37), activation: activation, derivative: Matrix(zeros: 2, 37))
      for r in 0..<2 { for c in 0..<37 { #expect(z[r, c].isNaN == (r == row && c == column)) } }
    }
  }

  @Test func `dropout keeps its share, scales it, and is the same for the same stream`() {
    let dropout = Dropout(rate: 0.3)
    func dropped() -> [Float] {
      let y = Matrix(zeros: 100, 100)
      for row in 0..<100 { y.row(row).fill(with: 1) }
      dropout(y, derivative: nil, stream: RandomStream(seed: 1, purpose: .dropout, step: 4, index: 2))
      return (0..<100).flatMap { y.row($0).array }
    }
    let values = dropped()
    #expect(Set(values) == [0, Float(1 / 0.7)])
    #expect(abs(Double(values.count { $0 == 0 }) / 1e4 - 0.3) < 0.02)
    #expect(dropped() == values)
  }

  @Test(arguments: [(0, 5), (1, 1), (1, 16), (3, 11), (4, 257), (33, 100)])
  func `each word of the stream decides one element`(rows: Int, columns: Int) {
    let stream = RandomStream(seed: 7, purpose: .dropout, step: 1, index: 3)
    let values = (0..<(rows * columns)).map { 1 + Float($0) }
    // (A row more, which is not to change.)
    let (y, derivative) = (Matrix(zeros: rows + 1, columns), Matrix(zeros: rows + 1, columns))
    for matrix in [y, derivative] {
      for row in 0...rows {
        for column in 0..<columns { matrix[row, column] = row < rows ? values[row * columns + column] : -1 }
      }
    }
    let dropout = Dropout(rate: 0.25)
    dropout(y.rows(0..<rows), derivative: derivative.rows(0..<rows), stream: stream)
    var words = stream
    let expected = values.map { words.nextWord() < 1 << 30 ? 0 : $0 * dropout.keptScale }
    for matrix in [y, derivative] {
      #expect((0..<rows).flatMap { matrix.row($0).array } == expected)
      #expect(matrix.row(rows).array.allSatisfy { $0 == -1 })
    }
  }
}

@Suite struct OptimizerTests {
  /// The formulas of the design, in Double.
  private struct Reference {
    var theta: [Double]
    var (m, v): ([Double], [Double])
    var t = 0

    init(_ theta: Vector) {
      self.theta = theta.array.map(Double.init)
      m = Array(repeating: 0, count: theta.count)
      v = m
    }

    mutating func adam(_ gradient: Vector, scale: Double, rate: Double, decay: Double, decoupled: Bool) {
      t += 1
      for i in theta.indices {
        var g = Double(gradient[i]) * scale
        if decoupled { theta[i] *= 1 - rate * decay } else { g += decay * theta[i] }
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.999 * v[i] + 0.001 * g * g
        theta[i] -=
          rate / (1 - pow(0.9, Double(t))) * m[i]
          / (v[i].squareRoot() / (1 - pow(0.999, Double(t))).squareRoot() + 1e-8)
      }
    }

    mutating func sgd(_ gradient: Vector, scale: Double, rate: Double, decay: Double, momentum: Double) {
      t += 1
      for i in theta.indices {
        let g = Double(gradient[i]) * scale + decay * theta[i]
        m[i] = t == 1 ? g : momentum * m[i] + g
        theta[i] -= rate * m[i]
      }
    }
  }

  private func expectClose(_ theta: Vector, _ reference: Reference) {
    for i in 0..<theta.count { #expect(abs(Double(theta[i]) - reference.theta[i]) < 2e-6) }
  }

  @Test(arguments: [false, true], [0, 0.1])
  func `Adam and AdamW`(decoupled: Bool, decay: Double) {
    var random = RandomValues(6)
    let theta = random.vector(48)
    var reference = Reference(theta)
    var adam = Adam(
      parameterCount: 48, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: decay, decouplesWeightDecay: decoupled)
    for _ in 0..<20 {
      let gradient = random.vector(48)
      adam.step(theta, gradient: gradient, gradientScale: 0.25, learningRates: .all(0.01))
      reference.adam(gradient, scale: 0.25, rate: 0.01, decay: decay, decoupled: decoupled)
    }
    expectClose(theta, reference)
    #expect(adam.stepCount == 20)
  }

  @Test(arguments: [0, 0.5, 0.9, 0.999])
  func `Adam's bias corrections are those of the powers at every step`(beta: Double) {
    var adam = Adam(parameterCount: 16, betas: (beta, beta), epsilon: 0, weightDecay: 0, decouplesWeightDecay: true)
    let edge = Int(40 / (1 - beta))
    for step in Array(1...100) + Array(max(1, edge - 50)...(edge + 50)) + [1_000_000] {
      adam.stepCount = step
      let (first, second) = adam.biasCorrections
      #expect(first == 1 - pow(beta, Double(step)) && second == first)
    }
  }

  @Test(arguments: [0, 0.9], [0, 0.1])
  func `gradient descent`(momentum: Double, decay: Double) {
    var random = RandomValues(7)
    let theta = random.vector(32)
    var reference = Reference(theta)
    var sgd = StochasticGradientDescent(parameterCount: 32, momentum: momentum, weightDecay: decay)
    for _ in 0..<20 {
      let gradient = random.vector(32)
      sgd.step(theta, gradient: gradient, gradientScale: 0.5, learningRates: .all(0.01))
      reference.sgd(gradient, scale: 0.5, rate: 0.01, decay: decay, momentum: momentum)
    }
    expectClose(theta, reference)
  }

  /// Each parameter moves by a rule of its own: one that has the other rate moves as where all have it.
  @Test(arguments: [0, 3, 16, 21, 32, 47, 48, 100], [0..<48, 16..<32, 32..<48, 16..<16])
  func `the first parameters may have a learning rate of their own`(count: Int, part: Range<Int>) {
    typealias Step = (_ parameters: Vector, _ gradient: Vector, _ rates: LearningRates) -> Void
    func adam(decoupled: Bool) -> Step {
      var adam = Adam(
        parameterCount: 48, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: 0.1, decouplesWeightDecay: decoupled)
      return { adam.step($0, gradient: $1, part: part, gradientScale: 0.5, learningRates: $2) }
    }
    func sgd() -> Step {
      var sgd = StochasticGradientDescent(parameterCount: 48, momentum: 0.9, weightDecay: 0.1)
      return { sgd.step($0, gradient: $1, part: part, gradientScale: 0.5, learningRates: $2) }
    }
    for make in [{ adam(decoupled: false) }, { adam(decoupled: true) }, sgd] {
      let moved = [LearningRates(0.01, embeddings: 0.05, embeddingCount: count), .all(0.01), .all(0.05)].map { rates in
        var random = RandomValues(8)
        let (theta, step) = (random.vector(48), make())
        for _ in 0..<5 { step(theta, random.vector(48), rates) }
        return theta.array.map(\.bitPattern)
      }
      #expect(moved[0] == Array(moved[2].prefix(count) + moved[1].dropFirst(count)))
    }
  }

  /// Each parameter moves as where all have its rate.
  @Test(arguments: [0..<48, 16..<32])
  func `each parameter may have a factor of the learning rate`(part: Range<Int>) {
    typealias Step = (_ parameters: Vector, _ gradient: Vector, _ rates: LearningRates) -> Void
    func adam(decoupled: Bool) -> Step {
      var adam = Adam(
        parameterCount: 48, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: decoupled ? 0 : 0.1,
        decouplesWeightDecay: decoupled)
      return { adam.step($0, gradient: $1, part: part, gradientScale: 0.5, learningRates: $2) }
    }
    func sgd(momentum: Double) -> Step {
      var sgd = StochasticGradientDescent(parameterCount: 48, momentum: momentum, weightDecay: 0.1)
      return { sgd.step($0, gradient: $1, part: part, gradientScale: 0.5, learningRates: $2) }
    }
    // Powers of two: a product with them has no rounding.
    let factors: [Float] = (0..<48).map { [0, 0.25, 1, 4][$0 % 4] }
    for make in [{ adam(decoupled: false) }, { adam(decoupled: true) }, { sgd(momentum: 0) }, { sgd(momentum: 0.9) }] {
      func moved(_ rates: LearningRates) -> [UInt32] {
        var random = RandomValues(8)
        let (theta, step) = (random.vector(48), make())
        for _ in 0..<5 { step(theta, random.vector(48), rates) }
        return theta.array.map(\.bitPattern)
      }
      let together = moved(LearningRates(0.01, embeddings: 0.01, embeddingCount: 0, factors: Vector(factors)))
      for factor in [0, 0.25, 1, 4] as [Float] {
        let all = moved(.all(0.01 * Double(factor)))
        #expect(factors.indices.allSatisfy { factors[$0] != factor || together[$0] == all[$0] }, "\(factor)")
      }
    }
  }

  @Test func `a factor of the learning rate is none of the decay`() {
    let (theta, zeros) = (Vector([Float](repeating: 1, count: 16)), Vector(zeros: 16))
    var adam = Adam(
      parameterCount: 16, betas: (0.9, 0.999), epsilon: 1e-8, weightDecay: 0.5, decouplesWeightDecay: true)
    let factors = Vector((0..<16).map { Float($0) })
    adam.step(
      theta, gradient: zeros, gradientScale: 1,
      learningRates: LearningRates(0.1, embeddings: 0.1, embeddingCount: 0, factors: factors))
    #expect(theta.array.allSatisfy { abs($0 - 0.95) < 1e-6 })
  }

  @Test(arguments: [1e-8, 0])
  func `padding stays zero`(epsilon: Double) {
    let theta = Vector(zeros: 16)
    let gradient = Vector(zeros: 16)
    var adam = Adam(
      parameterCount: 16, betas: (0.9, 0.999), epsilon: epsilon, weightDecay: 0.1, decouplesWeightDecay: true)
    adam.step(theta, gradient: gradient, gradientScale: 1, learningRates: .all(0.1))
    #expect(theta.array.allSatisfy { $0 == 0 })
  }

  @Test func `without epsilon a parameter moves by its gradient, and one that has none stays`() {
    let theta = Vector([Float](repeating: 1, count: 16))
    let gradient = Vector((0..<16).map { $0 % 3 == 0 ? 0 : Float($0) - 7 })
    var adam = Adam(
      parameterCount: 16, betas: (0.9, 0.999), epsilon: 0, weightDecay: 0, decouplesWeightDecay: false)
    adam.step(theta, gradient: gradient, gradientScale: 1, learningRates: .all(0.25))
    // The first step is the learning rate, against the sign of the gradient.
    for i in 0..<16 {
      let expected: Float = gradient[i] == 0 ? 1 : gradient[i] > 0 ? 0.75 : 1.25
      #expect(abs(theta[i] - expected) < 1e-6, "\(i): \(theta[i])")
    }
  }
}
