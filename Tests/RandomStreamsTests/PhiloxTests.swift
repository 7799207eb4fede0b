import RandomStreams
import Testing

@Suite struct PhiloxTests {
  /// The known answers of the generator's authors (Random123, kat_vectors, philox4x32 10).
  @Test(arguments: [
    (
      SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func `known answers`(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.block(counter: counter, key: key) == expected)
  }
}

@Suite struct RandomStreamTests {
  @Test func `streams of different names differ and of the same name agree`() {
    func first(_ seed: UInt64, _ purpose: RandomPurpose, _ step: Int, _ index: Int) -> UInt64 {
      var stream = RandomStream(seed: seed, purpose: purpose, step: step, index: index)
      return stream.next()
    }
    let names: [(UInt64, RandomPurpose, Int, Int)] = [
      (1, .shuffle, 0, 0), (2, .shuffle, 0, 0), (1, .dropout, 0, 0), (1, .shuffle, 1, 0), (1, .shuffle, 0, 1),
      (1, .shuffle, 0, 1 << 32), (1 << 32, .shuffle, 0, 0),
    ]
    #expect(Set(names.map { first($0.0, $0.1, $0.2, $0.3) }).count == names.count)
    #expect(first(1, .shuffle, 3, 4) == first(1, .shuffle, 3, 4))
  }

  @Test(arguments: [0, 4, 1_024, 4 * (1 << 20)]) func `many words are those that come one by one`(first: Int) {
    var stream = RandomStream(seed: 5 << 40, purpose: .dropout, step: 9, index: 1 << 34)
    let fresh = stream
    // Whatever has been read.
    _ = stream.nextWord()
    let words = stream.words(from: first)
    stream = fresh
    for _ in 0..<first { _ = stream.nextWord() }
    for index in words.indices { #expect(words[index] == stream.nextWord()) }
  }

  @Test func `bounded indices are even`() {
    var stream = RandomStream(seed: 5, purpose: .shuffle)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(stream.index(below: 7))] += 1 }
    // Each is binomial with mean 10,000 and deviation 93.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
  }

  @Test func `normal numbers have mean 0 and variance 1`() {
    var stream = RandomStream(seed: 9, purpose: .syntheticFeatures)
    let numbers = (0..<100_000).map { _ in stream.normal() }
    let mean = numbers.reduce(0, +) / 1e5
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1e5
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.03)
  }

  @Test func `a shuffle keeps every element and reaches every order`() {
    var orders: Set<[UInt32]> = []
    for epoch in 0..<500 {
      var elements: [UInt32] = [0, 1, 2, 3]
      RandomStream(seed: 3, purpose: .shuffle, step: epoch).shuffle(&elements)
      #expect(elements.sorted() == [0, 1, 2, 3])
      orders.insert(elements)
    }
    #expect(orders.count == 24)
  }

  /// Of two million, some two hundred words are drawn again.
  @Test(arguments: [2, 15, 16, 17, 18, 33, 272, 273, 1_000, 2_000_000])
  func `a shuffle draws the words of its stream one by one`(count: Int) {
    var elements = (0..<UInt32(count)).map { $0 }
    var expected = elements
    var stream = RandomStream(seed: 3, purpose: .shuffle, step: 7, index: 1 << 33)
    stream.shuffle(&elements)
    for last in stride(from: count - 1, to: 0, by: -1) {
      expected.swapAt(last, Int(stream.index(below: UInt32(last + 1))))
    }
    #expect(elements == expected)
  }
}

@Suite struct IndexPermutationTests {
  @Test(arguments: [0, 1, 2, 3, 4, 5, 15, 16, 17, 100, 1000, 4097])
  func `every index is reached once`(count: Int) {
    let permutation = IndexPermutation(count: count, seed: 11, purpose: .validationSplit)
    #expect(Set((0..<count).map { permutation[$0] }) == Set(0..<count))
  }

  @Test func `permutations of different seeds and indices differ`() {
    func order(_ seed: UInt64, _ index: Int) -> [Int] {
      let permutation = IndexPermutation(count: 50, seed: seed, purpose: .validationSplit, index: index)
      return (0..<50).map { permutation[$0] }
    }
    #expect(order(1, 0) != order(2, 0))
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != Array(0..<50))
  }
}
