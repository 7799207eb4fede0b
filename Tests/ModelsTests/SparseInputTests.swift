import Kernels
import Models
import RandomStreams
import Tensors
import Testing

/// A sparse batch gives the bits of the same batch with its zeros.
@Suite struct SparseInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let features: Int
    let hidden: [Int]
    let classes: Int
    /// Of each shard: its samples, and the additions that are due after it.
    let parts: [(samples: Int, additions: Int)]

    var testDescription: String { "\(features) → \(hidden) → \(classes), \(parts.map(\.samples))" }
  }

  static let cases = [
    Case(features: 300, hidden: [], classes: 3, parts: [(8, 0), (5, 1), (0, 0), (7, 2)]),
    Case(features: 1000, hidden: [], classes: 21, parts: [(3, 0), (4, 0), (2, 1)]),
    Case(features: 97, hidden: [33], classes: 5, parts: [(16, 0), (17, 1), (1, 0)]),
    Case(features: 500, hidden: [16, 9], classes: 2, parts: [(40, 0)]),
    Case(features: 1, hidden: [4], classes: 2, parts: [(3, 0), (3, 1)]),
  ]

  /// A twentieth of the values is not 0; some rows are all zeros.
  private func sparseRows(_ count: Int, features: Int, _ random: inout RandomStream) -> SparseMatrix {
    var (starts, columns, values): ([Int], [Int32], [Float]) = ([0], [], [])
    for row in 0..<count {
      for feature in 0..<features where row % 7 != 3 && random.uniform() < max(0.05, 0.8 / Double(features)) {
        columns.append(Int32(feature))
        values.append(Float(random.normal()))
      }
      starts.append(columns.count)
    }
    return SparseMatrix(columns: features, starts: starts, entryColumns: columns, values: values)
  }

  @Test(arguments: cases, Precision.allCases)
  func `loss and gradient have the bits of dense rows, whatever the loss`(_ test: Case, precision: Precision) {
    let ramp = (0..<test.classes).map { 0.7 * Double($0) }
    for loss in [
      ReferenceLoss.crossEntropy(smoothing: 0.1), .focal(gamma: 2),
      .logitAdjusted(shifts: ramp.map { -$0 }, smoothing: 0.1), .labelMargin(margins: ramp, smoothing: 0),
    ] { check(test, loss.kernel, precision) }
  }

  private func check(_ test: Case, _ trainingLoss: any TrainingLoss, _ precision: Precision) {
    let total = test.parts.reduce(0) { $0 + $1.samples }
    var random = RandomStream(seed: 5, purpose: .syntheticFeatures)
    let source = sparseRows(2 * total, features: test.features, &random)
    let order = (0..<UInt32(2 * total)).map { $0 * 7 % UInt32(2 * total) }
    let labels = (0..<total).map { Int32($0 % (test.classes + 1)) - 1 }
    let shape = ModelShape(
      featureCount: test.features, hidden: test.hidden, classCount: test.classes, activation: .gelu)
    let loss = WeightedLoss(trainingLoss, classWeights: (0..<test.classes).map { 0.5 + Double($0) })
    var segments: [BatchSegment] = []
    // What earlier batches left behind changes nothing, be there so many that numbers begin anew.
    var batch = SparseBatch(featureCount: test.features, base: SparseBatch.largestBase - 1)
    for _ in 0..<3 {
      batch.append(source, rows: 0..<total)
      batch.removeAll()
    }
    var sourceLabels = [Int32](repeating: 99, count: source.rows)
    for (row, label) in zip(order, labels) { sourceLabels[Int(row)] = label }
    let shard = SparseBatch.Segment(features: source, labels: sourceLabels, order: order)
    var places: [Range<Int>] = []
    for part in test.parts {
      let start = places.last?.upperBound ?? 0
      places.append(start..<(start + part.samples))
      segments.append(BatchSegment(rows: places[places.count - 1], additions: part.additions))
    }
    // In two calls, which go on where the last one has ended.
    var batchLabels = [Int32](repeating: 99, count: total)
    let shards = places.map { _ in shard }
    batch.append(shards[..<1], places: Array(places[..<1]), labels: &batchLabels)
    batch.append(shards[1...], places: Array(places[1...]), labels: &batchLabels)
    #expect(batchLabels == labels && batch.rows == total)
    let dense = source.selecting(order.prefix(total).map { Int($0) }).dense()
    let results = segments.reduce(0) { $0 + 1 - $1.additions }

    func run(_ features: BatchFeatures) -> (gradients: [[Float]], losses: LossSums, predictions: [Int32]) {
      var network = FeedForwardNetwork(
        shape, dropout: Dropout(rate: 0.25), largestBatch: total, precision: precision)
      network.layout.initialize(network.parameters, seed: 2)
      // Nothing of what stood there remains.
      let gradients = (0..<results).map { _ in Vector(Array(repeating: 7, count: network.layout.paddedCount)) }
      func lossAndGradient(accumulating: Bool) {
        network.lossAndGradient(
          features, labels: labels[...], segments: segments, loss: loss,
          dropout: DropoutStreams(seed: 0, pass: 1),
          into: TensorViews(gradients, layout: network.layout), accumulating: accumulating)
      }
      lossAndGradient(accumulating: false)
      let largest = gradients[0].prefix(network.layout.count).array.reduce(0) { max($0, $1.magnitude) }
      #expect(network.largestGradient == (results == 1 ? largest : nil))
      if segments.count == 1 {
        lossAndGradient(accumulating: true)
        #expect(network.largestGradient == nil)
      }
      return (
        gradients.map { $0.prefix(network.layout.count).array }, network.losses.sums(of: 0..<total),
        Array(network.predictions.prefix(total))
      )
    }
    let (expected, found) = (run(.dense(dense)), run(.sparse(batch)))
    #expect(found.gradients == expected.gradients)
    #expect(found.losses == expected.losses)
    #expect(found.predictions == expected.predictions)
    #expect(gradientsByFeature(shape, batch, labels, segments, loss, precision, results: results) == found.gradients)
    // And whatever numbers the features have.
    batch.sortFeatures()
    let sorted = run(.sparse(batch))
    #expect(sorted.gradients == expected.gradients && sorted.losses == expected.losses)
    #expect(expected.gradients.allSatisfy { $0.allSatisfy(\.isFinite) && $0.contains { $0 != 0 } })
  }

  /// The same where the weights of the first layer lie by feature: gradients in the order of files.
  private func gradientsByFeature(
    _ shape: ModelShape, _ batch: SparseBatch, _ labels: [Int32], _ segments: [BatchSegment], _ loss: WeightedLoss,
    _ precision: Precision, results: Int
  ) -> [[Float]] {
    let shape = ModelShape(
      featureCount: shape.featureCount, hidden: shape.hidden, classCount: shape.classCount,
      activation: shape.activation, firstLayerIsTable: true)
    var network = FeedForwardNetwork(
      shape, dropout: Dropout(rate: 0.25), largestBatch: labels.count, precision: precision)
    let layout = network.layout
    layout.initialize(network.parameters, seed: 2)
    let gradients = (0..<results).map { _ in Vector(Array(repeating: 7, count: layout.paddedGradientCount)) }
    let rows = RowGradientStack(rowCount: layout.tableRows, width: layout.tableWidth)
    for accumulating in segments.count == 1 ? [false, true] : [false] {
      network.lossAndGradient(
        .sparse(batch), labels: labels[...], segments: segments, loss: loss,
        dropout: DropoutStreams(seed: 0, pass: 1),
        into: TensorViews(gradients: gradients, rows: rows, layout: layout), accumulating: accumulating)
    }
    #expect(rows.count == results)
    return gradients.indices.map { result in
      let whole = Vector(zeros: layout.paddedCount)
      for (place, row) in rows[result].rows.enumerated() {
        for index in 0..<layout.tableWidth {
          whole[Int(row) * layout.tableWidth + index] = rows[result].values[place * layout.tableWidth + index]
        }
      }
      whole[layout.tableCount...].copy(from: gradients[result])
      return layout.tensors(ofMembers: [whole]).flatMap(\.values.array)
    }
  }

  @Test(arguments: [[], [4]])
  func `weights by feature are in files, and drawn, as those by output, and take dense rows, too`(hidden: [Int]) throws
  {
    func network(byFeature: Bool) -> FeedForwardNetwork {
      let shape = ModelShape(
        featureCount: 7, hidden: hidden, classCount: 3, activation: .relu, firstLayerIsTable: byFeature)
      let network = FeedForwardNetwork(shape, dropout: Dropout(rate: 0), largestBatch: 5)
      network.layout.initialize(network.parameters, seed: 8)
      return network
    }
    let (one, other) = (network(byFeature: false), network(byFeature: true))
    func tensors(_ network: FeedForwardNetwork) -> [Safetensors.Tensor] {
      network.layout.tensors(ofMembers: [network.parameters])
    }
    #expect(tensors(one).map(\.name) == tensors(other).map(\.name))
    #expect(tensors(one).map(\.shape) == tensors(other).map(\.shape))
    #expect(tensors(one).map(\.values.array) == tensors(other).map(\.values.array))
    #expect(one.parameters.array != other.parameters.array, "they lie in another order")

    let read = Vector(zeros: other.layout.paddedCount)
    try other.layout.load(Safetensors(tensors: tensors(one), metadata: [:]), path: "model", into: read)
    #expect(read.array == other.parameters.array)

    let x = Matrix(zeros: 5, 7)
    for row in 0..<5 { for column in 0..<7 { x[row, column] = Float((row * 7 + column) * 5 % 11) - 5 } }
    let (expected, found) = (one.logits(of: .dense(x)), other.logits(of: .dense(x)))
    for label in 0..<3 { for row in 0..<5 { #expect(expected[label, row] == found[label, row]) } }
  }
}
