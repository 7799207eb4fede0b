import Collectives
import Datasets
import Foundation
import Kernels
import RandomStreams
import Tensors
import TestSupport
import Testing

private let alone = SingleProcessCommunicator()

/// What numbers become: bins and ranks, by exact quantiles.
@Suite struct NumberEncodingTests {
  /// A table of rows that lie on the ranks by their shards.
  private static func table(
    _ columns: [FeatureColumn], _ rows: [[Float]], shards: Int = 1, ranks: Int = 1, rank: Int = 0
  ) throws -> Table {
    let layout = try ShardLayout(shardCount: shards, rankCount: ranks)
    let own = layout.shards(ofRank: rank).map { index in
      let places = layout.range(ofShard: index, in: rows.count)
      let features = Matrix(zeros: places.count, columns.count)
      for (row, place) in places.enumerated() {
        for column in columns.indices { features[row, column] = rows[place][column] }
      }
      return Shard(index: index, features: .dense(features), labels: Array(repeating: 0, count: places.count))
    }
    return Table(
      ShardedSamples(
        name: "t", classNames: ["x", "y"], layout: layout, shards: own,
        sampleCounts: (0..<shards).map { layout.range(ofShard: $0, in: rows.count).count }), columns: columns)
  }

  private func learn(
    _ columns: [FeatureColumn], _ rows: [[Float]], _ numbers: FeatureEncoding.NumberEncoding, standardizing: Bool = true
  ) throws -> FeatureEncoding {
    try FeatureEncoding(
      learningFrom: Self.table(columns, rows), numbers: numbers, standardizing: standardizing, mostOneHot: 8,
      over: alone)
  }

  /// Columns of many kinds, and their rows.
  private static func mixed(rows count: Int) -> (columns: [FeatureColumn], rows: [[Float]]) {
    var random = RandomStream(seed: 11, purpose: .syntheticFeatures)
    let columns =
      [
        FeatureColumn(name: "normal"), FeatureColumn(name: "missing"), FeatureColumn(name: "few"),
        FeatureColumn(name: "zeros"), FeatureColumn(name: "dates", offset: 1_700_000_000),
        FeatureColumn(name: "two"), FeatureColumn(name: "constant"), FeatureColumn(name: "nothing"),
        FeatureColumn(name: "once"), FeatureColumn(name: "kind", kind: .categorical(levels: ["a", "b"])),
      ] + (0..<9).map { FeatureColumn(name: "more \($0)") }
    let rows = (0..<count).map { row in
      let normal = Float(random.normal())
      let many = (0..<9).map { _ in Float(random.normal() * random.normal() * 1e-3) }
      return [
        normal, row % 3 == 1 ? .nan : normal * 1e20, Float(row * row % 7), row % 2 == 0 ? -0.0 : 0.0,
        Float(row * 37 % 1_000), Float(row % 2), 4.5, .nan, row == 5 ? 2 : .nan, Float(row % 2),
      ] + many
    }
    return (columns, rows)
  }

  /// As numpy.quantile, or with the lower neighbour only (method="lower").
  private func quantiles(_ values: [Float], offset: Double, parts: Int, interpolating: Bool) -> [Double] {
    let sorted = values.filter { !$0.isNaN }.map { Double($0) + offset }.sorted()
    return (0...parts).map { part in
      guard interpolating else { return sorted[part * (sorted.count - 1) / parts] }
      let h = Double(part) / Double(parts) * Double(sorted.count - 1)
      let (low, high) = (Int(h.rounded(.down)), Int(h.rounded(.up)))
      return sorted[low] + (h - h.rounded(.down)) * (sorted[high] - sorted[low])
    }
  }

  private func isClose(_ one: [Double], _ other: [Double]) -> Bool {
    one.count == other.count
      && zip(one, other).allSatisfy { abs($0 - $1) <= 1e-12 * max(abs($0), abs($1), one[one.count - 1] - one[0]) }
  }

  @Test(arguments: [FeatureEncoding.NumberEncoding.piecewise(bins: 32), .piecewise(bins: 2), .quantile])
  func `quantiles are those of the sorted values, with the same bits at any ranks and shards`(
    numbers: FeatureEncoding.NumberEncoding
  ) throws {
    // Nine columns of as many quantiles as there are do not fit into one round of passes.
    let (columns, rows) = Self.mixed(rows: 1_203)
    let encoding = try learn(columns, rows, numbers)
    for (index, column) in encoding.columns.enumerated() {
      let values = rows.map { $0[index] }
      switch column.kind {
      case .piecewise(_, _, let fill, let offset, let edges):
        guard case .piecewise(let bins, _) = numbers else {
          Issue.record("bins of \(column.name)")
          continue
        }
        let all = quantiles(values, offset: columns[index].offset, parts: bins, interpolating: false)
        let expected = all.indices.filter { $0 == 0 || all[$0] > all[$0 - 1] }.map { all[$0] }
        #expect(isClose(edges, expected), "\(column.name): \(edges), \(expected)")
        #expect(offset == columns[index].offset && fill >= edges[0] && fill <= edges[edges.count - 1])
      case .quantile(let ranks, let offset):
        let known = values.count { !$0.isNaN }
        let all = zip(ranks.values, ranks.counts).flatMap { Array(repeating: $0, count: $1) }
        let expected = quantiles(
          values, offset: columns[index].offset, parts: min(known, 1_000) - 1, interpolating: true)
        #expect(isClose(all, expected), "\(column.name)")
        #expect(offset == columns[index].offset && Set(ranks.values).count == ranks.values.count)
      case .numeric: #expect(["zeros", "constant", "nothing", "once"].contains(column.name))
      case .oneHot, .hashed, .level: #expect(column.name == "kind")
      }
    }
    #expect(encoding.columns.count { $0.kind.isOfOneFeature } == (numbers == .quantile ? 18 : 4))
    try expectSameQuantiles(as: encoding.columns, numbers) { Self.mixed(rows: 1_203) }
  }

  /// At other numbers of ranks and shards.
  ///
  /// - Parameter table: Makes the table that `whole` was learned from.
  private func expectSameQuantiles(
    as whole: [EncodedColumn], _ numbers: FeatureEncoding.NumberEncoding,
    of table: @Sendable @escaping () -> (columns: [FeatureColumn], rows: [[Float]])
  ) throws {
    for (ranks, shards) in [(1, 8), (2, 8), (3, 7), (5, 5)] {
      let found = try onThreads(ranks: ranks) { rank in
        let (columns, rows) = table()
        return try FeatureEncoding(
          learningFrom: Self.table(columns, rows, shards: shards, ranks: ranks, rank: rank.rank), numbers: numbers,
          standardizing: false, mostOneHot: 8, over: rank
        ).columns
      }
      for columns in found { #expect(columns.map(\.quantiles) == whole.map(\.quantiles), "at \(ranks) ranks") }
    }
  }

  /// By sorting all values, one column at a time.
  private func spreadEdges(_ values: [Float], offset: Double, parts: Int) -> [Double] {
    var left = values.filter { !$0.isNaN }.map { Double($0) + offset }.sorted()
    var (edges, others): ([Double], [Double]) = ([], [])
    for _ in 0..<8 where !left.isEmpty {
      let bins = parts - edges.count
      let places = Set((0...bins).map { $0 * (left.count - 1) / bins })
      let found = places.map { left[$0] }
      others = Set(found).sorted()
      let crowded = others.filter { value in found.count { $0 == value } > 1 }
      if crowded.isEmpty { break }
      edges += crowded
      others.removeAll { crowded.contains($0) }
      left.removeAll { crowded.contains($0) }
      if left.isEmpty { others = [] }
    }
    // The bins that go on beyond the edges do not end at the neighbour of a frequent value.
    if let least = edges.min(), let most = edges.max() {
      if others.count > 1 || others.allSatisfy({ $0 < most }), let first = others.first, first > least {
        others.removeFirst()
      }
      if let last = others.last, last < most { others.removeLast() }
    }
    return (edges + others).sorted()
  }

  /// Columns in which some values are frequent, and their rows.
  private static func crowded(rows count: Int) -> (columns: [FeatureColumn], rows: [[Float]]) {
    var random = RandomStream(seed: 12, purpose: .syntheticFeatures)
    let names = ["zeros", "halves", "few", "twice", "normal", "rare", "one", "missing", "money"]
    let rows = (0..<count).map { row -> [Float] in
      let normal = Float(random.normal())
      // 0 in half of the rows, 1 in a quarter, …; and 0 in nine tenths, but amounts with round ones among them.
      let halves = Float((UInt32(random.uniform() * 0x1p20) | 1 << 20).trailingZeroBitCount)
      let amount =
        random.uniform() < 0.9 ? 0 : (random.uniform() < 0.3 ? 5_000 : Float(1e4 * random.uniform()).rounded())
      return [
        row % 10 == 0 ? normal : 0, halves, Float(row * row % 13), row % 5 < 2 ? 1 : (row % 5 < 4 ? -1 : normal),
        normal,
        row == 7 ? 3 : Float(row % 2), 4, row % 3 == 0 ? .nan : (row % 2 == 0 ? -0.0 : normal), amount,
      ]
    }
    return (names.map { FeatureColumn(name: $0, offset: $0 == "money" ? 1e6 : 0) }, rows)
  }

  @Test(arguments: [2, 3, 8, 32, 200])
  func `spread edges are those of the rule, with the same bits at any ranks and shards`(bins: Int) throws {
    let numbers = FeatureEncoding.NumberEncoding.piecewise(bins: bins, isSpread: true)
    let (columns, rows) = Self.crowded(rows: 1_307)
    let whole = try learn(columns, rows, numbers).columns
    for (index, column) in whole.enumerated() {
      let values = rows.map { $0[index] }
      let expected = spreadEdges(values, offset: columns[index].offset, parts: bins)
      guard case .piecewise(_, _, _, _, let edges) = column.kind else {
        #expect(column.name == "one")
        continue
      }
      #expect(isClose(edges, expected), "\(column.name): \(edges), \(expected)")
      #expect(edges.count <= bins + 1)
    }
    // What they are for: edges where the samples are told apart.
    if bins == 32 {
      // 0 is none of them at its right.
      #expect(whole[8].quantiles[0] == 1e6 && whole[8].quantiles[1] > 1e6 + 100)
      let plain = try learn(columns, rows, .piecewise(bins: 32)).columns
      #expect(whole[0].quantiles.count == 33 && plain[0].quantiles.count < 8)
      #expect(whole[4].quantiles == plain[4].quantiles)
    }
    try expectSameQuantiles(as: whole, numbers) { Self.crowded(rows: 1_307) }
  }

  @Test func `a number beyond spread edges is a few bins away, however near the neighbour of a frequent value`() throws
  {
    // 0, and amounts of 1 to 299 and one of next to nothing; and the same below 0.
    let rows = (0..<3_000).map { row -> [Float] in
      let amount: Float = row % 10 > 0 ? 0 : (row == 0 ? 1e-6 : Float(row / 10))
      return [amount, -amount]
    }
    let columns = try learn(
      ["above", "below"].map { FeatureColumn(name: $0) }, rows, .piecewise(bins: 32, isSpread: true)
    ).columns
    for (column, sign) in zip(columns, [1, -1] as [Float]) {
      #expect(column.quantiles.count > 20)
      for number in [-5, -1, 0, 1, 300, 310] as [Float] {
        let features = column.features(ofNumber: sign * number)
        #expect(features.allSatisfy { abs($0) < 10 }, "\(number) of \(column.name): \(features)")
      }
    }
  }

  @Test(arguments: [false, true], [0, 1_700_000_000.0])
  func `a number's way through the bins is that of the formula, beyond the edges too`(
    marksMissing: Bool, offset: Double
  ) {
    for count in [2, 3, 9, 10, 11, 17, 34] {
      var random = RandomStream(seed: UInt64(count), purpose: .syntheticFeatures)
      var edges = [offset - 3]
      for _ in 1..<count { edges.append(edges[edges.count - 1] + 0.25 + random.uniform()) }
      let map = PiecewiseLinear(
        mean: offset + 1, scale: 3, fill: offset + 0.5, offset: offset, edges: edges, marksMissing: marksMissing)
      #expect(map.width == count + (marksMissing ? 1 : 0))
      let values = edges.map { Float($0 - offset) } + (0..<60).map { Float($0) / 2 - 10 } + [.nan, -0.0, .infinity]
      let raw = Matrix(Storage(zeros: 3 * values.count), rows: values.count, columns: 3)
      for (row, value) in values.enumerated() { raw[row, 1] = value }
      let features = Matrix(zeros: values.count, map.width + 3)
      map(raw, column: 1, into: features, at: 2)
      for (row, value) in values.enumerated() {
        let x = value.isNaN ? offset + 0.5 : Double(value) + offset
        var expected = [Float((x - (offset + 1)) / 3)]
        for bin in 1..<count {
          var share = (x - edges[bin - 1]) / (edges[bin] - edges[bin - 1])
          if bin > 1 { share = max(share, 0) }
          if bin < count - 1 { share = min(share, 1) }
          expected.append(Float(share))
        }
        if marksMissing { expected.append(value.isNaN ? 1 : 0) }
        #expect(features.row(row).array == [0, 0] + expected + [0], "\(value) by \(edges)")
      }
    }
  }

  @Test func `values that are missing, and columns of one or two values`() throws {
    let columns = ["n", "two", "one"].map { FeatureColumn(name: $0) }
    let rows: [[Float]] = [[1, 0, 3], [.nan, 1, 3], [5, 1, 3], [3, 1, 3]]
    let piecewise = try learn(columns, rows, .piecewise(bins: 2), standardizing: false)
    #expect(
      piecewise.columns == [
        EncodedColumn(
          name: "n", kind: .piecewise(mean: 0, scale: 1, fill: 3, edges: [1, 3, 5]), marksMissing: true),
        EncodedColumn(name: "two", kind: .piecewise(mean: 0, scale: 1, fill: 0.75, edges: [0, 1])),
        EncodedColumn(name: "one", kind: .numeric(mean: 0, scale: 1, fill: 3)),
      ])
    #expect(
      piecewise.featureNames == [
        "n", "n bin 1", "n bin 2", "n is missing", "two", "two bin 1", "one",
      ])
    #expect(piecewise.columns[0].features(ofNumber: .nan) == [3, 1, 0, 1])
    #expect(piecewise.columns[0].features(ofNumber: -3) == [-3, -2, 0, 0])
    #expect(piecewise.columns[0].features(ofNumber: 11) == [11, 1, 4, 0])
    // Half of the values are each: an edge between them would be none of the values.
    let binary = try learn([columns[1]], [[0], [1], [0], [1]], .piecewise(bins: 2))
    #expect(binary.columns[0].quantiles == [0, 1])

    let ranks = try learn(columns, rows, .quantile)
    #expect(ranks.featureNames == ["n", "n is missing", "two", "one"])
    #expect(ranks.columns[0].features(ofNumber: .nan) == [0, 1] && ranks.columns[0].features(ofNumber: 3) == [0, 0])
    #expect(ranks.columns[2].features(ofNumber: 3) == [0])
  }

  private struct Reference: Decodable {
    let name: String
    let values: [Double]
    let inputs: [Double]
    let outputs: [Double]
  }

  /// Written by Reference/make_ranks.py.
  @Test func `ranks are those of scikit-learn`() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Reference/ranks.json")
    let references = try JSONDecoder().decode([Reference].self, from: Data(contentsOf: path))
    #expect(references.count == 5)
    for reference in references {
      let column = try learn([FeatureColumn(name: "n")], reference.values.map { [Float($0)] }, .quantile).columns[0]
      for (input, output) in zip(reference.inputs, reference.outputs) {
        let found = column.features(ofNumber: Float(input))[0]
        #expect(abs(Double(found) - output) <= 1e-6, "\(input) of \(reference.name): \(found), \(output)")
      }
    }
  }

  @Test func `the normal quantile is the inverse of the distribution, and the logarithm that of the exponential`() {
    var worst = 0.0
    for step in 1..<100_000 {
      for p in [Double(step) * 1e-5, 1e-7 * pow(1.0001, Double(step / 2))] where p <= 1 - 1e-7 {
        let z = normalQuantile(p)
        // To first order: the difference of probabilities over the density.
        let error = (0.5 * erfc(-z / 2.0.squareRoot()) - p) / (exp(-z * z / 2) / (2 * Double.pi).squareRoot())
        worst = max(worst, abs(error) / max(1, abs(z)))
        #expect(
          p < 0.999 ? abs(error) < 1e-13 * max(1, abs(z)) : abs(error) < 1e-9, "Φ⁻¹(\(p)) = \(z), off by \(error)")
      }
    }
    #expect(worst > 0 && normalQuantile(0.5) == 0 && normalQuantile(0.25) == -normalQuantile(0.75))
    for step in 0..<100_000 {
      let x = exp(-20 + 40 * Double(step) / 100_000)
      #expect(abs(naturalLogarithm(x) - log(x)) <= max(2 * log(x).ulp, 1e-16), "log \(x)")
    }
    #expect(naturalLogarithm(1) == 0)
  }
}

extension EncodedColumn {
  /// What the encoding learned by order.
  fileprivate var quantiles: [Double] {
    switch kind {
    case .piecewise(_, _, _, _, let edges): edges
    case .quantile(let ranks, _): ranks.values + ranks.counts.map(Double.init)
    case .numeric, .oneHot, .hashed, .level: []
    }
  }
}

extension EncodedColumn.Kind {
  fileprivate var isOfOneFeature: Bool {
    switch self {
    case .numeric, .quantile: true
    case .piecewise, .oneHot, .hashed, .level: false
    }
  }
}
