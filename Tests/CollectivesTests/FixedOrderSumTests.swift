import Collectives
import Tensors
import Testing

// Many ranks: EndToEndTests/CollectivesOverMPITests.
@Suite struct FixedOrderSumTests {
  @Test(arguments: [1, 2, 3, 5, 8, 13])
  func `one process adds in the order of the tree`(shards: Int) throws {
    // Values whose sum depends on the order.
    let values: [Float] = (0..<shards).map { [1e8, 1, -1e8, 3.3, 7e-4, 1e3, -1e8, 2][$0 % 8] }
    let layout = try ShardLayout(shardCount: shards, rankCount: 1)
    var sum = FixedOrderSum(
      over: SingleProcessCommunicator(), layout: layout, shape: .init(floatCount: 3, doubleCount: 2))
    for _ in 0..<2 {
      for value in values {
        let part = sum.nextPart
        part.floats.fill(with: value)
        part[double: 0] = Double(value)
        part[double: 1] = 1
        sum.commit()
      }
      let total = try sum.total()
      #expect(total.floats.array == Array(repeating: treeSum(values[...]), count: 3))
      #expect(total[double: 0] == treeSum(values.map(Double.init)[...]))
      #expect(total[double: 1] == Double(shards))
    }
  }

  /// Halves at the largest power of two below the count: the same tree, written another way.
  private func treeSum<T: AdditiveArithmetic>(_ values: ArraySlice<T>) -> T {
    guard values.count > 1 else { return values.first ?? .zero }
    var half = 1
    while half * 2 < values.count { half *= 2 }
    return treeSum(values.prefix(half)) + treeSum(values.dropFirst(half))
  }
}

@Suite struct PackedSumsTests {
  @Test(arguments: [(0, 1), (1, 0), (15, 3), (16, 9), (33, 5)])
  func `floats add as floats and doubles as doubles`(floats: Int, doubles: Int) {
    let shape = PackedSums.Shape(floatCount: floats, doubleCount: doubles)
    let (a, b) = (PackedSums(zeros: shape), PackedSums(zeros: shape))
    for index in 0..<floats { (a.floats[index], b.floats[index]) = (Float(index) + 0.1, 0.7) }
    for index in 0..<doubles { (a[double: index], b[double: index]) = (1e16, Double(index) + 2.5) }
    a.add(b)
    for index in 0..<floats { #expect(a.floats[index] == Float(index) + 0.1 + 0.7) }
    for index in 0..<doubles { #expect(a[double: index] == 1e16 + (Double(index) + 2.5)) }
  }

  @Test func `slices add up to the whole`() {
    let shape = PackedSums.Shape(floatCount: 40, doubleCount: 11)
    let (a, b, whole) = (PackedSums(zeros: shape), PackedSums(zeros: shape), PackedSums(zeros: shape))
    for index in 0..<40 { (a.floats[index], b.floats[index]) = (0.3 * Float(index), 0.1) }
    for index in 0..<11 { (a[double: index], b[double: index]) = (Double(index), 0.3) }
    whole.words.copy(from: a.words)
    whole.add(b)
    for start in stride(from: 0, to: shape.wordCount, by: 16) {
      let slice = start..<min(start + 16, shape.wordCount)
      PackedSums.add(b.words[slice], to: a.words[slice], at: start, of: shape)
    }
    #expect((0..<40).allSatisfy { a.floats[$0] == whole.floats[$0] })
    #expect((0..<11).allSatisfy { a[double: $0] == whole[double: $0] })
  }
}
