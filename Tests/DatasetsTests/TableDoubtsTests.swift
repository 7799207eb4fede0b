import Collectives
import Datasets
import TestSupport
import Testing

/// What a user is told of a table that is read as it stands.
@Suite struct TableDoubtsTests {
  /// The last begins anew where a shard does.
  @Test(arguments: [(0, 1, 40, true), (7, 1, 40, true), (0, 2, 40, false), (0, 0, 40, false), (0, 1, 8, false)])
  func `a column that counts the rows is told of, whatever its name`(first: Int, step: Int, period: Int, counts: Bool)
    throws
  {
    let rows = (0..<40).map { "\(100 + first + $0 % period * step),\($0 % 7),k\($0 % 2)\n" }
    let folder = try TemporaryFolder()
    let path = try folder.write("id,price,kind\n" + rows.joined(), to: "t.csv")
    for (shards, ranks) in [(5, 1), (5, 3), (40, 2), (400, 3)] {
      let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
      let told = try onThreads(ranks: ranks) { communicator in
        let raw = try CSVReader(path: path, options: CSVOptions()).read(layout: layout, over: communicator)
        return try Table(raw, ignoring: nil, layout: layout, over: communicator).countingColumns(over: communicator)
      }
      #expect(
        told.allSatisfy {
          $0.contains { $0.contains("\"id\" counts the rows") } == counts && $0.count == (counts ? 1 : 0)
        })
    }
  }
}
