public import Collectives
internal import RandomStreams
internal import Tensors

/// Which of K parts each sample of a data set is in: every class is dealt out evenly, at random.
///
/// The samples of class c are put in an order that is drawn by the seed, and the one at place i gets fold
/// (i + n_0 + … + n_(c−1)) mod K; so no fold has two samples of a class more than another, and none two samples more in
/// all. It depends on the seed and on the place of a sample among those of its class in the whole data set: it is the
/// same at any number of ranks.
public struct SampleFolds: Sendable {
  /// K
  public let count: Int
  /// By shard index: of each sample of a shard of this rank its fold, 0 ..< K; −1 of those that are ignored, which no
  /// fold has.
  private let folds: [Int: [Int32]]

  /// The fold of each sample of a shard.
  public func folds(ofShard index: Int) -> [Int32] { folds[index] ?? [] }

  /// Deals out a data set. Collective.
  ///
  /// - Parameter count: From 1 to the samples that are not ignored.
  public init(_ count: Int, of dataset: Dataset, seed: UInt64, over communicator: some Communicator)
    throws(CollectiveError)
  {
    let shardCounts = try dataset.shardClassCounts(over: communicator)
    let totals = (0..<dataset.classCount).map { label in shardCounts.reduce(0) { $0 + $1[label] } }
    let total = totals.reduce(0, +)
    precondition((1...max(total, 1)).contains(count), "\(count) folds of \(total) samples")
    let orders = totals.enumerated().map { label, count in
      IndexPermutation(count: count, seed: seed, purpose: .folds, index: label)
    }
    let starts = totals.indices.map { totals[..<$0].reduce(0, +) }
    self.count = count
    folds = Dictionary(
      uniqueKeysWithValues: dataset.shards.map { shard in
        // The places of this shard's samples among those of their class.
        var places = (0..<dataset.classCount).map { label in
          (0..<shard.index).reduce(0) { $0 + shardCounts[$1][label] }
        }
        let ofShard = shard.labels.map { label -> Int32 in
          guard label >= 0 else { return -1 }
          let place = places[Int(label)]
          places[Int(label)] += 1
          return Int32((orders[Int(label)][place] + starts[Int(label)]) % count)
        }
        return (shard.index, ofShard)
      })
  }
}

extension Dataset {
  /// The samples outside of a fold, and those in it, in memory of their own. Collective.
  ///
  /// - Parameter folds: Of this data set.
  public func parts(
    leavingOut fold: Int, of folds: SampleFolds, over communicator: some Communicator
  ) throws(CollectiveError) -> (training: Dataset, heldOut: Dataset) {
    func selecting(_ isTaken: (Int32) -> Bool) throws(CollectiveError) -> Dataset {
      let selected = shards.map { shard in
        let ofShard = folds.folds(ofShard: shard.index)
        return shard.selecting(shard.labels.indices.filter { isTaken(ofShard[$0]) })
      }
      return Dataset(
        try samples.with(selected, over: communicator), featureNames: featureNames, columns: columns,
        expansion: expansion, entriesPerSample: entriesPerSample)
    }
    return (try selecting { $0 != fold }, try selecting { $0 == fold })
  }
}
