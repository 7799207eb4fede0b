import Collectives
import Configuration
import Datasets
import RandomStreams
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

@Suite struct FeatureEncodingTests {
  @Test func `features get mean 0 and variance 1, constants stay harmless`() throws {
    var random = RandomStream(seed: 1, purpose: .syntheticFeatures)
    let layout = try ShardLayout(shardCount: 2, rankCount: 1)
    // A mean so large that one pass over squares would lose the variance.
    // The mean of many 0.1 is not 0.1.
    let shards = (0..<2).map { index in
      let features = Matrix(zeros: 50, 2)
      for row in 0..<50 { (features[row, 0], features[row, 1]) = (Float(1e5 + random.normal()), 0.1) }
      return Shard(index: index, features: .dense(features), labels: Array(repeating: 0, count: 50))
    }
    let table = Table(
      ShardedSamples(name: "t", classNames: ["x", "y"], layout: layout, shards: shards, sampleCounts: [50, 50]),
      columns: [FeatureColumn(name: "a"), FeatureColumn(name: "b")])
    let encoding = try FeatureEncoding(learningFrom: table, standardizing: true, mostOneHot: 8, over: alone)
    // In the memory of the table.
    _ = encoding.apply(to: table)
    let values = shards.flatMap { shard in (0..<50).map { Double(shard.features.dense[$0, 0]) } }
    let mean = values.reduce(0, +) / 100
    #expect(abs(mean) < 1e-6)
    #expect(abs(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100 - 1) < 1e-5)
    #expect(encoding.constantColumns == ["b"])
    #expect(abs(shards[0].features.dense[3, 1]) < 1e-9)
  }

  private func table(_ columns: [FeatureColumn], _ rows: [[Float]]) throws -> Table {
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let features = Matrix(zeros: rows.count, columns.count)
    for (row, values) in rows.enumerated() {
      for (column, value) in values.enumerated() { features[row, column] = value }
    }
    return Table(
      ShardedSamples(
        name: "t", classNames: ["x", "y"], layout: layout,
        shards: [Shard(index: 0, features: .dense(features), labels: Array(repeating: 0, count: rows.count))],
        sampleCounts: [rows.count]), columns: columns)
  }

  /// Their weights are as they were drawn: later values must not meet them.
  @Test(arguments: [FeatureEncoding.NumberEncoding.standard, .piecewise(bins: 4), .quantile])
  func `what a constant or empty column holds later does not matter`(numbers: FeatureEncoding.NumberEncoding) throws {
    let columns = ["n", "five", "empty"].map { FeatureColumn(name: $0) }
    let training = try table(columns, [[1, 5, .nan], [2, 5, .nan], [3, 5, .nan], [4, 5, .nan]])
    let encoding = try FeatureEncoding(
      learningFrom: training, numbers: numbers, standardizing: true, mostOneHot: 8, over: alone)
    #expect(encoding.constantColumns == ["five", "empty"])
    #expect(
      encoding.columns.dropFirst().allSatisfy { $0.isConstant && !$0.marksMissing } && !encoding.columns[0].isConstant)
    for column in encoding.columns.dropFirst() {
      for value in [5, 6, -1e6, 1e6, .nan] as [Float] {
        #expect(column.features(ofNumber: value).allSatisfy { abs($0) < 1e-20 }, "\(column.name) \(value)")
      }
    }
  }

  @Test func `categories, and values that are missing or unknown`() throws {
    let columns = [
      FeatureColumn(name: "n"), FeatureColumn(name: "c", kind: .categorical(levels: ["a", "b", "z"])),
      FeatureColumn(name: "one", kind: .categorical(levels: ["only"])),
    ]
    // Level z is not in the training part.
    let training = try table(columns, [[1, 0, 0], [.nan, 1, 0], [5, .nan, 0], [3, 1, 0]])
    let encoding = try FeatureEncoding(learningFrom: training, standardizing: false, mostOneHot: 8, over: alone)
    #expect(
      encoding.columns == [
        EncodedColumn(name: "n", kind: .numeric(mean: 0, scale: 1, fill: 3), marksMissing: true),
        EncodedColumn(name: "c", kind: .oneHot(levels: ["a", "b"]), marksMissing: true),
        EncodedColumn(name: "one", kind: .oneHot(levels: ["only"])),
      ])
    #expect(encoding.constantColumns == ["one"])
    let encoded = encoding.apply(to: training)
    #expect(encoded.featureNames == ["n", "n is missing", "c=a", "c=b", "c is missing", "one=only"])
    func rows(_ dataset: Dataset) -> [[Float]] {
      (0..<dataset.sampleCount).map { dataset.shards[0].features.dense.row($0).array }
    }
    #expect(
      rows(encoded) == [[1, 0, 1, 0, 0, 1], [3, 1, 0, 1, 0, 1], [5, 0, 0, 0, 1, 1], [3, 0, 0, 1, 0, 1]])
    // What training does not know: another level, one that it knows of but has no sample of.
    let other = encoding.apply(to: try table(columns, [[2, -1, 0], [.nan, 2, -1]]))
    #expect(rows(other) == [[2, 0, 0, 0, 0, 1], [3, 1, 0, 0, 0, 0]])
  }

  /// The levels that have a feature, of categories given by their values: level after level, in order.
  private func kept(_ counts: [Int], most: Int, ranks: Int = 1) throws -> [[String]] {
    let levels = counts.indices.map { "level \($0)" }
    let rows = counts.enumerated().flatMap { Array(repeating: Float($0), count: $1) }
    return try onThreads(ranks: ranks) { rank in
      let layout = try ShardLayout(shardCount: 5, rankCount: ranks)
      let shards = layout.shards(ofRank: rank.rank).map { index in
        let own = layout.range(ofShard: index, in: rows.count).map { rows[$0] }
        return Shard(
          index: index, features: .dense(Vector(own).matrix(rows: own.count, columns: 1)),
          labels: Array(repeating: 0, count: own.count))
      }
      let table = Table(
        ShardedSamples(
          name: "t", classNames: ["x", "y"], layout: layout, shards: shards,
          sampleCounts: (0..<5).map { layout.range(ofShard: $0, in: rows.count).count }),
        columns: [FeatureColumn(name: "c", kind: .categorical(levels: levels))])
      let encoding = try FeatureEncoding(learningFrom: table, standardizing: true, mostOneHot: most, over: rank)
      guard case .oneHot(let levels, let hasOther) = encoding.columns[0].kind else { return [] }
      return levels + (hasOther ? ["and others"] : [])
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func `of many levels the most frequent ones are kept, of all ranks alike`(ranks: Int) throws {
    func expect(_ counts: [Int], most: Int, _ kept: [Int], hasOther: Bool = true) throws {
      let names = kept.map { "level \($0)" } + (hasOther ? ["and others"] : [])
      #expect(try self.kept(counts, most: most, ranks: ranks) == Array(repeating: names, count: ranks))
    }
    // No rank alone sees which are frequent: the rows stand by their levels.
    try expect([1, 5, 2, 9, 3, 5, 8], most: 3, [1, 3, 6])
    // Of equals the first are kept.
    try expect([2, 2, 2, 2, 2, 2], most: 2, [0, 1])
    try expect([1, 1, 4, 1, 4, 1], most: 3, [0, 2, 4])
    // As many as there may be, and levels that no row has.
    try expect([4, 1, 4], most: 3, [0, 1, 2], hasOther: false)
    try expect([4, 0, 4, 0], most: 2, [0, 2], hasOther: false)
    try expect([0, 1, 0, 1, 1], most: 2, [1, 3])
    // A level of its own for every row.
    try expect(Array(repeating: 1, count: 30), most: 4, [0, 1, 2, 3])
  }

  @Test func `levels that are not kept, and those that training never saw, have one feature together`() throws {
    let levels = (0..<5).map { "l\($0)" }
    let column = FeatureColumn(name: "c", kind: .categorical(levels: levels))
    let training = try table([column], [0, 1, 1, 2, 2, 2, 3, .nan].map { [$0] })
    let encoding = try FeatureEncoding(learningFrom: training, standardizing: true, mostOneHot: 2, over: alone)
    let learned = EncodedColumn(name: "c", kind: .oneHot(levels: ["l1", "l2"], hasOther: true), marksMissing: true)
    #expect(encoding.columns == [learned] && learned.width == 4)
    #expect(encoding.featureNames == ["c=l1", "c=l2", "c is other", "c is missing"])
    #expect(encoding.summary == "missing in c; features of c (2 of 4 levels, the others together)")
    let other = encoding.apply(to: try table([column], [0, 1, 2, 3, 4, -1, .nan].map { [$0] }))
    let rows = (0..<7).map { other.shards[0].features.dense.row($0).array }
    let rare: [Float] = [0, 0, 1, 0]
    #expect(rows == [rare, [1, 0, 0, 0], [0, 1, 0, 0], rare, rare, rare, [0, 0, 0, 1]])
    #expect(learned.features(ofText: "never seen") == rare && learned.features(ofText: nil) == [0, 0, 0, 1])
  }

  @Test func `where columns are embedded, a level becomes its number`() throws {
    let column = FeatureColumn(name: "c", kind: .categorical(levels: ["p", "q", "r", "s"]))
    let columns = [column, FeatureColumn(name: "n")]
    // No row of the training part has r; some have no value.
    func encoding(_ values: [Float]) throws -> FeatureEncoding {
      try FeatureEncoding(
        learningFrom: try table(columns, values.map { [$0, 2 * $0] }), standardizing: false, mostOneHot: 2,
        embedsColumns: true, over: alone)
    }
    let marked = try encoding([0, 1, 1, 3, .nan])
    let numbers = LevelNumbers(["p", "q", "s"])
    #expect(marked.columns[0] == EncodedColumn(name: "c", kind: .level(numbers), marksMissing: true))
    #expect(marked.featureNames == ["c", "n", "n is missing"] && marked.crowdedColumns.isEmpty)
    func encoded(_ encoding: FeatureEncoding) throws -> [Float] {
      let data = encoding.apply(to: try table(columns, [0, 1, 2, 3, -1, .nan].map { [$0, 7] }))
      #expect(data.columns == encoding.columns)
      return (0..<6).map { data.shards[0].features.dense[$0, 0] }
    }
    #expect(try encoded(marked) == [0, 1, 3, 2, 3, 4])
    // What training had none of is none of its levels.
    #expect(try encoded(encoding([0, 1, 3])) == [0, 1, 3, 2, 3, 3])
    #expect(marked.columns[0].features(ofText: "s") == [2] && marked.columns[0].features(ofText: "r") == [3])
    #expect(marked.columns[0].features(ofText: nil) == [4])
  }

  @Test func `by a hash many levels share features`() throws {
    let levels = (0..<50).map { "level \($0)" }
    let column = FeatureColumn(name: "c", kind: .categorical(levels: levels), hashCount: 8)
    let data = try table([column], (0..<50).map { [Float($0)] })
    let encoding = try FeatureEncoding(learningFrom: data, standardizing: true, mostOneHot: 8, over: alone)
    #expect(encoding.columns == [EncodedColumn(name: "c", kind: .hashed(count: 8))])
    let encoded = encoding.apply(to: data).shards[0].features.dense
    let places = (0..<50).map { row in encoded.row(row).array.firstIndex(of: 1) }
    #expect((0..<50).allSatisfy { encoded.row($0).array.reduce(0, +) == 1 })
    #expect(Set(places).count == 8)
    #expect(encoding.summary == "features of c (8, for 50 levels by a hash)")
    // Few levels have features of their own.
    let few = try table([column], (0..<50).map { [Float($0 % 8)] })
    let kind = try FeatureEncoding(learningFrom: few, standardizing: true, mostOneHot: 8, over: alone).columns[0].kind
    #expect(kind == .oneHot(levels: Array(levels.prefix(8))))
  }

  @Test func `moments are those of the values that are there`() throws {
    let data = try table([FeatureColumn(name: "n")], [[2], [.nan], [4], [9]])
    let encoded = try FeatureEncoding(learningFrom: data, standardizing: true, mostOneHot: 8, over: alone)
      .apply(to: data).shards[0].features.dense
    let deviation = ((9 + 1 + 16) / 3.0).squareRoot()
    #expect((0..<4).map { encoded[$0, 0] } == [-3, 0, -1, 4].map { Float($0 / deviation) })
    #expect((0..<4).map { encoded[$0, 1] } == [0, 1, 0, 0])
  }
}
