internal import Configuration
internal import Tensors

/// A column of features as a reader found it, before it is encoded for a model.
public struct FeatureColumn: Equatable, Sendable {
  public let name: String
  public let kind: Kind
  /// What was subtracted from its numbers before they were rounded to Float32: where they are large and lie close
  /// together, as times do, rounding them as they are would make them equal.
  public let offset: Double
  /// What its numbers are of.
  public let unit: Unit
  /// Of categories whose levels are spread over features by a hash, where they are many: over how many features.
  public let hashCount: Int?
  /// Whether its numbers were all the same where the model was trained, or all missing: whatever stands there now changes nothing.
  public let isConstant: Bool

  /// What tells numbers apart that are written alike, or not.
  public enum Unit: String, Codable, Equatable, Sendable {
    case none
    case percent
    /// Seconds since 1970.
    case date
    /// Seconds since midnight.
    case timeOfDay = "time-of-day"

    /// For messages: "dates".
    var description: String {
      switch self {
      case .none: "numbers"
      case .percent: "numbers of per cent"
      case .date: "dates"
      case .timeOfDay: "times of day"
      }
    }
  }

  public var isTime: Bool { unit == .date || unit == .timeOfDay }

  /// What its values are.
  public enum Kind: Equatable, Sendable {
    /// Numbers less the offset; NaN where a value is missing.
    case numeric
    /// The number of a level; NaN where the value is missing, and less than 0 where it is none of them: see
    /// `unknownLevel`.
    case categorical(levels: [String])
  }

  /// None of a column of numbers.
  public var levels: [String] {
    if case .categorical(let levels) = kind { levels } else { [] }
  }

  /// Stands for a value that the training data does not have: −1, or −1 − f where a hash of the text chooses feature f.
  ///
  /// - Parameter text: In its composed spelling.
  static func unknownLevel(_ text: String, hashCount: Int?) -> Float {
    -1 - Float(hashCount.map { place(ofHashed: text, among: $0) } ?? 0)
  }

  /// The feature of an unknown level, where it is hashed: the f above.
  static func place(ofUnknown value: Float) -> Int { Int(-value) - 1 }

  /// ⌊h/2⌋ mod `count`, where h is the FNV-1a hash of the text's bytes. Halved, so that it is an Int.
  static func place(ofHashed text: String, among count: Int) -> Int { Int(FNV1a(of: text.utf8).hash >> 1) % count }

  public init(
    name: String, kind: Kind = .numeric, offset: Double = 0, unit: Unit = .none, hashCount: Int? = nil,
    isConstant: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.offset = offset
    self.unit = unit
    self.hashCount = hashCount
    self.isConstant = isConstant
  }

  /// The column that an encoding was learned from, as far as the encoding tells: data for a model must have it so.
  public init(of encoded: EncodedColumn) {
    switch encoded.kind {
    case .numeric, .piecewise, .quantile:
      self.init(
        name: encoded.name, offset: encoded.offset, unit: encoded.unit,
        isConstant: encoded.isConstant && !encoded.marksMissing)
    case .oneHot(let levels, _):
      self.init(name: encoded.name, kind: .categorical(levels: levels))
    case .level(let numbers):
      self.init(name: encoded.name, kind: .categorical(levels: numbers.levels))
    // Which levels there were is not known, and need not be.
    case .hashed(let count):
      self.init(name: encoded.name, kind: .categorical(levels: []), hashCount: count)
    }
  }

  /// The same column of categories with other levels.
  func with(levels: [String]) -> FeatureColumn {
    FeatureColumn(name: name, kind: .categorical(levels: levels), hashCount: hashCount)
  }

  /// More levels are not read. (A Float32 holds the number of each.)
  public static let mostLevels = 1 << 20
  /// More levels that become features, and not rows of a table (`--embedding`), would be a sign that the column holds names
  /// or numbers of samples.
  public static let mostLevelsOfFeatures = DataOptions.mostLevels

  /// An offset by which numbers like `sample` keep their digits in Float32; 0 where they do as they are.
  ///
  /// Float32 has 24 bits: of numbers that are four times as large as their range it would lose two. Less an offset from among
  /// them they lose none that matters to their range.
  static func offset(keeping sample: [Double]) -> Double {
    guard let first = sample.first, let least = sample.min(), let most = sample.max() else { return 0 }
    let largest = max(least.magnitude, most.magnitude)
    let losesDigits = most > least ? largest > 4 * (most - least) : largest >= 0x1p24
    return losesDigits ? first : 0
  }

  /// The columns of an array without names, by some of its rows.
  ///
  /// - Parameters:
  ///   - places: Of the columns among those of the array.
  ///   - rows: [rows, width], not only of these columns.
  ///   - training: The columns that these must be like, where there are as many.
  static func columns(
    _ places: [Int], ofRows rows: [Double], width: Int, as training: [FeatureColumn]?
  ) -> [FeatureColumn] {
    if let training, training.count == places.count, training.allSatisfy({ $0.kind == .numeric }) {
      return zip(places, training).map { FeatureColumn(name: "x\($0)", offset: $1.offset) }
    }
    return places.map { place in
      let sample = stride(from: place, to: rows.count, by: width).map { rows[$0] }
      return FeatureColumn(name: "x\(place)", offset: offset(keeping: sample.filter(\.isFinite)))
    }
  }

  /// Rows of an array that are looked at for offsets.
  static let sampledRows = 64
}

extension EncodedColumn {
  /// Whether it was learned from a column that was read in the same way: values mean the same.
  func takes(_ column: FeatureColumn) -> Bool {
    switch (kind, column.kind) {
    case (.numeric, .numeric), (.piecewise, .numeric), (.quantile, .numeric): offset == column.offset
    case (.oneHot, .categorical), (.level, .categorical): true
    case (.hashed(let count), .categorical): column.hashCount == count
    default: false
    }
  }
}
