internal import Collectives

/// Edges of the bins of a column of numbers (`--bin-edges spread`): quantiles, of which a value that many samples have takes up
/// no more than one.
///
/// At T quantiles of a column, nine tenths of whose values are 0, nine tenths of the edges are 0 and one: T/10 bins are left for
/// all that tells its samples apart. So a value that several quantiles have becomes an edge for itself, and the other edges
/// are quantiles of the values that are left, by as many parts as there are edges left; until no value has several, or for
/// so many rounds. (LightGBM's bins of histograms give frequent values bins of their own for the same reason.)
///
/// The first bin and the last go on beyond their edges. So where such a value is the least of the column, the least of the others is no
/// edge: from the one to the other it may be next to nothing, by which numbers beyond would be divided. The same goes for the
/// largest.
///
/// Edges are values of the data, found exactly (`OrderStatistics`), so they have the same bits at any number of ranks and
/// shards.
struct BinEdges {
  /// Each takes four passes over the columns that have values of several quantiles.
  private static let mostRounds = 8

  /// Collective.
  ///
  /// - Parameters:
  ///   - wishes: The same on all ranks; T of each is its `parts`.
  ///   - shards: Dense; NaN stands for no value.
  /// - Returns: Of each wish at most T + 1 edges, ascending.
  static func find(
    _ wishes: [ColumnQuantiles.Wish], in shards: [Shard], over communicator: some Communicator
  ) throws(CollectiveError) -> [[Double]] {
    var searches = wishes.map { BinEdges($0) }
    for _ in 0..<mostRounds {
      let open = searches.indices.filter { !searches[$0].places.isEmpty }
      guard !open.isEmpty else { break }
      let asked = open.map { OrderStatistics.Wish(column: wishes[$0].column, places: searches[$0].places) }
      let found = try OrderStatistics.find(asked, in: shards, over: communicator)
      for (index, values) in zip(open, found) { searches[index].take(values) }
    }
    return zip(wishes, searches).map { wish, search in search.edges.map { Double($0) + wish.offset } }
  }

  private let count: Int64
  /// T
  private let parts: Int
  /// Values with an edge of their own, ascending.
  private var crowds: [OrderStatistics.Found] = []
  /// Quantiles of the other values, ascending, each once.
  private var others: [Float] = []
  /// In the order of the column: of the quantiles that are to be found next; none where the search is over.
  private var places: [Int] = []

  private init(_ wish: ColumnQuantiles.Wish) {
    (count, parts) = (wish.count, wish.parts)
    places = placesOfOthers
  }

  /// The quantiles of the values that are no crowds.
  private var placesOfOthers: [Int] {
    let (left, parts) = (count - crowds.reduce(0) { $0 + $1.count }, parts - crowds.count)
    // (There are parts left where values are: of p + 1 quantiles no more than half can be repeated, and of two equal ones
    // nothing is left.)
    guard left > 0, parts > 0 else { return [] }
    // Less than 2⁶³ for 2⁵³ samples and 1,000 parts.
    let amongOthers = Set((0...parts).map { part in Int64(part) * (left - 1) / Int64(parts) }).sorted()
    var (skipped, next) = (Int64(0), crowds[...])
    return amongOthers.map { place in
      while let crowd = next.first, place + skipped >= crowd.first {
        skipped += crowd.count
        next = next.dropFirst()
      }
      return Int(place + skipped)
    }
  }

  /// Takes the values at `places`. Those that stand at several of them are set apart.
  private mutating func take(_ found: [OrderStatistics.Found]) {
    var repeated: [OrderStatistics.Found] = []
    others = []
    for (one, next) in zip(found, found.dropFirst().map(Optional.some) + [nil]) {
      if repeated.last?.value == one.value { continue }
      if one.value == next?.value { repeated.append(one) } else { others.append(one.value) }
    }
    crowds = (crowds + repeated).sorted { $0.value < $1.value }
    places = repeated.isEmpty ? [] : placesOfOthers
  }

  private var edges: [Float] {
    var others = others[...]
    if let least = crowds.first?.value, let most = crowds.last?.value {
      if let first = others.first, least < first, others.count > 1 || first < most { others = others.dropFirst() }
      if let last = others.last, last < most { others = others.dropLast() }
    }
    return (crowds.map(\.value) + others).sorted()
  }
}
