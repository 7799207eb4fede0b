import Collectives
import Datasets
import Tensors
import TestSupport
import Testing

/// Folds of a data set: every class dealt out evenly, the same at any number of ranks.
@Suite struct SampleFoldsTests {
  /// Samples whose feature is their number; of 8 shards, of which a rank has its own.
  private func dataset(_ labels: [Int32], classes: Int, over communicator: some Communicator) throws -> Dataset {
    let layout = try ShardLayout(shardCount: 8, rankCount: communicator.size)
    let shards = layout.shards(ofRank: communicator.rank).map { shard in
      let rows = layout.range(ofShard: shard, in: labels.count)
      let features = Vector(rows.map { Float($0) }).matrix(rows: rows.count, columns: 1)
      return Shard(index: shard, features: .dense(features), labels: Array(labels[rows]))
    }
    return Dataset(
      name: "test", featureNames: ["number"], classNames: (0..<classes).map { "c\($0)" }, layout: layout,
      shards: shards, sampleCounts: (0..<8).map { layout.range(ofShard: $0, in: labels.count).count })
  }

  /// A rare class, one of two samples, and every tenth sample ignored.
  private let labels: [Int32] = (0..<203).map { $0 % 10 == 9 ? -1 : $0 % 40 == 1 ? 1 : [17, 90].contains($0) ? 2 : 0 }

  /// The fold of each sample.
  private func folds(_ count: Int, seed: UInt64, over communicator: some Communicator) throws -> [Int32] {
    let data = try dataset(labels, classes: 3, over: communicator)
    let folds = try SampleFolds(count, of: data, seed: seed, over: communicator)
    return data.shards.flatMap { folds.folds(ofShard: $0.index) }
  }

  @Test(arguments: [2, 5, 8, 50])
  func `no fold has two samples of a class more than another, nor in all`(count: Int) throws {
    let folds = try folds(count, seed: 4, over: SingleProcessCommunicator())
    #expect(folds.count == labels.count)
    #expect(zip(folds, labels).allSatisfy { ($0 == -1) == ($1 == -1) })
    for label: Int32? in [nil, 0, 1, 2] {
      let counts = (0..<count).map { fold in
        zip(folds, labels).count { $0 == Int32(fold) && (label == nil ? $1 >= 0 : $1 == label) }
      }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(label.map(String.init) ?? "all"): \(counts)")
    }
  }

  @Test(arguments: [2, 3, 8])
  func `ranks change no fold, and the seed does`(ranks: Int) throws {
    let single = try folds(5, seed: 4, over: SingleProcessCommunicator())
    let labels = labels
    #expect(
      try onThreads(ranks: ranks) { try SampleFoldsTests(labels).folds(5, seed: 4, over: $0) }.flatMap { $0 } == single)
    #expect(try folds(5, seed: 5, over: SingleProcessCommunicator()) != single)
  }

  init() {}
  private init(_ labels: [Int32]) { precondition(labels == self.labels) }

  @Test func `a fold is taken out whole, and nothing with it`() throws {
    let alone = SingleProcessCommunicator()
    let data = try dataset(labels, classes: 3, over: alone)
    let folds = try SampleFolds(4, of: data, seed: 1, over: alone)
    var heldOut: [Float] = []
    for fold in 0..<4 {
      let parts = try data.parts(leavingOut: fold, of: folds, over: alone)
      func numbers(_ part: Dataset) -> [Float] {
        part.shards.flatMap { shard -> [Float] in
          guard case .dense(let matrix) = shard.features else { return [] }
          return (0..<matrix.rows).map { matrix[$0, 0] }
        }
      }
      let (training, held) = (numbers(parts.training), numbers(parts.heldOut))
      #expect(Set(training).isDisjoint(with: held) && training.count + held.count == labels.count)
      #expect(parts.training.sampleCount == training.count && parts.heldOut.sampleCount == held.count)
      heldOut += held
    }
    // Each once, but for those that are ignored, which are held out nowhere.
    #expect(heldOut.sorted() == labels.indices.filter { labels[$0] >= 0 }.map { Float($0) })
  }

  @Test func `a data set on every rank is that of one rank`() throws {
    let labels = labels
    let single = try dataset(labels, classes: 3, over: SingleProcessCommunicator())
    let byteCount = try single.byteCount(over: SingleProcessCommunicator())
    let all = try onThreads(ranks: 3) { rank -> [[Float]] in
      let data = try SampleFoldsTests(labels).dataset(labels, classes: 3, over: rank)
      #expect(try data.byteCount(over: rank) == byteCount)
      let whole = try data.onEveryRank(over: rank)
      #expect(whole.layout.rankCount == 1 && whole.sampleCounts == data.sampleCounts)
      #expect(whole.shards.flatMap(\.labels) == labels)
      return whole.shards.map { shard in
        guard case .dense(let matrix) = shard.features else { return [] }
        return (0..<matrix.rows).map { matrix[$0, 0] }
      }
    }
    let expected = single.shards.map { shard in
      if case .dense(let matrix) = shard.features { (0..<matrix.rows).map { matrix[$0, 0] } } else { [] as [Float] }
    }
    #expect(all.allSatisfy { $0 == expected })
  }

  @Test func `sparse rows are the same on every rank`() throws {
    let alone = SingleProcessCommunicator()
    let matrix = SparseMatrix(
      columns: 9, starts: [0, 2, 2, 3], entryColumns: [1, 8, 4], values: [0.5, -2, .leastNonzeroMagnitude])
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let data = Dataset(
      name: "s", featureNames: (0..<9).map { "\($0)" }, classNames: ["a", "b"], layout: layout,
      shards: [Shard(index: 0, features: .sparse(matrix), labels: [0, 1, -1])], sampleCounts: [3])
    guard case .sparse(let copy)? = try data.onEveryRank(over: alone).shards.first?.features else {
      Issue.record("not sparse")
      return
    }
    #expect(copy.columns == 9 && copy.starts == matrix.starts && copy.entryColumns == matrix.entryColumns)
    #expect(copy.values.map(\.bitPattern) == matrix.values.map(\.bitPattern))
  }
}
