internal import Datasets
internal import Kernels
internal import Tensors

/// The logits of this rank's samples, which are gone over several times: in the batches of `Evaluator`, and kept after
/// the first time where they are small.
struct EvaluationLogits {
  private let model: JudgedModel
  private let shards: [Shard]
  private let areKept: Bool
  /// Of each shard that has been gone over: its batches, [C, n] with rows padded to lanes.
  private var kept: [[Matrix]?]
  private var samples: ConsecutiveSamples

  /// - Parameter mostBytesKept: Where all of them take more, none is kept.
  init(_ model: JudgedModel, of dataset: Dataset, mostBytesKept: Int) {
    self.model = model
    shards = dataset.shards
    let columns = shards.reduce(0) { total, shard in
      total + Evaluator.batches(of: shard).reduce(0) { $0 + paddedToLanes($1.count) }
    }
    areKept = columns * model.classCount * MemoryLayout<Float>.stride <= mostBytesKept
    kept = shards.map { _ in nil }
    samples = ConsecutiveSamples(of: dataset, capacity: Evaluator.batchSize)
  }

  /// - Parameters:
  ///   - place: Of the shard among this rank's.
  ///   - body: Takes logits, [C, n], valid until it returns, and their labels.
  /// - Returns: Whether all was gone over: nobody asked to stop.
  mutating func forEachBatch(
    ofShard place: Int, unless isStopRequested: () -> Bool, _ body: (Matrix, ArraySlice<Int32>) -> Void
  ) -> Bool {
    let shard = shards[place]
    var copies: [Matrix] = []
    for (index, rows) in Evaluator.batches(of: shard).enumerated() {
      guard !isStopRequested() else { return false }
      let labels = shard.labels[rows]
      if let kept = kept[place] {
        body(kept[index], labels)
        continue
      }
      let logits = model.logits(of: samples(shard, rows), shard, rows)
      if areKept { copies.append(logits.copy) }
      body(logits, labels)
    }
    if areKept, kept[place] == nil { kept[place] = copies }
    return true
  }
}

extension Matrix {
  /// The same in memory of its own, with the same stride.
  fileprivate var copy: Matrix {
    let copy = Matrix(Storage(zeros: rows * stride), rows: rows, columns: columns, stride: stride)
    for row in 0..<rows { copy.row(row).copy(from: self.row(row)) }
    return copy
  }
}
