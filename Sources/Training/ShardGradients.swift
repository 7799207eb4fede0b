internal import Collectives
internal import Datasets
internal import Kernels
internal import Models
internal import Tensors

/// Where the gradients of this rank's shards belong in the sum of a step.
///
/// Of steps of one batch the own shards are added up while they are computed, and what is written are the sums of
/// subtrees; of steps of several batches one shard is written after another.
struct ShardGradients {
  /// Of the own shards' subtrees; for steps of one batch.
  let ofSubtrees: TensorViews
  /// The same, with what else is added up.
  let subtrees: [GradientSums]
  /// Of each own shard; for steps of several batches.
  let ofShard: [TensorViews]

  /// - Parameters:
  ///   - rows: Receives the gradients of tables, of all own shards, one after another.
  ///   - start: Of the parameters that are trained, in the layout; by default all are.
  init<C: Communicator>(
    in sum: FixedOrderSum<C>, rows: RowGradientStack?, shardCount: Int, layout: ParameterLayout, from start: Int? = nil,
    plan: BatchPlan
  ) {
    subtrees = sum.subtrees.map { GradientSums($0) }
    ofSubtrees = TensorViews(gradients: subtrees.map(\.gradient), rows: rows, layout: layout, from: start)
    ofShard =
      plan.accumulation == 1
      ? []
      : (0..<shardCount).map {
        TensorViews(gradients: [sum.part(ofShard: $0).floats], rows: rows, layout: layout, from: start)
      }
  }
}

// Here and not in a generic type of their own: the metadata of one is looked up at every call of a step, which takes a
// tenth of the time of a small one.
extension TrainingStep {
  /// Takes all own shards in, whose gradients stand in `gradients.ofSubtrees`.
  ///
  /// - Parameters:
  ///   - losses: One for each subtree.
  ///   - wish: This rank's.
  mutating func commitSubtrees(_ losses: [LossSums], _ wish: Wish) {
    for index in gradients.subtrees.indices {
      gradients.subtrees[index].loss = losses[index]
      gradients.subtrees[index].wish = index == 0 ? wish : .goOn
    }
    sum.commitSubtrees()
  }

  /// Takes the next own shard in, whose gradient stands in `gradients.ofShard`.
  ///
  /// - Parameters:
  ///   - index: Among the own ones.
  ///   - wish: This rank's with the first of its shards, and none with the others.
  mutating func commitShard(_ index: Int, _ loss: LossSums, _ wish: Wish) {
    let part = GradientSums(sum.nextPart)
    part.loss = loss
    part.wish = wish
    sum.commit()
    if let tables { for _ in 0..<sum.additionsAfterShard[index] { tables.gradients.join() } }
  }
}
