internal import CIntrinsics
public import Tensors

/// Gather, forward, loss and backward of a small linear model, sixteen samples at a time.
///
/// The logits, losses and gradients have the bits that `MatrixProducts` and `WeightedLoss` give:
/// elements are the same chains of additions. But a step of some dozen samples takes about a
/// microsecond, so nothing is left of it to call a dozen kernels in; and between the memory that a
/// larger batch is gathered from and the gradient everything stays in the first-level cache.
@safe public final class LinearPass {
  private let featureCount: Int
  private let classCount: Int
  /// D in whole lanes.
  private let stride: Int
  /// Groups of 8 classes.
  private let classTiles: Int
  /// Floats of a gradient with respect to weights and bias: [padded C, padded D] and [padded C].
  private let weightSize: Int
  /// Whether samples are asked for by quarters, beside the multiplications of the forward pass: long ones. What looks whether
  /// one is left would take longer than a short one does, so that those are asked for between the parts of a block.
  private let asksByQuarters: Bool
  private var gradientSize: Int { weightSize + classTiles * Tile.rows }

  /// The weights, [D, 8] for each group of classes.
  private let packedWeights: Storage
  /// Sixteen samples: [16, padded D].
  private let samples: Storage
  /// Where each of them lies.
  private let addresses: UnsafeMutablePointer<UnsafePointer<Float>?>
  /// Their transposition, [D, 16].
  private let features: Storage
  /// [padded C, 16]
  private let logits: Storage
  /// dLogits, [16, 8] for each group of classes.
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
    asksByQuarters = featureCount > 2 * laneCount
    weightSize = classTiles * Tile.rows * stride
    packedWeights = Storage(zeros: classTiles * Tile.rows * stride + PanelSource.overrun)
    samples = Storage(zeros: laneCount * stride)
    features = Storage(zeros: stride * laneCount)
    logits = Storage(zeros: classTiles * Tile.rows * laneCount)
    dLogits = Storage(zeros: classTiles * Tile.rows * laneCount)
    unsafe addresses = .allocate(capacity: laneCount)
    unsafe addresses.initialize(repeating: nil, count: laneCount)
  }

  deinit {
    unsafe addresses.deallocate()
  }

  /// Samples of a shard, and the additions of the tree of shards that are due after them.
  ///
  /// The pass reads them by address: a step meets each shard for some nanoseconds, and counting references to its
  /// arrays would take as long. The addresses hold as long as the value does: it keeps the arrays, which nobody can
  /// write to through it, and the elements of an array do not move while it is kept.
  @safe public struct Segment {
    /// [N, D]
    let features: Matrix
    /// N
    let labels: [Int32]
    /// Sample numbers.
    let order: [UInt32]
    let additions: Int
    @unsafe fileprivate let addresses: SampleAddresses

    public init(features: Matrix, labels: [Int32], order: [UInt32], additions: Int) {
      precondition(labels.count == features.rows)
      self.features = features
      self.labels = labels
      self.order = order
      self.additions = additions
      unsafe addresses = unsafe SampleAddresses(
        rows: RowSource(features),
        labels: labels.withUnsafeBufferPointer { unsafe $0 },
        order: order.withUnsafeBufferPointer { unsafe $0 })
    }
  }

  /// The parameters of a pass, and where its results belong: what remains of the tree of segments is one sum or several. A
  /// class, made once for many steps: views that each step took anew would each be references to count.
  ///
  /// The pass reads and writes them by address, as it does with segments.
  @safe public final class Operands {
    /// [C], [C, D] each and [C] each. Kept because the addresses below point into them.
    private let bias: Vector
    private let weightResults: [Matrix]
    private let biasResults: [Vector]

    fileprivate let classCount: Int
    fileprivate let featureCount: Int
    fileprivate let panels: LeftOperand
    @unsafe fileprivate let biasAddress: UnsafeMutablePointer<Float>
    @unsafe fileprivate let results: [Result]

    /// Where a gradient belongs: [C, D], and [C].
    @unsafe fileprivate struct Result {
      let weights: UnsafeMutablePointer<Float>
      let stride: Int
      let bias: UnsafeMutablePointer<Float>
    }

    /// - Parameters:
    ///   - weights: [C, D]
    ///   - bias: [C]
    ///   - weightResults: [C, D] each
    ///   - biasResults: [C] each, as many.
    public init(weights: Matrix, bias: Vector, weightResults: [Matrix], biasResults: [Vector]) {
      precondition(bias.count == weights.rows && weightResults.count == biasResults.count)
      precondition(weightResults.allSatisfy { $0.rows == weights.rows && $0.columns == weights.columns })
      precondition(biasResults.allSatisfy { $0.count == bias.count })
      self.bias = bias
      (self.weightResults, self.biasResults) = (weightResults, biasResults)
      (classCount, featureCount) = (weights.rows, weights.columns)
      panels = LeftOperand(weights, transposed: false)
      unsafe biasAddress = unsafe bias.pointer
      unsafe results = unsafe zip(weightResults, biasResults).map {
        unsafe Result(weights: $0.pointer, stride: $0.stride, bias: $1.pointer)
      }
    }
  }

  /// - Parameters:
  ///   - places: The places in its order of each segment's samples.
  ///   - labels: Receives the label of each sample, segment after segment; `paddedToLanes` of the count
  ///     and a whole lane more, as has `predictions`.
  ///   - predictions: Receives the class of each sample's largest logit, the first of equals.
  ///   - lossSums: Receives the sums of the losses that remain of the tree.
  /// - Returns: How many samples there were.
  public func callAsFunction(
    _ operands: Operands, segments: [Segment], places: [Range<Int>], loss: WeightedLoss, labels: inout [Int32],
    predictions: inout [Int32], lossSums: inout [LossSums]
  ) -> Int {
    precondition(operands.classCount == classCount && operands.featureCount == featureCount)
    precondition(loss.classes.count == classCount && segments.count == places.count)
    precondition(segments.allSatisfy { $0.features.columns == featureCount })
    loss.loss.run(
      self, operands, segments, places, loss.classes, labels: &labels, predictions: &predictions, lossSums: &lossSums)
    return places.reduce(0) { $0 + $1.count }
  }

  /// The pass, compiled for a loss.
  @inline(__always)
  func run(
    _ operands: Operands, _ segments: [Segment], _ places: [Range<Int>], _ loss: some TrainingLoss,
    _ classes: ClassFigures, labels: inout [Int32], predictions: inout [Int32], lossSums: inout [LossSums]
  ) {
    var (sampleCount, depth, stackDepth) = (0, 0, 0)
    for index in segments.indices {
      let (places, additions) = (places[index], segments[index].additions)
      precondition(unsafe places.lowerBound >= 0 && places.upperBound <= segments[index].addresses.order.count)
      precondition(additions <= depth, "\(additions) additions of \(depth + 1) sums")
      sampleCount += places.count
      depth += 1
      stackDepth = max(stackDepth, depth)
      depth -= additions
    }
    precondition(unsafe depth == operands.results.count, "the stack ends with other results")
    precondition(min(labels.count, predictions.count) >= sampleCount + laneCount)
    unsafe packWeights(operands.panels)
    if stack.count < stackDepth * gradientSize { stack = Storage(zeros: stackDepth * gradientSize) }
    lossSums.removeAll(keepingCapacity: true)

    // Lanes without a sample are read, too: they must not point to what an earlier pass had.
    for lane in 0..<laneCount { unsafe addresses[lane] = UnsafePointer(samples.pointer + lane * stride) }
    var block = Block()
    for index in segments.indices {
      let (segment, additions, places) = unsafe (segments[index].addresses, segments[index].additions, places[index])
      var place = places.lowerBound
      repeat {
        let count = min(laneCount - block.rowCount, places.upperBound - place)
        for row in 0..<count {
          labels[block.sample + block.rowCount + row] = unsafe find(segment, place + row, lane: block.rowCount + row)
        }
        // Where a block is of several segments, each asks for as many samples further on as it has in this one; where it is
        // of one segment, the next are asked for while it is computed.
        if count < laneCount {
          var requests = unsafe SampleRequests(segment, places: place + laneCount..<place + laneCount + count)
          unsafe requests.ask(samples: count)
        }
        block.append(
          count, isFirst: place == places.lowerBound,
          additions: place + count == places.upperBound ? additions : 0)
        place += count
        guard block.isFull else { continue }
        var requests = unsafe SampleRequests(segment, places: place..<place + (count == laneCount ? laneCount : 0))
        if !asksByQuarters { unsafe requests.ask(samples: 4) }
        unsafe computeLogits(operands.biasAddress, &requests)
        unsafe requests.ask(samples: 4)
        unsafe judge(block, loss, classes, labels: labels, predictions: &predictions)
        unsafe requests.ask(samples: 4)
        unsafe addUp(&block, to: &lossSums)
        unsafe requests.ask(samples: 4)
      } while place < places.upperBound
    }
    if block.partCount > 0, let last = segments.last {
      for row in block.rowCount..<laneCount { labels[block.sample + row] = -1 }
      // For nothing.
      var requests = unsafe SampleRequests(last.addresses, places: 0..<0)
      unsafe computeLogits(operands.biasAddress, &requests)
      unsafe judge(block, loss, classes, labels: labels, predictions: &predictions)
      unsafe addUp(&block, to: &lossSums)
    }
    for index in unsafe operands.results.indices {
      unsafe store(stack.pointer + index * gradientSize, into: operands.results[index])
    }
  }

  /// Sixteen samples or fewer, which may be of several segments.
  private struct Block {
    /// Neighbouring rows that are of one segment.
    struct Part {
      var first: Int32 = 0
      var count: Int32 = 0
      /// Whether they are the first of it.
      var isFirst = true
      /// Those that follow, where they are the last of it.
      var additions: Int32 = 0

      var rows: Range<Int> { Int(first)..<Int(first + count) }
    }

    /// Of the first row, in the batch.
    private(set) var sample = 0
    private(set) var rowCount = 0
    private(set) var parts = InlineArray<16, Part>(repeating: Part())
    private(set) var partCount = 0

    /// Segments may be empty: parts come to an end as rows do.
    var isFull: Bool { rowCount == laneCount || partCount == parts.count }

    mutating func append(_ count: Int, isFirst: Bool, additions: Int) {
      parts[partCount] = Part(
        first: Int32(truncatingIfNeeded: rowCount), count: Int32(truncatingIfNeeded: count), isFirst: isFirst,
        additions: Int32(truncatingIfNeeded: additions))
      partCount += 1
      rowCount += count
    }

    mutating func removeAll() {
      sample += rowCount
      (rowCount, partCount) = (0, 0)
    }
  }

  @unsafe
  private func packWeights(_ operand: LeftOperand) {
    for tile in 0..<classTiles {
      unsafe operand.pack(
        Float32Element.self, row: tile * Tile.rows, depth: 0..<featureCount,
        into: packedWeights.pointer + tile * Tile.rows * featureCount)
    }
  }

  /// Losses, predictions and gradients with respect to the logits, of a block whose logits are there.
  @unsafe @inline(__always)
  private func judge(
    _ block: Block, _ loss: some TrainingLoss, _ classes: ClassFigures, labels: [Int32], predictions: inout [Int32]
  ) {
    let label = unsafe labels.withUnsafeBytes { unsafe $0.labelLanes(at: block.sample) }
    let (blockLosses, prediction) = unsafe loss.block(
      LogitBlock(logits.pointer, stride: laneCount), labels: label, classes, output: .lossAndGradient)
    losses.store(blockLosses, at: 0)
    unsafe predictions.withUnsafeMutableBytes { unsafe $0.store(prediction, at: block.sample) }
    for tile in 0..<classTiles {
      let (from, to) = unsafe (
        logits.pointer + tile * Tile.rows * laneCount, dLogits.pointer + tile * Tile.rows * laneCount
      )
      for half in Swift.stride(from: 0, to: laneCount, by: 8) {
        unsafe cintrinsics_transpose_8x8(from + half, laneCount, to + half * Tile.rows, Tile.rows)
      }
    }
  }

  /// Adds the parts of a block to the sums of their segments, and those up where segments end. As many lie on the
  /// stack as in `lossSums`.
  @unsafe @inline(__always)
  private func addUp(_ block: inout Block, to lossSums: inout [LossSums]) {
    for index in 0..<block.partCount {
      let part = block.parts[index]
      if part.isFirst { lossSums.append(LossSums()) }
      let top = unsafe stack.pointer + (lossSums.count - 1) * gradientSize
      if part.isFirst {
        unsafe addGradient(part.rows, to: top, .replacing)
      } else {
        unsafe addGradient(part.rows, to: top, .continuing)
      }
      losses.add(part.rows, to: &lossSums[lossSums.count - 1])
      for _ in 0..<part.additions {
        let sums = lossSums.removeLast()
        lossSums[lossSums.count - 1] += sums
        let sum = unsafe stack.pointer + (lossSums.count - 1) * gradientSize
        unsafe add(sum + gradientSize, to: sum)
      }
    }
    block.removeAll()
  }

  /// Adds a sum of gradients to another: the rows of the classes, not of those that make up the last tile, and the bias.
  @unsafe @inline(__always)
  private func add(_ other: UnsafeMutablePointer<Float>, to sum: UnsafeMutablePointer<Float>) {
    for index in Swift.stride(from: 0, to: classCount * stride, by: laneCount) {
      unsafe sum.store(sum.lanes(at: index) + other.lanes(at: index), at: index)
    }
    for index in Swift.stride(from: weightSize, to: gradientSize, by: Tile.rows) {
      unsafe sum.store8(sum.lanes8(at: index) + other.lanes8(at: index), at: index)
    }
  }

  /// Notes where the sample at `place` lies, and returns its label.
  @unsafe @inline(__always)
  private func find(_ segment: SampleAddresses, _ place: Int, lane: Int) -> Int32 {
    let row = unsafe Int(segment.order[place])
    precondition(unsafe row < segment.labels.count, "row \(row)")
    unsafe addresses[lane] = segment.rows.wholeLanes(ofRow: row, orCopiedTo: samples.pointer + lane * stride)
    return unsafe segment.labels[row]
  }

  /// logits[c, i] = Σ_d w[c, d] x[i, d] + b[c]
  @unsafe @inline(__always)
  private func computeLogits(_ bias: UnsafeMutablePointer<Float>, _ requests: inout SampleRequests) {
    for d in Swift.stride(from: 0, to: featureCount, by: laneCount) {
      unsafe cintrinsics_copy_and_transpose_16x16(
        addresses, d, samples.pointer + d, stride, features.pointer + d * laneCount)
    }
    for tile in 0..<classTiles {
      let weights = unsafe packedWeights.pointer + tile * Tile.rows * featureCount
      let target = unsafe logits.pointer + tile * Tile.rows * laneCount
      if asksByQuarters {
        unsafe multiplyNarrowTile(
          Float32Element.self, steps: featureCount, weights, features.pointer, into: target, stride: laneCount,
          .replacing
        ) { unsafe requests.askForQuarter() }
      } else {
        unsafe multiplyNarrowTile(
          Float32Element.self, steps: featureCount, weights, features.pointer, into: target, stride: laneCount,
          .replacing)
      }
    }
    if asksByQuarters { unsafe requests.askForRest() }
    for c in 0..<classCount {
      let z = unsafe logits.pointer.lanes(at: c * laneCount)
      unsafe logits.pointer.store(z + Lanes(repeating: bias[c]), at: c * laneCount)
    }
  }

  /// dW[c, d] = (dW[c, d] +) Σᵢ dLogits[c, i] x[i, d];  db[c] = (db[c] +) Σᵢ dLogits[c, i], of some rows of the block.
  @unsafe @inline(__always)
  private func addGradient(_ rows: Range<Int>, to gradient: UnsafeMutablePointer<Float>, _ start: ChainStart) {
    for tile in 0..<classTiles {
      let classes = unsafe dLogits.pointer + (tile * laneCount + rows.lowerBound) * Tile.rows
      let rowsOfPart = unsafe samples.pointer + rows.lowerBound * stride
      if classCount <= Tile.rows / 2 {
        // Half of the only tile.
        for d in Swift.stride(from: 0, to: featureCount, by: laneCount) {
          unsafe multiplyTile4x16(
            Float32Element.self, steps: rows.count, classes, rowsOfPart + d, bStride: stride, into: gradient + d,
            stride: stride, start)
        }
      } else {
        for d in Swift.stride(from: 0, to: featureCount, by: Tile.columns) {
          unsafe multiplyTile(
            Float32Element.self, columns: stride - d, steps: rows.count, classes, rowsOfPart + d, bStride: stride,
            into: gradient + tile * Tile.rows * stride + d, stride: stride, start)
        }
      }
      let biases = unsafe gradient + weightSize + tile * Tile.rows
      var sum = start == .continuing ? unsafe biases.lanes8(at: 0) : SIMD8<Float>.zero
      for index in 0..<rows.count { sum += unsafe classes.lanes8(at: index * Tile.rows) }
      unsafe biases.store8(sum, at: 0)
    }
  }

  @unsafe
  private func store(_ gradient: UnsafeMutablePointer<Float>, into result: Operands.Result) {
    for c in 0..<classCount {
      unsafe copyRow(from: gradient + c * stride, to: result.weights + c * result.stride, featureCount)
    }
    unsafe copyRow(from: gradient + weightSize, to: result.bias, classCount)
  }
}
