internal import Tensors

/// A column of the data, and how it becomes features: what training learned of it, and what a model's file says.
public struct EncodedColumn: Equatable, Sendable {
  /// How a value becomes features.
  public enum Kind: Equatable, Sendable {
    /// One feature, (x − mean) / scale, with `fill` in place of x where it is missing. Readers round x − offset to
    /// Float32 (`FeatureColumn.offset`), and it is added again.
    case numeric(mean: Double, scale: Double, fill: Double, offset: Double = 0)
    /// The feature of `numeric`, and behind it one for each bin between two edges, two or more, ascending: how far x has come
    /// through it (`PiecewiseLinear`).
    case piecewise(mean: Double, scale: Double, fill: Double, offset: Double = 0, edges: [Double])
    /// One feature, Φ⁻¹ of the share of the training part's numbers that are less than x; 0, as for the median, where x is
    /// missing.
    case quantile(NormalRanks, offset: Double = 0)
    /// A feature for each level, 1 where the value is that level; with `hasOther` one more, which is 1 for any other
    /// value that is there. (Without it all are 0 for such a value.)
    case oneHot(levels: [String], hasOther: Bool = false)
    /// Features of which a hash of the value (FNV-1a of its bytes, 64 bits, halved, modulo `count`) chooses one.
    case hashed(count: Int)
    /// One feature, the number of the level, for a model that looks up what it has learned of each: one number more for any
    /// other value that is there, and where missing ones are marked, the next for those.
    case level(LevelNumbers)
  }

  public let name: String
  public let kind: Kind
  /// Whether one more feature, behind the others, is 1 where the value is missing; of `level`, whether there is a number for
  /// that.
  public let marksMissing: Bool
  /// What the numbers of a column of numbers are of.
  public let unit: FeatureColumn.Unit

  public init(name: String, kind: Kind, marksMissing: Bool = false, unit: FeatureColumn.Unit = .none) {
    self.name = name
    self.kind = kind
    self.marksMissing = marksMissing
    self.unit = unit
  }

  /// Features that it becomes.
  public var width: Int { ownWidth + (marksMissing && !isLevel ? 1 : 0) }

  /// Whether its feature is the number of a level.
  public var isLevel: Bool { if case .level = kind { true } else { false } }

  /// Without the one for missing values.
  private var ownWidth: Int {
    switch kind {
    case .numeric, .quantile, .level: 1
    case .piecewise(_, _, _, _, let edges): edges.count
    case .oneHot(let levels, let hasOther): levels.count + (hasOther ? 1 : 0)
    case .hashed(let count): count
    }
  }

  /// "age", "age bin 1", "age bin 2", "age is missing"; "color=red", "color is other"; "zip#7"
  public var featureNames: [String] {
    let names: [String] =
      switch kind {
      case .numeric, .quantile, .level: [name]
      case .piecewise(_, _, _, _, let edges): [name] + (1..<edges.count).map { "\(name) bin \($0)" }
      case .oneHot(let levels, let hasOther):
        levels.map { "\(name)=\($0)" } + (hasOther ? ["\(name) is other"] : [])
      case .hashed(let count): (0..<count).map { "\(name)#\($0)" }
      }
    return marksMissing && !isLevel ? names + ["\(name) is missing"] : names
  }

  public var isNumeric: Bool { kind.isNumeric }

  /// Of a column of equal values, or of none, training learns nothing. So that other values, which it may have later, do not meet
  /// weights that are as they were drawn, they all become about 0.
  static let scaleOfConstants = 1e30

  /// Whether its value says nothing, since training learned nothing of it.
  public var isConstant: Bool {
    if case .numeric(_, Self.scaleOfConstants, _, _) = kind { true } else { false }
  }

  /// What was subtracted from its numbers before they were rounded; 0 of other columns.
  public var offset: Double { kind.offset ?? 0 }

  /// The features of one number, of a column of them.
  ///
  /// - Parameter number: As readers leave it: less the offset, and rounded to Float32; NaN where it is missing.
  /// - Returns: `width` numbers, bit by bit those that training saw.
  public func features(ofNumber number: Float) -> [Float] {
    precondition(isNumeric, "a number in a column of categories")
    return features(of: number, levels: [])
  }

  /// The features of one text, of a column of categories.
  ///
  /// - Parameter text: A level, spelled in any way that readers take for it; nil where it is missing.
  /// - Returns: `width` numbers, bit by bit those that training saw.
  public func features(ofText text: String?) -> [Float] {
    precondition(!isNumeric, "a text in a column of numbers")
    return features(
      of: text == nil ? .nan : 0, levels: text.map { [Vocabulary.composed(ClassNames.canonical($0))] } ?? [])
  }

  private func features(of value: Float, levels: [String]) -> [Float] {
    let features = Matrix(zeros: 1, width)
    ValueWriter(self, levels: levels).write(
      Vector([value]).matrix(rows: 1, columns: 1), column: 0, into: features, at: 0)
    return features.row(0).array
  }
}

extension EncodedColumn.Kind {
  var isNumeric: Bool { offset != nil }

  /// Nil for categories.
  var offset: Double? {
    switch self {
    case .numeric(_, _, _, let offset), .piecewise(_, _, _, let offset, _), .quantile(_, let offset): offset
    case .oneHot, .hashed, .level: nil
    }
  }
}
