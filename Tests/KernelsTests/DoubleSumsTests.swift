import Kernels
import Tensors
import Testing

/// Sums in Double of vectors of Float32, element by element.
@Suite struct DoubleSumsTests {
  @Test(arguments: [16, 48, 1008])
  func `sums of products are those of Double`(count: Int) {
    var random = RandomValues(6)
    let (x, y, z) = (random.vector(count), random.vector(count, scale: 1e4), Vector(zeros: count))
    let products = zip(x.array, y.array).map { Double($0) * Double($1) }
    #expect(abs(dot(x, y) - products.reduce(0, +)) <= 1e-12 * products.reduce(0) { $0 + abs($1) })
    move(z, from: y, by: 0.3, along: x)
    #expect(z.array == zip(y.array, x.array).map { Float(Double($0) + 0.3 * Double($1)) })
  }

  @Test(arguments: [1, 7, 8, 31])
  func `vectors are added to Doubles, and combined with others`(count: Int) {
    var random = RandomValues(7)
    let sums = PackedSums(zeros: .init(floatCount: 3, doubleCount: count + 5))
    let vectors = (0..<3).map { _ in random.vector(count, scale: 1e5) }
    for vector in vectors { sums.add(vector, toDoublesFrom: 2) }
    let expected = (0..<count).map { index in vectors.reduce(0.0) { $0 + Double($1[index]) } }
    #expect((0..<(count + 5)).map { sums[double: $0] } == [0, 0] + expected + [0, 0, 0])
    #expect(sums.floats.array == [0, 0, 0])
    let (other, target) = (random.vector(count), Vector(zeros: count))
    sums.combineDoubles(2..<(count + 2), times: 0.3, other, times: -7, into: target)
    #expect(target.array == zip(expected, other.array).map { Float($0 * 0.3 + Double($1) * -7) })
    sums.clear()
    #expect((0..<(count + 5)).allSatisfy { sums[double: $0] == 0 })
  }
}
