import Collectives
import Configuration
import Datasets
import Foundation
import RandomStreams
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

private func raw(_ labels: [String], shards: Int = 3) throws -> RawDataset {
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

private func table(_ labels: [String], shards: Int = 3, ignoring ignored: Int? = nil) throws -> Table {
  try Table(
    raw(labels, shards: shards), ignoring: ignored, layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
}

@Suite struct ClassTests {
  @Test func `integers are ordered by number and texts by bytes`() throws {
    #expect(try table(["10", "9", "-1", "9"]).classNames == ["-1", "9", "10"])
    #expect(try table(["b", "a", "10", "9"]).classNames == ["10", "9", "a", "b"])
  }

  @Test func `the same integer written in several ways is one class`() throws {
    let data = try table(["1", "2.0", "1.0", "2e0", "2"])
    #expect(data.classNames == ["1", "2"])
    #expect(try data.classCounts(over: alone) == [2, 3])
    // But a leading zero, or another base, is a name.
    #expect(try table(["1", "01", "0x1"]).classNames == ["01", "0x1", "1"])
  }

  @Test func `a label that training does not know is refused in validation`() throws {
    func counts(_ validation: [String]) throws -> [Int] {
      try Table(raw(validation), withClassesOf: table(["0", "1"], ignoring: -1), ignoring: -1, over: alone)
        .classCounts(over: alone)
    }
    #expect(try counts(["1", "1.0", "-1"]) == [0, 2])
    let failure = #expect(throws: AgreedFailure.self) { try counts(["1", "2"]) }
    #expect(failure?.message.contains("\"2\"") == true)
  }

  @Test func `more classes than can be are refused whichever rank holds them`() throws {
    let few = try raw(["0", "1"])
    let many = RawDataset(
      name: "many", columns: few.columns, labelTexts: (0..<5000).map(String.init), shards: few.shards)
    let failure = #expect(throws: AgreedFailure.self) {
      _ = try Table(many, ignoring: nil, layout: ShardLayout(shardCount: 3, rankCount: 1), over: alone)
    }
    #expect(failure?.message.contains("5000 different labels") == true)
  }

  @Test func `ignored labels are no class and are counted nowhere`() throws {
    let data = try table(["0", "1", "-100", "1", "-100"], ignoring: -100)
    #expect(data.classNames == ["0", "1"])
    #expect(try data.classCounts(over: alone) == [1, 2])
    #expect(data.sampleCount == 5)
  }

  @Test(arguments: [["1", "1.5", "2"], ["7", "7"], ["0.1", "0.2"]])
  func `labels that are no classes are refused`(labels: [String]) {
    #expect(throws: AgreedFailure.self) { _ = try table(labels) }
  }
}

@Suite struct ValidationSplitTests {
  /// The parts of rows 0, 1, …, as they were read.
  private func split(
    _ labels: [String], _ fractions: SplitFractions, shards: Int = 3, seed: UInt64 = 1
  ) throws -> DatasetParts {
    let parts = try table(labels, shards: shards).split(fractions, seed: seed, over: alone)
    return parts.encoded(by: FeatureEncoding(columns: [], featureNames: ["row"]))
  }

  @Test func `every class gives its share, and no sample is lost`() throws {
    let labels = Array(repeating: "a", count: 100) + Array(repeating: "b", count: 11) + ["c", "d", "d"]
    let parts = try split(labels, SplitFractions(validation: 0.2, test: 0.1), shards: 5)
    let (training, validation, test) = (parts.training, try #require(parts.validation), try #require(parts.test))
    #expect(try validation.classCounts(over: alone) == [20, 2, 0, 0])
    #expect(try test.classCounts(over: alone) == [10, 1, 0, 0])
    #expect(try training.classCounts(over: alone) == [70, 8, 1, 2])
    func rows(_ data: Dataset) -> [Float] {
      data.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } }
    }
    #expect((rows(training) + rows(validation) + rows(test)).sorted() == (0..<114).map(Float.init))
    // Nothing moves for a test part.
    let without = try split(labels, SplitFractions(validation: 0.2, test: 0), shards: 5)
    #expect(without.test == nil && without.validation.map(rows) == rows(validation))
    #expect(training.sampleCounts == training.shards.map(\.sampleCount))
  }

  @Test func `the draw does not depend on the shards, and follows the seed`() throws {
    let labels = (0..<200).map { String($0 % 3) }
    func drawn(shards: Int, seed: UInt64) throws -> [Float] {
      let parts = try split(labels, SplitFractions(validation: 0.3, test: 0.3), shards: shards, seed: seed)
      return [parts.validation, parts.test].flatMap { part in
        part?.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } } ?? []
      }
    }
    #expect(try drawn(shards: 3, seed: 1) == drawn(shards: 17, seed: 1))
    #expect(try drawn(shards: 3, seed: 1) != drawn(shards: 3, seed: 2))
  }

  @Test(arguments: [2, 3, 5, 7])
  func `every sample is in the test part of one fold, and folds are even in all and in each class`(count: Int) throws {
    var labels: [String] = []
    for (label, number) in [("a", 60), ("b", 30), ("c", 7), ("d", 1), ("e", 1), ("f", 1), ("g", 1)] {
      labels += Array(repeating: label, count: number)
    }
    func rows(_ data: Dataset?) -> [Float] {
      data?.shards.flatMap { shard in (0..<shard.sampleCount).map { shard.features.dense[$0, 0] } } ?? []
    }
    var tested: [Float] = []
    var counts: [[Int]] = []
    for index in 0..<count {
      let fractions = SplitFractions(validation: 0.25, test: 0, fold: Fold(index, of: count))
      let parts = try split(labels, fractions, shards: 5)
      #expect((rows(parts.training) + rows(parts.validation) + rows(parts.test)).sorted() == (0..<101).map(Float.init))
      // A quarter of what the fold leaves.
      let ofTest = try #require(try parts.test?.classCounts(over: alone))
      let left = zip([60, 30, 7], ofTest).map { $0 - $1 }
      let validated = try #require(try parts.validation?.classCounts(over: alone))
      #expect(Array(validated.prefix(3)) == left.map { Int((0.25 * Double($0)).rounded()) })
      tested += rows(parts.test)
      counts.append(ofTest)
      // Whatever the shards, and without validation.
      let fold = SplitFractions(validation: 0, test: 0, fold: Fold(index, of: count))
      #expect(try rows(split(labels, fold, shards: 17).test) == rows(parts.test))
      #expect(try rows(split(labels, fold, seed: 2).test) != rows(parts.test))
    }
    #expect(tested.sorted() == (0..<101).map(Float.init))
    var figures = (0..<7).map { label in counts.map { $0[label] } }
    figures.append(counts.map { $0.reduce(0, +) })
    #expect(figures.allSatisfy { ($0.max() ?? 0) - ($0.min() ?? 9) <= 1 })
    // What is small does not all go to the first folds.
    if count == 2 { #expect(counts.allSatisfy { $0.suffix(4).reduce(0, +) == 2 }) }
  }

  @Test func `a fold of fewer samples than folds is refused`() {
    #expect(throws: AgreedFailure.self) {
      _ = try split(["a", "b", "a"], SplitFractions(validation: 0, test: 0, fold: Fold(4, of: 5)))
    }
  }

  @Test func `a class is never emptied`() throws {
    for fractions in [
      SplitFractions(validation: 0.99, test: 0), SplitFractions(validation: 0, test: 0.99),
      SplitFractions(validation: 0.3, test: 0.69),
    ] {
      let parts = try split(["a", "b", "b", "b"], fractions)
      #expect(try parts.training.classCounts(over: alone) == [1, 1])
    }
  }
}

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

@Suite struct NumPyReaderTests {
  private func npy(_ descr: String, _ shape: String, _ data: Data, order: String = "False", version: UInt8 = 1) -> Data
  {
    // A list of fields stands without quotes.
    let type = descr.hasPrefix("[") ? descr : "'\(descr)'"
    var header = "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }"
    header += String(repeating: " ", count: 63 - header.count % 64) + "\n"
    var file = Data([0x93]) + Data("NUMPY".utf8) + Data([version, 0])
    file +=
      version == 1
      ? withUnsafeBytes(of: UInt16(header.utf8.count)) { Data($0) }
      : withUnsafeBytes(of: UInt32(header.utf8.count)) { Data($0) }
    return file + Data(header.utf8) + data
  }

  private func bytes<T>(_ values: [T]) -> Data { values.withUnsafeBytes { Data($0) } }

  private func read(_ folder: TemporaryFolder, labels: Bool = true, column: ColumnReference = .index(-1)) throws
    -> RawDataset
  {
    try NumPyReader(
      path: folder.path("x.npy"), labelsPath: labels ? folder.path("y.npy") : nil, labelColumn: column
    ).read(layout: ShardLayout(shardCount: 2, rankCount: 1), over: alone)
  }

  @Test func `features and labels of several types`() throws {
    let folder = try TemporaryFolder()
    for (descr, data, order) in [
      ("<f4", bytes([1, 2, 3, 4, 5, 6] as [Float]), "False"), ("<f8", bytes([1, 2, 3, 4, 5, 6] as [Double]), "False"),
      ("<i2", bytes([1, 2, 3, 4, 5, 6] as [Int16]), "False"), ("|u1", bytes([1, 2, 3, 4, 5, 6] as [UInt8]), "False"),
      (">i2", bytes([1, 2, 3, 4, 5, 6].map { Int16($0).bigEndian }), "False"),
      (">f8", bytes([1, 3, 5, 2, 4, 6].map { Double($0).bitPattern.bigEndian }), "True"),
      ("<f4", bytes([1, 3, 5, 2, 4, 6] as [Float]), "True"),
    ] {
      for version in [1, 2, 3] as [UInt8] {
        try folder.write(npy(descr, "(3, 2)", data, order: order, version: version), to: "x.npy")
        try folder.write(npy("<i8", "(3,)", bytes([5, -1, 5] as [Int64])), to: "y.npy")
        let raw = try read(folder)
        #expect(
          raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } } == [
            [1, 2], [3, 4], [5, 6],
          ])
        #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == ["5", "-1", "5"])
      }
    }
    let inColumn = try read(folder, labels: false, column: .index(0))
    #expect(inColumn.columns.map(\.name) == ["x1"])
    #expect(Set(inColumn.labelTexts) == ["1", "3", "5"])
  }

  @Test func `bad arrays are refused`() throws {
    let folder = try TemporaryFolder()
    let good = npy("<f4", "(3, 2)", bytes([1, 2, 3, 4, 5, 6] as [Float]))
    let labels = npy("<i8", "(3,)", bytes([5, -1, 5] as [Int64]))
    for (x, y, part) in [
      (good.dropLast(), labels, "cut short"), (good + Data([0]), labels, "do not fit"),
      (Data("hello".utf8), labels, "begin"),
      (npy("<f4", "(6,)", good.suffix(24)), labels, "matrix"), (npy("<c8", "(3, 1)", good.suffix(24)), labels, "type"),
      (
        npy("[('a', '<f4'), ('b', '<f4')]", "(3,)", good.suffix(24)), labels,
        "rows of named fields (a structured array, [('a', '<f4'), ('b', '<f4')])"
      ),
      (npy("<f4", "(3, 2)", good.suffix(24), order: "Perhaps"), labels, "fortran_order"),
      (npy("<f4", "(9223372036854775807, 8)", good.suffix(24)), labels, "do not fit"),
      (npy("<f4", "(3, 2)", bytes([1, 2, 3, .nan, 5, 6] as [Float])), labels, "row 1, column 1"),
      (good, npy("<i8", "(2,)", bytes([5, -1] as [Int64])), "2 labels for 3 rows"),
      (good, npy("<f4", "(3,)", bytes([0, 1.5, 2] as [Float])), "not an integer class"),
      (good, npy("<i8", "(3,)", bytes([0, .min, 2] as [Int64])), "not an integer class"),
    ] {
      try folder.write(x, to: "x.npy")
      try folder.write(y, to: "y.npy")
      let failure = #expect(throws: AgreedFailure.self) { try read(folder) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
  }
}

@Suite struct IDXReaderTests {
  /// Three rows of 2 × 2, and their labels.
  private let images = Data([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2] + (0..<12).map { UInt8($0 * 20) })
  private let labels = Data([0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 7])

  private func read(_ path: String, labels: String? = nil, shards: Int = 2) throws -> RawDataset {
    try IDXReader(path: path, labelsPath: labels)
      .read(layout: ShardLayout(shardCount: shards, rankCount: 1), over: alone)
  }

  @Test func `images and the labels beside them, plain and packed`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(images, to: "t-images-idx3-ubyte")
    let labelsPath = try folder.write(labels, to: "t-labels-idx1-ubyte")
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
    gzip.arguments = ["--keep", path, labelsPath]
    try gzip.run()
    gzip.waitUntilExit()
    for path in [path, path + ".gz"] {
      for shards in 1...4 {
        let raw = try read(path, shards: shards)
        let rows = raw.shards.flatMap { shard in (0..<shard.features.rows).map { shard.features.dense.row($0).array } }
        #expect(rows == [[0, 20, 40, 60], [80, 100, 120, 140], [160, 180, 200, 220]])
        #expect(raw.shards.flatMap { $0.labels.map { raw.labelTexts[Int($0)] } } == ["7", "0", "7"])
      }
    }
  }

  @Test func `other types`() throws {
    let folder = try TemporaryFolder()
    let header: [UInt8] = [0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1]
    let labels = try folder.write(Data([0, 0, 0x0B, 1, 0, 0, 0, 2, 0xFF, 0xFE, 1, 0]), to: "y")
    for (type, elements) in [
      (0x09, [0xFF, 0x02]), (0x0B, [0xFF, 0xFF, 0x00, 0x02]), (0x0C, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2]),
      (0x0D, [0xBF, 0x80, 0, 0, 0x40, 0, 0, 0]), (0x0E, [0xBF, 0xF0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]),
    ] as [(UInt8, [UInt8])] {
      var bytes = header + elements
      bytes[2] = type
      let raw = try read(try folder.write(Data(bytes), to: "x.idx"), labels: labels, shards: 1)
      #expect((0..<2).map { raw.shards[0].features.dense[$0, 0] } == [-1, 2])
      #expect(Set(raw.labelTexts) == ["-2", "256"])
    }
  }

  @Test func `bad arrays are refused`() throws {
    let folder = try TemporaryFolder()
    for (x, y, part) in [
      (images.dropLast(), labels, "cut short"), (images + [0], labels, "cut short"),
      (images, labels.dropLast(), "cut short"),
      (Data("hello".utf8), labels, "no IDX"), (images.prefix(10), labels, "no IDX"),
      (labels, labels, "rows of features"),
      (images, images, "vector of labels"), (images, Data([0, 0, 8, 1, 0, 0, 0, 2, 7, 0]), "2 labels for 3 rows"),
      (images, Data([0, 0, 0x0D, 1, 0, 0, 0, 3, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "row 0 (from 0): label 0.5"),
      (Data([0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]), labels, "no IDX"),
      // Found by launch/fuzz: more elements than the file can hold.
      (Data([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0x80, 0, 0, 2]) + Data(count: 12), labels, "cut short"),
      (Data([0, 0, 8, 3, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]), labels, "no IDX"),
      (Data([0, 0, 8, 4, 0, 0, 0, 0] + Array(repeating: 255, count: 12)), labels, "no IDX"),
    ] {
      let (path, labelsPath) = (try folder.write(x, to: "x"), try folder.write(y, to: "y"))
      let failure = #expect(throws: AgreedFailure.self) { try read(path, labels: labelsPath) }
      #expect(failure?.message.contains(part) == true, "\(failure?.message ?? "")")
    }
    let alone = try folder.write(images, to: "u-images-idx3-ubyte")
    let failure = #expect(throws: AgreedFailure.self) { try read(alone) }
    #expect(failure?.message.contains("--labels (there is no \(folder.path("u-labels-idx1-ubyte")))") == true)
  }
}
