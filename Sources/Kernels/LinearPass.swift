internal import CIntrinsics
public import Tensors

/// Gather, forward, loss and backward of a small linear model, sixteen samples at a time.
///
/// The logits, losses and gradients have the bits that `MatrixProducts` and `WeightedLoss` give:
/// elements are the same chains of additions. But a step of some dozen samples takes about a
/// microsecond, so nothing is left of it to call a dozen kernels in; and between the memory that a
/// larger batch is gathered from and the gradient everything stays in the first-level cache.
public final class LinearPass {
  private let featureCount: Int
  private let classCount: Int
  /// D in whole lanes.
  private let stride: Int
  /// Groups of 8 classes.
  private let classTiles: Int
  /// Floats of a gradient with respect to weights and bias: [padded C, padded D] and [padded C].
  private let weightSize: Int

  /// The weights, [D, 8] for each group of classes.
  private let packedWeights: Storage
  /// Sixteen samples: [16, padded D].
  private let samples: Storage
  /// Their transposition, [D, 16].
  private let features: Storage
  /// [padded C, 16]
  private let logits: Storage
  /// dLogits, [16, 8] for a group of classes.
  private let dLogits: Storage
  private let losses = SampleLosses(capacity: laneCount)
  /// Gradients of the segments, in the order in which the tree adds them up.
  private var stack = Storage(zeros: 0)

  /// Whether all that a block of samples meets (weights and gradient, samples and their transposition,
  /// logits) fits into a first-level cache of 32 KiB, and leaves room for the samples to come.
  public static func fits(featureCount: Int, classCount: Int) -> Bool {
    let (classes, features) = ((classCount + 7) / 8 * 8, paddedToLanes(featureCount))
    return featureCount > 0 && 2 * classes * features + 2 * laneCount * features + laneCount * classes <= 5_632
  }

  public init(featureCount: Int, classCount: Int) {
    precondition(Self.fits(featureCount: featureCount, classCount: classCount))
    self.featureCount = featureCount
    self.classCount = classCount
    stride = paddedToLanes(featureCount)
    classTiles = (classCount + Tile.rows - 1) / Tile.rows
    weightSize = classTiles * Tile.rows * stride
    packedWeights = Storage(zeros: classTiles * Tile.rows * stride + PanelSource.overrun)
    samples = Storage(zeros: laneCount * stride)
    features = Storage(zeros: stride * laneCount)
    logits = Storage(zeros: classTiles * Tile.rows * laneCount)
    dLogits = Storage(zeros: laneCount * Tile.rows)
  }

  /// Samples of a shard, and the additions of the tree of shards that are due after them.
  public struct Segment {
    /// [N, D]
    let features: Matrix
    /// N
    let labels: [Int32]
    /// Sample numbers.
    let order: [UInt32]
    let additions: Int

    public init(features: Matrix, labels: [Int32], order: [UInt32], additions: Int) {
      precondition(labels.count == features.rows)
      self.features = features
      self.labels = labels
      self.order = order
      self.additions = additions
    }
  }

  /// Where the results belong. What remains of the tree of segments is one sum or several.
  public struct Results {
    /// [C, D] each
    let weights: [Matrix]
    /// [C] each
    let biases: [Vector]

    public init(weights: [Matrix], biases: [Vector]) {
      precondition(weights.count == biases.count)
      self.weights = weights
      self.biases = biases
    }
  }

  /// The parameters of a pass, and where its results belong.
  package struct Operands {
    /// [C, D]
    let weights: Matrix
    /// [C]
    let bias: Vector
    let results: Results
  }

  /// - Parameters:
  ///   - weights: [C, D]
  ///   - bias: [C]
  ///   - places: The places in its order of each segment's samples.
  ///   - labels: Receives the label of each sample, segment after segment; `paddedToLanes` of the count
  ///     and a whole lane more, as has `predictions`.
  ///   - predictions: Receives the class of each sample's largest logit, the first of equals.
  ///   - lossSums: Receives the sums of the losses that remain of the tree.
  /// - Returns: How many samples there were.
  public func callAsFunction(
    weights: Matrix, bias: Vector, segments: [Segment], places: [Range<Int>], loss: WeightedLoss,
    labels: inout [Int32], predictions: inout [Int32], lossSums: inout [LossSums], into results: Results
  ) -> Int {
    precondition(weights.rows == classCount && weights.columns == featureCount && bias.count == classCount)
    precondition(loss.classes.count == classCount && segments.count == places.count)
    precondition(segments.allSatisfy { $0.features.columns == featureCount })
    precondition(results.weights.allSatisfy { $0.rows == classCount && $0.columns == featureCount })
    precondition(results.biases.allSatisfy { $0.count == classCount })
    loss.loss.run(
      self, Operands(weights: weights, bias: bias, results: results), segments, places, loss.classes, labels: &labels,
      predictions: &predictions, lossSums: &lossSums)
    return places.reduce(0) { $0 + $1.count }
  }

  /// The pass, compiled for a loss.
  @inline(__always)
  func run(
    _ operands: Operands, _ segments: [Segment], _ places: [Range<Int>], _ loss: some TrainingLoss,
    _ classes: ClassFigures, labels: inout [Int32], predictions: inout [Int32], lossSums: inout [LossSums]
  ) {
    var (sampleCount, depth, stackDepth) = (0, 0, 0)
    for (segment, places) in zip(segments, places) {
      sampleCount += places.count
      depth += 1
      stackDepth = max(stackDepth, depth)
      depth -= segment.additions
    }
    precondition(min(labels.count, predictions.count) >= sampleCount + laneCount)
    unsafe packWeights(operands.weights)
    let gradientSize = weightSize + classTiles * Tile.rows
    if stack.count < stackDepth * gradientSize { stack = Storage(zeros: stackDepth * gradientSize) }
    lossSums.removeAll(keepingCapacity: true)
    var top = unsafe stack.pointer
    var sample = 0
    for (segment, places) in zip(segments, places) {
      unsafe top.update(repeating: 0, count: gradientSize)
      lossSums.append(
        unsafe addUp(
          segment, places, bias: operands.bias, loss, classes, labels: &labels, predictions: &predictions, at: sample,
          into: top))
      sample += places.count
      unsafe top += gradientSize
      precondition(segment.additions < lossSums.count, "\(segment.additions) additions of \(lossSums.count) sums")
      for _ in 0..<segment.additions {
        unsafe top -= gradientSize
        for index in Swift.stride(from: 0, to: gradientSize, by: Tile.rows) {
          unsafe top.store8((top - gradientSize).lanes8(at: index) + top.lanes8(at: index), at: index - gradientSize)
        }
        let last = lossSums.removeLast()
        lossSums[lossSums.count - 1] += last
      }
    }
    precondition(lossSums.count == operands.results.weights.count, "the stack ends with other results")
    for index in operands.results.weights.indices {
      unsafe store(
        stack.pointer + index * gradientSize, into: operands.results.weights[index], operands.results.biases[index])
    }
  }

  @unsafe
  private func packWeights(_ weights: Matrix) {
    let operand = LeftOperand(weights, transposed: false)
    for tile in 0..<classTiles {
      unsafe operand.pack(
        Float32Element.self, row: tile * Tile.rows, depth: 0..<featureCount,
        into: packedWeights.pointer + tile * Tile.rows * featureCount)
    }
  }

  /// Adds the gradients of a segment's losses up, and returns the sums of the losses.
  @unsafe @inline(__always)
  private func addUp(
    _ segment: Segment, _ places: Range<Int>, bias: Vector, _ loss: some TrainingLoss, _ classes: ClassFigures,
    labels: inout [Int32], predictions: inout [Int32], at start: Int, into gradient: UnsafeMutablePointer<Float>
  ) -> LossSums {
    precondition(places.lowerBound >= 0 && places.upperBound <= segment.order.count)
    var sums = LossSums()
    let rows = unsafe RowCopy(
      from: segment.features, into: Matrix(samples, rows: laneCount, columns: featureCount, stride: stride))
    for block in Swift.stride(from: places.lowerBound, to: places.upperBound, by: laneCount) {
      let count = min(laneCount, places.upperBound - block)
      let sample = start + block - places.lowerBound
      for index in 0..<count { labels[sample + index] = unsafe gather(segment, block + index, rows, into: index) }
      for index in count..<laneCount { labels[sample + index] = -1 }
      let ahead = block + laneCount
      unsafe prefetch(segment, ahead..<(ahead + 4), rows)
      unsafe computeLogits(bias)
      unsafe prefetch(segment, (ahead + 4)..<(ahead + 8), rows)
      let label = unsafe labels.withUnsafeBytes { unsafe $0.labelLanes(at: sample) }
      let (blockLosses, prediction) = unsafe loss.block(
        LogitBlock(logits.pointer, stride: laneCount), labels: label, classes, output: .lossAndGradient)
      losses.store(blockLosses, at: 0)
      unsafe predictions.withUnsafeMutableBytes { unsafe $0.store(prediction, at: sample) }
      unsafe prefetch(segment, (ahead + 8)..<(ahead + 12), rows)
      losses.add(0..<count, to: &sums)
      unsafe addGradient(count, to: gradient)
      unsafe prefetch(segment, (ahead + 12)..<(ahead + 16), rows)
    }
    return sums
  }

  /// Copies the sample at `place` into row `index`, and returns its label.
  @unsafe @inline(__always)
  private func gather(_ segment: Segment, _ place: Int, _ rows: RowCopy, into index: Int) -> Int32 {
    let row = Int(segment.order[place])
    precondition(row < segment.labels.count, "row \(row) of \(segment.labels.count)")
    unsafe rows(row, into: index)
    return segment.labels[row]
  }

  /// Asks memory for samples of the next block, a few at a time between this one's computations: it
  /// answers some dozen requests at once, and whoever asks for more has to wait.
  @unsafe @inline(__always)
  private func prefetch(_ segment: Segment, _ places: Range<Int>, _ rows: RowCopy) {
    guard places.upperBound <= segment.order.count else { return }
    unsafe segment.labels.withUnsafeBufferPointer { labels in
      for place in places {
        let row = Int(segment.order[place])
        unsafe rows.prefetch(row)
        unsafe cintrinsics_prefetch(labels.baseAddress.unsafelyUnwrapped + row)
      }
    }
  }

  /// logits[c, i] = Σ_d w[c, d] x[i, d] + b[c]
  @unsafe @inline(__always)
  private func computeLogits(_ bias: Vector) {
    for d in Swift.stride(from: 0, to: featureCount, by: 8) {
      for half in Swift.stride(from: 0, to: laneCount, by: 8) {
        unsafe cintrinsics_transpose_8x8(
          samples.pointer + half * stride + d, stride, features.pointer + d * laneCount + half, laneCount)
      }
    }
    for tile in 0..<classTiles {
      unsafe multiplyNarrowTile(
        Float32Element.self, steps: featureCount, packedWeights.pointer + tile * Tile.rows * featureCount,
        features.pointer,
        into: logits.pointer + tile * Tile.rows * laneCount, stride: laneCount, .replacing)
    }
    for c in 0..<classCount {
      let z = unsafe logits.pointer.lanes(at: c * laneCount)
      unsafe logits.pointer.store(z + Lanes(repeating: bias.pointer[c]), at: c * laneCount)
    }
  }

  /// dW[c, d] += Σᵢ dLogits[c, i] x[i, d];  db[c] += Σᵢ dLogits[c, i], of the first `count` samples.
  @unsafe @inline(__always)
  private func addGradient(_ count: Int, to gradient: UnsafeMutablePointer<Float>) {
    for tile in 0..<classTiles {
      let classes = unsafe logits.pointer + tile * Tile.rows * laneCount
      for half in Swift.stride(from: 0, to: laneCount, by: 8) {
        unsafe cintrinsics_transpose_8x8(
          classes + half, laneCount, dLogits.pointer + half * Tile.rows, Tile.rows)
      }
      for d in Swift.stride(from: 0, to: featureCount, by: laneCount) {
        unsafe multiplyNarrowTile(
          Float32Element.self, steps: count, dLogits.pointer, samples.pointer + d, bStride: stride,
          into: gradient + tile * Tile.rows * stride + d, stride: stride, .continuing)
      }
      let biases = unsafe gradient + weightSize + tile * Tile.rows
      var sum = unsafe biases.lanes8(at: 0)
      for index in 0..<count { sum += unsafe dLogits.pointer.lanes8(at: index * Tile.rows) }
      unsafe biases.store8(sum, at: 0)
    }
  }

  @unsafe
  private func store(_ gradient: UnsafeMutablePointer<Float>, into weights: Matrix, _ biases: Vector) {
    for c in 0..<classCount {
      unsafe (weights.pointer + c * weights.stride).update(from: gradient + c * stride, count: featureCount)
    }
    unsafe biases.pointer.update(from: gradient + weightSize, count: classCount)
  }
}
