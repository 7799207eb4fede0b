internal import Collectives
internal import Tensors

/// Edges of the bins of columns of numbers (`--bin-edges spread`): quantiles, of which a value that many samples have takes
/// up no more than one.
///
/// At T quantiles of a column, nine tenths of whose values are 0, nine tenths of the edges are 0 and one: T/10 bins are left for
/// all that tells its samples apart. So a value that several quantiles have becomes an edge for itself, and the other edges are quantiles of
/// the values that are left, by as many parts as there are edges left; until no value has several, or for so many rounds. A
/// column of at most T values has an edge at each. (LightGBM's bins of histograms give frequent values bins of their own for
/// the same reason.)
///
/// Edges are values of the data, found exactly (`OrderStatistics`), so they have the same bits at any number of ranks and
/// shards.
struct BinEdges {
  /// Of quantiles that are looked for; each takes passes over the columns that have values of several quantiles.
  private static let mostRounds = 8

  /// Collective.
  ///
  /// - Parameters:
  ///   - wishes: The same on all ranks; T of each is its `parts`.
  ///   - shards: Dense; NaN stands for no value.
  /// - Returns: Of each wish at most T + 1 edges, ascending, each once.
  static func find(
    _ wishes: [ColumnQuantiles.Wish], in shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) -> [[Double]] {
    var searches = wishes.map { BinEdges($0) }
    for _ in 0..<mostRounds {
      let open = searches.indices.filter { !searches[$0].places.isEmpty }
      guard !open.isEmpty else { break }
      let asked = open.map { OrderStatistics.Wish(column: wishes[$0].column, places: searches[$0].places) }
      let found = try OrderStatistics.values(asked, of: shards, over: communicator)
      var crowds: [(column: Int, values: [Float])] = []
      for (index, values) in zip(open, found) {
        crowds.append((wishes[index].column, searches[index].take(values)))
      }
      let counts = try Self.counts(of: crowds, in: shards, over: communicator)
      for (index, (crowd, counts)) in zip(open, zip(crowds, counts)) { searches[index].setApart(crowd.values, counts) }
    }
    return zip(wishes, searches).map { wish, search in search.edges.map { Double($0) + wish.offset } }
  }

  /// A value with an edge of its own.
  private struct Crowd {
    let value: Float
    /// Where it first stands in the ascending order of the column, and how often.
    let first: Int64
    let count: Int64
  }

  private let count: Int64
  /// T
  private let parts: Int
  /// Ascending.
  private var crowds: [Crowd] = []
  /// Quantiles of the other values, ascending, each once.
  private var others: [Float] = []
  /// In the order of the column: of the quantiles that are to be found next; none where the search is over.
  private var places: [Int]

  private init(_ wish: ColumnQuantiles.Wish) {
    (count, parts) = (wish.count, wish.parts)
    places = []
    places = nextPlaces
  }

  private var edges: [Float] { (crowds.map(\.value) + others).sorted() }

  /// The quantiles of the values that are left.
  private var nextPlaces: [Int] {
    let (left, parts) = (count - crowds.reduce(0) { $0 + $1.count }, parts - crowds.count)
    guard left > 0, parts > 0 else { return [] }
    // Less than 2⁶³ for 2⁵³ samples and 1,000 parts.
    let amongLeft = Set((0...parts).map { part in Int64(part) * (left - 1) / Int64(parts) }).sorted()
    var (skipped, next) = (Int64(0), crowds[...])
    return amongLeft.map { place in
      while let crowd = next.first, place + skipped >= crowd.first {
        skipped += crowd.count
        next = next.dropFirst()
      }
      return Int(place + skipped)
    }
  }

  /// Takes the values at `places`.
  ///
  /// - Returns: Those that stand at several of them.
  private mutating func take(_ values: [Float]) -> [Float] {
    others = values.indices.filter { $0 == 0 || values[$0] > values[$0 - 1] }.map { values[$0] }
    let repeated = values.indices.dropFirst().filter { values[$0] == values[$0 - 1] }.map { values[$0] }
    return repeated.indices.filter { $0 == 0 || repeated[$0] > repeated[$0 - 1] }.map { repeated[$0] }
  }

  /// Gives values that stand at several places edges of their own.
  ///
  /// - Parameter counts: Of all samples: how many have less than each value, and how many have it.
  private mutating func setApart(_ values: [Float], _ counts: [(less: Int64, equal: Int64)]) {
    guard !values.isEmpty else {
      places = []
      return
    }
    crowds += zip(values, counts).map { Crowd(value: $0, first: $1.less, count: $1.equal) }
    crowds.sort { $0.value < $1.value }
    others.removeAll { values.contains($0) }
    places = nextPlaces
    // Nothing is left between them.
    if places.isEmpty { others = [] }
  }

  /// How many values of a column are less than each of some, and how many are equal to it. Collective.
  private static func counts(
    of columns: [(column: Int, values: [Float])], in shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) -> [[(less: Int64, equal: Int64)]] {
    // Of each value: those between the one before and it, then those that are equal to it.
    let starts = columns.reduce(into: [0]) { $0.append($0[$0.count - 1] + 2 * $1.values.count) }
    var counts = [Int64](repeating: 0, count: starts[columns.count])
    for features in shards.map(\.features.dense) where !counts.isEmpty {
      for (start, (column, values)) in zip(starts, columns) where !values.isEmpty {
        for row in 0..<features.rows {
          let value = features[row, column]
          guard let place = values.firstIndex(where: { value <= $0 }) else { continue }
          counts[start + 2 * place + (value == values[place] ? 1 : 0)] += 1
        }
      }
    }
    counts = try communicator.sum(counts)
    return zip(starts, columns).map { start, column in
      var less = Int64(0)
      return column.values.indices.map { index in
        less += counts[start + 2 * index]
        defer { less += counts[start + 2 * index + 1] }
        return (less, counts[start + 2 * index + 1])
      }
    }
  }
}
