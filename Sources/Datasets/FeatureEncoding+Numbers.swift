internal import Collectives
public import Configuration

extension FeatureEncoding {
  /// What numbers become.
  public enum NumberEncoding: Equatable, Sendable {
    /// Themselves, perhaps standardized.
    case standard
    /// Their rank among those of the training part, normally distributed (`NormalRanks`).
    case quantile
    /// Themselves, and how far they have come through each bin of so many at most, between quantiles of the training part,
    /// which may be spread so that no value takes up several (`BinEdges`).
    case piecewise(bins: Int, isSpread: Bool = false)
  }

  /// The quantiles that the encoding needs of each column; empty where it needs none. Collective.
  ///
  /// - Parameter missing: Samples without a value of each column, over all ranks.
  static func quantiles(
    of table: borrowing Table, missing: [Int64], _ numbers: NumberEncoding, over communicator: some Communicator
  ) throws(CollectiveError) -> [[Double]] {
    var all = [[Double]](repeating: [], count: table.featureCount)
    guard numbers != .standard else { return all }
    let sampleCount = Int64(table.sampleCount)
    var wishes: [ColumnQuantiles.Wish] = []
    for (index, column) in table.columns.enumerated() where column.kind == .numeric {
      // Of one value, or none, there is nothing to tell.
      let count = sampleCount - missing[index]
      guard count >= 2 else { continue }
      wishes.append(
        ColumnQuantiles.Wish(
          column: index, count: count, parts: numbers.parts(of: count), isInterpolating: numbers == .quantile,
          offset: column.offset))
    }
    let found =
      numbers.isSpread
      ? try BinEdges.find(wishes, in: table.shards, over: communicator)
      : try ColumnQuantiles.find(wishes, in: table.shards, over: communicator)
    for (wish, quantiles) in zip(wishes, found) { all[wish.column] = quantiles }
    return all
  }
}

extension FeatureEncoding.NumberEncoding {
  /// Into how many parts of equal numbers of values quantiles cut a column.
  ///
  /// - Parameter count: Values of the column, two or more.
  fileprivate func parts(of count: Int64) -> Int {
    switch self {
    case .standard: 1
    case .quantile: Int(min(count, Int64(NormalRanks.mostQuantiles))) - 1
    case .piecewise(let bins, _): bins
    }
  }

  fileprivate var isSpread: Bool { if case .piecewise(_, true) = self { true } else { false } }
}

extension EncodedColumn.Kind {
  /// Of a column of numbers.
  ///
  /// - Parameter quantiles: Ascending. Where they are all the same, a column is encoded in the standard way.
  init(
    _ numbers: FeatureEncoding.NumberEncoding, mean: Double, scale: Double, fill: Double, offset: Double,
    quantiles: [Double]
  ) {
    let edges = quantiles.indices.filter { $0 == 0 || quantiles[$0] > quantiles[$0 - 1] }.map { quantiles[$0] }
    switch numbers {
    case .piecewise where edges.count >= 2:
      self = .piecewise(mean: mean, scale: scale, fill: fill, offset: offset, edges: edges)
    case .quantile where edges.count >= 2:
      self = .quantile(NormalRanks(quantiles: quantiles), offset: offset)
    case .standard, .piecewise, .quantile:
      self = .numeric(mean: mean, scale: scale, fill: fill, offset: offset)
    }
  }
}

extension ModelOptions {
  /// What numbers become.
  public var numbers: FeatureEncoding.NumberEncoding {
    switch numericEncoding {
    case .standard: .standard
    case .quantile: .quantile
    case .piecewise: .piecewise(bins: bins, isSpread: binEdges == .spread)
    }
  }
}
