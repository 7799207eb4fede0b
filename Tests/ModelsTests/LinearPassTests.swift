import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// What takes samples in place has the bits of what gathers them first.
@Suite struct LinearPassTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let features: Int
    let classes: Int
    /// The samples of each shard that are in the batch, of 40, and the additions after them.
    let parts: [(samples: Int, additions: Int)]

    var testDescription: String { "\(features) → \(classes), \(parts.map(\.samples))" }
  }

  @Test(arguments: [
    Case(features: 10, classes: 3, parts: [(32, 0)]),
    Case(features: 1, classes: 2, parts: [(1, 0)]),
    Case(features: 16, classes: 8, parts: [(15, 0), (16, 1), (17, 0), (40, 2)]),
    Case(features: 54, classes: 7, parts: [(33, 0), (0, 1), (5, 0), (21, 0)]),
    Case(features: 60, classes: 17, parts: [(40, 0), (40, 1), (3, 1)]),
    Case(features: 20, classes: 3, parts: [(40, 0), (7, 1)]),
    Case(features: 33, classes: 9, parts: [(40, 0)]),
    Case(features: 40, classes: 12, parts: [(40, 0), (2, 1)]),
    Case(features: 48, classes: 2, parts: [(17, 0), (39, 1)]),
    // More segments than a block has room for, and none of them full.
    Case(features: 9, classes: 4, parts: [(1, 0)] + Array(repeating: (0, 1), count: 40) + [(3, 1)]),
  ])
  func `bits of losses, predictions and gradients`(_ test: Case) {
    let ramp = (0..<test.classes).map { 0.7 * Double($0) }
    for loss: any TrainingLoss in [
      CrossEntropy(labelSmoothing: 0.1), Focal(gamma: 2), LogitAdjusted(shifts: ramp.map { -$0 }),
      LabelMargin(margins: ramp, smoothing: 0.1),
    ] { check(test, loss) }
  }

  /// A matrix before, beside and behind whose rows there is nothing that may be met.
  private static func amongNaN(rows: Int, columns: Int) -> Matrix {
    let stride = columns + 3
    let storage = Storage(zeros: 5 + rows * stride)
    for index in 0..<storage.count { storage[index] = .nan }
    return Matrix(storage, offset: 5, rows: rows, columns: columns, stride: stride)
  }

  /// A pass that is to leave nothing behind: over samples that are gone after it.
  private func passOverOthers(_ network: inout FeedForwardNetwork, _ loss: WeightedLoss) {
    let source = Self.amongNaN(rows: 40, columns: network.shape.featureCount)
    let segment = LinearPass.Segment(
      features: source, labels: Array(repeating: 1, count: 40), order: Array(0..<40), additions: 0)
    var (labels, sums) = ([Int32](repeating: 7, count: 64), [LossSums()])
    let gradient = TensorViews([Vector(zeros: network.layout.paddedCount)], layout: network.layout)
    let count = min(20, network.predictions.count - laneCount)
    _ = network.lossAndGradient(
      ofSamplesIn: [segment], places: [3..<3 + count], loss: loss, labels: &labels, lossSums: &sums, into: gradient)
  }

  private func check(_ test: Case, _ trainingLoss: any TrainingLoss) {
    let shape = ModelShape(
      featureCount: test.features, hidden: [], classCount: test.classes, activation: .relu)
    let total = test.parts.reduce(0) { $0 + $1.samples }
    var network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: total)
    network.layout.initialize(network.parameters, seed: 3)
    #expect(network.takesSamplesInPlace)

    var random = RandomStream(seed: 5, purpose: .syntheticFeatures)
    let weights = (0..<test.classes).map { 0.5 + Double($0) }
    let loss = WeightedLoss(trainingLoss, classWeights: weights)
    var (inPlace, places, segments): ([LinearPass.Segment], [Range<Int>], [BatchSegment]) = ([], [], [])
    let stride = paddedToLanes(test.features)
    let batch = Matrix(Storage(zeros: total * stride), rows: total, columns: test.features, stride: stride)
    var labels = [Int32](repeating: 0, count: total)
    var rows = 0
    for part in test.parts {
      let source = Self.amongNaN(rows: 40, columns: test.features)
      for row in 0..<40 { for column in 0..<test.features { source[row, column] = Float(random.normal()) } }
      let sourceLabels = (0..<40).map { Int32($0 % 9 == 8 ? -1 : $0 % test.classes) }
      var order = (0..<40).map { UInt32($0) }
      RandomStream(seed: 6, purpose: .shuffle, index: rows).shuffle(&order)
      let range = (40 - part.samples) / 2..<(40 - part.samples) / 2 + part.samples
      gatherSamples(of: source, labels: sourceLabels, order, range, into: batch, labels: &labels, at: rows)
      inPlace.append(
        LinearPass.Segment(features: source, labels: sourceLabels, order: order, additions: part.additions))
      places.append(range)
      segments.append(BatchSegment(rows: rows..<rows + part.samples, additions: part.additions))
      rows += part.samples
    }

    passOverOthers(&network, loss)
    let results = segments.reduce(0) { $0 + 1 - $1.additions }
    func vectors() -> [Vector] { (0..<results).map { _ in Vector(zeros: network.layout.paddedCount) } }
    let (expected, found) = (vectors(), vectors())
    network.lossAndGradient(
      .dense(batch), labels: labels[...], segments: segments, loss: loss,
      dropout: DropoutStreams(seed: 0),
      into: TensorViews(expected, layout: network.layout))
    let predictions = network.predictions.prefix(total)
    var stack: [LossSums] = []
    for segment in segments {
      stack.append(network.losses.sums(of: segment.rows))
      for _ in 0..<segment.additions {
        let last = stack.removeLast()
        stack[stack.count - 1] += last
      }
    }

    var (foundLabels, sums) = ([Int32](repeating: 7, count: network.predictions.count), [LossSums()])
    let count = network.lossAndGradient(
      ofSamplesIn: inPlace, places: places, loss: loss, labels: &foundLabels, lossSums: &sums,
      into: TensorViews(found, layout: network.layout))
    #expect(count == total)
    #expect(sums == stack)
    #expect(Array(foundLabels.prefix(total)) == labels)
    #expect(network.predictions.prefix(total) == predictions)
    for (expected, found) in zip(expected, found) {
      #expect(expected.array.map(\.bitPattern) == found.array.map(\.bitPattern))
    }
  }
}
