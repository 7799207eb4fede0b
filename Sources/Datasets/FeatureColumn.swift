internal import Configuration

/// A column of features as a reader found it, before it is encoded for a model.
public struct FeatureColumn: Equatable, Sendable {
  public let name: String
  public let kind: Kind
  /// What was subtracted from its numbers before they were rounded to Float32: where they are large and lie close
  /// together, as times do, rounding them as they are would make them equal.
  public let offset: Double
  /// What its numbers are of.
  public let unit: Unit

  /// What tells numbers apart that are written alike, or not.
  public enum Unit: Equatable, Sendable {
    case none
    case percent
    /// Seconds since 1970.
    case date
    /// Seconds since midnight.
    case timeOfDay

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
    /// The number of a level; NaN where the value is missing, `unknownLevel` where it is none of them.
    case categorical(levels: [String])
  }

  /// None of a column of numbers.
  public var levels: [String] {
    if case .categorical(let levels) = kind { levels } else { [] }
  }

  /// Stands for a value that the training data does not have.
  public static let unknownLevel: Float = -1

  public init(name: String, kind: Kind = .numeric, offset: Double = 0, unit: Unit = .none) {
    self.name = name
    self.kind = kind
    self.offset = offset
    self.unit = unit
  }

  /// More levels would be a sign that the column holds names or numbers of samples.
  public static let mostLevels = DataOptions.mostLevels

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
    case (.numeric(_, _, _, let offset), .numeric): offset == column.offset
    case (.oneHot, .categorical), (.hashed, .categorical): true
    default: false
    }
  }
}
