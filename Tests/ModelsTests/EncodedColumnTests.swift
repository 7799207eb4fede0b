import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// Networks that know which of their features belong to a column.
@Suite struct EncodedColumnTests {
  private static func shape(_ columnWidths: [Int], hidden: [Int]) -> ModelShape {
    ModelShape(featureCount: 66, hidden: hidden, classCount: 3, activation: .gelu, columnWidths: columnWidths)
  }

  private static let samples = 40

  /// Two numbers in 32 bins each.
  private static func features() -> Matrix {
    let encoding = PiecewiseLinear(
      mean: 0.5, scale: 0.3, fill: 0, offset: 0, edges: (0...32).map { Double($0) / 32 }, marksMissing: false)
    var random = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let numbers = Vector((0..<(2 * samples)).map { _ in Float(random.uniform()) }).matrix(rows: samples, columns: 2)
    let features = Matrix(zeros: samples, 66)
    for column in 0..<2 { encoding(numbers, column: column, into: features, at: 33 * column) }
    return features
  }

  private func pass(_ shape: ModelShape, threads: Int = 1) -> (logits: [Float], gradient: [Float]) {
    var network = FeedForwardNetwork(
      shape, dropout: Dropout(rate: 0.2), largestBatch: Self.samples, threadCount: threads)
    network.layout.initialize(network.parameters, seed: 3)
    let features = BatchFeatures.dense(Self.features())
    let gradient = Vector(zeros: network.layout.paddedCount)
    // Three shards, in one sum.
    let segments = [(0..<10, 0), (10..<30, 1), (30..<40, 1)].map { BatchSegment(rows: $0.0, additions: $0.1) }
    network.lossAndGradient(
      features, labels: (0..<Self.samples).map { Int32($0 % 3) }[...], segments: segments,
      loss: WeightedLoss(CrossEntropy(labelSmoothing: 0), classWeights: [1, 2, 3]),
      dropout: DropoutStreams(seed: 1, pass: 2), into: TensorViews([gradient], layout: network.layout))
    // What adds up columns notes nothing.
    #expect((network.largestGradient == nil) == (shape.columnWidths != [] && shape.hidden[0] >= 180))
    let logits = network.logits(of: features)
    return ((0..<3).flatMap { logits.row($0).array }, gradient.array)
  }

  @Test func `runs of bins that are added up give what their products give, but for the last bits`() {
    let (known, unknown) = (pass(Self.shape([33, 33], hidden: [180, 5])), pass(Self.shape([], hidden: [180, 5])))
    for (one, other) in [(known.logits, unknown.logits), (known.gradient, unknown.gradient)] {
      // Another order of sums: whoever multiplies would have the same bits.
      #expect(one != other)
      let scale = other.reduce(0) { max($0, abs($1)) }
      #expect(zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 * scale })
    }
  }

  @Test func `threads change no bit`() {
    // So wide that the first layer is worth sharing.
    let shape = Self.shape([33, 33], hidden: [3_328, 5])
    let (one, three) = (pass(shape), pass(shape, threads: 3))
    #expect(one.logits == three.logits && one.gradient == three.gradient)
  }

  @Test func `narrow layers multiply them`() {
    let (known, unknown) = (pass(Self.shape([33, 33], hidden: [9])), pass(Self.shape([], hidden: [9])))
    #expect(known.logits == unknown.logits && known.gradient == unknown.gradient)
  }
}
