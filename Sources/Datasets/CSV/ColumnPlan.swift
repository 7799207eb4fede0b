internal import Collectives

/// What each column of a file is for. The same on all ranks.
struct ColumnPlan {
  struct Feature {
    let name: String
    let demand: Demand
  }

  /// What is known of a feature before its values are seen.
  enum Demand: Equatable {
    case none
    case numeric
    /// With the levels that there are, where they are known.
    case categorical(levels: [String]?)
  }

  let labelColumn: Int
  /// The place of each column of the file among the features; nil for the label and what is dropped.
  let featurePlaces: [Int?]
  let features: [Feature]

  /// - Throws: `CSVError`
  init(_ header: CSVHeader, path: String, options: CSVOptions) throws(CSVError) {
    let names = header.columnNames
    func places(_ references: [ColumnReference], _ option: String) throws(CSVError) -> Set<Int> {
      var places: Set<Int> = []
      for reference in references { places.insert(try header.place(of: reference, option: option, path: path)) }
      return places
    }
    let label = try header.place(of: options.label, option: "--label", path: path)
    let dropped = try places(options.dropped, "--drop")
    let numeric = try places(options.numeric, "--numeric")
    let categorical = try places(options.categorical, "--categorical")
    if let both = numeric.intersection(categorical).min() {
      throw .numericAndCategorical(path: path, column: names[both])
    }
    let columns = names.indices.filter { $0 != label && !dropped.contains($0) }
    guard !columns.isEmpty else { throw .oneColumn(path: path) }

    labelColumn = label
    var featurePlaces = [Int?](repeating: nil, count: names.count)
    if let schema = options.schema {
      let order = try Self.order(of: columns, named: names, in: schema, byPlace: !header.hasNames, path: path)
      for (column, place) in zip(columns, order) { featurePlaces[column] = place }
      features = schema.map { column in
        switch column.kind {
        case .numeric: Feature(name: column.name, demand: .numeric)
        case .categorical(let levels): Feature(name: column.name, demand: .categorical(levels: levels))
        }
      }
    } else {
      for (place, column) in columns.enumerated() { featurePlaces[column] = place }
      features = columns.map { column in
        Feature(
          name: names[column],
          demand: numeric.contains(column)
            ? .numeric : categorical.contains(column) ? .categorical(levels: nil) : .none)
      }
    }
    self.featurePlaces = featurePlaces
  }

  /// The place in `schema` of each column: by name, or where the file has no names, by its place.
  private static func order(
    of columns: [Int], named names: [String], in schema: [FeatureColumn], byPlace: Bool, path: String
  ) throws(CSVError) -> [Int] {
    if byPlace, columns.count == schema.count { return Array(schema.indices) }
    let known = schema.map(\.name)
    let places = columns.map { column in known.firstIndex(of: names[column]) }
    guard Set(places) == Set(schema.indices.map { Optional($0) }), places.count == schema.count else {
      throw .columnsDiffer(path: path, expected: known, found: columns.map { names[$0] })
    }
    return places.compactMap { $0 }
  }
}

/// What was met in a column of features while its fields were taken for numbers.
struct ColumnTally {
  /// Fields that are no numbers.
  var texts = 0
  var missing = 0
  var firstText: (place: CSVError.Place, text: String)?
  /// Where bad rows are left out: which these would be.
  var rowsOfTexts: [RowPlace] = []
}

extension ColumnPlan {
  /// Decides what each feature is, by the tallies of all ranks: numbers, or categories where enough fields
  /// are none. A column of numbers with a few other fields is nobody's intention. Collective.
  ///
  /// - Parameters:
  ///   - rowCount: Of this rank.
  ///   - toleratesTexts: Whether a few other fields among numbers leave the column one of numbers.
  /// - Returns: For each feature, whether it is categorical.
  /// - Throws: `AgreedFailure` with `CSVError.nearlyNumeric`; `CollectiveError`.
  func areCategorical(
    _ tallies: [ColumnTally], rowCount: Int, toleratesTexts: Bool, over communicator: some Communicator
  ) throws -> [Bool] {
    let sums = try communicator.sum(
      [Int64(rowCount)] + tallies.map { Int64($0.texts) } + tallies.map { Int64($0.missing) })
    return try features.indices.map { feature in
      switch features[feature].demand {
      case .categorical: return true
      case .numeric: return false
      case .none: break
      }
      let (texts, missing) = (sums[1 + feature], sums[1 + features.count + feature])
      guard texts > 0 else { return false }
      guard texts * Self.rareTexts >= sums[0] - missing else {
        if toleratesTexts { return false }
        try Self.fail(tallies[feature], over: communicator)
        return false
      }
      return true
    }
  }

  /// A column with both numbers and other fields is categorical only where it has no more levels.
  ///
  /// - Throws: `AgreedFailure` with `CSVError.nearlyNumeric`; `CollectiveError`.
  func checkLevels(
    _ levels: [String], ofFeature feature: Int, _ tally: ColumnTally, over communicator: some Communicator
  ) throws {
    guard features[feature].demand == .none, levels.count > Self.mostMixedLevels else { return }
    guard levels.contains(where: { ClassNames.number($0) != nil }) else { return }
    try Self.fail(tally, over: communicator)
  }

  /// One field in so many that is no number makes a column categorical.
  private static let rareTexts: Int64 = 20
  private static let mostMixedLevels = 50

  /// Reports the first field that is no number.
  private static func fail(_ tally: ColumnTally, over communicator: some Communicator) throws {
    try communicator.agree {
      if let (place, text) = tally.firstText { throw CSVError.nearlyNumeric(place, text: text) }
    }
  }
}
