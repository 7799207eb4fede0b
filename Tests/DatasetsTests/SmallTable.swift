import Collectives
import Datasets
import Tensors

/// Tables of one column, whose values are the numbers of their rows.
enum SmallTable {
  static func raw(_ labels: [String], shards: Int = 3) throws -> RawDataset {
    let layout = try ShardLayout(shardCount: shards, rankCount: 1)
    var vocabulary = Vocabulary(most: Vocabulary.mostLabels)
    let numbers = labels.map { vocabulary.number(of: $0) ?? 0 }
    let parts = (0..<shards).map { shard in
      let rows = layout.range(ofShard: shard, in: labels.count)
      let features = Vector(rows.map { Float($0) }).matrix(rows: rows.count, columns: 1)
      return RawDataset.Shard(index: shard, features: .dense(features), labels: Array(numbers[rows]))
    }
    return RawDataset(name: "test", columns: [FeatureColumn(name: "row")], labelTexts: vocabulary.texts, shards: parts)
  }

  static func table(_ labels: [String], shards: Int = 3, ignoring ignored: Int? = nil) throws -> Table {
    try Table(
      raw(labels, shards: shards), ignoring: ignored, layout: ShardLayout(shardCount: shards, rankCount: 1),
      over: SingleProcessCommunicator())
  }
}
