internal import Collectives
internal import Kernels
internal import Models

/// Σ wᵢ∇ℓᵢ of the tables of a model: beside `GradientSums`, and in the same fixed order.
///
/// Of a table only the rows are sent that samples of the batch have met: no more than a row of each table for each sample,
/// over all ranks, however long the tables are. So every rank has those of all, and adds them up itself, in the order of
/// the tree of shards.
struct TableSums {
  /// Of the own shards.
  let gradients: RowGradientStack
  /// Those of all shards, after `add`.
  let touched: TouchedRows
  private let layout: ShardLayout

  /// Nil where the model has no tables.
  init?(_ parameters: ParameterLayout, _ layout: ShardLayout) {
    guard parameters.tableCount > 0 else { return nil }
    gradients = RowGradientStack(rowCount: parameters.tableRows, width: parameters.tableWidth)
    touched = TouchedRows(width: parameters.tableWidth)
    self.layout = layout
  }

  /// Adds up what the ranks have in `gradients`: one sum for each complete subtree of their shards. Collective.
  func add(over communicator: some Communicator) throws(CollectiveError) {
    guard communicator.size > 1 else { return touched.take(gradients[0]) }
    var bytes: [UInt8] = []
    for index in 0..<gradients.count { gradients[index].append(to: &bytes) }
    let all = try communicator.allgather(bytes)
    var tree = ShardTree(shardCount: layout.shardCount)
    let sums = gradients
    sums.removeAll()
    for (rank, bytes) in all.enumerated() {
      var place = 0
      for node in ShardTree.parts(of: layout.shards(ofRank: rank), shardCount: layout.shardCount) {
        sums.push(RowGradients(width: sums.width, bytes: bytes, at: &place))
        for _ in 0..<tree.push(node) { sums.join() }
      }
    }
    touched.take(sums[0])
  }
}
