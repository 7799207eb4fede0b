internal import Collectives
internal import Datasets
internal import Kernels
internal import Metrics
internal import Models
internal import Tensors

/// Forward, loss and backward of all samples of a data set, for one state of the parameters.
///
/// Each shard goes in pieces of fixed size, in the order in which its samples lie. What a piece adds to the gradient is a
/// sum of Float32; pieces, and then shards in the fixed order, are added up in Double.
struct FullBatchPass<C: Communicator> {
  private let shards: [Shard]
  /// Of each shard, its rows in pieces.
  private let pieces: [[Range<Int>]]
  private var sum: FixedOrderSum<C>
  private let pieceGradient: Vector
  private let pieceViews: TensorViews

  /// Where samples are taken in place: each shard, in the order in which it lies.
  private let segments: [LinearPass.Segment]
  private var labels: [Int32]
  private var lossSums: [LossSums] = []
  /// Of sparse pieces, in order: as the network takes them. Empty where they would take too much memory.
  private var sparsePieces: [SparseBatch] = []
  private var samples: ConsecutiveSamples

  init(of dataset: Dataset, for network: FeedForwardNetwork, over communicator: C) {
    shards = dataset.shards
    let size = FullBatch.pieceSize(isSparse: dataset.isSparse)
    pieces = dataset.shards.map { shard in
      stride(from: 0, to: shard.sampleCount, by: size).map { $0..<min($0 + size, shard.sampleCount) }
    }
    let paddedCount = network.layout.paddedCount
    sum = FixedOrderSum(
      over: communicator, layout: dataset.layout, shape: FullBatchSums.shape(parameterCount: paddedCount))
    pieceGradient = Vector(zeros: paddedCount)
    pieceViews = TensorViews([pieceGradient], layout: network.layout)
    let takesInPlace = network.takesSamplesInPlace && !dataset.isSparse && dataset.expansion == nil
    segments =
      takesInPlace
      ? dataset.shards.map { shard in
        LinearPass.Segment(
          features: shard.features.dense, labels: shard.labels, order: Array(0..<UInt32(shard.sampleCount)),
          additions: 0)
      } : []
    labels = Array(repeating: 0, count: takesInPlace ? paddedToLanes(size) + laneCount : 0)
    samples = ConsecutiveSamples(of: dataset, capacity: size)
    if dataset.isSparse { keepSparsePieces(featureCount: dataset.featureCount) }
  }

  /// Numbers of features are made once, where all of them take no more than this on a rank; else for each pass anew. It
  /// changes no bit.
  private static var mostBytesKept: Int { 256 << 20 }

  private mutating func keepSparsePieces(featureCount: Int) {
    var bytes = 8 * featureCount * pieces.reduce(0) { $0 + $1.count }
    for case .sparse(let matrix) in shards.map(\.features) { bytes += 8 * matrix.entryCount }
    guard bytes <= Self.mostBytesKept else { return }
    for (shard, pieces) in zip(shards, pieces) {
      guard case .sparse(let matrix) = shard.features else { continue }
      for rows in pieces {
        var piece = SparseBatch(featureCount: featureCount)
        piece.append(matrix, rows: rows)
        piece.sortFeatures()
        sparsePieces.append(piece)
      }
    }
  }

  /// Collective.
  ///
  /// - Parameters:
  ///   - confusion: Receives this rank's samples.
  ///   - wish: Asked before each piece. Where a rank wishes to end, what is returned is worth nothing else.
  /// - Returns: The sums over all samples, valid until the next pass.
  mutating func callAsFunction(
    _ network: inout FeedForwardNetwork, _ loss: WeightedLoss, counting confusion: inout ConfusionMatrix,
    wish: () -> Wish
  ) throws(CollectiveError) -> FullBatchSums {
    confusion.removeAll()
    var (ownWish, piece) = (wish(), 0)
    for index in shards.indices {
      let part = FullBatchSums(sum.nextPart)
      part.packed.clear()
      var losses = LossSums()
      for rows in pieces[index] {
        if case .goOn = ownWish { ownWish = wish() }
        if case .goOn = ownWish {
          losses += add(rows, ofShard: index, piece: piece, &network, loss, &confusion)
          part.add(gradient: pieceGradient)
        }
        piece += 1
      }
      part.loss = losses
      part.wish = index == shards.indices.last ? ownWish : .goOn
      sum.commit()
    }
    return FullBatchSums(try sum.total())
  }

  /// Puts the gradient of a piece into `pieceGradient`.
  private mutating func add(
    _ rows: Range<Int>, ofShard index: Int, piece: Int, _ network: inout FeedForwardNetwork, _ loss: WeightedLoss,
    _ confusion: inout ConfusionMatrix
  ) -> LossSums {
    let shard = shards[index]
    defer { confusion.record(actual: shard.labels[rows], predicted: network.predictions) }
    guard segments.isEmpty else {
      _ = network.lossAndGradient(
        ofSamplesIn: [segments[index]], places: [rows], loss: loss, labels: &labels, lossSums: &lossSums,
        into: pieceViews)
      return lossSums[0]
    }
    let features = sparsePieces.isEmpty ? samples(shard, rows) : .sparse(sparsePieces[piece])
    network.lossAndGradient(
      features, labels: shard.labels[rows], segments: [BatchSegment(rows: 0..<rows.count, additions: 0)], loss: loss,
      dropout: DropoutStreams(seed: 0), into: pieceViews)
    return network.losses.sums(of: 0..<rows.count)
  }
}

/// The sizes of full batches.
public enum FullBatch {
  /// Samples that pass through the network at a time. Part of what a run's bits depend on.
  ///
  /// Of sparse samples more, since each piece has the gradient of all features that it meets.
  public static func pieceSize(isSparse: Bool) -> Int { isSparse ? 4096 : 1024 }
}
