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
  ])
  func `bits of losses, predictions and gradients`(_ test: Case) {
    let ramp = (0..<test.classes).map { 0.7 * Double($0) }
    for loss: any TrainingLoss in [
      CrossEntropy(labelSmoothing: 0.1), Focal(gamma: 2), LogitAdjusted(shifts: ramp.map { -$0 }),
      LabelMargin(margins: ramp, smoothing: 0.1),
    ] { check(test, loss) }
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
      let source = Matrix(zeros: 40, test.features)
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
