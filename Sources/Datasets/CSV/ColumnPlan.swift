internal import Collectives
internal import Configuration

/// What each column of a file is for. The same on all ranks.
struct ColumnPlan {
  struct Feature {
    let name: String
    let demand: Demand
    let reading: ColumnReading
    /// See `FeatureColumn.offset`.
    let offset: Double
    /// Whether numbers of the sample have fractions: it holds no codes then.
    var hasFractions = false
    /// See `FeatureColumn.hashCount`.
    var hashCount: Int?

    /// Whether it cannot turn out to be a category.
    var isOfNumbers: Bool {
      if case .categorical = demand { false } else { true }
    }
  }

  /// What is known of a feature before its values are seen.
  enum Demand: Equatable {
    case none
    case numeric
    /// Numbers, and whatever else stands there is one that is missing.
    case constant
    /// With the levels that there are, where they are known.
    case categorical(levels: [String]?)
  }

  /// Nil where none is asked for.
  let labelColumn: Int?
  /// See `TableReading`.
  let hasTextLabels: Bool
  /// The place of each column of the file among the features; nil for the label and what is left out.
  let featurePlaces: [Int?]
  let features: [Feature]
  /// See `CSVHeader`.
  let isDecimalProven: Bool
  let leftOut: [TableReading.LeftOut]
  /// Columns that are categories since their digits are codes.
  let codes: [String]
  /// Of a file that goes with another: whether columns are found by their places, since one of the two has no names.
  let takesByPlace: Bool
  /// The same, and whether it has one column less, which is taken for that of the labels.
  let lacksLabels: Bool
  /// Columns that the training data does not know.
  let unknownColumns: [String]

  /// - Throws: `CSVError`
  init(_ header: CSVHeader, path: String, options: CSVOptions) throws(CSVError) {
    let names = header.columnNames
    func places(_ references: [ColumnReference], _ option: String) throws(CSVError) -> Set<Int> {
      var places: Set<Int> = []
      var rest = references[...]
      while let first = rest.first {
        if let (place, parts) = Self.nameWithCommas(atStartOf: rest, names) {
          places.insert(place)
          rest = rest.dropFirst(parts)
        } else {
          places.insert(try header.place(of: first, option: option, path: path))
          rest = rest.dropFirst()
        }
      }
      return places
    }
    let label = try header.place(of: options.label, option: "--label", path: path)
    let labelOption = options.label == .index(-1) ? "--label (the last column, where it is not given)" : "--label"
    let named: [(option: String, columns: Set<Int>)] = [
      (labelOption, [label]), ("--drop", try places(options.dropped, "--drop")),
      ("--numeric", try places(options.numeric, "--numeric")),
      ("--categorical", try places(options.categorical, "--categorical")),
    ]
    for column in names.indices {
      var options = named.filter { $0.columns.contains(column) }.map(\.option)
      if column == label { options.removeAll { $0 == "--categorical" } }
      if options.count > 1 { throw .contradiction(path: path, column: names[column], options: options) }
    }
    let (dropped, numeric, categorical) = (named[1].columns, named[2].columns, named[3].columns)
    var leftOut: [TableReading.LeftOut] = []
    for column in names.indices {
      if dropped.contains(column) {
        leftOut.append(.init(column: column, name: names[column], reason: "--drop"))
      } else if column == 0, header.hasIndex, label != 0, !numeric.contains(0), !categorical.contains(0) {
        leftOut.append(
          .init(
            column: 0, name: header.nameOfIndex,
            reason: "it has no name of its own and tells rows apart; --numeric 0 keeps it"))
      }
    }
    let columns = names.indices.filter { column in column != label && !leftOut.contains { $0.column == column } }
    guard !columns.isEmpty else { throw .noFeatures(path: path, columns: names.count) }

    for column in columns where !categorical.contains(column) {
      if let text = header.surveys[column].proof(of: header.decimal == .point ? .comma : .point) {
        throw .otherDecimal(path: path, column: names[column], text: text, said: header.decimal)
      }
    }
    isDecimalProven = header.isDecimalProven
    labelColumn = label
    hasTextLabels = categorical.contains(label)
    self.leftOut = leftOut
    unknownColumns = []
    (takesByPlace, lacksLabels) = (false, false)
    var featurePlaces = [Int?](repeating: nil, count: names.count)
    for (place, column) in columns.enumerated() { featurePlaces[column] = place }
    self.featurePlaces = featurePlaces
    features = columns.map { column in
      let reading = header.surveys[column].reading(header.decimal)
      return Feature(
        name: names[column],
        demand: numeric.contains(column)
          ? .numeric
          : categorical.contains(column) || header.surveys[column].isOfCodes ? .categorical(levels: nil) : .none,
        reading: reading ?? .number(NumberForm(decimal: header.decimal)),
        offset: FeatureColumn.offset(keeping: header.sampledNumbers[column]),
        hasFractions: header.surveys[column].fractions > 0, hashCount: options.hashCount)
    }
    codes = columns.filter { header.surveys[$0].isOfCodes && !numeric.contains($0) && !categorical.contains($0) }
      .map { names[$0] }
  }

  /// The column whose name was taken for several, since a comma is in it; nil where these are columns of their own.
  ///
  /// - Returns: Its place, and how many parts it has.
  private static func nameWithCommas(
    atStartOf references: ArraySlice<ColumnReference>, _ names: [String]
  ) -> (place: Int, parts: Int)? {
    let found = names.enumerated().compactMap { place, name -> (place: Int, parts: Int)? in
      guard name.utf8.contains(UInt8(ascii: ",")), let parts = ColumnList(argument: name)?.columns,
        references.starts(with: parts), !parts.allSatisfy({ names.contains($0.description) })
      else { return nil }
      return (place, parts.count)
    }
    return found.max { $0.parts < $1.parts }
  }

  /// The place of each name.
  private static func places(_ names: [String]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Of a file that goes with another: columns are found by their names, and what they are is known; where one of the
  /// files has no names, by their places.
  ///
  /// - Throws: `CSVError`
  init(
    _ header: CSVHeader, path: String, options: CSVOptions, as training: TrainingTable
  ) throws(CSVError) {
    let names = header.columnNames
    // The place in this file of each feature, and of the label.
    let columns: [Int?]
    var label: Int?
    var isByPlace = false
    // Columns without names are x0, x1, …: a file may have just these.
    let haveNames =
      header.hasNames && training.columns.allSatisfy { names.contains($0.name) }
      && (options.ignoresLabels || options.saysLabel || training.schema?.labelName.map(names.contains) ?? true)
    if let schema = training.schema, !(schema.hasNames && header.hasNames), !haveNames {
      // Who wants no labels may have left out their column, and no other.
      let lacksLabels = options.ignoresLabels && names.count == schema.columnNames.count - 1
      guard names.count == schema.columnNames.count || lacksLabels else {
        throw .otherColumnCount(path: path, expected: schema.columnNames.count, found: names.count)
      }
      if !lacksLabels {
        label =
          options.saysLabel ? try header.place(of: options.label, option: "--label", path: path) : schema.labelColumn
      }
      // All but the labels, in their order: wherever the labels stand here and there.
      let known = Self.places(
        schema.columnNames.indices.filter { $0 != schema.labelColumn }.map { schema.columnNames[$0] })
      let others = names.indices.filter { $0 != label }
      columns = training.columns.map { column in known[column.name].map { others[$0] } }
      isByPlace = true
    } else if training.schema == nil, !header.hasNames {
      // Nor has the array that the model was trained on: as many numbers as there, and a label or none.
      let count = training.columns.count
      let hasLabel = !options.ignoresLabels || names.count == count + 1
      guard names.count == (hasLabel ? count + 1 : count) else {
        throw .otherColumnCount(path: path, expected: options.ignoresLabels ? count : count + 1, found: names.count)
      }
      if hasLabel { label = try header.place(of: options.label, option: "--label", path: path) }
      columns = names.indices.filter { $0 != label }
      isByPlace = true
    } else {
      let places = Self.places(names)
      columns = training.columns.map { column in places[column.name] }
      if let schema = training.schema {
        label = names.firstIndex { $0 == schema.labelName }
      } else if !options.ignoresLabels {
        label = try header.place(of: options.label, option: "--label", path: path)
      }
    }
    if options.saysLabel, !options.ignoresLabels, !isByPlace {
      label = try header.place(of: options.label, option: "--label", path: path)
    }
    if let label, !options.ignoresLabels, columns.contains(label) {
      throw .labelIsFeature(path: path, column: names[label])
    }
    let lacksLabel = label == nil && !options.ignoresLabels
    let missing =
      zip(columns, training.columns).filter { $0.0 == nil }.map(\.1.name)
      + (lacksLabel ? [training.schema?.labelName ?? ""] : [])
    guard missing.isEmpty else { throw .columnsMissing(path: path, missing: missing, found: names) }

    isDecimalProven = header.isDecimalProven
    labelColumn = options.ignoresLabels ? nil : label
    hasTextLabels = false
    var featurePlaces = [Int?](repeating: nil, count: names.count)
    for (place, column) in columns.enumerated() {
      if let column { featurePlaces[column] = place }
    }
    self.featurePlaces = featurePlaces
    let others = names.indices.filter { featurePlaces[$0] == nil && $0 != label }
    takesByPlace = isByPlace
    lacksLabels = isByPlace && names.count < (training.schema?.columnNames.count ?? 0)
    unknownColumns = header.hasNames && !isByPlace ? others.filter { $0 > 0 || !header.hasIndex }.map { names[$0] } : []
    leftOut = others.map { .init(column: $0, name: names[$0], reason: "no feature of the training data") }
    var features: [Feature] = []
    for (place, column) in zip(columns, training.columns) {
      guard let place else { continue }
      let found = header.surveys[place].reading(header.decimal)
      if column.kind == .numeric, !column.isConstant, let found, found.unit != column.unit {
        throw .unitsDiffer(
          path: path, column: column.name, unit: found.unit.description, training: column.unit.description)
      }
      let other: ColumnReading =
        switch column.unit {
        case .none, .percent: .number(NumberForm(decimal: header.decimal, suffix: column.unit == .percent ? "%" : ""))
        case .date: .time(.date)
        case .timeOfDay: .time(.timeOfDay)
        }
      let demand: Demand =
        switch column.kind {
        case .numeric: column.isConstant ? .constant : .numeric
        case .categorical(let levels): .categorical(levels: levels)
        }
      features.append(
        Feature(
          name: column.name, demand: demand, reading: found ?? other, offset: column.offset,
          hashCount: column.hashCount))
    }
    self.features = features
    codes = []
  }
}

/// What was met in a column of features while its fields were taken for numbers.
struct ColumnTally {
  /// Fields that are no numbers.
  var texts = 0
  var missing = 0
  var firstText: (place: CSVError.Place, text: String)?
  /// Numbers that no Float32 holds, or texts that can be read so: "inf", "1e99".
  var infinite = 0
  var firstInfinite: (place: CSVError.Place, text: String)?
  /// Numbers that are not 0, and that a Float32 takes for it.
  var vanished = 0
  /// Whole numbers that begin with zeros.
  var codes = 0
  var firstCode: (place: CSVError.Place, text: String)?
  /// Numbers with a point that may be one of thousands, and others with a point: where nothing has proven the mark yet.
  var points = 0
  var provenPoints = 0
  var firstPoint: String?
  /// Where bad rows are left out: which these would be.
  var rowsOfTexts: [RowPlace] = []
}

/// The same of all ranks.
struct ColumnTotals {
  var rows = 0
  var texts: [Int] = []
  var infinite: [Int] = []
  var missing: [Int] = []
  var codes: [Int] = []
  var points: [Int] = []
  var vanished: [Int] = []
  /// Of all columns.
  var provenPoints = 0

  /// Collective.
  init(_ tallies: [ColumnTally], rowCount: Int, over communicator: some Communicator) throws(CollectiveError) {
    let provenPoints = tallies.reduce(0) { $0 + $1.provenPoints }
    let figures = [\ColumnTally.texts, \.infinite, \.missing, \.codes, \.points, \.vanished].flatMap { figure in
      tallies.map { Int64($0[keyPath: figure]) }
    }
    let sums = try communicator.sum([Int64(rowCount), Int64(provenPoints)] + figures).map { Int($0) }
    func column(_ index: Int) -> [Int] { Array(sums[(2 + index * tallies.count)...].prefix(tallies.count)) }
    rows = sums[0]
    self.provenPoints = sums[1]
    (texts, infinite, missing) = (column(0), column(1), column(2))
    (codes, points, vanished) = (column(3), column(4), column(5))
  }

  func numbers(_ feature: Int) -> Int { rows - missing[feature] - others(feature) }

  /// Fields that are no numbers, or none that a Float32 holds.
  func others(_ feature: Int) -> Int { texts[feature] + infinite[feature] }
}

extension ColumnPlan {
  /// Decides what each feature is, by the tallies of all ranks: numbers, or categories where enough fields
  /// are none. A column of numbers with a few other fields is nobody's intention. Collective.
  ///
  /// - Parameter toleratesTexts: Whether a few other fields among numbers leave the column one of numbers.
  /// - Returns: For each feature, whether it is categorical.
  /// - Throws: `AgreedFailure` with `CSVError.nearlyNumeric` or `.notFinite`; `CollectiveError`.
  func areCategorical(
    _ tallies: [ColumnTally], _ totals: ColumnTotals, toleratesTexts: Bool, over communicator: some Communicator
  ) throws -> [Bool] {
    try features.indices.map { feature in
      switch features[feature].demand {
      case .categorical: return true
      case .numeric, .constant: return false
      case .none: break
      }
      let others = totals.others(feature)
      guard others > 0 else { return false }
      // Infinite numbers alone make no column one of categories.
      if totals.texts[feature] == 0 || Self.areRare(others, of: totals.rows - totals.missing[feature]) {
        if toleratesTexts { return false }
        try communicator.agree {
          if let (place, text) = tallies[feature].firstInfinite { throw CSVError.notFinite(place, text: text) }
        }
        let reading = features[feature].reading
        try communicator.agree {
          if let (place, text) = tallies[feature].firstText {
            throw CSVError.nearlyNumeric(
              place, text: text, expected: reading.noun,
              advice: FieldAdvice.onNumber(text, reading, isMarkProven: isDecimalProven || totals.provenPoints > 0))
          }
        }
        return false
      }
      return true
    }
  }

  /// Columns of numbers that may be something else, as their rows beyond the sample show, are asked for. Collective.
  ///
  /// - Throws: `AgreedFailure` with `CSVError.codes` or `.unclearDecimal`; `CollectiveError`.
  func checkNumbers(
    _ tallies: [ColumnTally], _ totals: ColumnTotals, areCategorical: [Bool], delimiter: UInt8, path: String,
    over communicator: some Communicator
  ) throws {
    for feature in features.indices where features[feature].demand == .none && !areCategorical[feature] {
      if totals.codes[feature] > 0, !features[feature].hasFractions {
        try communicator.agree {
          if let (place, text) = tallies[feature].firstCode { throw CSVError.codes(place, text: text) }
        }
      }
      let points = totals.points[feature]
      let hasOthers = totals.numbers(feature) > points
      let isUnclear =
        switch delimiter {
        case UInt8(ascii: ";"): points > 0
        case UInt8(ascii: ","): points >= 20 && hasOthers
        default: points > 0 && hasOthers
        }
      guard isUnclear, totals.provenPoints == 0 else { continue }
      try communicator.agree {
        guard let text = tallies[feature].firstPoint else { return }
        throw CSVError.unclearDecimal(
          path: path, column: features[feature].name, text: text, asPoint: text, asComma: text.filter { $0 != "." })
      }
    }
  }

  /// A column with both numbers and other fields is one of categories only where it has few levels, whose numbers are
  /// whole and occur again: "2, 3, 4, 5more" is, a measurement with "<0.01" among it is not. Collective.
  ///
  /// - Throws: `AgreedFailure` with `CSVError.mixed`; `CollectiveError`.
  func checkLevels(
    _ levels: [String], ofFeature feature: Int, _ tally: ColumnTally, _ totals: ColumnTotals,
    over communicator: some Communicator
  ) throws {
    let (numbers, others) = (totals.numbers(feature), totals.others(feature))
    guard features[feature].demand == .none, numbers > 0 else { return }
    let numericLevels = levels.filter { NumberText($0)?.digits(.point) != nil || NumberText($0)?.digits(.comma) != nil }
    let areCategories =
      levels.count <= Self.mostMixedLevels && numericLevels.allSatisfy { ClassNames.integer($0) != nil }
      && (numericLevels.count <= Self.mostNumericLevels || numbers < others)
    guard !areCategories else { return }
    try communicator.agree {
      if let (place, text) = tally.firstText {
        let reading = features[feature].reading
        throw CSVError.mixed(
          place, text: text, expected: reading.noun, nouns: reading.nouns, numbers: numbers, others: others,
          advice: FieldAdvice.onNumber(text, reading, isMarkProven: isDecimalProven || totals.provenPoints > 0))
      }
    }
  }

  /// One field in so many that is no number makes a column categorical.
  private static let rareTexts = 20

  /// Whether so few fields are no numbers or times that they are nobody's intention.
  static func areRare(_ texts: Int, of fields: Int) -> Bool { texts * rareTexts < fields || texts == 0 }

  private static let mostMixedLevels = 50
  private static let mostNumericLevels = 10
}
