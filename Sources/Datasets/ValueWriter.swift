internal import Kernels
internal import Tensors

/// Writes the features of one column's values. A class: a struct would be copied for each column of each batch, and each
/// reference in it counted.
final class ValueWriter: Sendable {
  let width: Int
  private let marksMissing: Bool
  private let form: Form

  private enum Form {
    case standardized(mean: Double, scale: Double, fill: Double, offset: Double)
    case piecewise(PiecewiseLinear)
    case ranked(NormalRanks, offset: Double)
    case category(Places)
    case level(ofLevels: [Float], unknown: Float, missing: Float)
  }

  /// Which feature of a column of categories is 1.
  private struct Places {
    /// Of each level; nil for one that was not learned.
    let ofLevels: [Int?]
    /// Of a value that is no level; nil where it has none.
    let ofOther: Int?
    /// Whether such a value says itself which feature it has.
    let areHashed: Bool

    /// - Parameter value: One that is there.
    func callAsFunction(_ value: Float) -> Int? {
      guard value < 0 else { return ofLevels[Int(value)] }
      return areHashed ? FeatureColumn.place(ofUnknown: value) : ofOther
    }
  }

  /// - Parameter levels: What the values of a column of categories are numbers of.
  init(_ column: EncodedColumn, levels: [String]) {
    width = column.width
    marksMissing = column.marksMissing
    switch column.kind {
    case .numeric(let mean, let scale, let fill, let offset):
      form = .standardized(mean: mean, scale: scale, fill: fill, offset: offset)
    case .piecewise(let mean, let scale, let fill, let offset, let edges):
      form = .piecewise(
        PiecewiseLinear(
          mean: mean, scale: scale, fill: fill, offset: offset, edges: edges, marksMissing: column.marksMissing))
    case .quantile(let ranks, let offset):
      form = .ranked(ranks, offset: offset)
    case .oneHot(let learned, let hasOther):
      let learnedPlaces = Dictionary(uniqueKeysWithValues: learned.enumerated().map { ($1, $0) })
      let other = hasOther ? learned.count : nil
      form = .category(Places(ofLevels: levels.map { learnedPlaces[$0] ?? other }, ofOther: other, areHashed: false))
    case .hashed(let count):
      let places = levels.map { FeatureColumn.place(ofHashed: $0, among: count) }
      form = .category(Places(ofLevels: places, ofOther: nil, areHashed: true))
    case .level(let numbers):
      form = .level(
        ofLevels: levels.map { Float(numbers.number(of: $0) ?? numbers.unknown) }, unknown: Float(numbers.unknown),
        missing: Float(column.marksMissing ? numbers.missing : numbers.unknown))
    }
  }

  /// - Parameters:
  ///   - raw: [n, …]: see `FeatureColumn.Kind`.
  ///   - column: Whose values.
  ///   - features: [n, …]; receives `width` features of each row from `place` on. It may be the memory of `raw` where the
  ///     column has a width of 1 and stays at its place.
  func write(_ raw: Matrix, column: Int, into features: Matrix, at place: Int) {
    switch form {
    case .standardized(let mean, let scale, let fill, let offset):
      for row in 0..<raw.rows {
        let value = raw[row, column]
        let known = value.isNaN ? fill : Double(value) + offset
        features[row, place] = Float((known - mean) / scale)
        if marksMissing { features[row, place + 1] = value.isNaN ? 1 : 0 }
      }
    case .piecewise(let map):
      map(raw, column: column, into: features, at: place)
    case .ranked(let ranks, let offset):
      for row in 0..<raw.rows {
        let value = raw[row, column]
        features[row, place] = value.isNaN ? 0 : Float(ranks(Double(value) + offset))
        if marksMissing { features[row, place + 1] = value.isNaN ? 1 : 0 }
      }
    case .category(let places):
      for row in 0..<raw.rows {
        // A width of one is written over the value itself.
        let value = raw[row, column]
        for feature in place..<(place + width) { features[row, feature] = 0 }
        if value.isNaN {
          if marksMissing { features[row, place + width - 1] = 1 }
        } else if let feature = places(value) {
          features[row, place + feature] = 1
        }
      }
    case .level(let ofLevels, let unknown, let missing):
      for row in 0..<raw.rows {
        let value = raw[row, column]
        features[row, place] = value.isNaN ? missing : value < 0 ? unknown : ofLevels[Int(value)]
      }
    }
  }
}
