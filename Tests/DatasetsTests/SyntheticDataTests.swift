import Collectives
import Datasets
import Foundation
import Tensors
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct SyntheticDataTests {
  private func read(_ text: String, shards: Int) throws -> (labels: [Int32], features: [Float]) {
    let raw = try SyntheticReader(SyntheticData(text)).read(
      layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
    return (
      raw.shards.flatMap(\.labels),
      raw.shards.flatMap { shard in (0..<shard.features.rows).flatMap { shard.features.dense.row($0).array } }
    )
  }

  @Test func `classes have their exact sizes, wherever the shards are cut`() throws {
    let one = try read("samples=1001,priors=0.7/0.2/0.1", shards: 1)
    #expect((0..<3).map { label in one.labels.count { $0 == label } } == [701, 200, 100])
    let many = try read("samples=1001,priors=0.7/0.2/0.1", shards: 13)
    #expect(one == many)
  }

  @Test func `without separation the features are uniform`() throws {
    let features = try read("separation=0,samples=2000", shards: 2).features
    #expect(features.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(features.reduce(0, +) / Float(features.count) - 0.5) < 0.01)
  }

  @Test func `the defaults are those of the design`() throws {
    let data = try SyntheticData("")
    #expect(data.sampleCount == 1000 && data.featureCount == 10 && data.classCounts == [800, 100, 100])
    #expect(try SyntheticData("classes=5").classCounts == [800, 50, 50, 50, 50])
  }

  @Test(arguments: ["samples=x", "color=1", "priors=1", "priors=-1/2", "classes=2,priors=0.5/0.3/0.2", "separation=-1"])
  func `nonsense is refused`(text: String) {
    #expect(throws: DataSourceError.self) { try SyntheticData(text) }
  }
}
