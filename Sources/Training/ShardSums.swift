internal import Collectives
internal import Datasets
internal import Kernels
internal import Models
internal import Tensors

/// The sums of a step: this rank's shards write theirs, and `total` is that of all shards, added in a fixed order.
///
/// Of steps of one batch the own shards are added up while they are computed, and what is written are the sums of
/// subtrees; of steps of several batches one shard is written after another.
struct ShardSums<C: Communicator> {
  private var sum: FixedOrderSum<C>
  /// Where the gradients of the own shards' subtrees belong; for steps of one batch.
  let ofSubtrees: TensorViews
  /// Where the gradient of each own shard belongs; for steps of several batches.
  let ofShard: [TensorViews]

  init(of dataset: Dataset, layout: ParameterLayout, plan: BatchPlan, over communicator: C) {
    let sum = FixedOrderSum(
      over: communicator, layout: dataset.layout,
      shape: GradientSums.shape(parameterCount: layout.paddedCount), subtreesOnly: plan.accumulation == 1)
    self.sum = sum
    ofSubtrees = TensorViews(sum.subtrees.map(\.floats), layout: layout)
    ofShard =
      plan.accumulation == 1
      ? [] : dataset.shards.indices.map { TensorViews([sum.part(ofShard: $0).floats], layout: layout) }
  }

  /// How many additions of the tree of shards follow each own shard.
  var additionsAfterShard: [Int] { sum.additionsAfterShard }

  /// Takes all own shards in, whose gradients stand in `ofSubtrees`.
  ///
  /// - Parameters:
  ///   - losses: One for each subtree.
  ///   - wish: This rank's.
  mutating func commitSubtrees(_ losses: [LossSums], _ wish: Wish) {
    for (index, subtree) in sum.subtrees.enumerated() {
      let part = GradientSums(subtree)
      part.loss = losses[index]
      part.wish = index == 0 ? wish : .goOn
    }
    sum.commitSubtrees()
  }

  /// Takes the next own shard in, whose gradient stands in `ofShard`.
  ///
  /// - Parameter wish: This rank's with the first of its shards, and none with the others.
  mutating func commitShard(_ loss: LossSums, _ wish: Wish) {
    let part = GradientSums(sum.nextPart)
    part.loss = loss
    part.wish = wish
    sum.commit()
  }

  /// The sums over all shards of all ranks. Collective.
  mutating func total() throws(CollectiveError) -> GradientSums { GradientSums(try sum.total()) }
}
