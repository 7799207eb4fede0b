import Collectives
import Datasets
import Foundation
import RandomStreams
import Tensors
import TestSupport
import Testing

/// How well columns tell classes apart, against the definition in Double.
@Suite struct ColumnRelevanceTests {
  /// Columns of a number that tells classes apart, of noise, of a value alone, of a number that says nothing but by its
  /// middle, and of a category; some values are missing, and every eleventh sample is ignored.
  private struct Sample {
    let values: [Float]
    let label: Int32
  }

  private static let columns = [
    FeatureColumn(name: "tells"), FeatureColumn(name: "noise"), FeatureColumn(name: "alike"),
    FeatureColumn(name: "middle"), FeatureColumn(name: "color", kind: .categorical(levels: ["red", "green", "blue"])),
  ]

  private static let samples: [Sample] = {
    var random = RandomStream(seed: 5, purpose: .syntheticFeatures)
    return (0..<301).map { index in
      let label = index % 7 == 3 ? 2 : index % 2
      let middle = label == 0 ? Float(random.normal()) * 0.2 : Float(random.normal() > 0 ? 2 : -2)
      let color = label == 1 ? Float(index % 3) : label == 2 ? 2 : .nan
      let values = [
        Float(label) + Float(random.normal()), index % 5 == 0 ? .nan : Float(random.normal()), 0.7391, middle, color,
      ]
      return Sample(values: values, label: index % 11 == 10 ? -1 : Int32(label))
    }
  }()

  private enum Kind: CaseIterable {
    case standard
    case bins
    case levels
  }

  /// - Parameter classes: Of which the last may have no sample.
  private func dataset(
    _ kind: Kind, _ samples: [Sample] = samples, classes: Int = 4, standardizing: Bool = true,
    over communicator: some Communicator
  ) throws -> Dataset {
    let layout = try ShardLayout(shardCount: 8, rankCount: communicator.size)
    let shards = layout.shards(ofRank: communicator.rank).map { index in
      let rows = layout.range(ofShard: index, in: samples.count)
      let features = Vector(rows.flatMap { samples[$0].values }).matrix(rows: rows.count, columns: 5)
      return Shard(index: index, features: .dense(features), labels: rows.map { samples[$0].label })
    }
    let table = Table(
      ShardedSamples(
        name: "t", classNames: (0..<classes).map { "c\($0)" }, layout: layout, shards: shards,
        sampleCounts: (0..<8).map { layout.range(ofShard: $0, in: samples.count).count }),
      columns: Self.columns)
    let encoding = try FeatureEncoding(
      learningFrom: table, numbers: kind == .standard ? .standard : .piecewise(bins: 6), standardizing: standardizing,
      mostOneHot: 8, embedsColumns: kind == .levels, over: communicator)
    return encoding.apply(to: table)
  }

  /// ε² of features that belong together, from the definition.
  private func reference(_ features: [[Double]], _ labels: [Int32]) -> Double {
    let kept = labels.indices.filter { labels[$0] >= 0 }
    let classes = Set(kept.map { labels[$0] })
    func mean(_ rows: [Int], _ feature: [Double]) -> Double {
      rows.reduce(0) { $0 + feature[$1] } / Double(rows.count)
    }
    var (between, all) = (0.0, 0.0)
    for feature in features {
      let center = mean(kept, feature)
      all += kept.reduce(0) { $0 + pow(feature[$1] - center, 2) }
      for label in classes {
        let rows = kept.filter { labels[$0] == label }
        between += Double(rows.count) * pow(mean(rows, feature) - center, 2)
      }
    }
    let (n, c) = (Double(kept.count), Double(classes.count))
    return all < 1e-20 ? 0 : max(1 - (1 - between / all) * (n - 1) / (n - c), (c - 1) / (n - 1))
  }

  /// Of a category: by how much the mean chance of a wrong guess, drawn as the classes are, is less within its levels, less
  /// that of chance.
  private func reference(levels: [Int], _ labels: [Int32]) -> Double {
    let kept = labels.indices.filter { labels[$0] >= 0 }
    let n = Double(kept.count)
    func impurity(_ rows: [Int]) -> Double {
      let shares = Set(labels).map { label in Double(rows.count { labels[$0] == label }) / Double(rows.count) }
      return 1 - shares.reduce(0) { $0 + $1 * $1 }
    }
    let groups = Dictionary(grouping: kept) { levels[$0] }
    let within = groups.values.reduce(0.0) { (sum: Double, rows: [Int]) in
      sum + Double(rows.count) / n * impurity(rows)
    }
    let tau = 1 - within / impurity(kept)
    let classes = Double(Set(kept.map { labels[$0] }).count)
    return max(1 - (1 - tau) * (n - 1) / (n - Double(groups.count)), (classes - 1) / (n - 1))
  }

  @Test func `it is the share of the variance between classes, less that of chance`() throws {
    let alone = SingleProcessCommunicator()
    let labels = Self.samples.map(\.label)
    for kind in Kind.allCases {
      let data = try dataset(kind, over: alone)
      let rows = data.shards.map { data.features(of: $0).dense }.flatMap { matrix in
        (0..<matrix.rows).map { matrix.row($0).array.map(Double.init) }
      }
      let found = try ColumnRelevance(of: data, over: alone).values
      var start = 0
      for (index, column) in data.columns.enumerated() {
        let features = (start..<(start + column.width)).map { feature in rows.map { $0[feature] } }
        // Of a category the level of each sample, or −1.
        let levels: [Int]? =
          column.isNumeric
          ? nil
          : column.isLevel
            ? features[0].map { Int($0) }
            : labels.indices.map { row in features.firstIndex { $0[row] == 1 } ?? -1 }
        let expected = levels.map { reference(levels: $0, labels) } ?? reference(features, labels)
        #expect(abs(found[index] - expected) < 1e-6, "\(kind) \(column.name): \(found[index]) for \(expected)")
        start += column.width
      }
      #expect(found[0] > 0.2 && found[1] < 0.05 && found[2] == 0 && found[4] > 0.3, "\(found)")
      // Bins see what no mean tells.
      #expect(kind == .standard ? found[3] < 0.03 : found[3] > 0.06, "\(found)")
    }
  }

  @Test(arguments: [2, 3, 8])
  func `ranks change no bit`(ranks: Int) throws {
    for kind in Kind.allCases {
      let single = try ColumnRelevance(
        of: try dataset(kind, over: SingleProcessCommunicator()), over: SingleProcessCommunicator())
      let all = try onThreads(ranks: ranks) {
        let found = try ColumnRelevance(of: try self.dataset(kind, over: $0), over: $0)
        return [found.values.map(\.bitPattern), found.weights(power: 0.7).map { UInt64($0.bitPattern) }]
      }
      #expect(
        all
          == Array(
            repeating: [
              single.values.map(\.bitPattern), single.weights(power: 0.7).map { UInt64($0.bitPattern) },
            ], count: ranks))
    }
  }

  @Test(arguments: [true, false])
  func `of equal values it is 0, and as many sums as are taken at a time change no bit`(standardizing: Bool) throws {
    let alone = SingleProcessCommunicator()
    for kind in Kind.allCases {
      let data = try dataset(kind, standardizing: standardizing, over: alone)
      let whole = try ColumnRelevance(of: data, over: alone).values
      #expect(whole[2] == 0 && whole[0] > 0.2, "\(whole)")
      for mostSums in [1, 9, 40] {
        let found = try ColumnRelevance(of: data, mostSums: mostSums, over: alone).values
        #expect(found.map(\.bitPattern) == whole.map(\.bitPattern), "\(kind) \(mostSums)")
      }
    }
  }

  @Test func `weights are the power of it, of a mean square of 1 over the columns`() throws {
    let alone = SingleProcessCommunicator()
    let data = try dataset(.bins, over: alone)
    let relevance = try ColumnRelevance(of: data, over: alone)
    for power in [0.5, 1, 2] {
      let weights = relevance.weights(power: power)
      var (squares, start) = (0.0, 0)
      for column in data.columns {
        #expect(weights[start..<(start + column.width)].allSatisfy { $0 == weights[start] })
        squares += Double(weights[start]) * Double(weights[start])
        start += column.width
      }
      #expect(weights.count == data.featureCount && abs(squares / 5 - 1) < 1e-5)
      let ratio = Double(weights[data.columns[0].width]) / Double(weights[0])
      #expect(abs(ratio - pow(relevance.values[1] / relevance.values[0], power)) < 1e-6)
    }
  }

  @Test func `of one class, or of a class for each sample, all columns are alike`() throws {
    let alone = SingleProcessCommunicator()
    for labels in [Array(repeating: Int32(1), count: 9), (0..<9).map(Int32.init)] {
      let samples = labels.enumerated().map { Sample(values: Self.samples[$0].values, label: $1) }
      let relevance = try ColumnRelevance(of: try dataset(.standard, samples, classes: 9, over: alone), over: alone)
      #expect(relevance.values.allSatisfy { $0 == 0 } && relevance.weights(power: 1).allSatisfy { $0 == 1 })
    }
  }

  @Test func `sparse rows have that of the same rows with their zeros`() throws {
    let alone = SingleProcessCommunicator()
    let layout = try ShardLayout(shardCount: 1, rankCount: 1)
    let sparse = SparseMatrix(
      columns: 5, starts: [0, 3, 5, 6, 9, 10], entryColumns: [0, 2, 4, 1, 4, 4, 0, 2, 4, 3],
      values: [1, 2, 0.1, 3, 0.1, 0.1, 4, 0.5, 0.1, -1])
    let found = try [FeatureMatrix.sparse(sparse), .dense(sparse.dense())].map { features in
      try ColumnRelevance(
        of: Dataset(
          name: "t", featureNames: ["a", "b", "c", "d", "e"], classNames: ["x", "y"], layout: layout,
          shards: [Shard(index: 0, features: features, labels: [0, 1, 1, 0, -1])], sampleCounts: [5]),
        over: alone
      ).values
    }
    #expect(zip(found[0], found[1]).allSatisfy { abs($0 - $1) < 1e-9 }, "\(found)")
    #expect(found[0][0] > 0.3 && found[0][3] == 0 && found[0][4] == 0, "\(found)")
  }
}
