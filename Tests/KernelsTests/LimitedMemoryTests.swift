import Kernels
import Tensors
import Testing

/// The directions of L-BFGS against the formula that they come of, in Double.
@Suite struct LimitedMemoryTests {
  /// H of BFGS as a matrix: of sᵀy/yᵀy · 1 of the newest pair, H ← (1 − ρsyᵀ) H (1 − ρysᵀ) + ρssᵀ for each pair, the oldest
  /// first (Nocedal & Wright, 6.17 and 7.20).
  private func inverse(_ pairs: [(s: [Double], y: [Double])], count: Int) -> [[Double]] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let scale = pairs.last.map { dot($0.s, $0.y) / dot($0.y, $0.y) } ?? 1
    var h = (0..<count).map { row in (0..<count).map { $0 == row ? scale : 0 } }
    for (s, y) in pairs {
      let rho = 1 / dot(s, y)
      let hy = h.map { dot($0, y) }
      let yhy = dot(y, hy)
      for i in 0..<count {
        for j in 0..<count {
          h[i][j] += -rho * (s[i] * hy[j] + hy[i] * s[j]) + (rho * rho * yhy + rho) * s[i] * s[j]
        }
      }
    }
    return h
  }

  private func doubles(_ vector: Vector) -> [Double] { vector.array.map(Double.init) }

  /// Fills a memory with `count` pairs of a quadratic function, of which every fourth has no curvature if asked for.
  private func memory(pairs count: Int, size: Int, spoiled: Bool) -> (LimitedMemory, [(s: [Double], y: [Double])]) {
    var random = RandomValues(3)
    var memory = LimitedMemory(parameterCount: size)
    var slots = [(s: [Double], y: [Double])?](repeating: nil, count: LimitedMemory.capacity)
    var order: [Int] = []
    for number in 0..<count {
      let (before, step) = (random.vector(size), random.vector(size))
      let after = Vector(zip(before.array, step.array).map { $0 + $1 })
      let isSpoiled = spoiled && number % 4 == 2
      let gradientBefore = random.vector(size)
      let gradientAfter = Vector(
        (0..<size).map { gradientBefore[$0] + (isSpoiled ? -1 : Float(1 + $0)) * (after[$0] - before[$0]) })
      let place = memory.added % LimitedMemory.capacity
      memory.add(from: before, to: after, gradientBefore: gradientBefore, gradientAfter: gradientAfter)
      // The place of a pair that is refused is empty.
      order.removeAll { $0 == place }
      slots[place] = nil
      guard !isSpoiled else { continue }
      order.append(place)
      slots[place] = (
        (0..<size).map { Double(after[$0] - before[$0]) },
        (0..<size).map { Double(gradientAfter[$0] - gradientBefore[$0]) }
      )
    }
    return (memory, order.compactMap { slots[$0] })
  }

  @Test(arguments: [0, 1, 4, 10, 13, 31], [false, true])
  func `a direction is that of the matrix of BFGS`(pairs: Int, spoiled: Bool) {
    let size = 48
    let (memory, expectedPairs) = memory(pairs: pairs, size: size, spoiled: spoiled)
    var random = RandomValues(8)
    let (gradient, direction) = (random.vector(size), Vector(zeros: size))
    for usesPairs in [true, false] {
      memory.direction(against: gradient, usingPairs: usesPairs, into: direction)
      let expected = inverse(usesPairs ? expectedPairs : [], count: size).map { row in
        -zip(row, doubles(gradient)).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let error = zip(expected, doubles(direction)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      #expect(error <= 1e-6 * norm)
    }
  }

  @Test func `a memory that is filled in again gives the same bits`() {
    let (memory, _) = memory(pairs: 13, size: 32, spoiled: true)
    var other = LimitedMemory(parameterCount: 32)
    for (to, from) in zip(other.vectors, memory.vectors) {
      #expect(to.name == from.name)
      to.values.copy(from: from.values)
    }
    other.resume(added: memory.added)
    var random = RandomValues(4)
    let (gradient, one, two) = (random.vector(32), Vector(zeros: 32), Vector(zeros: 32))
    memory.direction(against: gradient, usingPairs: true, into: one)
    other.direction(against: gradient, usingPairs: true, into: two)
    #expect(one.array == two.array && one.array != gradient.array.map { -$0 })
    other.removeAll()
    #expect(other.isEmpty && !memory.isEmpty)
    other.direction(against: gradient, usingPairs: true, into: two)
    #expect(two.array == gradient.array.map { -$0 })
  }
}
